"""The hosts of a PoP, their compute services, and the aggregates they are in.

Hosts are names: they say which servers stand together and which apart.  Room is counted
for the PoP as a whole.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tacker_lite.pop import attributes, records
from tacker_lite.pop.attributes import Attrs
from tacker_lite.pop.compute.tables import ComputeTables
from tacker_lite.pop.errors import BadRequest, Conflict, NotFound
from tacker_lite.pop.store import Table

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

DEFAULT_ZONE = "nova"
_ZONE_KEY = "availability_zone"


@dataclass(frozen=True)
class ComputeHost:
    """What an administrator has said of the host with this name.

    :ivar forced_down: it is to be taken for dead.
    """

    id: str
    enabled: bool = True
    disabled_reason: str | None = None
    forced_down: bool = False


@dataclass(frozen=True)
class Aggregate:
    """A named set of hosts; one with ``availability_zone`` in its metadata is a zone.

    :ivar number: its id in the API.
    """

    id: str
    number: int
    name: str
    hosts: list[str] = field(default_factory=list)
    metadata: Mapping[str, str] = field(default_factory=dict)
    created_at: str = ""
    updated_at: str | None = None

    @property
    def zone(self) -> str | None:
        """The availability zone that its hosts are in."""
        return self.metadata.get(_ZONE_KEY)


class Hosts(ComputeTables):
    """The part of the compute service that knows its hosts."""

    def __init__(self, cloud: Cloud):
        super().__init__(cloud)
        place = (cloud.store, cloud.pop.name)
        self._hosts = Table(*place, "compute_host", ComputeHost)
        self._aggregates = Table(*place, "aggregate", Aggregate)

    def host(self, name: str) -> ComputeHost:
        """:raises NotFound: when the PoP has no such host."""
        if name not in self.hosts():
            raise NotFound("compute host", name)
        return self._hosts.get(name) or ComputeHost(name)

    def change_host(self, name: str, attrs: Attrs) -> ComputeHost:
        """Enable, disable, or declare down or up.

        :raises BadRequest: a reason without ``disabled``.
        """
        attributes.refuse_unknown(attrs, ("status", "disabled_reason", "forced_down"))
        status = attributes.text(attrs, "status", None)
        if status not in (None, "enabled", "disabled"):
            raise attributes.invalid("status", "must be enabled or disabled")
        reason = attributes.text(attrs, "disabled_reason", None)
        if reason and status != "disabled":
            raise BadRequest(
                "Specifying disabled_reason when status is enabled is invalid."
            )
        with self.cloud.lock:
            old = self.host(name)
            new = dataclasses.replace(
                old,
                forced_down=attributes.flag(attrs, "forced_down", old.forced_down),
            )
            if status is not None:
                new = dataclasses.replace(
                    new, enabled=status == "enabled", disabled_reason=reason
                )
            return self._hosts.put(new)

    def usable_hosts(self, zone: str = "") -> list[str]:
        """Hosts that take servers.

        :param zone: only of this availability zone, optionally with ``:host``.
        """
        zone, _, wanted = zone.partition(":")
        wanted = wanted.partition(":")[0]
        return [
            name
            for name in self.hosts()
            if zone in ("", self.zone_of(name))
            and wanted in ("", name)
            and self.host(name).enabled
            and not self.host(name).forced_down
        ]

    def zone_of(self, host: str) -> str:
        """The availability zone of a host."""
        for aggregate in self._aggregates:
            if aggregate.zone and host in aggregate.hosts:
                return aggregate.zone
        return DEFAULT_ZONE

    def zones(self) -> dict[str, list[str]]:
        """Hosts by availability zone."""
        result: dict[str, list[str]] = {}
        for host in self.hosts():
            result.setdefault(self.zone_of(host), []).append(host)
        return result

    # Aggregates

    def list_aggregates(self) -> list[Aggregate]:
        """Oldest first."""
        with self.cloud.lock:
            return list(self._aggregates)

    def get_aggregate(self, ident: str) -> Aggregate:
        """By id, or by UUID.

        :raises NotFound: when there is none.
        """
        for aggregate in self.list_aggregates():
            if ident in (str(aggregate.number), aggregate.id):
                return aggregate
        raise NotFound("aggregate", ident)

    def create_aggregate(self, attrs: Attrs) -> Aggregate:
        """An aggregate without hosts.

        :raises Conflict: when the name is taken.
        """
        attributes.refuse_unknown(attrs, ("name", _ZONE_KEY))
        name = attributes.required_text(attrs, "name")
        zone = _zone(attrs)
        with self.cloud.lock:
            self._check_name(name)
            numbers = [aggregate.number for aggregate in self._aggregates]
            return self._aggregates.put(
                Aggregate(
                    id=records.new_id(),
                    number=max(numbers, default=0) + 1,
                    name=name,
                    metadata={_ZONE_KEY: zone} if zone else {},
                    created_at=records.now(),
                )
            )

    def _check_name(self, name: str) -> None:
        if any(aggregate.name == name for aggregate in self._aggregates):
            raise Conflict(f"Aggregate {name} already exists.")

    def update_aggregate(self, ident: str, attrs: Attrs) -> Aggregate:
        """Change its name or zone."""
        attributes.refuse_unknown(attrs, ("name", _ZONE_KEY))
        with self.cloud.lock:
            old = self.get_aggregate(ident)
            name = attributes.text(attrs, "name", old.name) or old.name
            if name != old.name:
                self._check_name(name)
            metadata = dict(old.metadata)
            if _ZONE_KEY in attrs:
                metadata[_ZONE_KEY] = _zone(attrs)
            return self._changed(old, name=name, metadata=metadata)

    def set_aggregate_metadata(
        self, ident: str, given: Mapping[str, object]
    ) -> Aggregate:
        """Add or replace entries; one that is null is removed."""
        removed = {key for key, value in given.items() if value is None}
        rest = {key: value for key, value in given.items() if value is not None}
        new = attributes.text_mapping({"metadata": rest}, "metadata")
        with self.cloud.lock:
            old = self.get_aggregate(ident)
            kept = {k: v for k, v in old.metadata.items() if k not in removed}
            return self._changed(old, metadata={**kept, **new})

    def add_host(self, ident: str, host: str) -> Aggregate:
        """Put a host into an aggregate.

        :raises NotFound: when there is no such host.
        :raises Conflict: when it is there already, or in another zone.
        """
        with self.cloud.lock:
            old = self.get_aggregate(ident)
            self.host(host)
            if host in old.hosts:
                raise Conflict(f"Aggregate {old.number} already has host {host}.")
            zone = self.zone_of(host)
            if old.zone and zone not in (DEFAULT_ZONE, old.zone):
                raise Conflict(
                    f"Cannot add_host_to_aggregate {host} in aggregate {old.number}."
                    f" Reason: One or more hosts already in availability zone(s)"
                    f" ['{zone}']."
                )
            return self._changed(old, hosts=[*old.hosts, host])

    def remove_host(self, ident: str, host: str) -> Aggregate:
        """Take a host from an aggregate.

        :raises NotFound: when it is not in it.
        """
        with self.cloud.lock:
            old = self.get_aggregate(ident)
            if host not in old.hosts:
                raise NotFound("aggregate host", host)
            return self._changed(old, hosts=[h for h in old.hosts if h != host])

    def delete_aggregate(self, ident: str) -> None:
        """Forget an aggregate.

        :raises BadRequest: while it has hosts.
        """
        with self.cloud.lock:
            old = self.get_aggregate(ident)
            if old.hosts:
                raise BadRequest(
                    f"Cannot remove_aggregate {old.number}."
                    " Reason: Host aggregate is not empty."
                )
            self._aggregates.delete(old.id)

    def _changed(self, old: Aggregate, **values: object) -> Aggregate:
        return self._aggregates.change(old.id, updated_at=records.now(), **values)


def _zone(attrs: Attrs) -> str:
    zone: str = attributes.text(attrs, _ZONE_KEY)
    if ":" in zone:
        raise attributes.invalid(_ZONE_KEY, "must not contain a colon")
    return zone
