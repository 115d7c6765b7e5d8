"""The error document of each service: clients parse it to tell the user why."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

#: Nova names the wrapping key by status.
_NOVA_KEYS = {
    400: "badRequest",
    401: "unauthorized",
    403: "forbidden",
    404: "itemNotFound",
    405: "badMethod",
    409: "conflictingRequest",
    413: "overLimit",
    415: "badMediaType",
    429: "overLimit",
    500: "computeFault",
    501: "notImplemented",
    503: "serviceUnavailable",
}


#: Heat says of a status what it always means.
_HEAT_EXPLANATIONS = {
    400: "The server could not comply with the request since it is either malformed "
    "or otherwise incorrect.",
    403: "Access was denied to this resource.",
    404: "The resource could not be found.",
    409: "There was a conflict when trying to complete your request.",
}
_HEAT_KINDS = {"BadRequest": "HTTPBadRequest", "PathNotFound": "HTTPNotFound"}


#: Neutron's own names of refusals that all services have.
_NEUTRON_TYPES = {
    "Forbidden": "PolicyNotAuthorized",
    "FloatingipNotFound": "FloatingIPNotFound",
}


def title(status: int) -> str:
    """The standard's words for a status, such as ``Not Found``."""
    return HTTPStatus(status).phrase


def keystone(status: int, kind: str, message: str) -> dict[str, Any]:
    """The identity service's fault."""
    return {"error": {"code": status, "title": title(status), "message": message}}


def nova(status: int, kind: str, message: str) -> dict[str, Any]:
    """The compute service's fault; two of them are not its own."""
    if status == 401:
        return keystone(status, kind, message)
    if kind == "PathNotFound":
        return glance(status, kind, "The resource could not be found.")
    key = _NOVA_KEYS.get(status, "computeFault")
    return {key: {"code": status, "message": message}}


def neutron(status: int, kind: str, message: str) -> dict[str, Any]:
    """The network service's fault, with its own name for the kind."""
    kind = _NEUTRON_TYPES.get(kind, kind)
    return {"NeutronError": {"type": kind, "message": message, "detail": ""}}


def glance(status: int, kind: str, message: str) -> dict[str, Any]:
    """The image service's fault, which was a page before it became JSON."""
    if kind == "PathNotFound":
        message = "The resource could not be found."
    name = title(status)
    text = f"{message}<br /><br />\n\n\n"
    return {"message": text, "code": f"{status} {name}", "title": name}


def heat(status: int, kind: str, message: str) -> dict[str, Any]:
    """The orchestration service's fault; what is wrong is in ``error``."""
    kind = _HEAT_KINDS.get(kind, kind)
    return {
        "code": status,
        "title": title(status),
        "explanation": _HEAT_EXPLANATIONS.get(status, title(status)),
        "error": {"type": kind, "message": message, "traceback": None},
    }


def octavia(status: int, kind: str, message: str) -> dict[str, Any]:
    """The load-balancing service's fault."""
    side = "Server" if status >= 500 else "Client"
    return {"faultcode": side, "faultstring": message, "debuginfo": None}


def aodh(status: int, kind: str, message: str) -> dict[str, Any]:
    """The alarm service's fault."""
    return {"error_message": octavia(status, kind, message)}


#: By service; the application asks here.
RENDERERS: dict[str, Callable[[int, str, str], dict[str, Any]]] = {
    "identity": keystone,
    "compute": nova,
    "network": neutron,
    "image": glance,
    "orchestration": heat,
    "load-balancer": octavia,
    "block-storage": nova,
    "alarming": aodh,
}
