"""Scripts in the servers of the namespace runtime.

A keeper process of its own, which outlives the lab, runs each script and leaves the
result in a file beside the server's console log.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import threading

from tacker_lite.pop.runtime import names
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.runtime.labels import read_json
from tacker_lite.pop.runtime.scripts import ScriptResult, ScriptRuntime, ScriptSpec
from tacker_lite.pop.runtime.servers import PATH, Servers

KEEPER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "script_keeper.py")
# -I and -S: nothing of the environment, no site packages; a short start.
KEEPER_COMMAND = (sys.executable, "-I", "-S", KEEPER)


class ServerScripts(ScriptRuntime):
    """Runs scripts in servers."""

    def __init__(self, servers: Servers):
        self._servers = servers
        self._guard = threading.Lock()
        # To reap them, and to hear why one could not begin.
        self._keepers: dict[str, subprocess.Popen[bytes]] = {}

    def missing(self, command: str) -> bool:
        return shutil.which(command, path=PATH) is None

    def _folder(self, server_id: str) -> str:
        return os.path.join(self._servers.folder(names.key(server_id)), "scripts")

    def result(self, server_id: str, ident: str) -> ScriptResult | None:
        path = os.path.join(self._folder(server_id), f"{ident}.json")
        found = read_json(path)
        return None if found is None else ScriptResult(**found)

    def run(self, spec: ScriptSpec) -> ScriptResult | None:
        folder = self._folder(spec.server_id)
        with self._guard:
            found = self.result(spec.server_id, spec.id)
            keeper = self._keepers.get(spec.id)
            if found is None and keeper is not None and keeper.poll() is not None:
                raise RuntimeFault(f"script {spec.id}: {self._last_words(spec.id)}")
            if found is None:
                if keeper is None and not _kept(os.path.join(folder, spec.id)):
                    self._begin(spec, folder)
                return None
            if keeper is not None:
                keeper.wait()
                self._last_words(spec.id)
        return found

    def _last_words(self, ident: str) -> str:
        keeper = self._keepers.pop(ident)
        assert keeper.stdout is not None
        with keeper.stdout:
            return keeper.stdout.read().decode(errors="replace").strip()

    def _begin(self, spec: ScriptSpec, folder: str) -> None:
        pid = self._servers.first_process(names.key(spec.server_id))
        if pid is None:
            raise RuntimeFault(
                f"server {spec.server_id} does not run: start it, scripts run in it"
            )
        os.makedirs(folder, mode=0o700, exist_ok=True)
        document = {
            "id": spec.id,
            "pid": pid,
            "directory": folder,
            "text": spec.text,
            "program": spec.program,
            "environment": {"PATH": PATH, **spec.environment},
            "outputs": spec.outputs,
        }
        keeper = subprocess.Popen(  # noqa: S603
            KEEPER_COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={},
            start_new_session=True,
        )
        self._keepers[spec.id] = keeper
        assert keeper.stdin is not None
        with keeper.stdin:
            keeper.stdin.write(json.dumps(document).encode())


def _kept(path: str) -> bool:
    """Tell whether the keeper that a killed lab began is still there."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
