"""Alarms: requests without a token, whose URL has a key instead.

``POST /v1.0/vnfs/{id}/{trigger}/{action}/{key}`` is rewritten to the trigger call
of the VNF, ``POST /v1.0/vnfs/{id}/triggers``, when the URL is one that the VNF's
alarms were given.  Whatever else is asked for here is answered alike, after the same
work: nobody learns which VNFs and triggers there are.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote, unquote_to_bytes, urlsplit

import webob.exc

from tacker_lite import exceptions
from tacker_lite.api.call import CONTEXT_KEY, Services
from tacker_lite.api.expose import exception_response
from tacker_lite.context import RequestContext
from tacker_lite.db import base
from tacker_lite.db import vnf as db

Wsgi = Callable[[dict[str, Any], Callable], Iterable[bytes]]

PATH = re.compile(r"/v1\.0/vnfs/([^/]+)/([^/]+)/([^/]+)/[^/]+")
MAY_HAVE_KEY = re.compile(r"/+v1\.0/+vnfs/+[^/]+/+[^/]+/+.+")
LARGEST_BODY = 64 * 1024
"""Bytes that an alarm service may send."""

MAINTENANCE = "maintenance"
MAINTENANCE_ATTRIBUTE = "maintenance_url"
NO_URL = "http://localhost/"
HIDDEN_KEY = "***"


def shown(webhooks: Mapping[str, str] | None) -> dict[str, str]:
    """The URLs of a VNF's alarms as attributes of it."""
    return {
        MAINTENANCE_ATTRIBUTE if name == MAINTENANCE else name: url
        for name, url in (webhooks or {}).items()
    }


def without_key(path: str) -> str:
    """The path of a request as it may be logged."""
    if not MAY_HAVE_KEY.fullmatch(path):
        return path
    return f"{path.rstrip('/').rpartition('/')[0]}/{HIDDEN_KEY}"


def divert(alarms: Wsgi, others: Wsgi) -> Wsgi:
    """Send alarms one way, and all other requests the other way."""

    def step(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        is_alarm = PATH.fullmatch(environ.get("PATH_INFO", ""))
        return (alarms if is_alarm else others)(environ, start_response)

    return step


def rewrite(app: Wsgi, services: Services) -> Wsgi:
    """Make the trigger call of an alarm whose URL is right, in its VNF's name."""

    def step(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "POST":
            refusal = webob.exc.HTTPMethodNotAllowed(headers={"Allow": "POST"})
            return exception_response(environ, refusal)(environ, start_response)
        try:
            prepare(environ, services)
        except exceptions.TackerLiteError as error:
            return exception_response(environ, error)(environ, start_response)
        except base.FAULTS as error:
            return exception_response(environ, error)(environ, start_response)
        return app(environ, start_response)

    return step


def prepare(environ: dict[str, Any], services: Services) -> None:
    """Rewrite the request of an alarm.

    :raises NotFound: unless its URL is one that was given to the alarms of a VNF.
    :raises InvalidInput: when its body is no JSON object.
    """
    path = environ["PATH_INFO"]
    vnf_id, trigger, _ = map(text_of, PATH.fullmatch(path).groups())  # type: ignore[union-attr]
    with services.database.reader() as session:
        row = db.get_webhooks(session, vnf_id)
    url = (row.get("webhooks") or {}).get(trigger)
    if not is_path_of(path, url or NO_URL) or url is None:
        raise exceptions.NotFound("There is no alarm with this URL")
    alarm = {
        "policy_name": trigger,
        "action_name": action_of(url),
        "params": {"data": read_alarm(environ)},
    }
    body = json.dumps({"trigger": alarm}).encode()
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ["PATH_INFO"] = f"/v1.0/vnfs/{vnf_id}/triggers"
    environ["QUERY_STRING"] = ""
    environ[CONTEXT_KEY] = RequestContext(
        user_id="alarm",
        project_id=row["project_id"],
        roles=["admin", "member", "reader"],
        is_admin=True,
        request_id=environ.get("openstack.request_id"),
    )


def is_path_of(path: str, url: str) -> bool:
    """Whether a request's path is that of a URL, in time that tells nothing.

    The percent sign between two actions may be encoded or not: alarm services have
    been seen to send either.

    :param path: as WSGI gives it: decoded, each byte a character.
    """
    given = digest(path.encode("latin-1"))
    expected = urlsplit(url).path
    encoded = hmac.compare_digest(given, digest(unquote_to_bytes(expected)))
    plain = hmac.compare_digest(given, digest(unquote_to_bytes(unquote(expected))))
    return encoded or plain


def action_of(url: str) -> str:
    """The actions in a URL.

    Of the request's own path, a server has decoded what follows a plain percent sign.
    """
    return unquote(urlsplit(url).path.split("/")[-2])


def digest(value: bytes) -> bytes:
    """Bytes of one length, which can be compared in constant time."""
    return hashlib.sha256(value).digest()


def text_of(part: str) -> str:
    """A part of a path as text; bytes that are none become question marks."""
    return part.encode("latin-1").decode(errors="replace").replace("\0", "?")


def read_alarm(environ: dict[str, Any]) -> dict[str, Any]:
    """What an alarm service says.

    :raises InvalidInput: when it is no JSON object.
    """
    raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise exceptions.InvalidInput(
            "The body of an alarm must be a JSON object", public_type="AlarmUrlInvalid"
        )
    return data
