"""Routers and load balancers that only pretend: nothing is made, nothing flows."""

from __future__ import annotations

from collections.abc import Callable, Collection

from tacker_lite.pop.runtime.appliances import (
    LoadBalancerRuntime,
    LoadBalancerSpec,
    Observation,
    RouterRuntime,
    RouterSpec,
)


class SimulatedRouters(RouterRuntime):
    """Routers that exist as records only."""

    def check(self) -> None:
        """Nothing is needed."""

    def ensure(self, router: RouterSpec) -> None:
        """Nothing to make."""

    def delete(self, router_id: str) -> None:
        """Nothing to remove."""

    def prune(self, routers: Collection[str]) -> None:
        """Nothing to remove."""


class SimulatedLoadBalancers(LoadBalancerRuntime):
    """Load balancers that exist as records only: no member is ever checked."""

    provider = "simulated"

    def check(self) -> None:
        """Nothing is needed."""

    def ensure(self, balancer: LoadBalancerSpec) -> None:
        """Nothing to run."""

    def restart(self, balancer: LoadBalancerSpec) -> None:
        """Nothing to run."""

    def delete(self, balancer_id: str) -> None:
        """Nothing to end."""

    def observe(self, balancer_id: str) -> Observation:
        """It is called running, and knows nothing of its members."""
        return Observation(running=True)

    def prune(self, balancers: Collection[str]) -> None:
        """Nothing to remove."""

    def watch(self, ended: Callable[[str], None]) -> None:
        """Nothing can end."""
