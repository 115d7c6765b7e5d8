"""``tacker-lite-api``: the API in the built-in server."""

from __future__ import annotations

import sys

from oslo_config import cfg

from tacker_lite import conf as tacker_lite_conf
from tacker_lite import exceptions
from tacker_lite.api.app import setup_app
from tacker_lite.api.server import ApiServer
from tacker_lite.cmd import logs, process
from tacker_lite.conductor.client import ConductorClient
from tacker_lite.db.base import FAULTS, Database


def main() -> int:
    """Serve until SIGTERM or SIGINT."""
    try:
        conf = tacker_lite_conf.new(sys.argv[1:])
        logs.setup(conf)
        app = setup_app(conf, ConductorClient(conf), Database(conf))
        server = ApiServer(conf, app)
        server.start()
    except FAULTS as error:
        print(
            f"tacker-lite-api: the database cannot be used: {error}\n"
            "Is [database] connection right, and was tacker-lite-manage db sync run?",
            file=sys.stderr,
        )
        return 1
    except (cfg.Error, exceptions.TackerLiteError, OSError) as error:
        print(f"tacker-lite-api: {error}", file=sys.stderr)
        return 1
    process.wait_for_end()
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
