"""Flavors: sizes of servers."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tacker_lite.pop import attributes, identifiers, records
from tacker_lite.pop.attributes import Attrs, invalid
from tacker_lite.pop.compute.tables import ComputeTables
from tacker_lite.pop.errors import BadRequest, Conflict, NotFound

_ID = re.compile(r"[A-Za-z0-9 ._-]{1,255}")
_SPEC_KEY = re.compile(r"[A-Za-z0-9 :._-]{1,255}")
_KEYS = (
    *("name", "id", "ram", "vcpus", "disk", "swap", "rxtx_factor", "description"),
    *("OS-FLV-EXT-DATA:ephemeral", "os-flavor-access:is_public", "extra_specs"),
)


class Flavors(ComputeTables):
    """The flavor part of the compute service."""

    def create_flavor(self, attrs: Attrs) -> records.Flavor:
        """A flavor from the body's keys; ``id`` null, missing or ``auto`` makes one.

        ``extra_specs`` may be given at once, which the API's own body has not.

        :raises Conflict: when the id or the name is taken.
        """
        attributes.refuse_unknown(attrs, _KEYS)
        name = attributes.required_text(attrs, "name").strip()
        ident = str(attrs.get("id") or "auto")
        if not _ID.fullmatch(ident):
            raise invalid("id", f"'{ident}' has other than letters, digits and . _ -")
        for key in ("vcpus", "ram"):
            if attrs.get(key) is None:
                raise invalid(key, "is a required property")
        swap = attributes.integer({"swap": attrs.get("swap") or 0}, "swap", 0)
        try:
            rxtx_factor = float(attrs.get("rxtx_factor") or 1.0)
        except (TypeError, ValueError):
            raise invalid("rxtx_factor", "is not a number") from None
        flavor = records.Flavor(
            id=records.new_id() if ident == "auto" else ident,
            name=name,
            vcpus=attributes.integer(attrs, "vcpus", 1, low=1),
            ram=attributes.integer(attrs, "ram", 512, low=1),
            disk=attributes.integer(attrs, "disk", 0),
            ephemeral=attributes.integer(attrs, "OS-FLV-EXT-DATA:ephemeral", 0),
            swap=swap,
            rxtx_factor=rxtx_factor,
            is_public=attributes.flag(attrs, "os-flavor-access:is_public", True),
            description=attributes.text(attrs, "description", None, 65535),
            extra_specs=_checked_specs(attrs.get("extra_specs") or {}),
        )
        with self.cloud.lock:
            for other in self.flavors:
                if flavor.id == other.id:
                    raise Conflict(f"Flavor with ID {other.id} already exists.")
                if flavor.name == other.name:
                    raise Conflict(f"Flavor with name {name} already exists.")
            return self.flavors.put(flavor)

    def get_flavor(self, project_id: str | None, ident: str) -> records.Flavor:
        """By id.

        :raises NotFound: when the project sees no such flavor.
        """
        with self.cloud.lock:
            flavor = self.flavors.get(ident)
        if flavor is None or not _seen(project_id, flavor):
            raise NotFound("flavor", ident)
        return flavor

    def list_flavors(
        self, project_id: str | None, is_public: bool | None = None
    ) -> list[records.Flavor]:
        """Those that the project sees.

        :param is_public: only public or only private ones; None for both.
        """
        with self.cloud.lock:
            return [
                row
                for row in self.flavors
                if _seen(project_id, row)
                and (is_public in (None, row.is_public) or project_id in row.projects)
            ]

    def describe_flavor(self, ident: str, attrs: Attrs) -> records.Flavor:
        """Change a flavor's description, all of it that can be changed."""
        attributes.refuse_unknown(attrs, ("description",))
        if "description" not in attrs:
            raise invalid("description", "is a required property")
        text = attributes.text(attrs, "description", None, 65535)
        with self.cloud.lock:
            self.get_flavor(None, ident)
            return self.flavors.change(ident, description=text)

    def grant_flavor(self, ident: str, project_id: str) -> records.Flavor:
        """Let a project see a flavor that is not public.

        :raises BadRequest: when there is no such project.
        :raises Conflict: when the flavor is public, or the project sees it already.
        """
        with self.cloud.lock:
            flavor = self.get_flavor(None, ident)
            if project_id not in self.cloud.identity.projects:
                raise BadRequest(f"Project ID {project_id} is not a valid project.")
            if flavor.is_public:
                raise Conflict("Can not add access to a public flavor.")
            if project_id in flavor.projects:
                raise Conflict(
                    f"Flavor access already exists for flavor {ident} and project"
                    f" {project_id} combination."
                )
            projects = [*flavor.projects, project_id]
            return self.flavors.change(ident, projects=projects)

    def deny_flavor(self, ident: str, project_id: str) -> records.Flavor:
        """Take the sight of a flavor from a project.

        :raises NotFound: when it has not been given it.
        """
        with self.cloud.lock:
            flavor = self.get_flavor(None, ident)
            if project_id not in flavor.projects:
                message = (
                    f"Flavor access not found for {ident} / {project_id} combination."
                )
                raise NotFound("flavor access", ident, message)
            projects = [other for other in flavor.projects if other != project_id]
            return self.flavors.change(ident, projects=projects)

    def delete_flavor(self, ident: str) -> None:
        """Remove a flavor; servers keep a copy of theirs."""
        with self.cloud.lock:
            self.get_flavor(None, ident)
            self.flavors.delete(ident)

    def set_extra_specs(self, ident: str, specs: Mapping[str, str]) -> records.Flavor:
        """Add or replace extra specs."""
        checked = _checked_specs(specs)
        with self.cloud.lock:
            flavor = self.get_flavor(None, ident)
            return self.flavors.change(
                ident, extra_specs={**flavor.extra_specs, **checked}
            )

    def delete_extra_spec(self, ident: str, key: str) -> None:
        """Remove one extra spec.

        :raises NotFound: when the flavor has none of that key.
        """
        with self.cloud.lock:
            flavor = self.get_flavor(None, ident)
            specs = dict(flavor.extra_specs)
            if specs.pop(key, None) is None:
                message = f"Flavor {ident} has no extra specs with key {key}."
                raise NotFound("extra spec", key, message)
            self.flavors.change(ident, extra_specs=specs)

    def seed_flavors(self) -> None:
        """Make the flavors of the topology."""
        pop = self.cloud.pop
        lab = self.cloud.lab.topology.name
        for entry in pop.flavors:
            ident = identifiers.of_topology(lab, pop.name, "flavor", entry.name)
            old = self.flavors.get(ident)
            new = records.Flavor(
                id=ident,
                name=entry.name,
                vcpus=entry.vcpus,
                ram=entry.ram_mib,
                disk=entry.disk_gib,
                description=old.description if old else None,
                extra_specs=old.extra_specs if old else {},
            )
            if old != new:
                self.flavors.put(new)


def _seen(project_id: str | None, flavor: records.Flavor) -> bool:
    return project_id is None or flavor.is_public or project_id in flavor.projects


def _checked_specs(specs: Mapping[str, object]) -> dict[str, str]:
    if not isinstance(specs, Mapping):
        raise invalid("extra_specs", "must be an object")
    for key, value in specs.items():
        if not isinstance(key, str) or not _SPEC_KEY.fullmatch(key):
            raise invalid("extra_specs", f"'{key}' is not a valid key")
        if isinstance(value, (dict, list)) or value is None or len(str(value)) > 255:
            raise invalid("extra_specs", f"the value of {key} is not a short text")
    return {key: str(value) for key, value in specs.items()}
