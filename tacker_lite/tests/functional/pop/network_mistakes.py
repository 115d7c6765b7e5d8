"""Mistaken requests to the networking API, and what Neutron answers to each.

The answers are those of a real Neutron with networking-sfc; the type is None where
only the status is fixed.  ``{name}`` stands for the id of an object of :func:`prepare`.
"""

from typing import NamedTuple

NOWHERE = "00000000-0000-4000-8000-000000000000"


class Mistake(NamedTuple):
    """A request, and the status and type of its refusal."""

    method: str
    path: str
    body: dict
    status: int
    type: str | None = None
    user: str = "member"


def _post(path, noun, status, kind=None, user="member", **attrs):
    return Mistake("POST", path, {noun: attrs}, status, kind, user)


def _put(path, noun, status, kind=None, user="member", **attrs):
    return Mistake("PUT", path, {noun: attrs}, status, kind, user)


def network(status, kind=None, user="member", **attrs):
    return _post("networks", "network", status, kind, user, **attrs)


def subnet(status, kind=None, **attrs):
    body = {"network_id": "{net}", "ip_version": 4, "cidr": "10.98.0.0/24"}
    return _post("subnets", "subnet", status, kind, **{**body, **attrs})


def port(status, kind=None, user="member", **attrs):
    return _post(
        "ports", "port", status, kind, user, **{"network_id": "{net}", **attrs}
    )


def rule(status, kind=None, **attrs):
    body = {"security_group_id": "{group}", "direction": "ingress"}
    path, noun = "security-group-rules", "security_group_rule"
    return _post(path, noun, status, kind, **{**body, **attrs})


def pair(status, kind=None, **attrs):
    body = {"ingress": "{port}", "egress": "{port2}"}
    return _post("sfc/port_pairs", "port_pair", status, kind, **{**body, **attrs})


def group(status, kind=None, **attrs):
    return _post("sfc/port_pair_groups", "port_pair_group", status, kind, **attrs)


def classifier(status, kind=None, **attrs):
    return _post("sfc/flow_classifiers", "flow_classifier", status, kind, **attrs)


def chain(status, kind=None, **attrs):
    body = {"port_pair_groups": ["{pairs2}"]}
    return _post("sfc/port_chains", "port_chain", status, kind, **{**body, **attrs})


def _delete(path, status, kind=None, user="member"):
    return Mistake("DELETE", path, None, status, kind, user)


def _get(path, status, kind=None, user="member"):
    return Mistake("GET", path, None, status, kind, user)


WEB = {"protocol": "tcp", "port_range_min": 80, "port_range_max": 80}
MISTAKES = {
    # networks
    "unknown network": _get(f"networks/{NOWHERE}", 404, "NetworkNotFound"),
    "no such collection": _get("nothings", 404),
    "unknown attribute": network(400, "HTTPBadRequest", colour="red"),
    "shared by a member": network(403, "PolicyNotAuthorized", shared=True),
    "external by a member": network(
        403, "PolicyNotAuthorized", **{"router:external": True}
    ),
    "provider by a member": network(
        403, "PolicyNotAuthorized", **{"provider:network_type": "vlan"}
    ),
    "name too long": network(400, "HTTPBadRequest", name="n" * 256),
    "flag that is none": network(400, "InvalidInput", admin_state_up="perhaps"),
    "network for another project": network(400, "HTTPBadRequest", project_id=NOWHERE),
    "network in use": _delete("networks/{net}", 409, "NetworkInUse"),
    "update of another's network": _put(
        "networks/{shared}", "network", 403, "PolicyNotAuthorized", name="mine"
    ),
    "delete of another's network": _delete(
        "networks/{shared}", 403, "PolicyNotAuthorized"
    ),
    "update of a network's id": _put(
        "networks/{net}", "network", 400, "HTTPBadRequest", id=NOWHERE
    ),
    "wrong wrapper": Mistake(
        "POST", "networks", {"net": {"name": "x"}}, 400, "HTTPBadRequest"
    ),
    # subnets
    "subnet without cidr": _post(
        "subnets", "subnet", 400, "BadRequest", network_id="{net}", ip_version=4
    ),
    "subnet without version": _post(
        "subnets",
        "subnet",
        400,
        "HTTPBadRequest",
        network_id="{net}",
        cidr="10.98.0.0/24",
    ),
    "cidr that is none": subnet(400, "InvalidInput", cidr="hello"),
    "cidr of the other version": subnet(400, "InvalidInput", cidr="fd98::/64"),
    "overlapping subnet": subnet(400, "InvalidInput", cidr="10.97.0.0/25"),
    "gateway that is none": subnet(400, "HTTPBadRequest", gateway_ip="hello"),
    "gateway in the pool": subnet(
        409,
        "GatewayConflictWithAllocationPools",
        gateway_ip="10.98.0.5",
        allocation_pools=[{"start": "10.98.0.2", "end": "10.98.0.9"}],
    ),
    "pool out of bounds": subnet(
        400,
        "OutOfBoundsAllocationPool",
        allocation_pools=[{"start": "10.98.0.2", "end": "10.98.1.9"}],
    ),
    "overlapping pools": subnet(
        409,
        "OverlappingAllocationPools",
        allocation_pools=[
            {"start": "10.98.0.2", "end": "10.98.0.9"},
            {"start": "10.98.0.9", "end": "10.98.0.12"},
        ],
    ),
    "pool that ends before it starts": subnet(
        400,
        "InvalidAllocationPool",
        allocation_pools=[{"start": "10.98.0.9", "end": "10.98.0.2"}],
    ),
    "subnet of no network": subnet(404, "NetworkNotFound", network_id=NOWHERE),
    "name server that is none": subnet(
        400, "HTTPBadRequest", dns_nameservers=["not an address"]
    ),
    "subnet in use": _delete("subnets/{subnet}", 409, "SubnetInUse"),
    "change of a cidr": _put(
        "subnets/{subnet}", "subnet", 400, "HTTPBadRequest", cidr="10.96.0.0/24"
    ),
    # ports
    "port on no network": port(404, "NetworkNotFound", network_id=NOWHERE),
    "port without a network": _post("ports", "port", 400, "HTTPBadRequest", name="p"),
    "address in use": port(
        409, "IpAddressAlreadyAllocated", fixed_ips=[{"ip_address": "10.97.0.20"}]
    ),
    "address of no subnet": port(
        400, "InvalidIpForNetwork", fixed_ips=[{"ip_address": "192.0.2.1"}]
    ),
    "address of another subnet": port(
        400,
        "InvalidIpForSubnet",
        fixed_ips=[{"ip_address": "192.0.2.1", "subnet_id": "{subnet}"}],
    ),
    "address that is none": port(
        400, "HTTPBadRequest", fixed_ips=[{"ip_address": "hello"}]
    ),
    "unknown subnet": port(404, "SubnetNotFound", fixed_ips=[{"subnet_id": NOWHERE}]),
    "exhausted network": port(409, "IpAddressGenerationFailure", network_id="{full}"),
    "MAC in use": port(
        409, "MacAddressInUse", user="admin", mac_address="fa:16:3e:00:00:20"
    ),
    "MAC that is none": port(400, "HTTPBadRequest", mac_address="hello"),
    "unknown group of a port": port(
        404, "SecurityGroupNotFound", security_groups=[NOWHERE]
    ),
    "groups without port security": port(
        400,
        "PortSecurityAndIPRequiredForSecurityGroups",
        port_security_enabled=False,
        security_groups=["{group}"],
    ),
    "pairs without port security": port(
        409,
        "AddressPairAndPortSecurityRequired",
        port_security_enabled=False,
        allowed_address_pairs=[{"ip_address": "10.97.0.99"}],
    ),
    "pair without an address": port(
        400,
        "AllowedAddressPairsMissingIP",
        allowed_address_pairs=[{"mac_address": "02:00:00:00:00:01"}],
    ),
    "binding by a member": port(
        403, "PolicyNotAuthorized", **{"binding:host_id": "host-0"}
    ),
    "unknown port": _get(f"ports/{NOWHERE}", 404, "PortNotFound"),
    # security groups
    "second default group": _post(
        "security-groups",
        "security_group",
        409,
        "SecurityGroupDefaultAlreadyExists",
        name="default",
    ),
    "removal of the default group": _delete(
        "security-groups/{default}", 409, "SecurityGroupInUse"
    ),
    "group in use": _delete("security-groups/{group}", 409, "SecurityGroupInUse"),
    "rule in no group": rule(404, "SecurityGroupNotFound", security_group_id=NOWHERE),
    "same rule again": rule(409, "SecurityGroupRuleExists", **WEB),
    "direction that is none": rule(400, "HTTPBadRequest", direction="sideways"),
    "ethertype that is none": rule(
        400, "SecurityGroupRuleInvalidEtherType", ethertype="IPX"
    ),
    "protocol that is none": rule(
        400, "SecurityGroupRuleInvalidProtocol", protocol="carrier-pigeon"
    ),
    "ports without protocol": rule(
        400,
        "SecurityGroupProtocolRequiredWithPorts",
        port_range_min=1,
        port_range_max=2,
    ),
    "ports the wrong way round": rule(
        400,
        "SecurityGroupInvalidPortRange",
        protocol="tcp",
        port_range_min=90,
        port_range_max=80,
    ),
    "port too large": rule(
        400,
        "SecurityGroupInvalidPortValue",
        protocol="tcp",
        port_range_min=1,
        port_range_max=70000,
    ),
    "ICMP type too large": rule(
        400, "SecurityGroupInvalidIcmpValue", protocol="icmp", port_range_min=256
    ),
    "ICMP code without a type": rule(
        400, "SecurityGroupMissingIcmpType", protocol="icmp", port_range_max=3
    ),
    "prefix and group": rule(
        400,
        "SecurityGroupMultipleRemoteEntites",
        remote_ip_prefix="10.0.0.0/8",
        remote_group_id="{group}",
    ),
    "prefix of the other version": rule(
        400, "SecurityGroupRuleParameterConflict", remote_ip_prefix="fd00::/8"
    ),
    "ICMPv6 over IPv4": rule(
        400, "SecurityGroupEthertypeConflictWithProtocol", protocol="icmpv6"
    ),
    "unknown remote group": rule(404, "SecurityGroupNotFound", remote_group_id=NOWHERE),
    # routers and floating addresses
    "unknown router": _get(f"routers/{NOWHERE}", 404, "RouterNotFound"),
    "interface to nothing": Mistake(
        "PUT", "routers/{router}/add_router_interface", {}, 400, "BadRequest"
    ),
    "interface to both": Mistake(
        "PUT",
        "routers/{router}/add_router_interface",
        {"subnet_id": "{subnet}", "port_id": "{port}"},
        400,
        "BadRequest",
    ),
    "interface twice": Mistake(
        "PUT",
        "routers/{router}/add_router_interface",
        {"subnet_id": "{subnet}"},
        400,
        "BadRequest",
    ),
    "router in use": _delete("routers/{router}", 409, "RouterInUse"),
    "gateway that is not external": _put(
        "routers/{router}",
        "router",
        400,
        "BadRequest",
        external_gateway_info={"network_id": "{net}"},
    ),
    "route over nobody": _put(
        "routers/{router}",
        "router",
        400,
        "InvalidRoutes",
        routes=[{"destination": "10.50.0.0/24", "nexthop": "192.0.2.1"}],
    ),
    "distributed router by a member": _post(
        "routers", "router", 403, "PolicyNotAuthorized", distributed=True
    ),
    "floating address of an inner network": _post(
        "floatingips", "floatingip", 400, "BadRequest", floating_network_id="{net}"
    ),
    "floating address of no network": _post(
        "floatingips", "floatingip", 404, "NetworkNotFound", floating_network_id=NOWHERE
    ),
    "floating address of no port": _post(
        "floatingips",
        "floatingip",
        404,
        "PortNotFound",
        floating_network_id="{public}",
        port_id=NOWHERE,
    ),
    "unknown floating address": _get(
        f"floatingips/{NOWHERE}", 404, "FloatingIPNotFound"
    ),
    "router port removed as a port": _delete("ports/{leg}", 409, "ServicePortInUse"),
    # quotas
    "quota of another project": _get(f"quotas/{NOWHERE}", 403, "PolicyNotAuthorized"),
    "quota set by a member": _put(
        "quotas/{project}", "quota", 403, "PolicyNotAuthorized", network=1
    ),
    "quota that is none": _put(
        "quotas/{project}", "quota", 400, "InvalidInput", "admin", network="many"
    ),
    "quota below none": _put(
        "quotas/{project}", "quota", 400, "HTTPBadRequest", "admin", network=-2
    ),
    "quota of nothing known": _put(
        "quotas/{project}", "quota", 400, "HTTPBadRequest", "admin", moons=1
    ),
    # chains
    "pair of no port": pair(404, "PortPairPortNotFound", ingress=NOWHERE),
    "pair without egress": _post(
        "sfc/port_pairs", "port_pair", 400, "HTTPBadRequest", ingress="{port}"
    ),
    "pair of a port without a server": pair(
        400, "PortPairIngressNoHost", ingress="{idle}"
    ),
    "pair into nowhere": pair(400, "PortPairEgressNoHost", egress="{idle}"),
    "pair of two servers": pair(
        400, "PortPairIngressEgressDifferentHost", egress="{elsewhere}"
    ),
    "same pair again": pair(400, "PortPairIngressEgressInUse"),
    "pair in use": _delete("sfc/port_pairs/{pair}", 409, "PortPairInUse"),
    "pair moved to other ports": _put(
        "sfc/port_pairs/{pair}", "port_pair", 400, "HTTPBadRequest", ingress="{port2}"
    ),
    "unknown pair": _get(f"sfc/port_pairs/{NOWHERE}", 404, "PortPairNotFound"),
    "group of no pair": group(404, "PortPairNotFound", port_pairs=[NOWHERE]),
    "pair in a second group": group(409, "PortPairInUse", port_pairs=["{pair}"]),
    "pairs group in use": _delete(
        "sfc/port_pair_groups/{pairs}", 409, "PortPairGroupInUse"
    ),
    "classified protocol": classifier(
        400, "FlowClassifierInvalidProtocol", protocol="sctp"
    ),
    "classified ethertype": classifier(
        400, "FlowClassifierInvalidEthertype", ethertype="IPX"
    ),
    "classified ports without protocol": classifier(
        400, "FlowClassifierProtocolRequiredWithPorts", source_port_range_min=5
    ),
    "classified ports the wrong way round": classifier(
        400,
        "FlowClassifierInvalidPortRange",
        protocol="udp",
        source_port_range_min=5,
        source_port_range_max=4,
    ),
    "classified port too large": classifier(
        400,
        "FlowClassifierInvalidPortValue",
        protocol="udp",
        source_port_range_min=70000,
    ),
    "classified prefix of the other version": classifier(
        400,
        "FlowClassifierIpPrefixFormatConflictWithEthertype",
        source_ip_prefix="fd00::/8",
    ),
    "classified by no port": classifier(
        404, "FlowClassifierPortNotFound", logical_source_port=NOWHERE
    ),
    "classified by another": classifier(
        400,
        "FlowClassifierInConflict",
        logical_source_port="{port}",
        protocol="tcp",
        destination_port_range_min=70,
        destination_port_range_max=90,
    ),
    "classifier in use": _delete(
        "sfc/flow_classifiers/{classifier}", 409, "FlowClassifierInUse"
    ),
    "chain of nothing": chain(400, "PortPairGroupNotSpecified", port_pair_groups=[]),
    "chain of no group": chain(
        404, "PortPairGroupNotFound", port_pair_groups=[NOWHERE]
    ),
    "chain of no classifier": chain(
        404, "FlowClassifierNotFound", flow_classifiers=[NOWHERE]
    ),
    "classifier in a second chain": chain(
        409, "FlowClassifierInUse", flow_classifiers=["{classifier}"]
    ),
    "unknown chain": _get(f"sfc/port_chains/{NOWHERE}", 404, "PortChainNotFound"),
    # Neutron has an internal error here.
    "port in a pair": _delete("ports/{port}", 409, "PortInUse"),
}


class Cloud:
    """A networking API with a session for each user.

    :param sessions: of keystoneauth, by user.
    """

    def __init__(self, sessions):
        self._sessions = sessions
        self.made = {}

    def call(self, user, method, path, body=None):
        return self._sessions[user].request(
            f"/v2.0/{path}",
            method,
            json=body,
            raise_exc=False,
            endpoint_filter={"service_type": "network", "interface": "public"},
        )

    def make(self, key, path, noun, user="member", **attrs):
        answer = self.call(user, "POST", path, {noun: attrs})
        if answer.status_code != 201:
            raise AssertionError(f"{key}: {answer.status_code} {answer.text}")
        made = answer.json()[noun]
        self.made[key] = made["id"]
        return made

    def refusal(self, mistake):
        """Status, type and message of the answer to a mistaken request."""
        fill = {f"{{{name}}}": ident for name, ident in self.made.items()}
        path = mistake.path.format(**self.made)
        body = _filled(mistake.body, fill)
        answer = self.call(mistake.user, mistake.method, path, body)
        try:
            fault = answer.json()["NeutronError"]
        except (ValueError, KeyError, TypeError):
            return answer.status_code, None, answer.text
        if isinstance(fault, str):
            return answer.status_code, None, fault
        return answer.status_code, fault["type"], fault["message"]


def _filled(value, fill):
    if isinstance(value, dict):
        return {key: _filled(item, fill) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, fill) for item in value]
    return fill.get(value, value) if isinstance(value, str) else value


def prepare(cloud, project, public, shared):
    """Objects to make mistakes with.

    :param project: id of the member's project.
    :param public: id of an external network; ``shared`` of one of another project.
    """
    cloud.made |= {"project": project, "public": public, "shared": shared}
    net = cloud.make("net", "networks", "network", name="mistakes")["id"]
    cidr = {"ip_version": 4, "cidr": "10.97.0.0/24"}
    cloud.make("subnet", "subnets", "subnet", network_id=net, **cidr)
    full = cloud.make("full", "networks", "network", name="full")["id"]
    tiny = {"ip_version": 4, "cidr": "10.96.0.0/30", "gateway_ip": None}
    pool = {"allocation_pools": [{"start": "10.96.0.1", "end": "10.96.0.1"}]}
    cloud.make(
        "tiny", "subnets", "subnet", network_id=full, enable_dhcp=False, **tiny, **pool
    )
    cloud.make("last", "ports", "port", network_id=full)
    group = cloud.make("group", "security-groups", "security_group", name="g")["id"]
    listed = cloud.call("member", "GET", "security-groups?name=default").json()
    cloud.made["default"] = listed["security_groups"][0]["id"]
    path, noun = "security-group-rules", "security_group_rule"
    body = {"security_group_id": group, "direction": "ingress", **WEB}
    cloud.make("rule", path, noun, **body)
    special = {
        "port": {
            "mac_address": "fa:16:3e:00:00:20",
            "fixed_ips": [{"ip_address": "10.97.0.20"}],
            "security_groups": [group],
        }
    }
    for name in ("port", "port2", "port3"):
        body = {"network_id": net, "project_id": project, "device_id": "one-server"}
        cloud.make(name, "ports", "port", "admin", **body, **special.get(name, {}))
    cloud.make("idle", "ports", "port", network_id=net)
    elsewhere = {"network_id": net, "device_id": "another-server"}
    cloud.make("elsewhere", "ports", "port", **elsewhere)
    _prepare_router(cloud)
    _prepare_chain(cloud)


def _prepare_router(cloud):
    router = cloud.make("router", "routers", "router", name="mistakes")["id"]
    path = f"routers/{router}/add_router_interface"
    joined = cloud.call("member", "PUT", path, {"subnet_id": cloud.made["subnet"]})
    cloud.made["leg"] = joined.json()["port_id"]


def _prepare_chain(cloud):
    first, second, third = (cloud.made[name] for name in ("port", "port2", "port3"))
    path, noun = "sfc/port_pairs", "port_pair"
    pair = cloud.make("pair", path, noun, ingress=first, egress=second)["id"]
    other = cloud.make("pair2", path, noun, ingress=second, egress=third)["id"]
    path, noun = "sfc/port_pair_groups", "port_pair_group"
    pairs = cloud.make("pairs", path, noun, port_pairs=[pair])["id"]
    cloud.make("pairs2", path, noun, port_pairs=[other])
    ports = {f"destination_port_range_{end}": 80 for end in ("min", "max")}
    classifier = cloud.make(
        "classifier",
        "sfc/flow_classifiers",
        "flow_classifier",
        protocol="tcp",
        logical_source_port=first,
        **ports,
    )["id"]
    cloud.make(
        "chain",
        "sfc/port_chains",
        "port_chain",
        port_pair_groups=[pairs],
        flow_classifiers=[classifier],
    )
