"""What the load-balancing service (Octavia) would refuse, told beforehand."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from tacker_lite import exceptions
from tacker_lite.tosca.model import (
    Listener,
    LoadBalancer,
    Pool,
    VnfTemplate,
    is_get_input,
)
from tacker_lite.vim.openstack import checks
from tacker_lite.vim.openstack.draft import Draft

POOL_PROTOCOLS = {
    "HTTP": ("HTTP", "PROXY"),
    "HTTPS": ("HTTPS", "PROXY", "TCP"),
    "TCP": ("HTTP", "HTTPS", "PROXY", "TCP"),
    "UDP": ("UDP",),
}
"""Protocols that the pool of a listener may have, by the listener's."""

MONITOR_TYPES = {"UDP": ("HTTP", "TCP", "UDP-CONNECT")}
OTHER_MONITOR_TYPES = ("HTTP", "HTTPS", "PING", "TCP")
FIXED = (
    "cannot be an input: the VIM cannot change it while the VNF runs; write the value "
    "here"
)
"""What Heat would make anew beside the old one, which the service does not allow."""

HTTP_METHODS = (
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "TRACE",
    "OPTIONS",
    "CONNECT",
    "PATCH",
)
PERSISTENCE_TYPES = ("SOURCE_IP", "HTTP_COOKIE", "APP_COOKIE")
HTTP_OPTIONS = ("http_method", "url_path", "expected_codes")
HTTP_TYPES = ("HTTP", "HTTPS")
MAX_RETRIES = range(1, 11)
MEMBER_WEIGHTS = range(257)


def check(template: VnfTemplate, draft: Draft) -> None:
    """Note every load balancer and pool that could not be made.

    That their requirements name the right nodes is known.
    """
    listeners = {listener.name: listener for listener in template.listeners}
    for balancer in template.load_balancers:
        with draft.collecting():
            _check_address(balancer, template)
    for listener in template.listeners:
        with draft.collecting():
            _check_listener(listener, template)
    for pool in template.pools:
        properties = template.resolve(dict(pool.properties))
        for error in _pool(pool, properties, listeners.get(pool.listener), template):
            with draft.collecting():
                raise error


def _check_address(balancer: LoadBalancer, template: VnfTemplate) -> None:
    written = balancer.properties.get("vip_address")
    address = template.resolve(written)
    if address is None or is_get_input(address) or _is_address(address):
        return
    raise checks.invalid(
        balancer.name,
        f"vip_address: {checks.shown(written)} is not a valid IP address",
        path=("properties", "vip_address"),
    )


def _check_listener(listener: Listener, template: VnfTemplate) -> None:
    if is_get_input(listener.properties.get("protocol")):
        raise checks.invalid(
            listener.name,
            f"protocol {FIXED}",
            path=("properties", "protocol"),
        )
    limit = template.resolve(listener.properties.get("connection_limit"))
    if isinstance(limit, int) and limit < -1:
        raise checks.invalid(
            listener.name,
            "connection_limit must be a number of connections, or -1 for no limit",
            path=("properties", "connection_limit"),
        )
    _check_networks(listener, template)


def _check_networks(listener: Listener, template: VnfTemplate) -> None:
    given = listener.properties.get("allowed_cidrs") or []
    networks = template.resolve(given)
    if is_get_input(networks):
        return
    for index, network in enumerate(networks or ()):
        if is_get_input(network) or _is_network(network):
            continue
        shown = checks.shown(given if is_get_input(given) else given[index])
        raise checks.invalid(
            listener.name,
            f"allowed_cidrs: {shown} is not a network, such as 10.0.0.0/24",
            path=("properties", "allowed_cidrs"),
        )


def _pool(
    pool: Pool,
    properties: Mapping[str, Any],
    listener: Listener | None,
    template: VnfTemplate,
) -> Iterator[exceptions.InvalidTemplate]:
    protocol = properties.get("protocol")
    front = template.resolve(listener.properties.get("protocol")) if listener else None
    fitting = POOL_PROTOCOLS.get(_text(front), ())
    if fitting and protocol not in fitting and not is_get_input(protocol):
        yield checks.invalid(
            pool.name,
            f"protocol does not fit its listener, which speaks {front}; use one of "
            f"{', '.join(fitting)}",
            path=("properties", "protocol"),
        )
    if _outside(properties.get("member_weight"), MEMBER_WEIGHTS):
        yield _wrong(pool, "member_weight", "must be from 0 to 256")
    yield from _persistence(pool, properties)
    monitor = properties.get("health_monitor")
    if isinstance(monitor, Mapping):
        written = pool.properties["health_monitor"]
        if is_get_input(written) or is_get_input(written.get("type")):
            yield _wrong(pool, "health_monitor type", FIXED)
        else:
            yield from _monitor(pool, monitor, protocol)


def _persistence(
    pool: Pool, properties: Mapping[str, Any]
) -> Iterator[exceptions.InvalidTemplate]:
    wanted = properties.get("session_persistence")
    if not isinstance(wanted, Mapping):
        return
    key = "session_persistence"
    kind, named = wanted.get("type"), wanted.get("cookie_name") is not None
    if not is_get_input(kind) and kind not in PERSISTENCE_TYPES:
        known = ", ".join(PERSISTENCE_TYPES)
        yield _wrong(pool, f"{key} type", f"must be one of {known}")
        return
    if kind == "APP_COOKIE" and not named:
        yield _wrong(pool, key, "needs cookie_name when its type is APP_COOKIE")
    if kind != "APP_COOKIE" and named and not is_get_input(kind):
        yield _wrong(pool, f"{key} cookie_name", "is for type APP_COOKIE alone")
    if properties.get("protocol") == "UDP" and kind in ("HTTP_COOKIE", "APP_COOKIE"):
        yield _wrong(pool, f"{key} type", "must be SOURCE_IP when protocol is UDP")


def _monitor(
    pool: Pool, monitor: Mapping[str, Any], protocol: Any
) -> Iterator[exceptions.InvalidTemplate]:
    key = "health_monitor"
    kind = monitor.get("type", "TCP")
    fitting = MONITOR_TYPES.get(_text(protocol), OTHER_MONITOR_TYPES)
    if kind not in fitting and not is_get_input(protocol):
        yield _wrong(
            pool,
            f"{key} type",
            f"must be one of {', '.join(fitting)} for a pool of this protocol",
        )
    if kind not in HTTP_TYPES:
        for option in HTTP_OPTIONS:
            if monitor.get(option) is not None:
                yield _wrong(pool, f"{key} {option}", "is for types HTTP and HTTPS")
    method = monitor.get("http_method")
    if isinstance(method, str) and method not in HTTP_METHODS:
        known = ", ".join(HTTP_METHODS)
        yield _wrong(pool, f"{key} http_method", f"must be one of {known}")
    path = monitor.get("url_path")
    if isinstance(path, str) and not path.startswith("/"):
        yield _wrong(pool, f"{key} url_path", "must begin with a slash")
    delay, timeout = monitor.get("delay", 5), monitor.get("timeout", 3)
    for name, value in (("delay", delay), ("timeout", timeout)):
        if isinstance(value, int) and value < 1:
            yield _wrong(pool, f"{key} {name}", "must be at least 1 second")
    if isinstance(delay, int) and isinstance(timeout, int) and timeout >= delay:
        yield _wrong(pool, f"{key} timeout", "must be less than delay")
    if kind == "UDP-CONNECT" and isinstance(delay, int) and delay < 3:
        yield _wrong(pool, f"{key} delay", "must be at least 3 for UDP-CONNECT")
    if _outside(monitor.get("max_retries"), MAX_RETRIES):
        yield _wrong(pool, f"{key} max_retries", "must be from 1 to 10")


def _wrong(pool: Pool, key: str, reason: str) -> exceptions.InvalidTemplate:
    return checks.invalid(
        pool.name, f"{key} {reason}", path=("properties", *key.split())
    )


def _outside(value: Any, allowed: range) -> bool:
    return isinstance(value, int) and value not in allowed


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _is_address(value: Any) -> bool:
    try:
        ipaddress.ip_address(str(value))
    except ValueError:
        return False
    return True


def _is_network(value: Any) -> bool:
    try:
        ipaddress.ip_network(str(value))
    except ValueError:
        return False
    return "/" in str(value)
