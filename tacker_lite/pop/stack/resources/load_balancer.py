"""OS::Octavia types."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, ClassVar

from tacker_lite.pop import errors
from tacker_lite.pop.load_balancer.health import Outlook
from tacker_lite.pop.stack.errors import ResourceFailure
from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.records import Resource
from tacker_lite.pop.stack.resources.base import (
    UNTIL_CHANGED,
    CloudObject,
    Definitions,
    Made,
    Site,
    names_in,
    not_found,
    present,
    shown_fields,
    subnets_on,
)
from tacker_lite.pop.stack.template import ResourceDefinition

_COMMON = ("name", "description", "admin_state_up", "tags")
_COMMON_PROPERTIES: Schema = {
    "name": Property(update=True),
    "description": Property(update=True),
    "admin_state_up": Property("boolean", default=True, update=True),
    "tags": Property("list", items=Property(), update=True),
}
_SHOWN: Mapping[str, str] = {
    "provisioning_status": "Whether it is as wanted.",
    "operating_status": "How it does.",
}


class BalancerPart(CloudObject):
    """Base of the types: each is ready when its ``provisioning_status`` is ACTIVE.

    :cvar OWN: properties that the API calls alike, and takes in an update too.
    :cvar FIXED: properties that it calls alike and takes at creation only.
    """

    SERVICE = "load_balancer"
    OWN: ClassVar[tuple[str, ...]] = ()
    FIXED: ClassVar[tuple[str, ...]] = ()

    def call(self, site: Site, verb: str, *arguments: Any) -> Any:
        service = site.cloud.load_balancer.patiently()
        method = getattr(service, f"{verb}_{self.NOUN}")
        return method(site.owner.project_id, *arguments)

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        attrs = {
            **self.attrs(site, properties),
            **present(properties, *self.FIXED),
            **self.places(site, properties),
        }
        attrs.setdefault("name", site.unique_name())
        return Made(self.call(site, "create", attrs).id)

    def attrs(self, site: Site, properties: Mapping[str, Any]) -> dict[str, Any]:
        return present(properties, *_COMMON, *self.OWN)

    def places(self, site: Site, properties: Mapping[str, Any]) -> dict[str, Any]:
        """What a creation names by id or name."""
        return {}

    def progress(self, site: Site, resource: Resource) -> float | None:
        row = self.call(site, "get", resource.physical_id)
        if row.provisioning_status == "ERROR":
            balancer = getattr(row, "load_balancer_id", row.id)
            whole = site.cloud.load_balancer.get_load_balancer(None, balancer)
            raise ResourceFailure(
                f"Went to provisioning status ERROR: {whole.fault or 'Unknown'}"
            )
        return None if row.provisioning_status == "ACTIVE" else UNTIL_CHANGED

    def gone(self, site: Site, resource: Resource) -> float | None:
        try:
            row = self.call(site, "get", resource.physical_id)
        except errors.PopError as error:
            if not_found(error):
                return None
            raise
        if row.provisioning_status == "ERROR":
            raise ResourceFailure("Went to provisioning status ERROR")
        return UNTIL_CHANGED

    def shown(self, site: Site, record: Any) -> dict[str, Any]:
        balancer = getattr(record, "load_balancer_id", record.id)
        outlook = Outlook(site.cloud.load_balancer, balancer)
        return {**shown_fields(record), "operating_status": outlook.of(record)}


class LoadBalancer(BalancerPart):
    """A load balancer."""

    TYPE = "OS::Octavia::LoadBalancer"
    NOUN = "load_balancer"
    FIXED = ("vip_address", "provider", "availability_zone")
    PROPERTIES: ClassVar[Schema] = {
        **_COMMON_PROPERTIES,
        "vip_subnet": Property(custom="neutron.subnet"),
        "vip_network": Property(custom="neutron.network"),
        "vip_port": Property(custom="neutron.port"),
        "vip_address": Property(custom="ip_addr"),
        "provider": Property(),
        "flavor": Property(),
        "availability_zone": Property(),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        **_SHOWN,
        "vip_address": "The address that clients use.",
        "vip_port_id": "The port that has it.",
        "vip_subnet_id": "Its subnet.",
        "pools": "Its pools.",
        "flavor_id": "Its flavor: a lab has none.",
    }

    def needs(self, own: ResourceDefinition, others: Definitions) -> Iterator[str]:
        wanted = own.properties.get("vip_network")
        return subnets_on(set(names_in(wanted)), others)

    def places(self, site: Site, properties: Mapping[str, Any]) -> dict[str, Any]:
        kinds = {
            "vip_subnet": "neutron.subnet",
            "vip_network": "neutron.network",
            "vip_port": "neutron.port",
        }
        found = {
            f"{name}_id": site.find_id(kind, properties[name])
            for name, kind in kinds.items()
            if properties.get(name)
        }
        if properties.get("flavor"):
            found["flavor_id"] = properties["flavor"]
        return found

    def delete(self, site: Site, resource: Resource) -> None:
        # What the template has of it goes before; what others added goes with it.
        self.call(site, "delete", resource.physical_id, True)

    def shown(self, site: Site, record: Any) -> dict[str, Any]:
        pools = site.cloud.load_balancer.pools_of(record.id)
        return {
            **super().shown(site, record),
            "pools": [{"id": pool.id} for pool in pools],
        }


class Listener(BalancerPart):
    """A port that a load balancer takes connections on."""

    TYPE = "OS::Octavia::Listener"
    NOUN = "listener"
    EXCLUSIVE = True
    OWN = ("connection_limit", "allowed_cidrs")
    FIXED = ("protocol", "protocol_port")
    PROPERTIES: ClassVar[Schema] = {
        **_COMMON_PROPERTIES,
        "loadbalancer": Property(custom="octavia.loadbalancer"),
        "default_pool": Property(custom="octavia.pool", update=True),
        "protocol": Property(required=True),
        "protocol_port": Property("integer", required=True, least=1, most=65535),
        "connection_limit": Property("integer", default=-1, least=-1, update=True),
        "allowed_cidrs": Property("list", items=Property(), update=True),
        "default_tls_container_ref": Property(update=True),
        "sni_container_refs": Property("list", items=Property(), update=True),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        **_SHOWN,
        "loadbalancers": "Its load balancers.",
        "default_pool_id": "The pool it passes on to.",
    }

    def attrs(self, site: Site, properties: Mapping[str, Any]) -> dict[str, Any]:
        attrs = super().attrs(site, properties)
        if properties.get("default_pool"):
            pool = site.find_id("octavia.pool", properties["default_pool"])
            attrs["default_pool_id"] = pool
        for key in ("default_tls_container_ref", "sni_container_refs"):
            if properties.get(key):
                attrs[key] = properties[key]
        return attrs

    def places(self, site: Site, properties: Mapping[str, Any]) -> dict[str, Any]:
        if properties.get("loadbalancer"):
            found = site.find_id("octavia.loadbalancer", properties["loadbalancer"])
        elif properties.get("default_pool"):
            pool = site.find("octavia.pool", properties["default_pool"])
            found = pool.load_balancer_id
        else:
            raise ResourceFailure("A listener needs loadbalancer or default_pool")
        return {"loadbalancer_id": found}

    def update(
        self,
        site: Site,
        resource: Resource,
        properties: Mapping[str, Any],
        changed: Collection[str],
    ) -> Mapping[str, Any]:
        changes = self.attrs(site, properties)
        if "default_pool" in changed:
            changes.setdefault("default_pool_id", None)
        self.call(site, "update", resource.physical_id, changes)
        return resource.data

    def shown(self, site: Site, record: Any) -> dict[str, Any]:
        balancers = [{"id": record.load_balancer_id}]
        return {**super().shown(site, record), "loadbalancers": balancers}


class Pool(BalancerPart):
    """Members that share work."""

    TYPE = "OS::Octavia::Pool"
    NOUN = "pool"
    EXCLUSIVE = True
    OWN = ("lb_algorithm", "session_persistence", "tls_enabled")
    FIXED = ("protocol",)
    PROPERTIES: ClassVar[Schema] = {
        **_COMMON_PROPERTIES,
        "loadbalancer": Property(custom="octavia.loadbalancer"),
        "listener": Property(custom="octavia.listener"),
        "protocol": Property(required=True),
        "lb_algorithm": Property(required=True, update=True),
        "session_persistence": Property(
            "map",
            update=True,
            fields={"type": Property(), "cookie_name": Property()},
        ),
        "tls_enabled": Property("boolean", default=False, update=True),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        **_SHOWN,
        "healthmonitor_id": "Its health monitor.",
        "listeners": "The listeners that pass on to it.",
        "members": "Its members.",
    }

    def places(self, site: Site, properties: Mapping[str, Any]) -> dict[str, Any]:
        found = {
            f"{name}_id": site.find_id(f"octavia.{name}", properties[name])
            for name in ("loadbalancer", "listener")
            if properties.get(name)
        }
        if not found:
            raise ResourceFailure("A pool needs loadbalancer or listener")
        return found

    def shown(self, site: Site, record: Any) -> dict[str, Any]:
        service = site.cloud.load_balancer
        monitor = service.monitor_of(record.id)
        fronts = service.listeners_of(record.load_balancer_id)
        return {
            **super().shown(site, record),
            "healthmonitor_id": monitor.id if monitor else None,
            "listeners": [
                {"id": row.id} for row in fronts if row.default_pool_id == record.id
            ],
            "members": [{"id": row.id} for row in service.members_of(record.id)],
        }


class PoolMember(BalancerPart):
    """One who answers."""

    TYPE = "OS::Octavia::PoolMember"
    NOUN = "member"
    EXCLUSIVE = True
    OWN = ("weight", "backup", "monitor_address", "monitor_port")
    FIXED = ("address", "protocol_port")
    PROPERTIES: ClassVar[Schema] = {
        **{k: v for k, v in _COMMON_PROPERTIES.items() if k != "description"},
        "pool": Property(required=True, custom="octavia.pool"),
        "address": Property(required=True, custom="ip_addr"),
        "protocol_port": Property("integer", required=True, least=1, most=65535),
        "subnet": Property(custom="neutron.subnet"),
        "weight": Property("integer", default=1, least=0, most=256, update=True),
        "backup": Property("boolean", update=True),
        "monitor_address": Property(custom="ip_addr", update=True),
        "monitor_port": Property("integer", least=1, most=65535, update=True),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        **_SHOWN,
        "address": "Its address.",
        "pool_id": "Its pool.",
    }

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        attrs = {
            **self.attrs(site, properties),
            **present(properties, *self.FIXED),
        }
        attrs.setdefault("name", site.unique_name())
        if properties.get("subnet"):
            attrs["subnet_id"] = site.find_id("neutron.subnet", properties["subnet"])
        pool = site.find_id("octavia.pool", properties["pool"])
        return Made(self.call(site, "create", pool, attrs).id)


class HealthMonitor(BalancerPart):
    """How the members of a pool are checked."""

    TYPE = "OS::Octavia::HealthMonitor"
    NOUN = "health_monitor"
    EXCLUSIVE = True
    OWN = (
        *("delay", "timeout", "max_retries", "max_retries_down"),
        *("http_method", "url_path", "expected_codes"),
    )
    FIXED = ("type",)
    PROPERTIES: ClassVar[Schema] = {
        **{k: v for k, v in _COMMON_PROPERTIES.items() if k != "description"},
        "pool": Property(required=True, custom="octavia.pool"),
        "type": Property(required=True),
        "delay": Property("integer", required=True, least=1, update=True),
        "timeout": Property("integer", required=True, least=1, update=True),
        "max_retries": Property(
            "integer", required=True, least=1, most=10, update=True
        ),
        "max_retries_down": Property("integer", least=1, most=10, update=True),
        "http_method": Property(update=True),
        "url_path": Property(update=True),
        "expected_codes": Property(update=True),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        **_SHOWN,
        "pools": "Its pools.",
    }

    def places(self, site: Site, properties: Mapping[str, Any]) -> dict[str, Any]:
        return {"pool_id": site.find_id("octavia.pool", properties["pool"])}

    def shown(self, site: Site, record: Any) -> dict[str, Any]:
        return {**super().shown(site, record), "pools": [{"id": record.pool_id}]}
