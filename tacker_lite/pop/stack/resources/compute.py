"""OS::Nova types."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict
from typing import Any, ClassVar

from tacker_lite.pop import errors
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
    subnets_on,
)
from tacker_lite.pop.stack.resources.configuration import configured
from tacker_lite.pop.stack.template import ResourceDefinition

_NETWORK = Property(
    "map",
    fields={
        "network": Property(custom="neutron.network"),
        "uuid": Property(means="network", custom="neutron.network"),
        "fixed_ip": Property(custom="ip_addr"),
        "subnet": Property(custom="neutron.subnet"),
        "port": Property(custom="neutron.port"),
        "allocate_network": Property(allowed=("none", "auto")),
    },
)


class Server(CloudObject):
    """A virtual machine; its user data is given to it as written, in every format."""

    TYPE = "OS::Nova::Server"
    SERVICE = "compute"
    NOUN = "server"
    EXCLUSIVE = True
    PROPERTIES: ClassVar[Schema] = {
        "name": Property(update=True),
        "image": Property(custom="glance.image", update=True),
        "flavor": Property(required=True, custom="nova.flavor", update=True),
        "key_name": Property(custom="nova.keypair"),
        "networks": Property("list", items=_NETWORK),
        "security_groups": Property("list", items=Property(), default=[]),
        "metadata": Property("map", update=True),
        "user_data": Property("any", update=True),
        "user_data_format": Property(
            default="HEAT_CFNTOOLS", allowed=("HEAT_CFNTOOLS", "RAW", "SOFTWARE_CONFIG")
        ),
        "availability_zone": Property(),
        "config_drive": Property("boolean"),
        "scheduler_hints": Property("map"),
        "admin_pass": Property(),
        "diskConfig": Property(allowed=("AUTO", "MANUAL")),
        "tags": Property("list", items=Property()),
        "flavor_update_policy": Property(
            default="RESIZE", allowed=("RESIZE", "REPLACE"), update=True
        ),
        "image_update_policy": Property(
            default="REBUILD",
            allowed=("REBUILD", "REPLACE", "REBUILD_PRESERVE_EPHEMERAL"),
            update=True,
        ),
        "user_data_update_policy": Property(
            default="REPLACE", allowed=("REPLACE", "IGNORE"), update=True
        ),
        "software_config_transport": Property(update=True),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        "name": "Name of the server.",
        "addresses": "Its ports with their addresses, by network name and id.",
        "networks": "Its addresses, by network name and id.",
        "first_address": "The first of its addresses.",
        "accessIPv4": "Address for access over IPv4.",
        "accessIPv6": "Address for access over IPv6.",
        "instance_name": "Name of the instance.",
        "console_urls": "URLs of its consoles: the lab has none.",
        "tags": "Its tags.",
        "status": "Its status.",
    }

    def needs(self, own: ResourceDefinition, others: Definitions) -> Iterator[str]:
        networks = own.properties.get("networks")
        wanted: set[str] = set()
        for entry in networks if isinstance(networks, list) else ():
            if isinstance(entry, Mapping):
                wanted |= set(names_in(entry.get("network", entry.get("uuid"))))
        return subnets_on(wanted, others)

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        attrs = present(
            properties,
            *("key_name", "metadata", "availability_zone", "config_drive", "tags"),
        )
        attrs["name"] = properties.get("name") or site.unique_name()
        attrs["flavorRef"] = site.find_id("nova.flavor", properties["flavor"])
        attrs["imageRef"] = ""
        if properties.get("image"):
            attrs["imageRef"] = site.find_id("glance.image", properties["image"])
        if properties.get("networks") is not None:
            attrs["networks"] = self._networks(site, properties["networks"])
        if properties["security_groups"]:
            attrs["security_groups"] = [
                {"name": group} for group in properties["security_groups"]
            ]
        if properties.get("metadata"):
            attrs["metadata"] = {k: str(v) for k, v in attrs["metadata"].items()}
        if properties.get("scheduler_hints"):
            attrs["os:scheduler_hints"] = properties["scheduler_hints"]
        user_data = self._user_data(site, properties.get("user_data"))
        if user_data:
            attrs["user_data"] = base64.b64encode(str(user_data).encode()).decode()
        server = site.cloud.compute.create_server(
            site.owner.project_id, attrs, user_id=site.owner.user_id
        )
        return Made(server.id)

    def _user_data(self, site: Site, given: Any) -> Any:
        """What is given, or the software configuration whose id it is."""
        return configured(site, given) if isinstance(given, str) else given

    def _networks(self, site: Site, entries: list[Any]) -> Any:
        chosen: list[dict[str, Any]] = []
        for entry in entries:
            if entry.get("allocate_network"):
                return entry["allocate_network"]
            chosen.append(self._network(site, entry))
        return chosen

    def _network(self, site: Site, entry: Mapping[str, Any]) -> dict[str, Any]:
        if entry.get("port"):
            return {"port": site.find_id("neutron.port", entry["port"])}
        if entry.get("network"):
            wanted = {"uuid": site.find_id("neutron.network", entry["network"])}
        elif entry.get("subnet"):
            subnet = site.find("neutron.subnet", entry["subnet"])
            wanted = {"uuid": subnet.network_id}
        else:
            raise ResourceFailure(
                "Each of networks needs one of network, subnet, port or "
                "allocate_network"
            )
        return {**wanted, **present(entry, "fixed_ip")}

    def progress(self, site: Site, resource: Resource) -> float | None:
        server = self.call(site, "get", resource.physical_id)
        if server.status == "ERROR":
            fault = server.fault or {}
            raise ResourceFailure(
                f'Went to status ERROR due to "Message: '
                f"{fault.get('message', 'Unknown')}, Code: "
                f'{fault.get("code", "Unknown")}"'
            )
        if server.status == "DELETING":
            raise ResourceFailure("The server was deleted by somebody else")
        if server.status in ("BUILD", "REBUILD", "RESIZE") or server.task_state:
            return UNTIL_CHANGED
        return self._moved_on(site, resource, server)

    def _moved_on(self, site: Site, resource: Resource, server: Any) -> float | None:
        """Take the next step of a change of flavor and image; None after the last."""
        wanted, asked = resource.data.get("wanted", {}), resource.data.get("asked", [])
        service, project = site.cloud.compute, site.owner.project_id
        if server.status == "VERIFY_RESIZE":
            service.confirm_resize(project, server.id)
            return UNTIL_CHANGED
        steps = (("flavor", server.flavor.id), ("image", server.image_id))
        for name, current in steps:
            if wanted.get(name, current) == current:
                continue
            if name in asked:
                raise ResourceFailure(f"The server could not be given another {name}")
            if name == "flavor":
                flavor = site.find("nova.flavor", wanted[name])
                service.resize_server(project, server.id, flavor)
            else:
                service.rebuild_server(project, server.id, {"imageRef": wanted[name]})
            data = {**resource.data, "asked": [*asked, name]}
            site.cloud.stacks.remember(resource, data)
            return UNTIL_CHANGED
        return None

    def replaces(self, resource: Resource, properties: Mapping[str, Any]) -> bool:
        old = resource.properties
        for name in ("flavor", "image"):
            changed = old.get(name) != properties.get(name)
            if changed and properties[f"{name}_update_policy"] == "REPLACE":
                return True
        if bool(old.get("image")) != bool(properties.get("image")):
            return True
        told = old.get("user_data") != properties.get("user_data")
        return told and properties["user_data_update_policy"] != "IGNORE"

    def update(
        self,
        site: Site,
        resource: Resource,
        properties: Mapping[str, Any],
        changed: Collection[str],
    ) -> Mapping[str, Any]:
        service, project = site.cloud.compute, site.owner.project_id
        if "name" in changed and properties.get("name"):
            name = {"name": properties["name"]}
            service.update_server(project, resource.physical_id, name)
        if "metadata" in changed:
            metadata = properties.get("metadata") or {}
            texts = {str(k): str(v) for k, v in metadata.items()}
            service.set_metadata(project, resource.physical_id, texts, replace=True)
        if not changed and resource.state == "UPDATE_IN_PROGRESS":
            # A killed lab goes on with the change that it began.
            return resource.data
        wanted = {
            name: site.find_id(kind, properties[name])
            for name, kind in (("flavor", "nova.flavor"), ("image", "glance.image"))
            if name in changed and properties.get(name)
        }
        return {"wanted": wanted, "asked": []}

    def gone(self, site: Site, resource: Resource) -> float | None:
        try:
            server = self.call(site, "get", resource.physical_id)
        except errors.PopError as error:
            if not_found(error):
                return None
            raise
        if server.status == "ERROR" and server.task_state is None:
            fault = server.fault or {}
            raise ResourceFailure(
                f"The server could not be deleted: {fault.get('message', 'Unknown')}"
            )
        return UNTIL_CHANGED

    def suspend(self, site: Site, resource: Resource) -> None:
        if self.call(site, "get", resource.physical_id).status != "SUSPENDED":
            self.call(site, "suspend", resource.physical_id)

    def suspended(self, site: Site, resource: Resource) -> float | None:
        return self._until(site, resource, "SUSPENDED")

    def resume(self, site: Site, resource: Resource) -> None:
        if self.call(site, "get", resource.physical_id).status != "ACTIVE":
            self.call(site, "resume", resource.physical_id)

    def resumed(self, site: Site, resource: Resource) -> float | None:
        return self._until(site, resource, "ACTIVE")

    def _until(self, site: Site, resource: Resource, status: str) -> float | None:
        server = self.call(site, "get", resource.physical_id)
        if server.status == "ERROR":
            raise ResourceFailure(f"The server went to ERROR instead of {status}")
        return None if server.status == status else UNTIL_CHANGED

    def check(self, site: Site, resource: Resource) -> None:
        server = self.call(site, "get", resource.physical_id)
        if server.status != "ACTIVE":
            raise errors.Conflict(
                f"Server {server.name} is in status {server.status}, not ACTIVE",
                type="ResourceUnknownStatus",
            )

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        server = self.call(site, "get", resource.physical_id)
        if name in ("addresses", "networks", "first_address"):
            return self._addresses(site, server, name)
        shown = {
            "accessIPv4": "",
            "accessIPv6": "",
            "instance_name": server.name,
            "console_urls": {},
        }
        if name == "show":
            return {**asdict(server), "addresses": site.cloud.compute.addresses(server)}
        return shown[name] if name in shown else getattr(server, name, None)

    def _addresses(self, site: Site, server: Any, name: str) -> Any:
        service, project = site.cloud.compute, site.owner.project_id
        by_name = service.addresses(server)
        if name == "first_address":
            return next((a["addr"] for group in by_name.values() for a in group), "")
        networks = site.cloud.network
        ports = {p.mac_address: p for p in service.list_ports(project, server.id)}
        out: dict[str, Any] = {}
        for network_name, group in by_name.items():
            entries = []
            for entry in group:
                port = ports.get(entry.get("OS-EXT-IPS-MAC:mac_addr", ""))
                entries.append({**entry, "port": port.id if port else None})
                if port:
                    network = networks.get_network(project, port.network_id)
                    out.setdefault(network.id, []).append(entries[-1])
            out[network_name] = entries
        if name == "addresses":
            return out
        return {key: [e["addr"] for e in entries] for key, entries in out.items()}


class Flavor(CloudObject):
    """A size of servers."""

    TYPE = "OS::Nova::Flavor"
    SERVICE = "compute"
    NOUN = "flavor"
    EXCLUSIVE = True
    ADMIN_ONLY = True
    PROPERTIES: ClassVar[Schema] = {
        "ram": Property("integer", required=True, least=1),
        "vcpus": Property("integer", required=True, least=1),
        "disk": Property("integer", default=0, least=0),
        "swap": Property("integer", default=0, least=0),
        "ephemeral": Property("integer", default=0, least=0),
        "rxtx_factor": Property("number", default=1.0),
        "name": Property(),
        "flavorid": Property(),
        "is_public": Property("boolean", default=True),
        "extra_specs": Property("map", update=True),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        "is_public": "Whether every project sees it.",
        "extra_specs": "Its extra specifications.",
    }

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        attrs = present(
            properties, "ram", "vcpus", "disk", "swap", "rxtx_factor", "name"
        )
        attrs["OS-FLV-EXT-DATA:ephemeral"] = properties["ephemeral"]
        attrs["os-flavor-access:is_public"] = properties["is_public"]
        attrs.setdefault("name", site.unique_name())
        if properties.get("flavorid"):
            attrs["id"] = properties["flavorid"]
        attrs["extra_specs"] = self._specs(properties)
        flavor = site.cloud.compute.create_flavor(attrs)
        return Made(flavor.id)

    def _specs(self, properties: Mapping[str, Any]) -> dict[str, str]:
        given = properties.get("extra_specs") or {}
        return {str(k): str(v) for k, v in given.items()}

    def update(
        self,
        site: Site,
        resource: Resource,
        properties: Mapping[str, Any],
        changed: Collection[str],
    ) -> Mapping[str, Any]:
        service, specs = site.cloud.compute, self._specs(properties)
        for key in set(self._specs(resource.properties)) - set(specs):
            service.delete_extra_spec(resource.physical_id, key)
        if specs:
            service.set_extra_specs(resource.physical_id, specs)
        return resource.data

    def delete(self, site: Site, resource: Resource) -> None:
        site.cloud.compute.delete_flavor(resource.physical_id)
