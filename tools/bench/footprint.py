"""What the all-in-one costs at rest: resident memory, and time to its first answer.

The baseline is a process that imports the libraries of the service at once, which is
what ours avoids by importing late what only some requests need.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

from figures import report
from processes import resident_mib

from tacker_lite.tests.functional.deployment import Deployment

EAGER = """
import alembic, oslo_db.sqlalchemy.enginefacade, oslo_messaging, oslo_policy.policy
import oslo_log.log, pecan, keystonemiddleware.auth_token, keystoneauth1.session
import keystoneauth1.identity.v3, heatclient.client, jsonschema, cryptography.fernet
import toscaparser.tosca_template, translator.hot.tosca_translator, cheroot.wsgi
print("ready", flush=True)
import sys; sys.stdin.read()
"""
SETTLED = 3.0
"""Seconds after which the memory at rest is read."""


def eager_baseline() -> tuple[float, float]:
    """Seconds until everything is imported, and MiB then."""
    start = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", EAGER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        if process.stdout.readline().strip() != b"ready":
            raise RuntimeError("the baseline could not import its libraries")
        return time.monotonic() - start, resident_mib(process.pid)
    finally:
        process.communicate()


def main() -> int:
    # An installation keeps bytecode; without it this would measure the compiler.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    eager_baseline()  # fills the page cache for both
    seconds, mib = eager_baseline()
    with Deployment() as deployment:
        deployment.stop_service()
        first_answer = deployment.start_service()
        time.sleep(SETTLED)
        assert deployment.service is not None
        resident = resident_mib(deployment.service.pid)
    met = report(
        "footprint.first_answer", first_answer, "s",
        baseline=("import all libraries", seconds), target=("<=", 2.0),
    )  # fmt: skip
    met &= report(
        "footprint.resident", resident, "MiB",
        baseline=("import all libraries", mib), target=("<=", 150.0),
    )  # fmt: skip
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
