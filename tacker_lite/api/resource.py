"""The base of every noun's controller: routes, look-up and lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pecan
import webob
import webob.exc

from tacker_lite.api.call import Call, Services
from tacker_lite.api.expose import JSON, Operation

Row = dict[str, Any]

COLLECTION = {"GET": "get_all", "POST": "post"}
MEMBER = {"GET": "get_one", "PUT": "put", "DELETE": "delete"}


class Resource:
    """Routes the paths below one plural to the methods of a controller.

    ``get_all`` and ``post`` serve the collection, ``get_one``, ``put`` and
    ``delete`` a member, ``get_<child>`` and ``post_<child>`` the path
    ``<plural>/{id}/<child>``.  A method that is not there is answered with 405.

    :cvar key: name of the path parameter of a member.
    """

    plural: str
    singular: str
    key = "id"
    children: tuple[str, ...] = ()

    def __init__(self, services: Services):
        self.services = services

    def find(self, call: Call, ident: str) -> Row:
        """The row that ``ident`` stands for, if the caller may see it.

        :raises NotFound: otherwise.
        """
        raise NotImplementedError

    @classmethod
    def _handlers(cls, depth: int, child: str = "") -> dict[str, str]:
        """Names of the handlers of one path, by HTTP method."""
        names = COLLECTION if depth == 0 else MEMBER
        if child:
            names = {m: f"{m.lower()}_{child}" for m in ("GET", "POST", "PUT")}
        return {method: name for method, name in names.items() if hasattr(cls, name)}

    @classmethod
    def routes(cls) -> Iterator[tuple[str, str, Operation]]:
        """Method, path below the version and operation of everything offered."""
        member = f"/{cls.plural}/{{{cls.key}}}"
        paths = [(f"/{cls.plural}", cls._handlers(0)), (member, cls._handlers(1))]
        paths += [(f"{member}/{c}", cls._handlers(2, c)) for c in cls.children]
        for path, handlers in paths:
            for method, name in handlers.items():
                yield method, path, getattr(cls, name).operation

    @pecan.expose()
    def _route(
        self, args: list[str], request: webob.Request
    ) -> tuple[Callable, list[str]]:
        """Pecan's hook for routing: the handler and its path arguments."""
        path = [part for part in args if part]
        child = path[1] if len(path) == 2 else ""
        if len(path) > 2 or (child and child not in self.children):
            raise webob.exc.HTTPNotFound()
        handlers = self._handlers(len(path), child)
        method = "GET" if request.method == "HEAD" else request.method
        if not handlers:
            raise webob.exc.HTTPNotFound()
        if method not in handlers:
            raise webob.exc.HTTPMethodNotAllowed(headers={"Allow": ", ".join(handlers)})
        request.pecan["content_type"] = JSON
        return getattr(self, handlers[method]), path[:1]

    def read(self, query: Callable[..., Any], *args: Any) -> Any:
        """What a function of ``db`` that only reads returns for these arguments."""
        with self.services.database.reader() as session:
            return query(session, *args)

    def matching(
        self,
        call: Call,
        list_rows: Callable[..., list[Row]],
        view: Callable[[Row], Row],
        booleans: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The answer of a list: what the caller may see and the query asks for.

        :param list_rows: of the noun's module in ``db``.
        :param booleans: attributes whose filters must be true or false.
        """
        wanted = call.query.filters(self.columns(), booleans)
        page = call.query.page(self.columns())
        rows = self.read(list_rows, call.scope, wanted, page)
        return self.listing(call, rows, view)

    @classmethod
    def columns(cls) -> Mapping[str, str]:
        """What the noun's list can be filtered and sorted by."""
        return getattr(cls, "get_all").operation.columns  # noqa: B009

    def listing(
        self, call: Call, rows: list[Row], view: Callable[[Row], Row]
    ) -> dict[str, Any]:
        """The answer of a list: the wanted page, cut out of ``rows``, by ``view``."""
        page, before, after = call.query.cut(rows)
        answer: dict[str, Any] = {
            self.plural: [call.query.reduce(view(row)) for row in page]
        }
        url = f"{base_url(self.services, call.request)}/v1.0/{self.plural}.json"
        links = call.query.links(url, page, before, after)
        if links:
            answer[f"{self.plural}_links"] = links
        return answer

    def member(self, call: Call, view: Row) -> dict[str, Any]:
        """The answer of one member."""
        return {self.singular: call.query.reduce(view)}


def base_url(services: Services, request: webob.Request) -> str:
    """Where clients find the API, without a trailing slash."""
    url = services.conf.api.public_endpoint or request.application_url
    return url.rstrip("/")
