"""Reading the attributes of a request body; what is wrong is a 400 with its name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from tacker_lite.pop.errors import BadRequest, Forbidden

Attrs = Mapping[str, Any]


def refuse_unknown(attrs: Attrs, known: Collection[str]) -> None:
    """:raises BadRequest: when a key is none of the known ones."""
    if not isinstance(attrs, Mapping):
        raise BadRequest("The body must be an object", type="HTTPBadRequest")
    unknown = sorted(str(key) for key in attrs if key not in known)
    if unknown:
        raise BadRequest(
            f"Unrecognized attribute(s) '{', '.join(unknown)}'", type="HTTPBadRequest"
        )


def invalid(key: str, reason: str, kind: str = "HTTPBadRequest") -> BadRequest:
    """The error for an attribute with a wrong value.

    :param kind: the networking API's type; ``InvalidInput`` is of what it converts.
    """
    return BadRequest(f"Invalid input for {key}. Reason: {reason}.", type=kind)


def text(attrs: Attrs, key: str, default: Any = "", limit: int = 255) -> Any:
    """A text of at most ``limit`` characters; ``default`` when missing or null."""
    value = attrs.get(key)
    if value is None:
        return default
    if not isinstance(value, str):
        raise invalid(key, f"'{value}' is not a valid string")
    if len(value) > limit:
        raise invalid(key, f"longer than {limit} characters")
    return value


def required_text(attrs: Attrs, key: str, limit: int = 255) -> str:
    """A text that must be there and not be empty."""
    value = text(attrs, key, "", limit)
    if not value:
        raise BadRequest(
            f"Failed to parse request. Required attribute '{key}' not specified",
            type="HTTPBadRequest",
        )
    return str(value)


def flag(attrs: Attrs, key: str, default: bool) -> bool:
    """A boolean, also as the text ``true`` or ``false``."""
    value = attrs.get(key)
    if value is None:
        return default
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if word in ("true", "1"):
        return True
    if word in ("false", "0"):
        return False
    raise invalid(key, f"'{value}' cannot be converted to boolean", "InvalidInput")


def integer(
    attrs: Attrs,
    key: str,
    default: Any,
    low: int = 0,
    high: int = 2**31 - 1,
) -> Any:
    """A whole number between ``low`` and ``high``; texts of digits are accepted."""
    value = attrs.get(key)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise invalid(key, f"'{value}' is not an integer", "InvalidInput")
    try:
        number = int(value)
    except ValueError:
        raise invalid(key, f"'{value}' is not an integer", "InvalidInput") from None
    if not low <= number <= high:
        raise invalid(key, f"{number} is not between {low} and {high}")
    return number


def texts(attrs: Attrs, key: str, default: Sequence[str] = ()) -> list[str]:
    """A list of texts; ``default`` when missing, empty when null."""
    value = attrs.get(key, list(default))
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise invalid(key, f"'{value}' is not a list of strings")
    return list(value)


def objects(attrs: Attrs, key: str) -> list[dict[str, Any]]:
    """A list of objects; empty when missing or null."""
    value = attrs.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise invalid(key, f"'{value}' is not a list of objects")
    return [dict(item) for item in value]


def text_mapping(attrs: Attrs, key: str, limit: int = 255) -> dict[str, str]:
    """An object of texts; empty when missing or null."""
    value = attrs.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise invalid(key, f"'{value}' is not an object")
    for name, item in value.items():
        if not isinstance(name, str) or not name or len(name) > 255:
            raise invalid(key, f"'{name}' is not a key of 1 to 255 characters")
        if not isinstance(item, str) or len(item) > limit:
            raise invalid(f"{key}.{name}", f"must be a string of at most {limit}")
    return dict(value)


def changed(
    old: Any, attrs: Attrs, **readers: Callable[[Attrs, str, Any], Any]
) -> dict[str, Any]:
    """Fields of a record as a body wants them; what it does not name stays.

    :param readers: what reads each field from the attribute of its name, such as
        :func:`text`.
    """
    return {
        name: read(attrs, name, getattr(old, name)) for name, read in readers.items()
    }


def owner(project_id: str | None, attrs: Attrs, default: str) -> str:
    """The project that a new object belongs to.

    :param project_id: the caller's project; None for an administrator, who may name
        any project.
    :param default: the project of an administrator who names none.
    """
    asked = text(attrs, "project_id", "") or text(attrs, "tenant_id", "")
    if project_id is None:
        return asked or default
    if asked and asked != project_id:
        raise Forbidden("Only an administrator may create for another project")
    return project_id
