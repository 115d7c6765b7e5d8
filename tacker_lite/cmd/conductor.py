"""``tacker-lite-conductor``: one conductor; start more of them to scale."""

from __future__ import annotations

import sys

from oslo_config import cfg

from tacker_lite import conf as tacker_lite_conf
from tacker_lite import exceptions
from tacker_lite.cmd import logs, process
from tacker_lite.conductor.service import ConductorService
from tacker_lite.db.base import FAULTS


def main() -> int:
    """Work until SIGTERM or SIGINT."""
    try:
        conf = tacker_lite_conf.new(sys.argv[1:])
        logs.setup(conf)
        service = ConductorService(conf)
        service.start()
    except FAULTS as error:
        print(
            f"tacker-lite-conductor: the database cannot be used: {error}\n"
            "Is [database] connection right, and was tacker-lite-manage db sync run?",
            file=sys.stderr,
        )
        return 1
    except (cfg.Error, exceptions.TackerLiteError, OSError) as error:
        print(f"tacker-lite-conductor: {error}", file=sys.stderr)
        return 1
    process.wait_for_end()
    return process.end(service.stop)


if __name__ == "__main__":
    sys.exit(main())
