"""What a lab's cloud refuses; each face shows it in its service's format."""

from __future__ import annotations


class PopError(Exception):
    """Base of every refusal.

    :param message: says what was wrong with which object, fit for the user's eyes.
    :param type: the service's own name of the fault, such as ``IpAddressInUse``;
        by default the class name.
    :ivar status: the HTTP status a face answers with.
    """

    status = 500

    def __init__(self, message: str, type: str = ""):  # noqa: A002 (field's own name)
        super().__init__(message)
        self.message = message
        self.type = type or self.__class__.__name__


class BadRequest(PopError):
    """The request is malformed, or asks for what cannot be."""

    status = 400


class Unauthorized(PopError):
    """No valid token or wrong credentials."""

    status = 401


class Forbidden(PopError):
    """Known caller, not allowed."""

    status = 403


class NotFound(PopError):
    """There is no such object, or the caller may not see it.

    :param kind: what was looked for, such as ``security group``.
    :param ident: the id or name asked for.
    :param message: in the service's own words, where they are others.
    """

    status = 404

    def __init__(self, kind: str, ident: str, message: str = ""):
        camel = "".join(word.capitalize() for word in kind.replace("_", " ").split())
        words = f"{kind.replace('_', ' ').capitalize()} {ident} could not be found."
        super().__init__(message or words, type=f"{camel}NotFound")
        self.kind = kind
        self.ident = ident


class Conflict(PopError):
    """The object's present state, or another object, stands against it."""

    status = 409


class Unsupported(PopError):
    """OpenStack has it, a lab does not; the message says what there is instead."""

    status = 501


class Unavailable(PopError):
    """This machine lacks what the request takes; the message says what to install."""

    status = 503


class DiskFull(PopError):
    """Nothing can be written to the disk that the lab's state is on."""

    status = 503


class TopologyError(Exception):
    """The topology file is wrong; the message names file, line and key."""


class LabError(Exception):
    """A lab cannot be started, found or ended; the message says what to do."""
