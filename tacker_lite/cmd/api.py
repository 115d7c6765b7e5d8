"""``tacker-lite-api``: the API in the built-in server."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Any

from oslo_config import cfg
from oslo_log import log

from tacker_lite import conf as tacker_lite_conf
from tacker_lite import exceptions
from tacker_lite.api.app import setup_app
from tacker_lite.api.server import ApiServer
from tacker_lite.conductor.client import ConductorClient
from tacker_lite.db.base import Database


def main() -> int:
    """Serve until SIGTERM or SIGINT."""
    try:
        conf = tacker_lite_conf.new(sys.argv[1:])
        log.setup(conf, "tacker-lite")
        app = setup_app(conf, ConductorClient(conf), Database(conf))
        server = ApiServer(conf, app)
        server.bind()
    except (cfg.Error, exceptions.TackerLiteError, OSError) as error:
        print(f"tacker-lite-api: {error}", file=sys.stderr)
        return 1

    def stop(_signal: int, _frame: Any) -> None:
        # cheroot's stop waits for the loop that this handler interrupts.
        threading.Thread(target=server.stop, name="stop").start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    server.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
