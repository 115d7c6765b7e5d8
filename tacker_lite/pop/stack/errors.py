"""What the stack engine refuses, by the names the orchestration API gives it."""

from __future__ import annotations

from tacker_lite.pop.errors import BadRequest, Conflict, PopError


class StackValidationFailed(BadRequest):
    """The template, its parameters or its properties are wrong."""


class UserParameterMissing(BadRequest):
    """A parameter has neither a value nor a default."""


class NotSupported(BadRequest):
    """The orchestration API knows this, the lab does not."""


class StackExists(Conflict):
    """The project has a stack of that name."""


class ActionInProgress(Conflict):
    """The stack is busy with another operation."""


class EntityNotFound(PopError):
    """There is no such stack, resource, event, output or resource type.

    :param kind: what was looked for, as in ``Stack``.
    :param ident: the name or id asked for.
    """

    status = 404

    def __init__(self, kind: str, ident: str):
        super().__init__(f"The {kind} ({ident}) could not be found.")


class ResourceFailure(Exception):
    """A resource will not become what it should; the message is its status reason.

    :param type: how the orchestration API calls the failure.
    """

    def __init__(self, message: str, type: str = "ResourceInError"):  # noqa: A002
        super().__init__(message)
        self.type = type
