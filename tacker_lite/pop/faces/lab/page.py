"""The lab's web page: ``GET /lab/page``, and ``GET /`` for browsers."""

from __future__ import annotations

import functools
import hashlib
from importlib import resources

from werkzeug.wrappers import Request, Response

from tacker_lite.pop import errors
from tacker_lite.pop.faces.lab.request import Answer, Context, Route

_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
INDEX = "index.html"
#: Nothing from elsewhere, nothing in line, in no frame: names on the page are users'.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


@functools.cache
def files() -> dict[str, bytes]:
    """The page's files by name."""
    directory = resources.files(__package__) / "page_files"
    return {
        file.name: file.read_bytes()
        for file in directory.iterdir()
        if file.name.rpartition(".")[2] in _TYPES
    }


def show_page(ctx: Context) -> Answer:
    return show_file(ctx, INDEX)


def show_file(ctx: Context, name: str) -> Answer:
    """One of the page's files."""
    data = files().get(name)
    if data is None:
        raise errors.NotFound("path", ctx.request.path)
    kind = _TYPES[name.rpartition(".")[2]]
    response = Response(data, content_type=kind, headers=_HEADERS)
    response.set_etag(hashlib.sha256(data).hexdigest()[:20])
    return response.make_conditional(ctx.request)


def wants_page(request: Request) -> bool:
    """Whether a request comes from a browser, which names the type of pages."""
    return "text/html" in request.headers.get("Accept", "")


ROUTES: list[Route] = [
    ("GET", "/", show_page),
    ("GET", "/lab/page", show_page),
    ("GET", "/lab/page/<name>", show_file),
]
