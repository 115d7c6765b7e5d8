"""What the stack engine refuses, by the names the orchestration API gives it."""

from __future__ import annotations

from tacker_lite.pop.errors import BadRequest, Conflict, PopError


class StackValidationFailed(BadRequest):
    """The template, its parameters or its properties are wrong."""


class InvalidTemplateVersion(StackValidationFailed):
    """The template is of no version that is known."""


class InvalidTemplateReference(StackValidationFailed):
    """The template refers to a resource that it has not.

    :param name: of that resource.
    :param where: path of the reference.
    """

    def __init__(self, name: str, where: str):
        super().__init__(f'The specified reference "{name}" (in {where}) is incorrect.')


class InvalidSchemaError(StackValidationFailed):
    """The declaration of a parameter is wrong."""


class UnknownUserParameter(StackValidationFailed):
    """A value is given for a parameter that the template does not declare."""


class ResourceActionNotSupported(BadRequest):
    """The resource's type knows nothing of the action."""


class ResourceNotFound(PopError):
    """The stack has no such resource."""

    status = 404

    def __init__(self, name: str, stack: str):
        super().__init__(f"The Resource ({name}) could not be found in Stack {stack}.")


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


class OutputNotFound(PopError):
    """The stack has no such output."""

    status = 404

    def __init__(self, name: str):
        super().__init__(f"Specified output key {name} not found.", type="NotFound")


class ResourceFailure(Exception):
    """A resource will not become what it should; the message is its status reason.

    :param type: how the orchestration API calls the failure.
    """

    def __init__(self, message: str, type: str = "ResourceInError"):  # noqa: A002
        super().__init__(message)
        self.type = type
