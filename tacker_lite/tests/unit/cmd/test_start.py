"""What the start of a command loads."""

from __future__ import annotations

import subprocess
import sys

import testtools

LOADED_LATE = (
    "alembic",
    "cryptography",
    "eventlet",
    "heatclient",
    "keystoneauth1",
    "keystonemiddleware",
    "jsonschema",
    "toscaparser",
    "translator",
)
"""Needed by some requests, strategies or commands alone, or not at all."""


class TestStart(testtools.TestCase):
    def test_the_service_loads_heavy_libraries_late(self):
        code = (
            "import sys, tacker_lite.cmd.allinone\n"
            f"print(*(name for name in {LOADED_LATE!r} if sys.modules.get(name)))"
        )
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code],
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertEqual("", done.stdout.strip())
