"""``tacker-lite-conductor``: one conductor; start more of them to scale."""

from __future__ import annotations

import sys

from oslo_config import cfg

from tacker_lite import conf as tacker_lite_conf
from tacker_lite import exceptions
from tacker_lite.cmd import logs, process
from tacker_lite.conductor.service import ConductorService


def main() -> int:
    """Work until SIGTERM or SIGINT."""
    try:
        conf = tacker_lite_conf.new(sys.argv[1:])
        logs.setup(conf)
        service = ConductorService(conf)
        service.start()
    except (cfg.Error, exceptions.TackerLiteError, OSError) as error:
        print(f"tacker-lite-conductor: {error}", file=sys.stderr)
        return 1
    process.wait_for_end()
    return process.end(service.stop)


if __name__ == "__main__":
    sys.exit(main())
