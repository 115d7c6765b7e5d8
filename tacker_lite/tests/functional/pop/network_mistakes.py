"""Mistaken requests to the networking API, and what Neutron answers to each.

The answers are those of a real Neutron with networking-sfc; the type is None where
only the status is fixed.  ``{name}`` stands for the id of an object that
:func:`.network_cloud.prepare` makes.
"""

from tacker_lite.tests.functional.pop.network_cloud import WEB
from tacker_lite.tests.functional.pop.network_requests import (
    Mistake,
    chain,
    classifier,
    delete,
    get,
    group,
    network,
    pair,
    port,
    post,
    put,
    rule,
    subnet,
)

NOWHERE = "00000000-0000-4000-8000-000000000000"
MISTAKES = {
    # networks
    "unknown network": get(f"networks/{NOWHERE}", 404, "NetworkNotFound"),
    "no such collection": get("nothings", 404),
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
    "network in use": delete("networks/{net}", 409, "NetworkInUse"),
    "update of another's network": put(
        "networks/{shared}", "network", 403, "PolicyNotAuthorized", name="mine"
    ),
    "delete of another's network": delete(
        "networks/{shared}", 403, "PolicyNotAuthorized"
    ),
    "update of a network's id": put(
        "networks/{net}", "network", 400, "HTTPBadRequest", id=NOWHERE
    ),
    "wrong wrapper": Mistake(
        "POST", "networks", {"net": {"name": "x"}}, 400, "HTTPBadRequest"
    ),
    # subnets
    "subnet without cidr": post(
        "subnets", "subnet", 400, "BadRequest", network_id="{net}", ip_version=4
    ),
    "subnet without version": post(
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
    "subnet in use": delete("subnets/{subnet}", 409, "SubnetInUse"),
    "change of a cidr": put(
        "subnets/{subnet}", "subnet", 400, "HTTPBadRequest", cidr="10.96.0.0/24"
    ),
    # ports
    "port on no network": port(404, "NetworkNotFound", network_id=NOWHERE),
    "port without a network": post("ports", "port", 400, "HTTPBadRequest", name="p"),
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
    "unknown port": get(f"ports/{NOWHERE}", 404, "PortNotFound"),
    # security groups
    "second default group": post(
        "security-groups",
        "security_group",
        409,
        "SecurityGroupDefaultAlreadyExists",
        name="default",
    ),
    "removal of the default group": delete(
        "security-groups/{default}", 409, "SecurityGroupInUse"
    ),
    "group in use": delete("security-groups/{group}", 409, "SecurityGroupInUse"),
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
    "unknown router": get(f"routers/{NOWHERE}", 404, "RouterNotFound"),
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
    "router in use": delete("routers/{router}", 409, "RouterInUse"),
    "gateway that is not external": put(
        "routers/{router}",
        "router",
        400,
        "BadRequest",
        external_gateway_info={"network_id": "{net}"},
    ),
    "route over nobody": put(
        "routers/{router}",
        "router",
        400,
        "InvalidRoutes",
        routes=[{"destination": "10.50.0.0/24", "nexthop": "192.0.2.1"}],
    ),
    "distributed router by a member": post(
        "routers", "router", 403, "PolicyNotAuthorized", distributed=True
    ),
    "floating address of an inner network": post(
        "floatingips", "floatingip", 400, "BadRequest", floating_network_id="{net}"
    ),
    "floating address of no network": post(
        "floatingips", "floatingip", 404, "NetworkNotFound", floating_network_id=NOWHERE
    ),
    "floating address of no port": post(
        "floatingips",
        "floatingip",
        404,
        "PortNotFound",
        floating_network_id="{public}",
        port_id=NOWHERE,
    ),
    "unknown floating address": get(
        f"floatingips/{NOWHERE}", 404, "FloatingIPNotFound"
    ),
    "router port removed as a port": delete("ports/{leg}", 409, "ServicePortInUse"),
    # quotas
    "quota of another project": get(f"quotas/{NOWHERE}", 403, "PolicyNotAuthorized"),
    "quota set by a member": put(
        "quotas/{project}", "quota", 403, "PolicyNotAuthorized", network=1
    ),
    "quota that is none": put(
        "quotas/{project}", "quota", 400, "InvalidInput", "admin", network="many"
    ),
    "quota below none": put(
        "quotas/{project}", "quota", 400, "HTTPBadRequest", "admin", network=-2
    ),
    "quota of nothing known": put(
        "quotas/{project}", "quota", 400, "HTTPBadRequest", "admin", moons=1
    ),
    # chains
    "pair of no port": pair(404, "PortPairPortNotFound", ingress=NOWHERE),
    "pair without egress": post(
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
    "pair in use": delete("sfc/port_pairs/{pair}", 409, "PortPairInUse"),
    "pair moved to other ports": put(
        "sfc/port_pairs/{pair}", "port_pair", 400, "HTTPBadRequest", ingress="{port2}"
    ),
    "unknown pair": get(f"sfc/port_pairs/{NOWHERE}", 404, "PortPairNotFound"),
    "group of no pair": group(404, "PortPairNotFound", port_pairs=[NOWHERE]),
    "pair in a second group": group(409, "PortPairInUse", port_pairs=["{pair}"]),
    "pairs group in use": delete(
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
    "classifier in use": delete(
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
    "unknown chain": get(f"sfc/port_chains/{NOWHERE}", 404, "PortChainNotFound"),
    # Neutron has an internal error here.
    "port in a pair": delete("ports/{port}", 409, "PortInUse"),
}
