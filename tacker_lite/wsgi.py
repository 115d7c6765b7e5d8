"""The API for any WSGI server: ``tacker_lite.wsgi:application``.

The configuration is read from the standard places at the first request.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from tacker_lite import conf as tacker_lite_conf
from tacker_lite.api.app import Wsgi, setup_app
from tacker_lite.cmd import logs
from tacker_lite.conductor.client import ConductorClient
from tacker_lite.db.base import Database

_lock = threading.Lock()
_built: list[Wsgi] = []


def _application() -> Wsgi:
    with _lock:
        if not _built:
            conf = tacker_lite_conf.new()
            logs.setup(conf)
            _built.append(setup_app(conf, ConductorClient(conf), Database(conf)))
        return _built[0]


def application(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
    """The WSGI entry point."""
    return _application()(environ, start_response)
