"""Who calls: tokens (keystone), passwords (http_basic) or nobody asked (noauth).

Every strategy leaves the identity in the headers that keystonemiddleware defines;
what a caller sends under these names is dropped first.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import webob
from oslo_config import cfg
from oslo_log import log

from tacker_lite import exceptions
from tacker_lite.api.expose import error_response, exception_response
from tacker_lite.api.passwords import PasswordFile

LOG = log.getLogger(__name__)

Wsgi = Callable[[dict[str, Any], Callable], Iterable[bytes]]

ADMIN_ROLES = ("admin", "member", "reader")
USER_ROLES = ("member", "reader")
ADMITTED_KEY = "tacker_lite.admitted"

IDENTITY_HEADERS = tuple(
    f"HTTP_X_{name}"
    for name in (
        "IDENTITY_STATUS",
        "USER_ID",
        "USER_NAME",
        "USER_DOMAIN_ID",
        "USER_DOMAIN_NAME",
        "PROJECT_ID",
        "PROJECT_NAME",
        "PROJECT_DOMAIN_ID",
        "PROJECT_DOMAIN_NAME",
        "DOMAIN_ID",
        "DOMAIN_NAME",
        "ROLES",
        "ROLE",
        "USER",
        "TENANT",
        "TENANT_ID",
        "TENANT_NAME",
        "IS_ADMIN_PROJECT",
        "SERVICE_USER_ID",
        "SERVICE_PROJECT_ID",
        "SERVICE_ROLES",
    )
) + ("HTTP_OPENSTACK_SYSTEM_SCOPE",)


def protect(app: Wsgi, conf: cfg.ConfigOpts) -> Wsgi:
    """``app`` behind the strategy of ``[api] auth_strategy``."""
    return STRATEGIES[conf.api.auth_strategy](app, conf)


def set_identity(
    environ: dict[str, Any], user: str, project: str, roles: Sequence[str]
) -> None:
    """Write the identity headers, and drop those that came with the request."""
    for name in IDENTITY_HEADERS:
        environ.pop(name, None)
    environ["HTTP_X_IDENTITY_STATUS"] = "Confirmed"
    environ["HTTP_X_USER_ID"] = environ["HTTP_X_USER_NAME"] = user
    environ["HTTP_X_PROJECT_ID"] = environ["HTTP_X_PROJECT_NAME"] = project
    environ["HTTP_X_ROLES"] = ",".join(roles)


def noauth(app: Wsgi, conf: cfg.ConfigOpts) -> Wsgi:
    """Everybody is an administrator, of the project in X-Project-Id."""

    def step(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        user = environ.get("HTTP_X_USER_ID") or "noauth"
        project = environ.get("HTTP_X_PROJECT_ID") or conf.api.noauth_project_id
        set_identity(environ, user, project, ADMIN_ROLES)
        return app(environ, start_response)

    return step


def http_basic(app: Wsgi, conf: cfg.ConfigOpts) -> Wsgi:
    """Users of the password file; a user's name is the project too."""
    passwords = PasswordFile(conf.api.http_basic_auth_user_file)
    admins = frozenset(conf.api.http_basic_admins)

    def step(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        user, password = credentials(environ.get("HTTP_AUTHORIZATION", ""))
        if not passwords.accepts(user, password):
            challenge = {"WWW-Authenticate": 'Basic realm="tacker-lite"'}
            answer = unauthorized(environ, challenge)
            return answer(environ, start_response)
        roles = ADMIN_ROLES if user in admins else USER_ROLES
        set_identity(environ, user, user, roles)
        environ.pop("HTTP_AUTHORIZATION", None)
        return app(environ, start_response)

    return step


def credentials(header: str) -> tuple[str, str]:
    """User and password of a Basic ``Authorization`` header, or two empty texts."""
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        decoded = base64.b64decode(text.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return "", ""
    user, _, password = decoded.partition(":")
    return user, password


def unauthorized(environ: dict[str, Any], challenge: dict[str, str]) -> webob.Response:
    """The answer to a caller whom nobody knows.

    :param challenge: headers that say how to prove who one is.
    """
    error = exceptions.Unauthorized()
    return error_response(
        environ, error.status, error.public_type, error.message, challenge
    )


def keystone(app: Wsgi, conf: cfg.ConfigOpts) -> Wsgi:
    """Tokens, validated by keystonemiddleware as ``[keystone_authtoken]`` says.

    Its refusals are put into the API's error body; a token it accepts passes.

    :raises oslo_config.cfg.Error: when that section cannot be used.
    """
    # A quarter of a second to import, and useless under the other strategies.
    from keystoneauth1 import exceptions as keystone_errors  # noqa: PLC0415
    from keystonemiddleware import auth_token  # noqa: PLC0415

    def admitted(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        environ[ADMITTED_KEY] = True
        return app(environ, start_response)

    settings = {"oslo_config_config": conf, "oslo_config_project": "tacker-lite"}
    try:
        check = auth_token.AuthProtocol(admitted, settings)
    except keystone_errors.AuthPluginException as error:
        raise cfg.Error(f"[keystone_authtoken]: {error}") from error
    section = conf.keystone_authtoken
    if not (section.auth_type or section.auth_section):
        raise cfg.Error(
            "[keystone_authtoken]: auth_type is missing; [api] auth_strategy keystone "
            "needs it (password, with auth_url, username, password and project_name)"
        )

    def step(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        try:
            answer = webob.Request(environ).get_response(check)
        except keystone_errors.ClientException as error:
            LOG.error("The identity service could not be asked: %s", error)
            answer = webob.Response(status=503)
        if not environ.get(ADMITTED_KEY):
            answer = refusal(environ, answer)
        return answer(environ, start_response)

    return step


def refusal(environ: dict[str, Any], answer: webob.Response) -> webob.Response:
    """What keystonemiddleware refused, in the error body of this API."""
    if answer.status_int == 401:
        name = "WWW-Authenticate"
        challenge = answer.headers.get(name)
        return unauthorized(environ, {name: challenge} if challenge else {})
    reason = "the identity service cannot validate tokens now"
    return exception_response(environ, exceptions.Unavailable(reason=reason))


STRATEGIES: dict[str, Callable[[Wsgi, cfg.ConfigOpts], Wsgi]] = {
    "keystone": keystone,
    "http_basic": http_basic,
    "noauth": noauth,
}
