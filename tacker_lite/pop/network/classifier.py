"""Flow classifiers, checked as networking-sfc checks them."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from tacker_lite.pop import attributes, records
from tacker_lite.pop.addresses import ip_network
from tacker_lite.pop.attributes import Attrs, invalid
from tacker_lite.pop.errors import BadRequest, NotFound
from tacker_lite.pop.network.chain_records import FlowClassifier

if TYPE_CHECKING:
    from tacker_lite.pop.network.tables import NetworkTables

KEYS = (
    *("name", "description", "project_id", "tenant_id", "ethertype", "protocol"),
    *("source_port_range_min", "source_port_range_max", "source_ip_prefix"),
    *("destination_port_range_min", "destination_port_range_max"),
    *("destination_ip_prefix", "logical_source_port", "logical_destination_port"),
    "l7_parameters",
)
PROTOCOLS = ("tcp", "udp", "icmp")
ETHERTYPES = ("IPv4", "IPv6")


def classifier(
    network: NetworkTables, project_id: str | None, owner: str, attrs: Attrs
) -> FlowClassifier:
    """The classifier that a body asks for.

    :param project_id: the caller's project; None for an administrator.
    :raises BadRequest: with the type of networking-sfc for what does not fit together.
    :raises NotFound: when a port it names is not there.
    """
    attributes.refuse_unknown(attrs, KEYS)
    if attrs.get("l7_parameters"):
        raise BadRequest(
            "Flow classifiers look at no layer above the ports: leave l7_parameters "
            "empty.",
            type="FlowClassifierInvalidL7Parameter",
        )
    ethertype, protocol = _ethertype(attrs), _protocol(attrs)
    ranges: dict[str, int | None] = {}
    for side in ("source", "destination"):
        ranges |= _port_range(attrs, side, protocol)
    return FlowClassifier(
        id=records.new_id(),
        project_id=owner,
        name=attributes.text(attrs, "name"),
        description=attributes.text(attrs, "description"),
        ethertype=ethertype,
        protocol=protocol,
        **ranges,
        source_ip_prefix=_prefix(attrs, "source_ip_prefix", ethertype),
        destination_ip_prefix=_prefix(attrs, "destination_ip_prefix", ethertype),
        logical_source_port=_port(network, project_id, attrs, "logical_source_port"),
        logical_destination_port=_port(
            network, project_id, attrs, "logical_destination_port"
        ),
    )


def _ethertype(attrs: Attrs) -> str:
    asked = attrs.get("ethertype")
    for known in ETHERTYPES:
        if asked is None or str(asked).lower() == known.lower():
            return known
    raise BadRequest(
        f"There are no flow classifiers for ethertype {asked}, only for "
        f"{' and '.join(ETHERTYPES)}.",
        type="FlowClassifierInvalidEthertype",
    )


def _protocol(attrs: Attrs) -> str | None:
    asked = attrs.get("protocol")
    if asked is None or str(asked).lower() in PROTOCOLS:
        return None if asked is None else str(asked).lower()
    raise BadRequest(
        f"There are no flow classifiers for protocol {asked}, only for "
        f"{', '.join(PROTOCOLS)}.",
        type="FlowClassifierInvalidProtocol",
    )


def _port_range(attrs: Attrs, side: str, protocol: str | None) -> dict[str, int | None]:
    """Both ends of a range; one alone stands for itself or an open end."""
    values: dict[str, int | None] = {}
    for end in ("min", "max"):
        key = f"{side}_port_range_{end}"
        try:
            values[key] = attributes.integer(attrs, key, None, 0, 65535)
        except BadRequest:
            raise BadRequest(
                f"{key} must be a port from 0 to 65535, not {attrs[key]}.",
                type="FlowClassifierInvalidPortValue",
            ) from None
    low, high = values.values()
    if low is not None and high is not None and low > high:
        raise BadRequest(
            f"The {side} port range from {low} to {high} is empty.",
            type="FlowClassifierInvalidPortRange",
        )
    if (low is not None or high is not None) and protocol not in ("tcp", "udp"):
        raise BadRequest(
            "A port range needs the protocol tcp or udp.",
            type="FlowClassifierProtocolRequiredWithPorts",
        )
    return values


def _prefix(attrs: Attrs, key: str, ethertype: str) -> str | None:
    text = attributes.text(attrs, key, None)
    if text is None:
        return None
    try:
        network = ip_network(text, strict=False)
    except ValueError as error:
        raise invalid(key, str(error)) from None
    if f"IPv{network.version}" != ethertype:
        raise BadRequest(
            f"IP prefix {text} is not of ethertype {ethertype}.",
            type="FlowClassifierIpPrefixFormatConflictWithEthertype",
        )
    return str(network)


def _port(
    network: NetworkTables, project_id: str | None, attrs: Attrs, key: str
) -> str | None:
    ident = attributes.text(attrs, key, None)
    if ident is None:
        return None
    try:
        return network.find(project_id, network.ports, "port", ident).id
    except NotFound:
        raise NotFound("flow classifier port", ident) from None


def overlap(left: FlowClassifier, right: FlowClassifier, ports: bool = True) -> bool:
    """Whether a packet may be meant by both.

    :param ports: whether the logical ports count too.
    """
    keys = ["protocol"]
    if ports:
        keys += ["logical_source_port", "logical_destination_port"]
    for key in keys:
        one, other = getattr(left, key), getattr(right, key)
        if one is not None and other is not None and one != other:
            return False
    return left.ethertype == right.ethertype and all(
        _prefixes_overlap(left, right, f"{side}_ip_prefix")
        and _ranges_overlap(left, right, f"{side}_port_range")
        for side in ("source", "destination")
    )


def _prefixes_overlap(left: FlowClassifier, right: FlowClassifier, key: str) -> bool:
    one, other = getattr(left, key), getattr(right, key)
    if one is None or other is None:
        return True
    mine: Any = ipaddress.ip_network(one)
    return bool(mine.overlaps(ipaddress.ip_network(other)))


def _ranges_overlap(left: FlowClassifier, right: FlowClassifier, key: str) -> bool:
    low_1, high_1 = port_range(left, key)
    low_2, high_2 = port_range(right, key)
    return low_1 <= high_2 and low_2 <= high_1


def port_range(row: FlowClassifier, key: str) -> tuple[int, int]:
    """First and last port, open ends filled in."""
    low, high = getattr(row, f"{key}_min"), getattr(row, f"{key}_max")
    return 0 if low is None else low, 65535 if high is None else high
