"""The contract of a resource type.

A type says which properties and attributes it has and how to make, change and remove
the object behind it.  Calls return at once; what takes time is asked after with
``progress`` and ``gone``.  Each call runs inside one transaction of the lab's store,
so an object and the record of its id are stored together or not at all.
"""

from __future__ import annotations

import math
import secrets
import string
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from tacker_lite.pop import errors
from tacker_lite.pop.stack.errors import ResourceActionNotSupported
from tacker_lite.pop.stack.functions import references
from tacker_lite.pop.stack.lookup import Owner, find
from tacker_lite.pop.stack.properties import Property, Schema, read_properties
from tacker_lite.pop.stack.records import Definition, Resource, Stack
from tacker_lite.pop.stack.snippets import walk_path
from tacker_lite.pop.stack.template import ResourceDefinition
from tacker_lite.pop.stack.values import CustomCheck

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

Definitions = Mapping[str, ResourceDefinition]

#: What ``progress`` and ``gone`` answer while only a change of a server can help.
UNTIL_CHANGED = math.inf

_NAME_ALPHABET = string.ascii_lowercase + string.digits


@dataclass(frozen=True)
class Site:
    """Where and for whom a resource acts.

    :ivar name: the resource's name in its template.
    :ivar update_policy: how a creation or an update is to go about it.
    """

    cloud: Cloud
    owner: Owner
    stack_id: str
    stack_name: str
    name: str
    update_policy: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, cloud: Cloud, stack: Stack, name: str) -> Site:
        """Where a resource of a stack acts."""
        return cls(cloud, Owner.of(stack), stack.id, stack.name, name)

    def find(self, kind: str, ident: str) -> Any:
        """The object of a kind that an id or a name means; see :func:`.find`."""
        return find(self.cloud, self.owner, kind, ident)

    def find_id(self, kind: str, ident: str) -> str:
        """Its id."""
        return self.find(kind, ident).id

    def unique_name(self) -> str:
        """A fresh name for an object that the template does not name."""
        return f"{self.stack_name}-{self.name}-{fresh_name()}"

    @property
    def outer(self) -> Stack:
        """The stack that the resource is in, as it is now."""
        return self.cloud.stacks.get_stack(None, self.stack_id)


def fresh_name() -> str:
    """Twelve characters that nothing has been named with yet."""
    return "".join(secrets.choice(_NAME_ALPHABET) for _ in range(12))


@dataclass(frozen=True)
class Made:
    """What creating gave: the id in its service and what else to remember."""

    physical_id: str
    data: Mapping[str, Any] = field(default_factory=dict)


class ResourceType:
    """Base of the resource types; only :meth:`create` must be written.

    :cvar TYPE: name in templates.
    :cvar ATTRIBUTES: descriptions of what ``get_attr`` offers.
    :cvar EXCLUSIVE: the object holds what its successor needs (a port, a name), so on
        replacement it is removed before the successor is made, not after.
    :cvar ADMIN_ONLY: only an administrator of the PoP may use it.
    :cvar ANY_ATTRIBUTE: it may have attributes besides :attr:`ATTRIBUTES`.
    :cvar UPDATE_POLICY: what the ``update_policy`` of a resource may have.
    :cvar NESTED: the object is a stack, whose resources decide alone what an update
        of it changes: so it gets one whenever its outer stack does.
    """

    TYPE: ClassVar[str]
    PROPERTIES: ClassVar[Schema] = {}
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {}
    EXCLUSIVE: ClassVar[bool] = False
    ADMIN_ONLY: ClassVar[bool] = False
    ANY_ATTRIBUTE: ClassVar[bool] = False
    NESTED: ClassVar[bool] = False
    UPDATE_POLICY: ClassVar[Schema] = {}

    @property
    def name(self) -> str:
        """Name in templates."""
        return self.TYPE

    @property
    def schema(self) -> Schema:
        """Its properties."""
        return self.PROPERTIES

    @property
    def attributes(self) -> Mapping[str, str]:
        """Descriptions of what ``get_attr`` offers."""
        return self.ATTRIBUTES

    def read(self, given: Any, where: str, custom: CustomCheck) -> dict[str, Any]:
        """Properties checked, converted and completed; see :func:`.read_properties`.

        :raises StackValidationFailed: naming the property and what is wrong.
        """
        return read_properties(self.schema, given, where, custom)

    def validate(self, properties: Mapping[str, Any]) -> None:
        """Check properties, each right alone, against one another.

        :raises ValueError: saying which do not go together.
        """

    def inner(
        self, outer: Definition, properties: Mapping[str, Any]
    ) -> Definition | None:
        """What a stack behind the object would be; None: there is none behind it.

        :param outer: of the stack that the resource is in.
        """
        return None

    def needs(self, own: ResourceDefinition, others: Definitions) -> Iterator[str]:
        """Names of resources to be made earlier though the template refers to none."""
        return iter(())

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        """Start making the object.

        :raises PopError: the cloud refused.
        :raises ResourceFailure: it cannot be made.
        """
        raise NotImplementedError

    def progress(self, site: Site, resource: Resource) -> float | None:
        """None once ready, else seconds until it is worth asking again.

        :raises ResourceFailure: it will never be ready.
        """
        return None

    def update(
        self,
        site: Site,
        resource: Resource,
        properties: Mapping[str, Any],
        changed: Collection[str],
    ) -> Mapping[str, Any]:
        """Apply new values in place; returns what to remember from now on."""
        return resource.data

    def replaces(self, resource: Resource, properties: Mapping[str, Any]) -> bool:
        """Tell whether new values need another object, though all may be updated."""
        return False

    def must_replace(self, site: Site, resource: Resource) -> bool:
        """Tell whether one that was not made or is not well needs another object."""
        return True

    def cancel(self, site: Site, resource: Resource, reason: str) -> None:
        """Stop what :meth:`create` or :meth:`update` started."""

    def signal(self, site: Site, resource: Resource, details: Any) -> str:
        """Do what a signal asks for; returns what was done, or nothing if nothing.

        :raises ResourceActionNotSupported: the type takes no signal.
        """
        raise ResourceActionNotSupported(
            f"signal is not supported for resource: {resource.type} takes none"
        )

    def delete(self, site: Site, resource: Resource) -> None:
        """Start removing the object; :class:`.errors.NotFound` counts as done."""

    def gone(self, site: Site, resource: Resource) -> float | None:
        """None once removed, else seconds until it is worth asking again."""
        return None

    def suspend(self, site: Site, resource: Resource) -> None:
        """Start putting the object to rest; most have no rest."""

    def suspended(self, site: Site, resource: Resource) -> float | None:
        """None once it rests, else seconds until it is worth asking again.

        :raises ResourceFailure: it never will.
        """
        return None

    def resume(self, site: Site, resource: Resource) -> None:
        """Start the reverse of :meth:`suspend`."""

    def resumed(self, site: Site, resource: Resource) -> float | None:
        """None once it works again, else seconds until it is worth asking again.

        :raises ResourceFailure: it never will.
        """
        return None

    def check(self, site: Site, resource: Resource) -> None:
        """See that the object is still there.

        :raises PopError: it is not.
        """

    def reference(self, resource: Resource) -> Any:
        """What ``get_resource`` gives."""
        return resource.physical_id

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        """The value of one of :attr:`attributes`."""
        return None

    def attribute_at(self, site: Site, resource: Resource, path: Sequence[Any]) -> Any:
        """What a path into an attribute leads to; it begins with the attribute."""
        return walk_path(self.attribute(site, resource, path[0]), path[1:])

    def attribute_names(self, site: Site, resource: Resource) -> Iterable[str]:
        """Names of the attributes to show of a made object."""
        return self.attributes


class CloudObject(ResourceType):
    """Base of the types whose object one service of the PoP keeps, known by its id.

    :cvar SERVICE: the service, an attribute of :class:`.Cloud`.
    :cvar NOUN: its methods are ``get_<noun>``, ``update_<noun>`` and so on.
    """

    SERVICE: ClassVar[str] = "network"
    NOUN: ClassVar[str]

    def call(self, site: Site, verb: str, *arguments: Any) -> Any:
        """Call the service's method for the object, as the stack's owner."""
        service = getattr(site.cloud, self.SERVICE)
        return getattr(service, f"{verb}_{self.NOUN}")(
            site.owner.project_id, *arguments
        )

    def attrs(self, site: Site, properties: Mapping[str, Any]) -> dict[str, Any]:
        """The attributes that both a creation and an update may carry."""
        return {}

    def update(
        self,
        site: Site,
        resource: Resource,
        properties: Mapping[str, Any],
        changed: Collection[str],
    ) -> Mapping[str, Any]:
        changes = changed_attrs(self.attrs(site, properties), changed, properties)
        if changes:
            self.call(site, "update", resource.physical_id, changes)
        return resource.data

    def delete(self, site: Site, resource: Resource) -> None:
        self.call(site, "delete", resource.physical_id)

    def check(self, site: Site, resource: Resource) -> None:
        self.call(site, "get", resource.physical_id)

    def shown(self, site: Site, record: Any) -> dict[str, Any]:
        """What ``show`` gives; one entry of it for each other attribute."""
        return shown_fields(record)

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        shown = self.shown(site, self.call(site, "get", resource.physical_id))
        return shown if name == "show" else shown.get(name)


def has_attribute(kind: ResourceType, name: str) -> bool:
    """Tell whether a type offers an attribute; every type has ``show``."""
    return name == "show" or kind.ANY_ATTRIBUTE or name in kind.attributes


def names_in(value: Any) -> Iterator[str]:
    """Resources that a snippet refers to, or the plain names in it."""
    if isinstance(value, str):
        yield value
    else:
        yield from references(value)


def subnets_on(networks: Collection[str], others: Definitions) -> Iterator[str]:
    """The template's subnets on given networks: ports need them to have addresses."""
    for name, definition in others.items():
        if definition.type == "OS::Neutron::Subnet":
            given = definition.properties
            for key in ("network", "network_id"):
                if set(names_in(given.get(key))) & set(networks):
                    yield name


def present(properties: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The named properties that have a value."""
    return {n: properties[n] for n in names if properties.get(n) is not None}


def not_found(error: errors.PopError) -> bool:
    """Tell whether the cloud says that the object does not exist."""
    return error.status == 404


COMMON_ATTRIBUTES = {"name": "Name of the object.", "tenant_id": "Its project."}


def shown_fields(record: Any) -> dict[str, Any]:
    """A record of a service as ``show`` gives it."""
    fields = asdict(record)
    fields["tenant_id"] = fields.get("project_id")
    return fields


_LISTS = {"dns_nameservers", "host_routes", "tags", "allowed_address_pairs"}


def changed_attrs(
    attrs: Mapping[str, Any], changed: Collection[str], properties: Mapping[str, Any]
) -> dict[str, Any]:
    """What an update request carries: changed values; a list taken away is empty."""
    specs = properties.get("value_specs") or {}
    changes = {k: v for k, v in attrs.items() if k in changed}
    if "value_specs" in changed:
        changes |= specs
    emptied = set(changed) & _LISTS - set(attrs)
    changes |= {name: [] for name in emptied}
    return changes


VALUE_SPECS = Property("map", default={}, update=True)
