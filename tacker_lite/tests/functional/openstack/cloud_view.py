"""What the cloud's own APIs say of what a VNF consists of."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import openstack
from openstack.connection import Connection

from tacker_lite.tests.functional.openstack.needs import Reviewed

Row = dict[str, Any]

READERS: dict[str, Callable[[Connection, str], Any]] = {
    "OS::Nova::Server": lambda cloud, it: cloud.compute.get_server(it),
    "OS::Nova::Flavor": lambda cloud, it: cloud.compute.get_flavor(
        it, get_extra_specs=True
    ),
    "OS::Nova::ServerGroup": lambda cloud, it: cloud.compute.get_server_group(it),
    "OS::Glance::WebImage": lambda cloud, it: cloud.image.get_image(it),
    "OS::Cinder::Volume": lambda cloud, it: cloud.block_storage.get_volume(it),
    "OS::Octavia::LoadBalancer": lambda cloud, it: (
        cloud.load_balancer.get_load_balancer(it)
    ),
    "OS::Octavia::Listener": lambda cloud, it: cloud.load_balancer.get_listener(it),
    "OS::Octavia::Pool": lambda cloud, it: cloud.load_balancer.get_pool(it),
    "OS::Octavia::HealthMonitor": lambda cloud, it: (
        cloud.load_balancer.get_health_monitor(it)
    ),
}
"""What to ask for one resource of a type."""

LISTS: dict[str, Callable[[Connection, list[str]], Any]] = {
    "OS::Neutron::Port": lambda cloud, its: cloud.network.ports(id=its),
    "OS::Neutron::Net": lambda cloud, its: cloud.network.networks(id=its),
    "OS::Neutron::Subnet": lambda cloud, its: cloud.network.subnets(id=its),
    "OS::Neutron::FloatingIP": lambda cloud, its: cloud.network.ips(id=its),
}
"""What to ask for all resources of a type at once."""

COMPARED: dict[str, dict[str, str]] = {
    "OS::Nova::Server": {
        "name": "name",
        "key_name": "key_name",
        "metadata": "metadata",
        "availability_zone": "availability_zone",
    },
    "OS::Neutron::Port": {
        "name": "name",
        "mac_address": "mac_address",
        "port_security_enabled": "is_port_security_enabled",
    },
    "OS::Neutron::Net": {"name": "name"},
    "OS::Neutron::Subnet": {
        "cidr": "cidr",
        "gateway_ip": "gateway_ip",
        "allocation_pools": "allocation_pools",
        "ip_version": "ip_version",
        "enable_dhcp": "is_dhcp_enabled",
    },
    "OS::Nova::Flavor": {"vcpus": "vcpus", "ram": "ram", "disk": "disk"},
    "OS::Neutron::FloatingIP": {"floating_ip_address": "floating_ip_address"},
    "OS::Octavia::Listener": {
        "protocol": "protocol",
        "protocol_port": "protocol_port",
        "connection_limit": "connection_limit",
    },
    "OS::Octavia::Pool": {"protocol": "protocol", "lb_algorithm": "lb_algorithm"},
    "OS::Octavia::HealthMonitor": {"type": "type", "delay": "delay"},
}
"""Properties of Heat's resources and the attributes that show them."""


GROUP_OF_METERS = "metering.server_group"
"""A key of metadata whose value differs from VNF to VNF."""


class CloudView:
    """One VNF's resources, as the service lists them, and the cloud's answers.

    :param resources: rows of ``vnf resource list``.
    """

    def __init__(self, cloud: Connection, resources: list[Row]):
        self.cloud = cloud
        self.rows = [
            row for row in resources if row["type"] in READERS or row["type"] in LISTS
        ]
        self.found = read(cloud, self.rows)
        missing = [row for row in self.rows if row["id"] not in self.found]
        if missing:
            raise AssertionError(f"listed, but not in the cloud: {missing}")

    def of_type(self, kind: str) -> list[tuple[str, Any]]:
        """Name in its template and cloud object of each resource of a type."""
        return [
            (row["name"].rpartition("/")[2], self.found[row["id"]])
            for row in self.rows
            if row["type"] == kind
        ]

    def servers(self) -> set[str]:
        """Ids of the servers."""
        return {server.id for _, server in self.of_type("OS::Nova::Server")}

    def check_count(self, reviewed: Reviewed, sizes: Mapping[str, int]) -> None:
        """There is what the reviewed template says, and nothing else."""
        expected = reviewed.count(sizes)
        wanted = {kind: expected[kind] for kind in (*READERS, *LISTS) if expected[kind]}
        actual = dict(Counter(row["type"] for row in self.rows))
        if wanted != actual:
            raise AssertionError(f"resources: expected {wanted}, found {actual}")

    def check_properties(self, reviewed: Reviewed, values: Row) -> None:
        """The cloud's objects are as the reviewed template says.

        :param values: of the inputs.
        """
        for name, resource in reviewed.every():
            given = _resolved(resource.get("properties") or {}, values)
            for shown_name, shown in self.of_type(resource["type"]):
                if shown_name != name:
                    continue
                attributes = COMPARED.get(resource["type"], {})
                for key, attribute in attributes.items():
                    if key in given and not _same(
                        given[key], getattr(shown, attribute)
                    ):
                        raise AssertionError(
                            f"{name}: {key} should be {given[key]!r}, is "
                            f"{getattr(shown, attribute)!r}"
                        )
                self._check_special(name, resource["type"], given, shown)

    def _check_special(self, name: str, kind: str, given: Row, shown: Any) -> None:
        if kind == "OS::Nova::Server" and shown.status != "ACTIVE":
            raise AssertionError(f"{name}: its server is {shown.status}")
        if kind == "OS::Nova::Flavor":
            wanted = {k: str(v) for k, v in (given.get("extra_specs") or {}).items()}
            if wanted != dict(shown.extra_specs):
                raise AssertionError(f"{name}: extra specs {shown.extra_specs}")
        if kind == "OS::Neutron::Port":
            addresses = {each["ip_address"] for each in shown.fixed_ips}
            wanted_ips = {each["ip_address"] for each in given.get("fixed_ips") or ()}
            pairs = {each["ip_address"] for each in shown.allowed_address_pairs}
            wanted_pairs = {
                each["ip_address"] for each in given.get("allowed_address_pairs") or ()
            }
            if not wanted_ips <= addresses or wanted_pairs != pairs:
                raise AssertionError(f"{name}: addresses {addresses}, pairs {pairs}")
        if kind == "OS::Nova::ServerGroup" and not (
            set(shown.member_ids or ()) & self.servers()
        ):
            raise AssertionError(f"{name}: no server of the VNF is in the group")

    def check_addresses(self, row: Row, reviewed: Reviewed, sizes: Mapping[str, int]):
        """The management addresses are those of the VDUs' ports and balancers."""
        shown = json.loads(row["mgmt_ip_address"] or "{}")
        wanted = {
            vdu: policy
            for vdu, policy in reviewed.addressed.items()
            if not policy or sizes[policy]
        }
        if {vdu for vdu, found in shown.items() if found} != set(wanted):
            raise AssertionError(f"management addresses {shown}, expected {wanted}")
        for vdu, policy in wanted.items():
            addresses = shown[vdu] if policy else [shown[vdu]]
            if len(set(addresses)) != (sizes[policy] if policy else 1):
                raise AssertionError(f"{vdu}: {addresses} for sizes {dict(sizes)}")
            if not set(addresses) <= self._addresses(vdu):
                raise AssertionError(f"{vdu}: {addresses} are not all its own")

    def check_members(self, sizes: Mapping[str, int]) -> None:
        """Each pool has one member for each copy, at its server's address."""
        ports = {
            each["ip_address"]
            for _, port in self.of_type("OS::Neutron::Port")
            for each in port.fixed_ips
        }
        for name, pool in self.of_type("OS::Octavia::Pool"):
            members = [m.address for m in self.cloud.load_balancer.members(pool)]
            if len(set(members)) != sum(sizes.values()) or not set(members) <= ports:
                raise AssertionError(f"{name}: members {members}, ports {ports}")

    def _addresses(self, vdu: str) -> set[str]:
        servers = {
            server.id
            for name, server in self.of_type("OS::Nova::Server")
            if name == vdu
        }
        found = {
            each["ip_address"]
            for _, port in self.of_type("OS::Neutron::Port")
            if port.device_id in servers
            for each in port.fixed_ips
        }
        return found | {
            balancer.vip_address
            for name, balancer in self.of_type("OS::Octavia::LoadBalancer")
            if name == vdu
        }


def read(cloud: Connection, rows: list[Row]) -> dict[str, Any]:
    """What the cloud has of listed resources, by id."""
    found: dict[str, Any] = {}
    for kind, listing in LISTS.items():
        ids = [row["id"] for row in rows if row["type"] == kind]
        if ids:
            found.update({each.id: each for each in listing(cloud, ids)})
    for row in rows:
        if row["type"] in READERS and row["id"] not in found:
            try:
                found[row["id"]] = READERS[row["type"]](cloud, row["id"])
            except openstack.exceptions.NotFoundException:
                continue
    return found


def _resolved(value: Any, values: Row) -> Any:
    """``value`` with parameters replaced; what refers to resources is left out."""
    if isinstance(value, dict):
        if set(value) == {"get_param"}:
            return values.get(value["get_param"])
        return {
            key: _resolved(item, values)
            for key, item in value.items()
            if not (isinstance(item, dict) and set(item) & {"get_resource", "get_attr"})
        }
    if isinstance(value, list):
        return [_resolved(item, values) for item in value]
    return value


def _same(given: Any, shown: Any) -> bool:
    if isinstance(given, dict):
        return all(
            _same(item, (shown or {}).get(key))
            for key, item in given.items()
            if key != GROUP_OF_METERS
        )
    return given is None or str(given) == str(shown)
