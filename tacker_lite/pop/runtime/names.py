"""Names of what the namespace runtime makes on the machine.

Names are computed from ids, so a process that never saw a server knows what to remove.
A device name holds at most 15 characters, so devices carry a hash; network
namespaces, which people type, carry the lab and the PoP in clear.
"""

from __future__ import annotations

import hashlib
import re

from tacker_lite.pop.runtime.base import RuntimeFault

LAB_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
POP_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")


def check_lab(lab: str) -> None:
    """:raises RuntimeFault: when a lab of this name cannot be told from another."""
    if not LAB_PATTERN.fullmatch(lab):
        raise RuntimeFault(
            f"lab name {lab!r} cannot be used: give 1 to 63 letters, digits, '-' or "
            "'_', a letter or digit first"
        )


def check_pop(pop: str) -> None:
    """:raises RuntimeFault: when the name cannot be part of a namespace's name."""
    if not POP_PATTERN.fullmatch(pop):
        raise RuntimeFault(
            f"PoP name {pop!r} cannot be used: give 1 to 63 letters, digits, '-', "
            "'_' or '.', a letter or digit first"
        )


def key(*idents: str) -> str:
    """Twelve characters that stand for an id in file and device names."""
    return hashlib.sha256("\0".join(idents).encode()).hexdigest()[:12]


def router(lab: str, pop: str) -> str:
    """Network namespace of a PoP's router; '.' is in no lab's name."""
    return f"tlp-{lab}.{pop}"


def server_namespace(lab: str, pop: str, server_key: str) -> str:
    """Network namespace of a server; '~' is in no PoP's name."""
    return f"tlp-{lab}.{pop}~{server_key}"


def project_router(lab: str, pop: str, router_key: str) -> str:
    """Network namespace of a router that a project made."""
    return f"tlp-{lab}.{pop}~router-{router_key}"


def load_balancer(lab: str, pop: str, balancer_key: str) -> str:
    """Network namespace of a load balancer."""
    return f"tlp-{lab}.{pop}~balancer-{balancer_key}"


def bridge(network_id: str) -> str:
    """Bridge of a network, inside the router's namespace."""
    return "b" + key(network_id)


#: Further bridges that a network may have: each takes a port of the first one.
SHARDS = 63


def shard(network_id: str, number: int) -> str:
    """Another bridge of a network, inside the router's namespace.

    :param number: 1 to ``SHARDS``.
    """
    return f"{bridge(network_id)}{number:02x}"


def uplink(network_id: str, number: int) -> str:
    """The device by which a network's first bridge reaches a shard."""
    return f"u{key(network_id)}{number:02x}"


def downlink(network_id: str, number: int) -> str:
    """The device by which a shard reaches its network's first bridge."""
    return f"d{key(network_id)}{number:02x}"


def port(port_id: str) -> str:
    """The router's end of a server's port."""
    return "p" + key(port_id)


def link(peer: str) -> str:
    """A router's device towards a peer PoP."""
    return "l" + key(peer)


def tap(peer: str) -> str:
    """A router's device towards a peer PoP when a relay is between them."""
    return "t" + key(peer)


def link_mac(pop: str, peer: str) -> str:
    """Address of a router's device towards a peer PoP: the peer knows it unasked."""
    digits = key("link", pop, peer)
    return "02:" + ":".join(digits[at : at + 2] for at in range(0, 10, 2))


def host_leg(lab: str, pop: str) -> str:
    """The host's device towards a PoP's router."""
    return "tlp" + key(lab, pop)


def is_host_leg(device: str) -> bool:
    """Whether a device of the host is some lab's."""
    return re.fullmatch("tlp[0-9a-f]{12}", device) is not None


def bridge_mac(network_id: str) -> str:
    """A fixed address: a bridge left alone changes it with its ports."""
    digits = key("mac", network_id)
    return "02:" + ":".join(digits[at : at + 2] for at in range(0, 10, 2))


def alias(*parts: str) -> str:
    """Text shown by ``ip link`` that says whose device it is."""
    words = (re.sub(r"[^A-Za-z0-9_.:-]+", "_", part) for part in parts)
    return ("tacker-lite-pop/" + "/".join(words))[:255]


def host_name(name: str) -> str:
    """A server's name as the kernel takes a host name."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", name)[:63].strip("-.") or "server"


def variable(name: str) -> str:
    """A metadata key as the name of an environment variable."""
    text = re.sub(r"[^A-Z0-9_]", "_", name.upper())
    return "_" + text if text[:1].isdigit() else text
