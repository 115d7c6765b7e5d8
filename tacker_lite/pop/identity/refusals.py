"""What the identity service refuses, in the words that its clients know."""

from __future__ import annotations

from tacker_lite.pop.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    NotFound,
    Unauthorized,
)

_MALFORMED = (
    "The server could not comply with the request since it is either malformed or"
    " otherwise incorrect. The client is assumed to be in error."
)


def malformed(reason: str) -> BadRequest:
    """The body is not what it has to be; ``reason`` is a sentence."""
    return BadRequest(f"{reason} {_MALFORMED}")


def expected(key: str, where: str) -> BadRequest:
    """A part of the body is missing."""
    return malformed(f"Expecting to find {key} in {where}.")


def missing(kind: str, ident: str) -> NotFound:
    """There is no such object."""
    return NotFound(kind, ident, f"Could not find {kind}: {ident}.")


def duplicate(kind: str, name: str) -> Conflict:
    """The name is taken."""
    return Conflict(
        f"Conflict occurred attempting to store {kind} - Duplicate entry found with"
        f" name {name} at domain ID default."
    )


def unauthenticated() -> Unauthorized:
    """Nothing that proves who asks; it never says which part was wrong."""
    return Unauthorized("The request you have made requires authentication.")


def not_authorized(action: str) -> Forbidden:
    """A known caller who may not do this.

    :param action: as in ``identity:list_users``.
    """
    return Forbidden(
        f"You are not authorized to perform the requested action: {action}."
    )
