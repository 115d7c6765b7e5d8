"""What the devices, the queues and the relays of links have counted."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Mapping
from typing import Any

from tacker_lite.pop.runtime import link_devices, link_shaping, netlink
from tacker_lite.pop.runtime.base import Counters, RuntimeFault
from tacker_lite.pop.runtime.labels import Label
from tacker_lite.pop.runtime.link_means import Plan
from tacker_lite.pop.runtime.links import DirectionCounters, LinkState

_SECONDS = 20.0
_NOTHING = link_shaping.Queue()
#: By network namespace and device.
_Devices = dict[tuple[str, str], Counters]
_Queues = dict[tuple[str, str], link_shaping.Queue]


def states(
    lab: str,
    labels: Mapping[str, Label],
    plans: Mapping[str, Plan],
    relays: Mapping[str, dict[str, Any] | None],
) -> dict[str, LinkState]:
    """Links as they are, by key.

    :param labels: those of links, by key; ``plans`` what is done on them; ``relays``
        what their relays say, None when one does not answer.
    """
    both = {key: link_devices.ends(lab, label) for key, label in labels.items()}
    devices = _devices({end.namespace for ends in both.values() for end in ends})
    queues = _queues(
        {
            end.namespace
            for key, ends in both.items()
            for end in ends
            if labels[key].get("shaped")
        }
    )
    return {
        key: _state(ends, plans[key], relays.get(key), devices, queues)
        for key, ends in both.items()
    }


def _devices(namespaces: Collection[str]) -> _Devices:
    found: _Devices = {}
    for namespace in namespaces:
        with netlink.Channel(namespace) as channel:
            for device in channel.devices():
                found[namespace, device.name] = device.counters
    return found


def _queues(namespaces: Collection[str]) -> _Queues:
    found: _Queues = {}
    for namespace in namespaces:
        try:
            done = subprocess.run(  # noqa: S603
                ["tc", "-n", namespace, "-s", "-j", "qdisc", "show"],  # noqa: S607
                capture_output=True,
                text=True,
                timeout=_SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise RuntimeFault(f"tc qdisc show in {namespace}: {error}") from error
        if done.returncode:
            raise RuntimeFault(f"tc qdisc show in {namespace}: {done.stderr.strip()}")
        for device, queue in link_shaping.queues(done.stdout).items():
            found[namespace, device] = queue
    return found


def _state(
    ends: tuple[link_devices.End, link_devices.End],
    plan: Plan,
    relay: dict[str, Any] | None,
    devices: _Devices,
    queues: _Queues,
) -> LinkState:
    left, right = ends
    said = relay["directions"] if relay else ({}, {})
    return LinkState(
        left=left.pop,
        right=right.pop,
        means=plan.means,
        up=relay is not None or plan.relay is None,
        forth=_direction(left, right, plan, said[0], devices, queues),
        back=_direction(right, left, plan, said[1], devices, queues),
    )


def _direction(
    source: link_devices.End,
    target: link_devices.End,
    plan: Plan,
    relay: Mapping[str, int],
    devices: _Devices,
    queues: _Queues,
) -> DirectionCounters:
    arrived = devices.get((target.namespace, target.device), Counters())
    sent = devices.get((source.namespace, source.device), Counters())
    queue = queues.get((source.namespace, source.device), _NOTHING)
    lost = queues.get((target.namespace, target.device), _NOTHING).lost
    # The device counts what arrives before some of it is lost, of whatever size.
    share = 1 - lost / arrived.rx_packets if arrived.rx_packets else 1
    # What netem drops is lost by chance when it loses any.
    by_netem = plan.netem is not None and plan.netem.loss_percent > 0
    return DirectionCounters(
        source=source.pop,
        target=target.pop,
        packets=arrived.rx_packets - lost,
        bytes=round(arrived.rx_bytes * share),
        lost=lost + relay.get("lost", 0) + (queue.dropped if by_netem else 0),
        dropped=relay.get("dropped", 0)
        + (0 if by_netem else queue.dropped)
        + sent.tx_dropped,
        queued=queue.queued + relay.get("queued", 0),
    )
