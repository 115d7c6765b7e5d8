"""The application object that any WSGI server imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

import testtools

SCRIPT = """
import json, webob
from tacker_lite import wsgi
answers = [
    webob.Request.blank(path).get_response(wsgi.application)
    for path in ("/", "/v1.0/extensions.json")
]
print()
print(json.dumps([answer.json for answer in answers]))
"""


class TestWsgi(testtools.TestCase):
    def test_reads_the_standard_configuration(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        home = os.path.join(directory.name, ".tacker-lite")
        os.mkdir(home)
        path = os.path.join(home, "tacker-lite.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"[DEFAULT]\nstate_path = {directory.name}\n")
            file.write("transport_url = fake://\n[api]\nauth_strategy = noauth\n")
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "HOME": directory.name},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.assertEqual(0, done.returncode, done.stderr)
        versions, extensions = json.loads(done.stdout.splitlines()[-1])
        self.assertEqual("v1.0", versions["versions"][0]["id"])
        self.assertEqual(3, len(extensions["extensions"]))
