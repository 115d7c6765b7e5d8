"""Types and constraints of values: shared by parameters and resource properties."""

from __future__ import annotations

import ipaddress
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tacker_lite.pop.stack.snippets import as_text

#: Asks whether a value satisfies a named constraint; returns what is wrong or "".
CustomCheck = Callable[[str, Any], str]

_TRUE = ("t", "true", "on", "y", "yes", "1")
_FALSE = ("f", "false", "off", "n", "no", "0")
_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
_LONGEST_NAME = 255
#: Custom constraints on names in the DNS: with a dot at the end, without, any.
_NAMES = {
    "dns_domain": re.compile(rf"^({_LABEL}\.)+$"),
    "rel_dns_name": re.compile(rf"^{_LABEL}(\.{_LABEL})*$"),
    "dns_name": re.compile(rf"^{_LABEL}(\.{_LABEL})*\.?$"),
}
_MAC = re.compile(r"^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$")


def to_string(value: Any) -> str:
    if isinstance(value, (Mapping, list)):
        raise ValueError("Value must be a string")
    return str(value)


def to_number(value: Any) -> int | float:
    if isinstance(value, bool):
        raise ValueError(f"{value!r} is not a number")
    try:
        return value if isinstance(value, int) else int(str(value))
    except ValueError:
        pass
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is not a number")
    return number


def to_integer(value: Any) -> int:
    number = to_number(value)
    if int(number) != number:
        raise ValueError(f"{value!r} is not an integer")
    return int(number)


def to_boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError(f"{value!r} is not a valid boolean")


def to_list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, str):
        return [part.strip() for part in value.split(",")] if value else []
    raise ValueError(f"{value!r} is not a comma-delimited list")


def to_json(value: Any) -> Any:
    if isinstance(value, (Mapping, list)):
        return value
    if value in (None, ""):
        return {}
    try:
        parsed = json.loads(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"Value must be valid JSON: {error}") from None
    if not isinstance(parsed, (dict, list)):
        raise ValueError("Value must be a JSON map or list")
    return parsed


def check_constraint(
    constraint: Mapping[str, Any], value: Any, custom: CustomCheck
) -> str:
    """What is wrong with a value by one HOT constraint, or an empty string.

    :param constraint: the constraint as written, with one of ``length``, ``range``,
        ``modulo``, ``allowed_values``, ``allowed_pattern``, ``custom_constraint``.
    :param custom: answers for ``custom_constraint``.
    """
    for name, rule in constraint.items():
        check = _CHECKS.get(name)
        problem = ""
        if name == "custom_constraint":
            problem = custom(str(rule), value)
        elif check is not None:
            problem = check(value, rule)
        if problem:
            return str(constraint.get("description") or problem)
    return ""


def _length(value: Any, rule: Any) -> str:
    size = len(value) if isinstance(value, (str, list, Mapping)) else len(str(value))
    if not _within(size, rule):
        return f"length ({size}) is out of range ({_range_text(rule)})"
    return ""


def _range(value: Any, rule: Any) -> str:
    if not _within(to_number(value), rule):
        return f"{value} is out of range ({_range_text(rule)})"
    return ""


def _within(number: int | float, rule: Mapping[str, Any]) -> bool:
    least, most = rule.get("min"), rule.get("max")
    return (least is None or number >= to_number(least)) and (
        most is None or number <= to_number(most)
    )


def _range_text(rule: Mapping[str, Any]) -> str:
    return f"min: {rule.get('min')}, max: {rule.get('max')}"


def _modulo(value: Any, rule: Any) -> str:
    step, offset = to_integer(rule["step"]), to_integer(rule.get("offset", 0))
    if to_integer(value) % step != offset:
        return f"{value} is not a multiple of {step} with an offset of {offset}"
    return ""


def _allowed(value: Any, rule: Any) -> str:
    entries = value if isinstance(value, list) else [value]
    allowed = [as_text(v) for v in rule]
    for entry in entries:
        if entry not in rule and as_text(entry) not in allowed:
            return not_allowed(entry, rule)
    return ""


def not_allowed(value: Any, allowed: Iterable[Any]) -> str:
    """What is wrong with a value that is none of those allowed."""
    shown = ", ".join(_shown(entry) for entry in allowed)
    return f"{_shown(value)} is not an allowed value [{shown}]"


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else as_text(value)


def _pattern(value: Any, rule: Any) -> str:
    if re.fullmatch(str(rule), str(value)) is None:
        return f'"{value}" does not match pattern "{rule}"'
    return ""


_CHECKS: dict[str, Callable[[Any, Any], str]] = {
    "length": _length,
    "range": _range,
    "modulo": _modulo,
    "allowed_values": _allowed,
    "allowed_pattern": _pattern,
}
CONSTRAINT_NAMES = frozenset(_CHECKS) | {"custom_constraint"}


#: The custom constraints that need no cloud.
ADDRESSES = ("ip_addr", "ip_or_cidr", "mac_addr", "net_cidr", *_NAMES)


def check_address(name: str, value: Any) -> str | None:
    """Check the constraints that need no cloud; None: not one of them."""
    try:
        if name == "ip_addr":
            ipaddress.ip_address(value)
        elif name == "net_cidr":
            ipaddress.ip_network(value, strict=False)
        elif name == "ip_or_cidr":
            ipaddress.ip_interface(value)
        elif name in _NAMES:
            if len(str(value)) > _LONGEST_NAME or not _NAMES[name].match(str(value)):
                return f"{value!r} is not a valid {name}"
        elif name == "mac_addr":
            if _MAC.match(str(value)) is None:
                return f"{value!r} is not a MAC address"
        else:
            return None
    except ValueError:
        return f"{value!r} is not a valid {name}"
    return ""
