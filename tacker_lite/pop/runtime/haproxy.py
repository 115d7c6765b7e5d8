"""HAProxy as a load balancer: its configuration, and what it says of itself.

Source of the keywords: HAProxy Configuration Manual and Management Guide, 2.4 on.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import ipaddress
import os
import re
import socket
from collections.abc import Iterator

from tacker_lite.pop.runtime.appliances import (
    Health,
    ListenerSpec,
    LoadBalancerSpec,
    MemberSpec,
    MonitorSpec,
    Observation,
    PoolSpec,
    RuleSpec,
    Traffic,
)

SOCKET = "stats.sock"
SOCKET_SECONDS = 5.0
NOBODY = 65534
_ALGORITHMS = {
    "ROUND_ROBIN": "roundrobin",
    "LEAST_CONNECTIONS": "leastconn",
    "SOURCE_IP": "source",
}
_HEADERS = {
    "X-Forwarded-For": "option forwardfor",
    "X-Forwarded-Port": "http-request set-header X-Forwarded-Port %[dst_port]",
    "X-Forwarded-Proto": "http-request set-header X-Forwarded-Proto http",
}
_METHODS = {
    "REGEX": "reg",
    "STARTS_WITH": "beg",
    "ENDS_WITH": "end",
    "CONTAINS": "sub",
    "EQUAL_TO": "str",
}
_ORDER = {
    "REJECT": 0,
    "REDIRECT_TO_URL": 1,
    "REDIRECT_PREFIX": 1,
    "REDIRECT_TO_POOL": 2,
}
#: By the first word of the column ``status``.
_HEALTH = {
    "UP": Health.UP,
    "DOWN": Health.DOWN,
    "NOLB": Health.DRAINING,
    "DRAIN": Health.DRAINING,
    "MAINT": Health.DISABLED,
    "no": Health.UNCHECKED,
}


def configuration(balancer: LoadBalancerSpec) -> tuple[str, str]:
    """The configuration file, and the mark by which the process shows that it has it.

    The process answers on :data:`SOCKET` in its working directory.
    """
    lines = [
        "defaults",
        "  retries 3",
        "  option redispatch",
        "  timeout connect 5s",
        "  timeout client 50s",
        "  timeout server 50s",
    ]
    for listener in balancer.listeners:
        lines += _frontend(balancer, listener)
    for pool in balancer.pools:
        lines += _backend(balancer, pool)
    body = "\n".join(lines) + "\n"
    mark = hashlib.sha256(body.encode()).hexdigest()[:16]
    head = [
        f"# load balancer {balancer.id} of PoP {balancer.pop}",
        "global",
        f"  description {mark}",
        # By number: the group has another name on each kind of machine.
        f"  uid {NOBODY}",
        f"  gid {NOBODY}",
        f"  stats socket unix@{SOCKET} mode 600 level operator",
        "  hard-stop-after 30s",
    ]
    return "\n".join(head) + "\n" + body, mark


def _place(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _mode(http: bool) -> str:
    return f"  mode {'http' if http else 'tcp'}"


def _frontend(balancer: LoadBalancerSpec, listener: ListenerSpec) -> Iterator[str]:
    yield f"frontend {listener.id}"
    yield _mode(listener.http)
    yield f"  bind {_place(balancer.vip_address, listener.port)}"
    yield f"  timeout client {listener.client_timeout}ms"
    if listener.connection_limit > 0:
        yield f"  maxconn {listener.connection_limit}"
    if listener.allowed_cidrs:
        allowed = " ".join(listener.allowed_cidrs)
        yield f"  tcp-request connection reject unless {{ src {allowed} }}"
    for header in listener.forwarded_headers:
        yield f"  {_HEADERS[header]}"
    yield from _policies(listener)
    if listener.pool_id:
        yield f"  default_backend {listener.pool_id}"


def _policies(listener: ListenerSpec) -> Iterator[str]:
    """Refusals come before redirections, and these before other pools."""
    for policy in listener.policies:
        for rule in policy.rules:
            yield f"  acl {rule.id} {_match(rule)}"
    for policy in sorted(listener.policies, key=lambda p: _ORDER[p.action]):
        needed = " ".join(f"{'!' * rule.invert}{rule.id}" for rule in policy.rules)
        if policy.action == "REJECT":
            yield f"  http-request deny if {needed}"
        elif policy.action == "REDIRECT_TO_POOL":
            yield f"  use_backend {policy.target} if {needed}"
        else:
            kind = "location" if policy.action == "REDIRECT_TO_URL" else "prefix"
            yield (
                f"  http-request redirect code {policy.http_code} {kind} "
                f"{_quoted(_plain(policy.target))} if {needed}"
            )


def _match(rule: RuleSpec) -> str:
    if rule.type == "FILE_TYPE":
        ending = rule.value if rule.compare_type == "REGEX" else re.escape(rule.value)
        return "path -m reg -- " + _quoted(rf"\.({ending})$")
    fetch = {
        "HOST_NAME": "req.hdr(host)",
        "PATH": "path",
        "HEADER": f"req.hdr({rule.key})",
        "COOKIE": f"req.cook({rule.key})",
    }[rule.type]
    # Names of hosts are the same in any case.
    fold = "-i " if rule.type == "HOST_NAME" else ""
    method = _METHODS[rule.compare_type]
    return f"{_quoted(fetch)} {fold}-m {method} -- {_quoted(rule.value)}"


def _plain(text: str) -> str:
    """A text where HAProxy would look for variables."""
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    """A word of the configuration in which nothing has a meaning."""
    return "'" + text.replace("'", "'\\''") + "'"


def _backend(balancer: LoadBalancerSpec, pool: PoolSpec) -> Iterator[str]:
    yield f"backend {pool.id}"
    yield _mode(pool.http)
    yield f"  balance {_ALGORITHMS[pool.algorithm]}"
    for listener in balancer.listeners:
        targets = (listener.pool_id, *(p.target for p in listener.policies))
        if pool.id in targets:
            yield f"  timeout connect {listener.connect_timeout}ms"
            yield f"  timeout server {listener.member_timeout}ms"
            break
    yield from _persistence(pool)
    if pool.monitor:
        yield from _checks(pool.monitor)
    for member in pool.members:
        yield f"  server {member.id} {_member(pool, member)}"


def _persistence(pool: PoolSpec) -> Iterator[str]:
    if pool.persistence == "SOURCE_IP":
        version = _version(pool)
        yield f"  stick-table type {version} size 10k"
        yield "  stick on src"
    elif pool.persistence == "HTTP_COOKIE":
        yield "  cookie SRV insert indirect nocache"
    elif pool.persistence == "APP_COOKIE":
        yield "  stick-table type string len 64 size 10k"
        yield f"  stick store-response res.cook({pool.cookie_name})"
        yield f"  stick match req.cook({pool.cookie_name})"


def _version(pool: PoolSpec) -> str:
    six = any(ipaddress.ip_address(m.address).version == 6 for m in pool.members)
    return "ipv6" if six else "ip"


def _checks(monitor: MonitorSpec) -> Iterator[str]:
    yield f"  timeout check {monitor.timeout}s"
    if monitor.type in ("HTTP", "HTTPS"):
        yield f"  option httpchk {monitor.http_method} {monitor.url_path}"
        codes = "|".join(map(str, _codes(monitor.expected_codes)))
        yield f"  http-check expect rstatus ^({codes})$"
    elif monitor.type == "TLS-HELLO":
        yield "  option ssl-hello-chk"


def _codes(text: str) -> Iterator[int]:
    """The status codes of ``200``, ``200,202`` or ``200-204``."""
    for part in text.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def _member(pool: PoolSpec, member: MemberSpec) -> str:
    words = [_place(member.address, member.port), f"weight {member.weight}"]
    if pool.monitor:
        monitor = pool.monitor
        words.append(f"check inter {monitor.delay}s")
        words.append(f"rise {monitor.rise} fall {monitor.fall}")
        if monitor.type == "HTTPS":
            words.append("check-ssl verify none")
        if member.monitor_address:
            words.append(f"addr {member.monitor_address}")
        if member.monitor_port:
            words.append(f"port {member.monitor_port}")
    if pool.persistence == "HTTP_COOKIE":
        words.append(f"cookie {member.id}")
    if pool.proxy:
        words.append("send-proxy-v2" if pool.proxy == 2 else "send-proxy")
    if member.backup:
        words.append("backup")
    if not member.enabled:
        words.append("disabled")
    return " ".join(words)


def ask(directory: str, command: str) -> str:
    """What a running process answers on the socket in its working directory.

    :raises OSError: when none listens there.
    """
    with (
        _opened(directory) as place,
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel,
    ):
        channel.settimeout(SOCKET_SECONDS)
        # The whole path may be longer than the address of a socket can be.
        channel.connect(f"/proc/self/fd/{place}/{SOCKET}")
        channel.sendall(command.encode() + b"\n")
        pieces = []
        while piece := channel.recv(65536):
            pieces.append(piece)
    return b"".join(pieces).decode(errors="replace")


@contextlib.contextmanager
def _opened(directory: str) -> Iterator[int]:
    descriptor = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def mark_of(directory: str) -> str:
    """The mark of the configuration that a process has; empty when none answers."""
    try:
        answer = ask(directory, "show info")
    except OSError:
        return ""
    for line in answer.splitlines():
        name, _, value = line.partition(": ")
        if name == "description":
            return value
    return ""


def observe(directory: str) -> Observation:
    """What the process of a working directory counts and has checked."""
    try:
        answer = ask(directory, "show stat")
    except OSError:
        return Observation(running=False)
    members: dict[tuple[str, str], Health] = {}
    traffic: dict[str, Traffic] = {}
    for row in csv.DictReader(answer.removeprefix("# ").splitlines()):
        proxy, name = row["pxname"], row["svname"]
        if name == "FRONTEND":
            traffic[proxy] = Traffic(
                active_connections=int(row["scur"] or 0),
                total_connections=int(row["stot"] or 0),
                bytes_in=int(row["bin"] or 0),
                bytes_out=int(row["bout"] or 0),
                request_errors=int(row["ereq"] or 0),
            )
        elif name != "BACKEND":
            word = row["status"].partition(" ")[0]
            members[proxy, name] = _HEALTH.get(word, Health.UNCHECKED)
    return Observation(running=True, members=members, traffic=traffic)
