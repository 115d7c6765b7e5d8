"""Scripts in the servers of the docker runtime, run there by the engine.

A script, what it prints and how it ends are files of the container.  So they are found
whatever becomes of the lab meanwhile.
"""

from __future__ import annotations

import re
import threading

from tacker_lite.pop.runtime import names
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.runtime.docker_containers import server_name
from tacker_lite.pop.runtime.docker_servers import DockerServers
from tacker_lite.pop.runtime.scripts import ScriptResult, ScriptRuntime, ScriptSpec

_FOLDER = "run/heat-config"
_INTERRUPTED = 137
# Whoever makes the directory "begun" runs the script; all others leave it alone.
_RUN = """
cd "$1" || exit 1
shift
mkdir begun 2>/dev/null || exit 0
"$@" >stdout 2>stderr </dev/null
status=$?
mkdir ended
for name in stdout stderr output.*; do
    if [ -f "$name" ]; then tail -c 65536 "$name" >"ended/$name"; fi
done
echo "$status" >ended/status
mv ended result
"""


class DockerScripts(ScriptRuntime):
    """Runs scripts in containers."""

    def __init__(self, servers: DockerServers):
        self._servers = servers
        self._guard = threading.Lock()
        # Of this process; asking the engine again for one that runs does no harm.
        self._begun: set[str] = set()

    def missing(self, command: str) -> bool:
        """Each image has its own commands: what is missing shows in the result."""
        return False

    def result(self, server_id: str, ident: str) -> ScriptResult | None:
        key = names.key(server_id)
        files = self._servers.inside.get(key, f"/{_FOLDER}/{ident}/result")
        if files is None:
            return None
        texts = {
            path.partition("/")[2]: content.decode(errors="replace")
            for path, content in files.items()
        }
        outputs = {
            name.removeprefix("output."): text
            for name, text in texts.items()
            if name.startswith("output.")
        }
        # The server has these files in its hands: it may have written anything.
        status = texts.get("status", "").strip()
        if not re.fullmatch("[0-9]{1,3}", status):
            return ScriptResult(
                _INTERRUPTED, stderr=f"no status, but {status[:99]!r}\n"
            )
        return ScriptResult(
            status=int(status),
            stdout=texts.get("stdout", ""),
            stderr=texts.get("stderr", ""),
            outputs=outputs,
        )

    def run(self, spec: ScriptSpec) -> ScriptResult | None:
        found = self.result(spec.server_id, spec.id)
        if found is not None:
            self._begun.discard(spec.id)
            missing = dict.fromkeys(set(spec.outputs) - set(found.outputs), "")
            return ScriptResult(
                found.status, found.stdout, found.stderr, {**found.outputs, **missing}
            )
        key = names.key(spec.server_id)
        state = self._servers.containers.state(server_name(self._servers.lab, key))
        if state is None or not state.pid:
            raise RuntimeFault(
                f"server {spec.server_id} does not run: start it, scripts run in it"
            )
        return self._begin(spec, key, state.started_at)

    def _begin(
        self, spec: ScriptSpec, key: str, started_at: str
    ) -> ScriptResult | None:
        inside, folder = self._servers.inside, f"{_FOLDER}/{spec.id}"
        with self._guard:
            seen = inside.get(key, f"/{folder}/server")
            if seen is None:
                inside.put(key, _files(spec, folder, started_at))
            elif started_at.encode() not in seen.values():
                said = "the server ended while the script ran\n"
                return ScriptResult(_INTERRUPTED, stderr=said)
            if spec.id not in self._begun:
                self._run(spec, key, f"/{folder}")
                self._begun.add(spec.id)
        return None

    def _run(self, spec: ScriptSpec, key: str, folder: str) -> None:
        command = [*spec.program, f"{folder}/script"]
        environment = {**spec.environment, "heat_outputs_path": f"{folder}/output"}
        argv = ["/bin/sh", "-c", _RUN, "script", folder, *command]
        self._servers.inside.run(key, argv, environment)


def _files(
    spec: ScriptSpec, folder: str, started_at: str
) -> dict[str, tuple[bytes, int]]:
    """What a script needs in the container, and the start of it that it belongs to."""
    text = spec.text
    if not spec.program and not text.startswith("#!"):
        text = "#!/bin/sh\n" + text
    return {
        f"{folder}/script": (text.encode(), 0o700),
        f"{folder}/server": (started_at.encode(), 0o600),
    }
