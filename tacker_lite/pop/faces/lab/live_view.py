"""What the page shows, as small pieces of which only the changed ones are sent."""

from __future__ import annotations

import math
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tacker_lite.pop.errors import NotFound
from tacker_lite.pop.load_balancer.health import Outlook
from tacker_lite.pop.metrics.sampler import Rates
from tacker_lite.pop.runtime.base import RuntimeFault

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud, Lab
    from tacker_lite.pop.load_balancer.records import LoadBalancer
    from tacker_lite.pop.records import Server

#: Shortest time from one picture to the next, in seconds, for all readers together.
PICTURE_SECONDS = 0.8
#: Events that a new reader gets.
FIRST_EVENTS = 200
#: So many removed pieces are remembered; with more, readers get everything again.
MOST_GONE = 5000
PARTS = ("pops", "links", "instances", "numbers", "balancers")
_MEMORY_STEP = 65536

Pieces = dict[str, Any]


class _Part:
    """Pieces of a kind by id, each with the number of the picture that changed it."""

    def __init__(self) -> None:
        self.pieces: Pieces = {}
        self.changed: dict[str, int] = {}
        self.gone: dict[str, int] = {}

    def take(self, pieces: Pieces, number: int) -> bool:
        """Take over the pieces of a new picture; tells whether any changed."""
        new = {i: p for i, p in pieces.items() if self.pieces.get(i) != p}
        lost = self.pieces.keys() - pieces.keys()
        for ident in new:
            self.changed[ident] = number
            self.gone.pop(ident, None)
        for ident in lost:
            del self.changed[ident]
            self.gone[ident] = number
        self.pieces = pieces
        return bool(new or lost)


class LiveView:
    """The picture of one lab, taken when somebody looks and not more than needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begin()
        self._taken = 0.0
        self._servers: dict[str, tuple[Server, Any]] = {}
        self._link_bytes: dict[str, tuple[float, int, int]] = {}

    def _begin(self) -> None:
        self._run = secrets.token_hex(4)
        self._number = 0
        self._parts = {name: _Part() for name in PARTS}

    def changes(self, lab: Lab, since: str) -> tuple[str, dict[str, Any]]:
        """The mark of the present picture, and what is new in it.

        :param since: the mark that the last answer had; one of another run of the
            lab, or none, gets everything.
        """
        lab.metrics.sampler.want()
        with self._lock:
            if time.monotonic() - self._taken > PICTURE_SECONDS:
                self._take(lab)
                self._taken = time.monotonic()
            run, number, event = _read(since)
            full = run != self._run
            if full:
                number, event = -1, 0
            events = lab.events.since(event)[-FIRST_EVENTS:]
            event = events[-1].number if events else event
            body: dict[str, Any] = {
                "mark": f"{self._run}.{self._number}.{event}",
                "full": full,
                "lab": lab.topology.name,
                "runtime": lab.runtime.name,
                "measured": lab.metrics.sampler.measures,
                "events": [
                    [e.number, e.time, e.pop, e.kind, e.name, e.text] for e in events
                ],
            }
            for name, part in self._parts.items():
                body[name] = {
                    ident: part.pieces[ident]
                    for ident, changed in part.changed.items()
                    if changed > number
                }
            body["gone"] = {
                name: [ident for ident, at in part.gone.items() if at > number]
                for name, part in self._parts.items()
                if not full
            }
        return body["mark"], body

    def _take(self, lab: Lab) -> None:
        if any(len(part.gone) > MOST_GONE for part in self._parts.values()):
            self._begin()
        pieces: dict[str, Pieces] = {
            "pops": {},
            "links": self._links(lab),
            "instances": {},
            "numbers": {},
            "balancers": {},
        }
        seen = {}
        for name, cloud in lab.clouds.items():
            with cloud.lock:
                servers = list(cloud.compute.servers)
                balancers = list(cloud.load_balancer.balancers)
            pieces["pops"][name] = _pop(cloud, servers)
            for server in servers:
                known = self._servers.get(server.id)
                if known is None or known[0] is not server:
                    known = (server, _server(cloud, server))
                seen[server.id] = known
                pieces["instances"][server.id] = known[1]
            for balancer in balancers:
                pieces["instances"][balancer.id] = _balancer(cloud, balancer)
                pieces["balancers"][balancer.id] = _outlook(cloud, balancer)
        self._servers = seen
        if lab.metrics.sampler.measures:
            pieces["numbers"] = dict(_numbers(lab, pieces["instances"]))
        number = self._number + 1
        for name, part in self._parts.items():
            if part.take(pieces[name], number):
                self._number = number

    def _links(self, lab: Lab) -> Pieces:
        rates = dict(self._rates(lab))
        found = {}
        for spec in lab.links.specs():
            name = f"{spec.left}|{spec.right}"
            found[name] = {
                "left": spec.left,
                "right": spec.right,
                **vars(spec.impairment),
                **rates.get(name, {}),
            }
        return found

    def _rates(self, lab: Lab) -> Iterator[tuple[str, dict[str, Any]]]:
        """What flows over each link, as far as it is counted."""
        if not lab.metrics.sampler.measures:
            return
        try:
            states = lab.runtime.links.states()
        except RuntimeFault:
            return
        moment = time.monotonic()
        for state in states:
            name = f"{state.left}|{state.right}"
            counts = (moment, state.forth.bytes, state.back.bytes)
            before = self._link_bytes.get(name, counts)
            self._link_bytes[name] = counts
            elapsed = moment - before[0]
            flows = [
                rounded(max(0, new - old) / elapsed) if elapsed else 0
                for new, old in zip(counts[1:], before[1:], strict=True)
            ]
            shown = {"means": state.means, "up": state.up, "flows": flows}
            lost = [state.forth.lost, state.back.lost]
            dropped = [state.forth.dropped, state.back.dropped]
            yield name, {**shown, "lost": lost, "dropped": dropped}


def _read(mark: str) -> tuple[str, int, int]:
    run, _, rest = mark.partition(".")
    number, _, event = rest.partition(".")
    if number.isdecimal() and event.isdecimal() and len(rest) < 40:
        return run, int(number), int(event)
    return "", -1, 0


def _pop(cloud: Cloud, servers: list[Server]) -> dict[str, Any]:
    capacity, used = cloud.pop.capacity, cloud.compute.servers.used
    return {
        "region": cloud.pop.region,
        "servers": dict(sorted(Counter(row.status for row in servers).items())),
        "vcpus": [used["vcpus"], capacity.vcpus],
        "ram_mib": [used["ram"], capacity.ram_mib],
        "disk_gib": [used["disk"] + cloud.volume.used_gib, capacity.disk_gib],
    }


def _server(cloud: Cloud, server: Server) -> dict[str, Any]:
    with cloud.lock:
        ports = [cloud.network.ports.get(ident) for ident in server.port_ids]
    addresses = [
        fixed["ip_address"] for port in ports if port for fixed in port.fixed_ips
    ]
    return {
        "pop": cloud.pop.name,
        "kind": "server",
        "name": server.name,
        "status": server.status,
        "addresses": addresses,
        "vcpus": server.flavor.vcpus,
        "ram_mib": server.flavor.ram,
        "fault": (server.fault or {}).get("message", ""),
    }


def _balancer(cloud: Cloud, balancer: LoadBalancer) -> dict[str, Any]:
    return {
        "pop": cloud.pop.name,
        "kind": "load balancer",
        "name": balancer.name,
        "status": balancer.provisioning_status,
        "addresses": [balancer.vip_address],
        "fault": balancer.fault,
    }


def _outlook(cloud: Cloud, balancer: LoadBalancer) -> dict[str, Any]:
    """Health of a load balancer and of the members behind it."""
    service = cloud.load_balancer
    try:
        # Without the PoP's lock: its process is asked, which may take a moment.
        outlook = Outlook(service, balancer.id)
        pools = service.pools_of(balancer.id)
        members = [(pool, row) for pool in pools for row in service.members_of(pool.id)]
        health = outlook.of(balancer)
        shown = [
            {
                "pool": pool.name,
                "name": row.name,
                "place": f"{row.address}:{row.protocol_port}",
                "health": outlook.of(row),
            }
            for pool, row in members
        ]
    except NotFound:
        return {}
    traffic = outlook.traffic()
    connections = [traffic.active_connections, traffic.total_connections]
    return {"health": health, "connections": connections, "members": shown}


def _numbers(
    lab: Lab, instances: Mapping[str, Any]
) -> Iterator[tuple[str, list[float]]]:
    """Processor in percent of one, memory in bytes, bytes a second in and out."""
    sampler = lab.metrics.sampler
    for ident, usage in sampler.usage().items():
        if ident in instances:
            rates: Rates = sampler.rates(ident)
            memory = usage.memory_bytes // _MEMORY_STEP * _MEMORY_STEP
            cpu = round(rates.cpu * 100, 1)
            yield ident, [cpu, memory, rounded(rates.rx), rounded(rates.tx)]


def rounded(value: float) -> float:
    """Three digits of a number: what nobody sees change is not sent again."""
    if value < 1:
        return 0
    return round(value, 2 - math.floor(math.log10(value)))
