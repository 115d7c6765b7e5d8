"""Routers that projects make: a network namespace each, with legs on bridges.

The PoP's own router joins the networks of the topology file; of it only the floating
addresses are set here.
"""

from __future__ import annotations

import threading
from collections.abc import Collection

from tacker_lite.pop.runtime import address_translation, kernel, names, ports
from tacker_lite.pop.runtime.appliances import RouterRuntime, RouterSpec
from tacker_lite.pop.runtime.bridges import Bridges
from tacker_lite.pop.runtime.labels import Label, Labels
from tacker_lite.pop.runtime.routers import ROUTER_SETTINGS

KIND = "project_router"
#: A PoP's router whose address translation was ever set.
TRANSLATION = "translation"
#: What leaves a PoP's own router goes to no bridge.
OUTWARDS = "! -o b+"


class ProjectRouters(RouterRuntime):
    """The routers of one lab's projects.

    :param labels: what the lab has made so far.
    :param bridges: where their ports go.
    """

    def __init__(self, labels: Labels, bridges: Bridges):
        self.lab = bridges.lab
        self.labels = labels
        self._ports = ports.Ports(labels, bridges, KIND)
        self._lock = threading.Lock()

    def check(self) -> None:
        address_translation.check()

    def ensure(self, router: RouterSpec) -> None:
        with self._lock:
            if router.of_topology:
                self._translate_in_pop(router)
            else:
                self._make(router)

    def _translate_in_pop(self, router: RouterSpec) -> None:
        key = names.key(router.pop)
        if not router.floating and self.labels.read(TRANSLATION, key) is None:
            return
        self.labels.write(TRANSLATION, key, {"pop": router.pop})
        table = address_translation.rules(router.floating, router.cidrs, OUTWARDS)
        address_translation.apply(names.router(self.lab, router.pop), table)

    def _make(self, router: RouterSpec) -> None:
        key = names.key(router.id)
        namespace = names.project_router(self.lab, router.pop, key)
        label = self.labels.read(KIND, key)
        if label is None or not kernel.netns_exists(namespace):
            label = {
                "id": router.id,
                "pop": router.pop,
                "namespace": namespace,
                "ports": [],
                "floating": [],
                "routes": [],
            }
            self.labels.write(KIND, key, label)
            kernel.create_netns(namespace, ROUTER_SETTINGS)
        self._ports.reconcile(key, label, router.ports)
        self._route(key, label, router)
        outer = next(
            (p for p in label["ports"] if p["spec"]["id"] == router.outer_port_id), None
        )
        if outer is not None:
            self._take_addresses(key, label, outer, router)
        self._translate(namespace, outer, router)

    def _route(self, key: str, label: Label, router: RouterSpec) -> None:
        """Set the router's further ways; those no longer wanted go."""
        wanted = [list(route) for route in router.routes] if router.ports else []
        stale = [route for route in label["routes"] if route not in wanted]
        label["routes"] = [*wanted, *stale]
        self.labels.write(KIND, key, label)
        kept = {destination for destination, _ in wanted}
        lines = [f"route del {there}" for there, _ in stale if there not in kept]
        kernel.ip(lines, label["namespace"], kernel.GONE)
        lines = [f"route replace {there} via {hop}" for there, hop in wanted]
        kernel.ip(lines, label["namespace"])
        label["routes"] = wanted
        self.labels.write(KIND, key, label)

    def _take_addresses(
        self, key: str, label: Label, outer: Label, router: RouterSpec
    ) -> None:
        """Have the floating addresses answered for on the leg that leads out."""
        wanted = [address for address, _ in router.floating]
        stale = [address for address in label["floating"] if address not in wanted]
        label["floating"] = [*wanted, *stale]
        self.labels.write(KIND, key, label)
        device = outer["device"]
        lines = [f"addr del {address}/32 dev {device}" for address in stale]
        kernel.ip(lines, label["namespace"], kernel.GONE)
        lines = [f"addr replace {address}/32 dev {device}" for address in wanted]
        kernel.ip(lines, label["namespace"])
        # Another router may have answered for them before.
        bridge = names.bridge(outer["spec"]["network_id"])
        lines = [f"neigh flush to {address} dev {bridge}" for address in wanted]
        kernel.ip(lines, names.router(self.lab, router.pop))
        label["floating"] = wanted
        self.labels.write(KIND, key, label)

    def _translate(
        self, namespace: str, outer: Label | None, router: RouterSpec
    ) -> None:
        table = "*nat\nCOMMIT\n"
        if outer is not None:
            table = address_translation.rules(
                router.floating,
                router.cidrs,
                f"-o {outer['device']}",
                router.outer_address,
            )
        address_translation.apply(namespace, table)

    def delete(self, router_id: str) -> None:
        self._remove(names.key(router_id))

    def _remove(self, key: str) -> None:
        with self._lock:
            label = self.labels.read(KIND, key)
            if label is not None:
                self._ports.disconnect(label, label["ports"])
                kernel.delete_netns(label["namespace"])
            self.labels.remove(KIND, key)

    def prune(self, routers: Collection[str]) -> None:
        wanted = {names.key(router) for router in routers}
        for key in set(self.labels.keys(KIND)) - wanted:
            self._remove(key)
