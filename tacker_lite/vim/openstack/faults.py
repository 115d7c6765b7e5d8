"""What a failed call to OpenStack means, as one of our exceptions.

Every message names the VIM and the step, says what to do where that is known, and
holds neither a secret nor a percent sign.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from heatclient import exc as heat
from keystoneauth1 import exceptions as keystone

from tacker_lite import exceptions

IDENTITY = "Identity"
ORCHESTRATION = "Orchestration"

LONGEST_REASON = 1000
BUSY = {429, 502, 503, 504}
QUOTA_MARKS = ("RequestLimitExceeded", "maximum stacks per tenant", "uota exceeded")


def printable(text: str) -> str:
    """``text`` on one line, bounded, without percent signs."""
    line = " ".join(text.replace("%", " percent ").split())
    return line if len(line) <= LONGEST_REASON else f"{line[:LONGEST_REASON]}..."


@contextlib.contextmanager
def translated(vim_name: str, service: str) -> Iterator[None]:
    """Raise what the clients raise inside as a :class:`VimError`.

    :param service: which service was asked, for the message.
    """
    try:
        yield
    except (heat.BaseException, keystone.ClientException) as error:
        raise meaning(vim_name, service, error) from error


def meaning(vim_name: str, service: str, error: Exception) -> exceptions.VimError:
    """The exception of ours for one of keystoneauth's or heatclient's."""
    code = http_code(error)
    if code:
        kind, reason = _of_answer(service, code, error)
    else:
        kind, reason = _of_connection(service, error)
    public_type = (
        "VimConnectionException" if isinstance(error, keystone.SSLError) else ""
    )
    return kind(
        vim=printable(vim_name), reason=printable(reason), public_type=public_type
    )


def http_code(error: Exception) -> int:
    """Status of the HTTP answer behind ``error``, or 0 when none came."""
    if isinstance(error, keystone.HttpError):
        return int(error.http_status or 0)
    if isinstance(error, heat.HTTPException) and str(error.code).isdigit():
        return int(error.code)
    return 0


def explanation(error: Exception) -> str:
    """What the service itself said."""
    if isinstance(error, heat.HTTPException):
        return str(error.error["error"].get("message") or error)
    return str(getattr(error, "message", None) or error)


def _of_answer(
    service: str, code: int, error: Exception
) -> tuple[type[exceptions.VimError], str]:
    said = explanation(error)
    if code in BUSY:
        return (
            exceptions.VimUnreachable,
            f"{service} is not available now (HTTP {code}): {said}",
        )
    if code >= 500:
        return exceptions.TemporaryVimError, f"{service} failed (HTTP {code}): {said}"
    if code == 401:
        return (
            exceptions.VimUnauthorized,
            f"{service} does not accept the credentials (HTTP 401): check username, "
            "password, domains and project of the VIM",
        )
    if code == 409:
        return (
            exceptions.TemporaryVimError,
            f"{service} is busy with the same thing (HTTP 409): {said}",
        )
    detail = str(error.error) if isinstance(error, heat.HTTPException) else said
    if any(mark in detail for mark in QUOTA_MARKS):
        return (
            exceptions.VimQuotaExceeded,
            f"{service}: {said}",
        )
    if code == 403:
        return (
            exceptions.VimUnauthorized,
            f"{service} forbids this to the VIM's user (HTTP 403): {said}",
        )
    return exceptions.VimRejected, f"{service} refused (HTTP {code}): {said}"


def _of_connection(
    service: str, error: Exception
) -> tuple[type[exceptions.VimError], str]:
    if isinstance(error, keystone.SSLError):
        return (
            exceptions.VimRejected,
            f"{service}: the TLS connection failed ({root_cause(error)}): give the "
            "CA certificate as ssl_ca_cert, set cert_verify to False, or correct "
            "the scheme of the URL",
        )
    if isinstance(error, keystone.ConnectTimeout):
        return exceptions.VimTimeout, f"{service} did not answer in time"
    if isinstance(error, keystone.ConnectFailure):
        return (
            exceptions.VimUnreachable,
            f"{service} cannot be reached ({root_cause(error)}): check auth_url and "
            "that the VIM is up",
        )
    if isinstance(error, (heat.CommunicationError, keystone.ConnectionError)):
        return exceptions.VimUnreachable, f"{service}: {root_cause(error)}"
    return exceptions.VimRejected, f"{service}: {explanation(error)}"


def root_cause(error: BaseException) -> str:
    """The words of the operating system or TLS library behind a failure.

    The clients wrap them three times, each time with the whole URL.
    """
    said = ""
    pending: list[object] = [error]
    seen: set[int] = set()
    while pending:
        cause = pending.pop()
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        said = getattr(cause, "verify_message", "") or said
        said = said or getattr(cause, "strerror", None) or ""
        pending += [cause.__context__, cause.__cause__, getattr(cause, "reason", None)]
        pending += cause.args
    return str(said) or type(error).__name__
