"""Reading bodies of the load-balancer API; what is wrong is a 400 with its name."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Mapping
from typing import Any

from tacker_lite.pop import attributes
from tacker_lite.pop.attributes import Attrs, invalid
from tacker_lite.pop.errors import BadRequest, Unsupported

_PATH = re.compile(r"/[A-Za-z0-9._~!&()*+,;=:@%/?-]*")
_COOKIE = re.compile(r"[A-Za-z0-9_.-]{1,255}")
_CODES = re.compile(r"\d{3}(-\d{3}|(,\d{3})*)")
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "OPTIONS", "PATCH")
_PERSISTENCES = ("SOURCE_IP", "HTTP_COOKIE", "APP_COOKIE")
#: What Octavia knows and a lab does not offer, by what it is.
_NOT_OFFERED: Mapping[str, Collection[str]] = {
    "protocol": ("UDP", "SCTP", "TERMINATED_HTTPS", "PROMETHEUS"),
    "lb_algorithm": ("SOURCE_IP_PORT",),
    "type": ("PING", "UDP-CONNECT", "SCTP"),
}
HEADERS = ("X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto")
#: Pool protocols that go with a listener's.
POOLS_OF = {
    "HTTP": ("HTTP", "PROXY", "PROXYV2"),
    "HTTPS": ("HTTPS", "PROXY", "PROXYV2", "TCP"),
    "TCP": ("HTTP", "HTTPS", "PROXY", "PROXYV2", "TCP"),
}


def choice(attrs: Attrs, key: str, known: Collection[str], default: Any = None) -> Any:
    """One of the words that a lab offers.

    :raises BadRequest: when it is missing or unknown.
    :raises Unsupported: when a lab does not offer it.
    """
    word = attributes.text(attrs, key, default)
    if word is None:
        raise BadRequest(f"Validation failure: Missing object attribute '{key}'")
    if word in known:
        return word
    offered = ", ".join(known)
    if word in _NOT_OFFERED.get(key, ()):
        raise Unsupported(f"The lab does not offer {key} {word}; it offers {offered}")
    raise invalid(key, f"'{word}' is none of {offered}")


def number(attrs: Attrs, key: str, default: Any, low: int, high: int) -> Any:
    """A whole number that must be there unless there is a default."""
    value = attributes.integer(attrs, key, default, low, high)
    if value is None:
        raise BadRequest(f"Validation failure: Missing object attribute '{key}'")
    return value


def limit(attrs: Attrs, key: str, default: int) -> int:
    """A number of connections; -1 means no end."""
    return int(attributes.integer(attrs, key, default, -1))


def milliseconds(attrs: Attrs, key: str, default: int) -> int:
    """A time in milliseconds, at most a day."""
    return int(attributes.integer(attrs, key, default, 0, 86_400_000))


def address(attrs: Attrs, key: str, default: Any = None) -> Any:
    """An IP address, or the default."""
    value = attributes.text(attrs, key, default)
    if value is None:
        return None
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise invalid(key, f"'{value}' is not an IP address") from None


def cidrs(attrs: Attrs, key: str, default: list[str]) -> list[str]:
    """Prefixes."""
    values = attributes.texts(attrs, key, default)
    try:
        return [str(ipaddress.ip_network(value, strict=False)) for value in values]
    except ValueError as error:
        raise invalid(key, str(error)) from None


def headers(attrs: Attrs, key: str, default: Mapping[str, str]) -> dict[str, str]:
    """Headers to insert, each ``true`` or ``false``."""
    if key not in attrs:
        return dict(default)
    given = attributes.objects({key: [attrs[key] or {}]}, key)[0]
    for name, value in given.items():
        if name not in HEADERS:
            raise invalid(key, f"'{name}' is none of {', '.join(HEADERS)}")
        if str(value).lower() not in ("true", "false"):
            raise invalid(key, f"{name} must be true or false")
    return {name: str(value).lower() for name, value in given.items()}


def persistence(attrs: Attrs, key: str, default: Any) -> Mapping[str, str] | None:
    """Which client goes to which member again."""
    if key not in attrs:
        return default  # type: ignore[no-any-return]
    if not attrs[key]:
        return None
    given = attributes.objects({key: [attrs[key]]}, key)[0]
    known = ("type", "cookie_name", "persistence_timeout", "persistence_granularity")
    attributes.refuse_unknown(given, known)
    kind = choice(given, "type", _PERSISTENCES)
    cookie = attributes.text(given, "cookie_name", "")
    if (kind == "APP_COOKIE") != bool(cookie):
        raise invalid(key, "cookie_name belongs to APP_COOKIE, and only to that")
    if cookie and not _COOKIE.fullmatch(cookie):
        raise invalid(f"{key}.cookie_name", f"'{cookie}' is not a cookie's name")
    return {"type": kind, **({"cookie_name": cookie} if cookie else {})}


def url_path(attrs: Attrs, key: str, default: Any) -> Any:
    """A path to ask a member for."""
    value = attributes.text(attrs, key, default)
    if value is not None and not _PATH.fullmatch(value):
        raise invalid(key, f"'{value}' is not a path of a URL")
    return value


def http_method(attrs: Attrs, key: str, default: Any) -> Any:
    """A method of HTTP."""
    return choice(attrs, key, _METHODS, default) if attrs.get(key) else default


def expected_codes(attrs: Attrs, key: str, default: Any) -> Any:
    """Statuses of HTTP: ``200``, ``200,202`` or ``200-204``."""
    value = attributes.text(attrs, key, default)
    if value is not None and not _CODES.fullmatch(value):
        raise invalid(key, f"'{value}' is none of the forms 200, 200,202 and 200-204")
    return value
