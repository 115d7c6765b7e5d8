"""Further ways of a router: which can be.  Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tacker_lite.pop.attributes import invalid
from tacker_lite.pop.errors import BadRequest
from tacker_lite.pop.network import addressing
from tacker_lite.pop.records import Subnet

Route = dict[str, str]


def checked(
    asked: Sequence[dict[str, Any]], joined: Sequence[tuple[Subnet, str]]
) -> list[Route]:
    """The routes of a body, each once.

    :param joined: subnets that the router joins, with its own address on each.
    :raises BadRequest: InvalidRoutes, when a next hop is not a neighbour.
    """
    routes: list[Route] = []
    for entry in asked:
        if set(entry) != {"destination", "nexthop"}:
            raise invalid("routes", "each needs destination and nexthop")
        hop = addressing.address("nexthop", entry["nexthop"])
        there = addressing.network("destination", entry["destination"], hop.version)
        route = {"destination": str(there), "nexthop": str(hop)}
        if any(str(hop) == own for _, own in joined):
            raise _invalid(route, "the nexthop is used by the router")
        if not any(leads_over(route, subnet) for subnet, _ in joined):
            raise _invalid(route, "the nexthop is not connected with the router")
        if route not in routes:
            routes.append(route)
    return routes


def _invalid(route: Route, reason: str) -> BadRequest:
    return BadRequest(
        f"Invalid format for routes: {[route]}, {reason}", type="InvalidRoutes"
    )


def leads_over(route: Route, subnet: Subnet) -> bool:
    """Whether a route's next hop is on a subnet."""
    hop = addressing.address("nexthop", route["nexthop"])
    if hop.version != subnet.ip_version:
        return False
    return hop in addressing.network("cidr", subnet.cidr, subnet.ip_version)
