"""From a path to the controller of its noun; the documents that need no token."""

from __future__ import annotations

from collections.abc import Callable

import pecan
import webob
import webob.exc

from tacker_lite.api import openapi
from tacker_lite.api.call import Services
from tacker_lite.api.expose import JSON, json_response
from tacker_lite.api.resource import base_url
from tacker_lite.api.v1 import NOUNS, VERSION

PUBLIC_PATHS = ("/", f"/{VERSION}/openapi")


def is_public(path: str) -> bool:
    """Whether a path is answered without asking who calls: also where nothing is."""
    return path in PUBLIC_PATHS or not path.startswith(f"/{VERSION}/")


class RootController:
    """Serves ``/`` and the OpenAPI document; hands the rest to the nouns."""

    def __init__(self, services: Services):
        self.services = services
        self._nouns = {noun.plural: noun(services) for noun in NOUNS}

    @pecan.expose()
    def _route(
        self, args: list[str], request: webob.Request
    ) -> tuple[Callable, list[str]]:
        """Pecan's hook for routing: the handler and its path arguments."""
        path = [part for part in args if part]
        request.pecan["content_type"] = JSON
        if not path or path == [VERSION, "openapi"]:
            if request.method not in ("GET", "HEAD"):
                raise webob.exc.HTTPMethodNotAllowed(headers={"Allow": "GET"})
            return (self.openapi if path else self.versions), []
        noun = self._nouns.get(path[1]) if len(path) > 1 else None
        if path[0] != VERSION or noun is None:
            raise webob.exc.HTTPNotFound()
        return noun._route(path[2:], request)

    @pecan.expose(content_type=JSON)
    def versions(self, request, response):  # type: ignore[no-untyped-def]
        """The version document."""
        link = {"rel": "self", "href": f"{base_url(self.services, request)}/{VERSION}"}
        version = {"id": VERSION, "status": "CURRENT", "links": [link]}
        return json_response(200, {"versions": [version]})

    @pecan.expose(content_type=JSON)
    def openapi(self, request, response):  # type: ignore[no-untyped-def]
        """The OpenAPI document of this API."""
        return json_response(200, openapi.document(base_url(self.services, request)))
