"""Service function chaining: flow classifiers, and chains of port pair groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tacker_lite.pop import attributes, records
from tacker_lite.pop.attributes import Attrs, invalid
from tacker_lite.pop.errors import BadRequest, Conflict, Unavailable
from tacker_lite.pop.network import classifier
from tacker_lite.pop.network.chain_records import FlowClassifier, PortChain
from tacker_lite.pop.network.port_pair import (
    PortPairs,
    next_number,
    parameters_of,
    refuse_in,
    refuse_used,
    words,
)
from tacker_lite.pop.network.steering import Steering
from tacker_lite.pop.network.tables import NetworkTables, refuse_read_only

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

_KEYS = (
    *("name", "description", "project_id", "tenant_id", "port_pair_groups"),
    *("flow_classifiers", "chain_parameters", "chain_id"),
)


class Chaining(PortPairs):
    """What networking-sfc offers, as it behaves.

    :ivar steering: makes the machine lead packets as chains say.
    """

    def __init__(self, cloud: Cloud, network: NetworkTables):
        super().__init__(cloud, network)
        self.steering = Steering(cloud, self)

    # -- classifiers

    def create_flow_classifier(
        self, project_id: str | None, attrs: Attrs
    ) -> FlowClassifier:
        """What packets a chain is for.

        :raises BadRequest: also when another one means some of the same packets.
        """
        with self.cloud.lock:
            owner = self._allowed(project_id, attrs, "flow_classifier")
            new = classifier.classifier(self.network, project_id, owner, attrs)
            for row in self.classifiers:
                if classifier.overlap(new, row):
                    raise BadRequest(
                        f"Flow classifier {row.id} means some of the same packets.",
                        type="FlowClassifierInConflict",
                    )
            return self.classifiers.put(new)

    def update_flow_classifier(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> FlowClassifier:
        """Change name or description."""
        row: FlowClassifier = self._rename(project_id, "flow classifier", ident, attrs)
        return row

    def delete_flow_classifier(self, project_id: str | None, ident: str) -> None:
        """Remove a classifier.

        :raises Conflict: while a chain has it.
        """
        with self.cloud.lock:
            self._own(project_id, "flow classifier", ident)
            refuse_used("Flow Classifier", ident, self.chains, "flow_classifiers")
            self.classifiers.delete(ident)

    def get_flow_classifier(self, project_id: str | None, ident: str) -> FlowClassifier:
        """By id; NotFound when the project sees no such classifier."""
        row: FlowClassifier = self._get(project_id, "flow classifier", ident)
        return row

    def list_flow_classifiers(self, project_id: str | None) -> list[FlowClassifier]:
        """Those of the project, oldest first."""
        return self._list(project_id, "flow classifier")

    # -- chains

    def create_port_chain(self, project_id: str | None, attrs: Attrs) -> PortChain:
        """Lead what classifiers mean through a function of each group in turn.

        :raises Unavailable: when this machine cannot lead packets.
        """
        attributes.refuse_unknown(attrs, _KEYS)
        parameters = _chain_parameters(attrs)
        self._check_means()
        with self.cloud.lock:
            owner = self._allowed(project_id, attrs, "port_chain")
            number = attributes.integer(attrs, "chain_id", 0, 0, 65535)
            for row in self.chains:
                if number and row.number == number:
                    raise BadRequest(
                        f"Port chain {row.id} has chain id {number} already.",
                        type="PortChainChainIdInConflict",
                    )
            chain = PortChain(
                id=records.new_id(),
                project_id=owner,
                number=number or next_number(self.chains),
                name=attributes.text(attrs, "name"),
                description=attributes.text(attrs, "description"),
                port_pair_groups=self._path(project_id, attrs, ""),
                flow_classifiers=self._meant(project_id, attrs, "", parameters),
                parameters=parameters,
            )
            self.chains.put(chain)
        self._say(chain, "made")
        return chain

    def _check_means(self) -> None:
        capability = self.cloud.runtime.chains.capability()
        if not capability.means:
            raise Unavailable(capability.reason)

    def _path(self, project_id: str | None, attrs: Attrs, own: str) -> list[str]:
        """Groups for a chain, in their order."""
        groups = attributes.texts(attrs, "port_pair_groups")
        if not groups:
            raise BadRequest(
                "A port chain needs at least one port pair group.",
                type="PortPairGroupNotSpecified",
            )
        for ident in groups:
            self._get(project_id, "port pair group", ident)
        for row in self.chains:
            if row.id != own and row.port_pair_groups == groups:
                raise Conflict(
                    f"Port chain {row.id} leads through the same port pair groups "
                    f"{', '.join(groups)}.",
                    type="InvalidPortPairGroups",
                )
        return groups

    def _meant(
        self, project_id: str | None, attrs: Attrs, own: str, parameters: Attrs
    ) -> list[str]:
        """Classifiers for a chain, which no other chain has."""
        idents = list(dict.fromkeys(attributes.texts(attrs, "flow_classifiers")))
        mine = [self._get(project_id, "flow classifier", ident) for ident in idents]
        for row in mine:
            self._check_steerable(row, bool(parameters.get("symmetric")))
        for chain in self.chains:
            if chain.id == own:
                continue
            refuse_in("Flow Classifier", idents, chain.flow_classifiers)
            for other in map(self.classifiers.get, chain.flow_classifiers):
                for row in mine:
                    if other and classifier.overlap(row, other, ports=False):
                        raise BadRequest(
                            f"Flow classifier {row.id} means some of the packets of "
                            f"flow classifier {other.id} of port chain {chain.id}.",
                            type="PortChainFlowClassifierInConflict",
                        )
        return idents

    def _check_steerable(self, row: FlowClassifier, symmetric: bool) -> None:
        """:raises BadRequest: when packets enter the lab's networks nowhere known."""
        needed = ["logical_source_port"]
        if symmetric:
            needed.append("logical_destination_port")
        for key in needed:
            port = self.network.ports.get(getattr(row, key) or "")
            if port is None or self._is_of_topology(port):
                raise BadRequest(
                    f"Flow classifier {row.id} needs a {key} of a server or a "
                    "project's router.",
                    type="SfcBadRequest",
                )

    def _is_of_topology(self, port: records.Port) -> bool:
        router = self.cloud.network.routers.get(port.device_id)
        return router is not None and router.of_topology

    def update_port_chain(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> PortChain:
        """Change name, description, groups or classifiers; packets follow at once."""
        changes = ("name", "description", "port_pair_groups", "flow_classifiers")
        refuse_read_only(attrs, changes)
        with self.cloud.lock:
            old = self._own(project_id, "port chain", ident)
            values = words(old, attrs)
            if "port_pair_groups" in attrs:
                values["port_pair_groups"] = self._path(project_id, attrs, ident)
            if "flow_classifiers" in attrs:
                meant = self._meant(project_id, attrs, ident, old.parameters)
                values["flow_classifiers"] = meant
            chain = self.chains.change(ident, **values)
        self._say(chain, "changed")
        return chain

    def delete_port_chain(self, project_id: str | None, ident: str) -> None:
        """Remove a chain: packets go straight again."""
        with self.cloud.lock:
            chain = self._own(project_id, "port chain", ident)
            self.chains.delete(ident)
        self._say(chain, "removed")

    def get_port_chain(self, project_id: str | None, ident: str) -> PortChain:
        """By id; NotFound when the project sees no such chain."""
        chain: PortChain = self._get(project_id, "port chain", ident)
        return chain

    def list_port_chains(self, project_id: str | None) -> list[PortChain]:
        """Those of the project, oldest first."""
        return self._list(project_id, "port chain")

    def _say(self, chain: PortChain, what: str) -> None:
        self.cloud.lab.events.record(
            self.cloud.pop.name,
            "port_chain",
            chain.name,
            f"{what}: {len(chain.port_pair_groups)} hops, "
            f"{len(chain.flow_classifiers)} classifiers",
            resource_id=chain.id,
        )

    def refuse_used_port(self, port_id: str) -> None:
        """:raises Conflict: when a port pair or a classifier needs the port."""
        users: list[tuple[str, Any]] = [
            *(("port pair", row) for row in self.pairs),
            *(("flow classifier", row) for row in self.classifiers),
        ]
        keys = ("ingress", "egress", "logical_source_port", "logical_destination_port")
        for kind, row in users:
            if port_id in (getattr(row, key, None) for key in keys):
                raise Conflict(
                    f"Port {port_id} is used by {kind} {row.id}.", type="PortInUse"
                )


def _chain_parameters(attrs: Attrs) -> dict[str, Any]:
    key = "chain_parameters"
    given = parameters_of(attrs, key, ("correlation", "symmetric"))
    correlation = given.get("correlation", "mpls")
    if correlation not in ("mpls", "nsh"):
        raise invalid(key, f"correlation '{correlation}' is not mpls or nsh")
    symmetric = attributes.flag(given, "symmetric", False)
    return {"correlation": correlation, "symmetric": symmetric}
