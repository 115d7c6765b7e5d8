"""Microversions of the compute API: which one a request asked for."""

from __future__ import annotations

from tacker_lite.pop import errors
from tacker_lite.pop.faces.openstack.request import Context

LOWEST = (2, 1)
HIGHEST = (2, 96)

#: From here on a server shows its flavor in full instead of a link to it.
EMBEDDED_FLAVOR = (2, 47)


class UnknownVersion(errors.PopError):
    """A microversion outside of what is offered."""

    status = 406


def text(version: tuple[int, int]) -> str:
    """As in ``2.96``."""
    return f"{version[0]}.{version[1]}"


def asked(ctx: Context) -> tuple[int, int]:
    """The microversion a request asked for; the lowest when it did not.

    :raises BadRequest: it is not written ``X.Y``.
    :raises UnknownVersion: it is not offered.
    """
    wanted = ctx.headers.get("X-OpenStack-Nova-API-Version", "")
    for entry in ctx.headers.get("OpenStack-API-Version", "").split(","):
        service, _, number = entry.strip().partition(" ")
        if service == "compute":
            wanted = number.strip()
    if not wanted:
        return LOWEST
    if wanted == "latest":
        return HIGHEST
    major, dot, minor = wanted.partition(".")
    if not (dot and major.isdecimal() and minor.isdecimal() and len(wanted) < 12):
        raise errors.BadRequest(
            f"API Version String {wanted} is of invalid format. Must be of format"
            " MajorNum.MinorNum."
        )
    version = (int(major), int(minor))
    if not LOWEST <= version <= HIGHEST:
        raise UnknownVersion(
            f"Version {wanted} is not supported by the API. Minimum is {text(LOWEST)}"
            f" and maximum is {text(HIGHEST)}."
        )
    return version
