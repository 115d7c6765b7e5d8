"""Reading bodies of the load-balancer API; what is wrong is a 400 with its name."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from tacker_lite.pop import attributes
from tacker_lite.pop.addresses import ip_address, ip_network
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
_FAR = 2**31 - 1
#: Pool protocols that go with a listener's.
POOLS_OF = {
    "HTTP": ("HTTP", "PROXY", "PROXYV2"),
    "HTTPS": ("HTTPS", "PROXY", "PROXYV2", "TCP"),
    "TCP": ("HTTP", "HTTPS", "PROXY", "PROXYV2", "TCP"),
}


def wrong(key: str, value: Any, should: str) -> BadRequest:
    """The error for an attribute with a wrong value, in the API's words."""
    return BadRequest(
        f"Invalid input for field/attribute {key}. Value: '{value}'. {should}"
    )


def missing(key: str) -> BadRequest:
    """The error for an attribute that must be there."""
    return wrong(key, None, "Mandatory field missing.")


def required(attrs: Attrs, key: str) -> str:
    """A text that must be there."""
    value = attributes.text(attrs, key, "")
    if not value:
        raise missing(key)
    return str(value)


def choice(attrs: Attrs, key: str, known: Collection[str], default: Any = None) -> Any:
    """One of the words that a lab offers.

    :raises BadRequest: when it is missing or unknown.
    :raises Unsupported: when a lab does not offer it.
    """
    word = attributes.text(attrs, key, default)
    if word is None:
        raise missing(key)
    if word in known:
        return word
    offered = ", ".join(known)
    if word in _NOT_OFFERED.get(key, ()):
        raise Unsupported(f"The lab does not offer {key} {word}; it offers {offered}")
    raise wrong(key, word, f"Value should be one of: {offered}")


def number(attrs: Attrs, key: str, default: Any, low: int, high: int) -> Any:
    """A whole number that must be there unless there is a default."""
    value = bounded(attrs, key, default, low, high)
    if value is None:
        raise missing(key)
    return value


def bounded(attrs: Attrs, key: str, default: Any, low: int, high: int) -> Any:
    """A whole number between two others, or the default."""
    value = attributes.integer(attrs, key, default, -_FAR, _FAR)
    if value is not None and value < low:
        raise wrong(key, value, f"Value should be greater or equal to {low}")
    if value is not None and value > high:
        raise wrong(key, value, f"Value should be lower or equal to {high}")
    return value


def limit(attrs: Attrs, key: str, default: int) -> int:
    """A number of connections; -1 means no end."""
    return int(bounded(attrs, key, default, -1, _FAR))


def milliseconds(attrs: Attrs, key: str, default: int) -> int:
    """A time in milliseconds, at most a day."""
    return int(bounded(attrs, key, default, 0, 86_400_000))


def address(attrs: Attrs, key: str, default: Any = None) -> Any:
    """An IP address, or the default."""
    value = attributes.text(attrs, key, default)
    if value is None:
        return None
    try:
        return str(ip_address(value))
    except ValueError:
        should = "Value should be IPv4 or IPv6 format"
        raise wrong(key, value, should) from None


def cidrs(attrs: Attrs, key: str, default: list[str]) -> list[str]:
    """Prefixes."""
    values = attributes.texts(attrs, key, default)
    try:
        return [str(ip_network(value, strict=False)) for value in values]
    except ValueError:
        raise wrong(key, values, "Value should be IPv4 or IPv6 CIDR format") from None


def headers(attrs: Attrs, key: str, default: Mapping[str, str]) -> dict[str, str]:
    """Headers to insert, each ``true`` or ``false``."""
    if key not in attrs:
        return dict(default)
    given = attributes.objects({key: [attrs[key] or {}]}, key)[0]
    for name, value in given.items():
        if name not in HEADERS:
            raise BadRequest(
                f"{name} is not a valid option for {key}: it is none of "
                f"{', '.join(HEADERS)}"
            )
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
    if kind == "APP_COOKIE" and not cookie:
        raise BadRequest(
            'Validation failure: Field "cookie_name" must be specified when using the '
            '"APP_COOKIE" session persistence type.'
        )
    if cookie and kind != "APP_COOKIE":
        raise BadRequest(
            'Validation failure: Field "cookie_name" can only be specified with '
            'session persistence of type "APP_COOKIE".'
        )
    if cookie and not _COOKIE.fullmatch(cookie):
        raise invalid(f"{key}.cookie_name", f"'{cookie}' is not a cookie's name")
    return {"type": kind, **({"cookie_name": cookie} if cookie else {})}


def url_path(attrs: Attrs, key: str, default: Any) -> Any:
    """A path to ask a member for."""
    value = attributes.text(attrs, key, default)
    if value is not None and not _PATH.fullmatch(value):
        raise wrong(key, value, "Value must be a valid URL Path string")
    return value


def http_method(attrs: Attrs, key: str, default: Any) -> Any:
    """A method of HTTP."""
    return choice(attrs, key, _METHODS, default) if attrs.get(key) else default


def expected_codes(attrs: Attrs, key: str, default: Any) -> Any:
    """Statuses of HTTP: ``200``, ``200,202`` or ``200-204``."""
    value = attributes.text(attrs, key, default)
    if value is not None and not _CODES.fullmatch(value):
        raise wrong(key, value, "Value should be like 200, 200,202 or 200-204")
    return value
