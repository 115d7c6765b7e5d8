"""Every server-side exception, and the HTTP answer each one becomes.

::

    TackerLiteError            500
      InvalidInput             400  SchemaError, InvalidTemplate, MissingParameter,
                                    UnsupportedNodeType, PasswordFileError
      Unauthorized             401
      Forbidden                403  AdminRequired
      NotFound                 404  one class for all kinds; the kind is data
      Conflict                 409  AlreadyExists, AmbiguousName, InUse, InvalidState
      Unsupported              501  the driver lacks the operation
      Unavailable              503  NoWorker, ConductorUnreachable
      VimError                 502
        TemporaryVimError           VimUnreachable, VimTimeout: retried by the conductor
        PermanentVimError           VimUnauthorized, VimQuotaExceeded, VimRejected
      MgmtError                502

``public_type`` is the ``type`` member of the v1.0 error body: the names of the
v1.0 API where a client may compare them, our class name elsewhere.  A message
never contains a percent sign: v1.0 clients use it as a format string.
"""

from __future__ import annotations

from typing import Any


class TackerLiteError(Exception):
    """Base of the tree: a message template, an HTTP status and a public type.

    :param message: used instead of the class's template when given.
    :param public_type: overrides the class's public type for this instance.
    :param fields: values for the template.
    """

    template = "An unexpected error occurred"
    status = 500
    public_type = "HTTPInternalServerError"

    def __init__(
        self, message: str | None = None, *, public_type: str = "", **fields: Any
    ):
        text = message if message is not None else self.template.format(**fields)
        super().__init__(text)
        self.fields = fields
        if public_type:
            self.public_type = public_type

    @property
    def message(self) -> str:
        """The text alone, for answers, rows and logs."""
        # Not str(self): that of an error from another process has a traceback.
        return str(self.args[0])


class InvalidInput(TackerLiteError):
    """The request cannot be done as it is; nothing was done."""

    status = 400
    public_type = "HTTPBadRequest"
    template = "Invalid input: {reason}"


class SchemaError(InvalidInput):
    """An attribute of a body is missing or of the wrong form."""

    template = "Invalid input for {attribute}: {reason}"


class InvalidTemplate(InvalidInput):
    """A descriptor that cannot be used.

    :param file: file name as the user knows it, or ``""``.
    :param line: 1-based line, or 0 when unknown.
    """

    public_type = "ToscaParserFailed"

    def __init__(
        self, reason: str = "", *, file: str = "", line: int = 0, **kwargs: Any
    ):
        place = f"{file}:{line}" if file and line else file
        where = place or (f"line {line}" if line else "")
        text = kwargs.pop("message", None) or (
            f"{where}: {reason}" if where else reason
        )
        super().__init__(text, **kwargs)
        self.reason, self.file, self.line = reason, file, line


class MissingParameter(InvalidTemplate):
    """An input of a descriptor has neither a value nor a default."""

    public_type = "InputValuesMissing"


class UnsupportedNodeType(InvalidTemplate):
    """A descriptor uses a node or policy type that is not known."""


class PasswordFileError(InvalidInput):
    """The password file of ``http_basic`` cannot be used."""

    template = "Password file {path}: {reason}"


class Unauthorized(TackerLiteError):
    """Nobody knows who calls."""

    status = 401
    public_type = "HTTPUnauthorized"
    template = "Authentication required"


class Forbidden(TackerLiteError):
    """The caller is known and may not do this."""

    status = 403
    public_type = "PolicyNotAuthorized"
    template = "Rule {rule} does not allow this"


class AdminRequired(Forbidden):
    """Administrators alone may do this."""

    public_type = "AdminRequired"
    template = "User does not have admin privileges: {reason}"


NOT_FOUND_TYPES = {
    "vim": "VimNotFoundException",
    "vnf": "VNFNotFound",
    "vnfd": "VNFDNotFound",
    "event": "EventNotFoundException",
}


class NotFound(TackerLiteError):
    """Nothing of this kind has this id or name.

    :param kind: noun, such as ``vnf``.
    :param ident: what the caller asked for.
    """

    status = 404
    template = (
        "{kind} {ident} could not be found: the list of {kind}s has those there are"
    )

    def __init__(self, message: str | None = None, *, kind: str = "", **fields: Any):
        fields.setdefault("public_type", NOT_FOUND_TYPES.get(kind, "NotFound"))
        public_type = fields.pop("public_type")
        super().__init__(message, kind=kind, public_type=public_type, **fields)


class Conflict(TackerLiteError):
    """The present state of things does not allow the request."""

    status = 409
    public_type = "Conflict"
    template = "{reason}"


class AlreadyExists(Conflict):
    """A live row of this project has this name already."""

    public_type = "DuplicateEntity"
    template = (
        "{kind} already exist with given ['tenant_id', 'name', 'deleted_at']: "
        "{name}; choose another name"
    )


class AmbiguousName(Conflict):
    """A name stands for several rows."""

    template = "Several {kind}s are named {name}: use an id"


class InUse(Conflict):
    """Another row still needs this one.

    :param user: who needs it, such as ``VNF a, b``.
    """

    template = "{kind} {ident} is still in use by {user}: delete them first"


class InvalidState(Conflict):
    """The transition table has no row for this status and event."""

    template = (
        "{kind} {ident} is in status {status}: {event} is not possible now; {remedy}"
    )

    def __init__(self, message: str | None = None, **fields: Any):
        fields.setdefault("remedy", "wait for the current operation to end")
        super().__init__(message, **fields)


class Unsupported(TackerLiteError):
    """The VIM's driver has no such operation."""

    status = 501
    public_type = "NotImplementedError"
    template = "VIM type {type} does not offer {operation}"


class Unavailable(TackerLiteError):
    """The service cannot do it now: the same request may succeed soon."""

    status = 503
    public_type = "ServiceUnavailable"
    template = "The service is not available: {reason}"


class NoWorker(Unavailable):
    """As many operations wait for a worker as may."""

    template = "All workers are busy: repeat the request in a few seconds"


class ConductorUnreachable(Unavailable):
    """No conductor has answered the API."""

    template = "No conductor answered within {seconds} seconds: is one running?"


class VimError(TackerLiteError):
    """What a VIM, or the way to it, has against a request."""

    status = 502
    public_type = "VimException"
    template = "VIM {vim}: {reason}"


class TemporaryVimError(VimError):
    """Repeating the same request later may succeed."""


class VimUnreachable(TemporaryVimError):
    """The VIM does not answer, or says that it cannot now."""

    public_type = "VimConnectionException"


class VimTimeout(TemporaryVimError):
    """The VIM has not answered in time: it may have done it all the same."""

    public_type = "VimConnectionException"


class PermanentVimError(VimError):
    """Repeating the same request cannot succeed."""


class VimUnauthorized(PermanentVimError):
    """The VIM does not accept the credentials, or forbids them this."""

    public_type = "VimUnauthorizedException"


class VimQuotaExceeded(PermanentVimError):
    """The project's quota on the VIM is used up."""


class VimRejected(PermanentVimError):
    """The VIM, or its driver, refuses the request itself."""


class MgmtError(TackerLiteError):
    """A VDU could not be configured."""

    status = 502
    public_type = "MgmtException"
    template = "unable to configure {reason}"
