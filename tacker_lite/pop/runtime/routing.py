"""Which way to a PoP, and the addresses of the links on that way: no side effects."""

from __future__ import annotations

import ipaddress
import zlib
from collections import deque
from collections.abc import Collection, Iterable, Sequence

from tacker_lite.pop.runtime.base import LinkSpec, RuntimeFault

# Addresses for links between routers: shared address space (RFC 6598) and a
# unique local prefix (RFC 4193).  Each lab takes one block of each.
IPV4_POOL = ipaddress.IPv4Network("100.64.0.0/10")
IPV4_BLOCK_PREFIX = 18
IPV6_POOL = ipaddress.IPv6Network("fd74:6c70::/32")
IPV6_BLOCK_PREFIX = 48
BLOCKS = 2 ** (IPV4_BLOCK_PREFIX - IPV4_POOL.prefixlen)
# The lower half of an IPv4 block is for links, the upper one for external networks.
LINKS_PER_BLOCK = 2 ** (30 - IPV4_BLOCK_PREFIX)
EXTERNAL_PREFIXES = (24, 29)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def next_hops(
    pops: Iterable[str], links: Iterable[LinkSpec]
) -> dict[str, dict[str, str]]:
    """For each PoP: the neighbour on a shortest way to every PoP it can reach.

    Equal ways are told apart by name, so every run chooses the same.
    """
    neighbours: dict[str, set[str]] = {pop: set() for pop in pops}
    for link in links:
        neighbours[link.left].add(link.right)
        neighbours[link.right].add(link.left)
    return {pop: _from(pop, neighbours) for pop in neighbours}


def _from(start: str, neighbours: dict[str, set[str]]) -> dict[str, str]:
    hops: dict[str, str] = {}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for there in sorted(neighbours[here]):
            if there != start and there not in hops:
                hops[there] = there if here == start else hops[here]
                queue.append(there)
    return hops


def block_networks(block: int) -> tuple[ipaddress.IPv4Network, ipaddress.IPv6Network]:
    """The two prefixes of a block, counted from 0."""
    ipv4 = int(IPV4_POOL.network_address) + (block << (32 - IPV4_BLOCK_PREFIX))
    ipv6 = int(IPV6_POOL.network_address) + (block << (128 - IPV6_BLOCK_PREFIX))
    return (
        ipaddress.IPv4Network((ipv4, IPV4_BLOCK_PREFIX)),
        ipaddress.IPv6Network((ipv6, IPV6_BLOCK_PREFIX)),
    )


def link_networks(block: int) -> tuple[ipaddress.IPv4Network, ipaddress.IPv6Network]:
    """The prefixes of a block that links have their addresses from."""
    ipv4, ipv6 = block_networks(block)
    return next(ipv4.subnets()), ipv6


def external_networks(block: int, pops: Sequence[str]) -> dict[str, str]:
    """A prefix of a block for the external network of each PoP; the more, the smaller.

    :raises RuntimeFault: when there are too many PoPs.
    """
    upper = list(block_networks(block)[0].subnets())[1]
    widest, narrowest = EXTERNAL_PREFIXES
    for prefix in range(widest, narrowest + 1):
        if 2 ** (prefix - upper.prefixlen) >= len(pops):
            cidrs = upper.subnets(new_prefix=prefix)
            return {pop: str(cidr) for pop, cidr in zip(pops, cidrs)}  # noqa: B905
    raise RuntimeFault(
        f"a lab has no external networks for {len(pops)} PoPs: make two labs of it"
    )


def choose_block(lab: str, taken: Collection[int], routes: Sequence[Network]) -> int:
    """A block that no other lab has and no route of the host touches.

    :raises RuntimeFault: when there is none.
    """
    first = zlib.crc32(lab.encode()) % BLOCKS
    for step in range(BLOCKS):
        block = (first + step) % BLOCKS
        if block not in taken and not any(
            overlap(network, route)
            for network in block_networks(block)
            for route in routes
        ):
            return block
    raise RuntimeFault(
        f"no free addresses for links in {IPV4_POOL}: remove labs or the host's routes"
    )


def link_addresses(block: int, index: int, end: int) -> tuple[str, str]:
    """IPv4 and IPv6 address of one end (0 or 1) of a lab's link, without prefix."""
    ipv4, ipv6 = block_networks(block)
    return str(ipv4[2 * index + end]), str(ipv6[2 * index + end])


def free_index(taken: Collection[int]) -> int:
    """The first link number not taken.

    :raises RuntimeFault: when the lab's block is used up.
    """
    for index in range(LINKS_PER_BLOCK):
        if index not in taken:
            return index
    raise RuntimeFault(
        f"a lab has addresses for {LINKS_PER_BLOCK} links and PoPs: make two labs of it"
    )


def overlap(left: Network, right: Network) -> bool:
    """Whether two prefixes of any family share an address."""
    return left.version == right.version and left.overlaps(right)
