"""Port pairs, which are service functions, and groups of those that do the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tacker_lite.pop import attributes, records
from tacker_lite.pop.attributes import Attrs, invalid
from tacker_lite.pop.errors import BadRequest, Conflict, NotFound
from tacker_lite.pop.network.chain_records import (
    FlowClassifier,
    PortChain,
    PortPair,
    PortPairGroup,
)
from tacker_lite.pop.network.tables import NetworkTables, refuse_read_only
from tacker_lite.pop.store import Table

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

_COMMON = ("name", "description", "project_id", "tenant_id")
_PAIR_KEYS = (*_COMMON, "ingress", "egress", "service_function_parameters")
_GROUP_KEYS = (*_COMMON, "port_pairs", "port_pair_group_parameters", "tap_enabled")
#: By which fields flows are told apart; a lab takes addresses and ports together.
_BALANCE_FIELDS = (
    *("eth_src", "eth_dst", "ip_src", "ip_dst"),
    *("tcp_src", "tcp_dst", "udp_src", "udp_dst"),
)


class PortPairs:
    """The part of service function chaining for the functions.

    Every method takes the caller's project (None: an administrator, who sees all) and
    the keys of the request body, and returns records.
    """

    def __init__(self, cloud: Cloud, network: NetworkTables):
        self.cloud = cloud
        self.network = network
        place = (cloud.store, cloud.pop.name)
        self.pairs = Table(*place, "port_pair", PortPair)
        self.groups = Table(*place, "port_pair_group", PortPairGroup)
        self.classifiers = Table(*place, "flow_classifier", FlowClassifier)
        self.chains = Table(*place, "port_chain", PortChain)

    def _tables(self) -> dict[str, Table[Any]]:
        return {
            "port pair": self.pairs,
            "port pair group": self.groups,
            "flow classifier": self.classifiers,
            "port chain": self.chains,
        }

    def _own(self, project_id: str | None, kind: str, ident: str) -> Any:
        return self.network.own(project_id, self._tables()[kind], kind, ident)

    def _list(self, project_id: str | None, kind: str) -> list[Any]:
        with self.cloud.lock:
            rows = self._tables()[kind]
            return [row for row in rows if self.network.seen(project_id, row)]

    def _get(self, project_id: str | None, kind: str, ident: str) -> Any:
        with self.cloud.lock:
            return self.network.find(project_id, self._tables()[kind], kind, ident)

    def _rename(
        self, project_id: str | None, kind: str, ident: str, attrs: Attrs
    ) -> Any:
        refuse_read_only(attrs, ("name", "description"))
        with self.cloud.lock:
            old = self._own(project_id, kind, ident)
            return self._tables()[kind].change(ident, **words(old, attrs))

    def _allowed(self, project_id: str | None, attrs: Attrs, kind: str) -> str:
        """The owner of a new object, who may have one more."""
        owner = self.network.owner(project_id, attrs)
        self.network.quotas.require(owner, kind)
        return owner

    # -- port pairs

    def create_port_pair(self, project_id: str | None, attrs: Attrs) -> PortPair:
        """A service function.

        :raises NotFound: PortPairPortNotFound.
        :raises BadRequest: PortPairIngressEgressInUse.
        """
        attributes.refuse_unknown(attrs, _PAIR_KEYS)
        parameters = _pair_parameters(attrs)
        with self.cloud.lock:
            owner = self._allowed(project_id, attrs, "port_pair")
            ports = [
                self._function_port(project_id, attrs, key)
                for key in ("ingress", "egress")
            ]
            self._check_server(ports)
            for row in self.pairs:
                if (row.ingress, row.egress) == tuple(ports):
                    raise BadRequest(
                        f"Port pair {row.id} has ingress port {ports[0]} and egress "
                        f"port {ports[1]} already.",
                        type="PortPairIngressEgressInUse",
                    )
            return self.pairs.put(
                PortPair(
                    id=records.new_id(),
                    project_id=owner,
                    ingress=ports[0],
                    egress=ports[1],
                    name=attributes.text(attrs, "name"),
                    description=attributes.text(attrs, "description"),
                    parameters=parameters,
                )
            )

    def _function_port(self, project_id: str | None, attrs: Attrs, key: str) -> str:
        ident = attributes.required_text(attrs, key)
        try:
            port = self.network.find(project_id, self.network.ports, "port", ident)
        except NotFound:
            raise NotFound("port pair port", ident) from None
        return port.id

    def _check_server(self, idents: Sequence[str]) -> None:
        """:raises BadRequest: when the ports of a function are not one server's."""
        devices = []
        for word, ident in zip(("ingress", "egress"), idents, strict=True):
            port = self.network.ports.find("port", ident)
            if not port.device_id:
                raise BadRequest(
                    f"The {word} port {ident} of a port pair must be a server's.",
                    type=f"PortPair{word.capitalize()}NoHost",
                )
            devices.append(port.device_id)
        if devices[0] != devices[1]:
            raise BadRequest(
                f"Ingress port {idents[0]} and egress port {idents[1]} of a port pair "
                "must be of one server.",
                type="PortPairIngressEgressDifferentHost",
            )

    def update_port_pair(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> PortPair:
        """Change name or description."""
        pair: PortPair = self._rename(project_id, "port pair", ident, attrs)
        return pair

    def delete_port_pair(self, project_id: str | None, ident: str) -> None:
        """Remove a service function.

        :raises Conflict: while it is in a group.
        """
        with self.cloud.lock:
            self._own(project_id, "port pair", ident)
            refuse_used("Port Pair", ident, self.groups, "port_pairs")
            self.pairs.delete(ident)

    def get_port_pair(self, project_id: str | None, ident: str) -> PortPair:
        """By id; NotFound when the project sees no such pair."""
        pair: PortPair = self._get(project_id, "port pair", ident)
        return pair

    def list_port_pairs(self, project_id: str | None) -> list[PortPair]:
        """Those of the project, oldest first."""
        return self._list(project_id, "port pair")

    # -- groups

    def create_port_pair_group(
        self, project_id: str | None, attrs: Attrs
    ) -> PortPairGroup:
        """Service functions that do the same; none yet is fine."""
        attributes.refuse_unknown(attrs, _GROUP_KEYS)
        if attributes.flag(attrs, "tap_enabled", False):
            raise BadRequest("A lab's chains have no taps; leave tap_enabled out")
        parameters = _group_parameters(attrs)
        with self.cloud.lock:
            owner = self._allowed(project_id, attrs, "port_pair_group")
            pairs = self._members(project_id, attrs, "")
            return self.groups.put(
                PortPairGroup(
                    id=records.new_id(),
                    project_id=owner,
                    number=next_number(self.groups),
                    name=attributes.text(attrs, "name"),
                    description=attributes.text(attrs, "description"),
                    port_pairs=pairs,
                    parameters=parameters,
                )
            )

    def _members(self, project_id: str | None, attrs: Attrs, own: str) -> list[str]:
        """Pairs for a group, none of them in another one."""
        pairs = attributes.texts(attrs, "port_pairs")
        for ident in pairs:
            self._get(project_id, "port pair", ident)
            rest = [group for group in self.groups if group.id != own]
            refuse_used("Port Pair", ident, rest, "port_pairs")
        return list(dict.fromkeys(pairs))

    def update_port_pair_group(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> PortPairGroup:
        """Change name, description or pairs; chains through it follow at once."""
        refuse_read_only(attrs, ("name", "description", "port_pairs"))
        with self.cloud.lock:
            old = self._own(project_id, "port pair group", ident)
            values = words(old, attrs)
            if "port_pairs" in attrs:
                values["port_pairs"] = self._members(project_id, attrs, ident)
            return self.groups.change(ident, **values)

    def delete_port_pair_group(self, project_id: str | None, ident: str) -> None:
        """Remove a group.

        :raises Conflict: while it is in a chain.
        """
        with self.cloud.lock:
            self._own(project_id, "port pair group", ident)
            refuse_used("Port Pair Group", ident, self.chains, "port_pair_groups")
            self.groups.delete(ident)

    def get_port_pair_group(self, project_id: str | None, ident: str) -> PortPairGroup:
        """By id; NotFound when the project sees no such group."""
        group: PortPairGroup = self._get(project_id, "port pair group", ident)
        return group

    def list_port_pair_groups(self, project_id: str | None) -> list[PortPairGroup]:
        """Those of the project, oldest first."""
        return self._list(project_id, "port pair group")


def words(old: Any, attrs: Attrs) -> dict[str, Any]:
    return attributes.changed(
        old, attrs, name=attributes.text, description=attributes.text
    )


def next_number(rows: Table[Any]) -> int:
    taken = {row.number for row in rows}
    return next(number for number in range(1, 65536) if number not in taken)


def refuse_used(kind: str, ident: str, rows: Any, key: str) -> None:
    for row in rows:
        refuse_in(kind, [ident], getattr(row, key))


def refuse_in(kind: str, idents: Sequence[str], used: Sequence[str]) -> None:
    for ident in idents:
        if ident in used:
            raise Conflict(
                f"{kind} {ident} in use.", type=f"{kind.replace(' ', '')}InUse"
            )


def parameters_of(attrs: Attrs, key: str, known: Sequence[str]) -> dict[str, Any]:
    given = attrs.get(key) or {}
    if not isinstance(given, dict):
        raise invalid(key, "must be an object")
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise invalid(key, f"unknown key {', '.join(unknown)}")
    return dict(given)


def _pair_parameters(attrs: Attrs) -> dict[str, Any]:
    key = "service_function_parameters"
    given = parameters_of(attrs, key, ("correlation", "weight"))
    _check_correlation(key, given.get("correlation"))
    weight = attributes.integer(given, "weight", 1, 0, 1000)
    return {"correlation": None, "weight": weight}


def _group_parameters(attrs: Attrs) -> dict[str, Any]:
    key = "port_pair_group_parameters"
    given = parameters_of(attrs, key, ("lb_fields", "ppg_n_tuple_mapping"))
    fields = attributes.texts(given, "lb_fields")
    unknown = [field for field in fields if field not in _BALANCE_FIELDS]
    if unknown:
        raise invalid("lb_fields", f"'{', '.join(unknown)}' is not known")
    mapping = parameters_of(
        given, "ppg_n_tuple_mapping", ("ingress_n_tuple", "egress_n_tuple")
    )
    if any(mapping.values()):
        raise invalid(
            "ppg_n_tuple_mapping", "functions of a lab's chains must keep addresses"
        )
    return {
        "lb_fields": fields,
        "ppg_n_tuple_mapping": {"ingress_n_tuple": {}, "egress_n_tuple": {}},
    }


def _check_correlation(key: str, correlation: Any) -> None:
    if correlation not in (None, "mpls", "nsh"):
        raise invalid(key, f"correlation '{correlation}' is not mpls or nsh")
    if correlation is not None:
        raise invalid(
            key,
            "functions of a lab's chains see packets without headers of the chain: "
            "leave correlation out",
        )
