"""Servers that are containers of a Docker Engine, on the lab's own networks.

Each takes two containers.  One holds the network namespace and is started first; the
namespace is then known by the name that a server's has, the ports are made in it, and
at last the server itself is started.  So its first process, the one that its image
names, finds addresses and routes when it begins.
"""

from __future__ import annotations

import ipaddress
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import replace

from tacker_lite.pop.runtime import kernel, names, ports, user_data
from tacker_lite.pop.runtime.base import (
    ImageSource,
    PortSpec,
    Power,
    RuntimeFault,
    ServerSpec,
)
from tacker_lite.pop.runtime.bridges import Bridges
from tacker_lite.pop.runtime.cgroups import Cgroups, Limits
from tacker_lite.pop.runtime.consoles import CONSOLE_BYTES
from tacker_lite.pop.runtime.docker_containers import (
    Containers,
    State,
    holder_name,
    server_name,
)
from tacker_lite.pop.runtime.docker_engine import Engine, EngineAway
from tacker_lite.pop.runtime.docker_images import Images
from tacker_lite.pop.runtime.docker_inside import Inside
from tacker_lite.pop.runtime.docker_making import Maker
from tacker_lite.pop.runtime.labels import Label, Labels
from tacker_lite.pop.runtime.servers import (
    SERVER_SETTINGS,
    Servers,
)

START_SCRIPT = "run/tacker-lite/start-script"
AUTHORIZED_KEYS = "root/.ssh/authorized_keys"
# The script of user_data prints where the server does.
_RUN_SCRIPT = """
out=/proc/1/fd/1
(: >"$out") 2>/dev/null || out=/dev/null
exec >"$out" 2>&1
"$1"
echo "tacker-lite: start script ended with status $?"
"""


class DockerServers(Servers):
    """The servers of one lab.

    :param directory: where what a server leaves for people is kept.
    :param cgroups: of the lab.
    """

    def __init__(
        self,
        labels: Labels,
        directory: str,
        cgroups: Cgroups,
        bridges: Bridges,
        engine: Engine,
    ):
        super().__init__(labels, directory, lambda: directory, cgroups, bridges)
        self._engine = engine
        self._maker = Maker(self.lab, engine)
        self.containers = Containers(self.lab, engine)
        self.images = Images(self.lab, directory, engine)
        self.inside = Inside(self.lab, engine)

    # -- life

    def start(self, server: ServerSpec, hidden: Sequence[str]) -> None:
        key = names.key(server.id)
        with self._locked(key):
            super().start(server, hidden)
            label = self.labels.read("server", key)
            if label is not None and not _alive(label["process"]):
                # A lab that was killed had no time to write it down.
                self._note_process(key, label)
            self._tell_addresses(key)

    def _launch(self, key: str, server: ServerSpec, hidden: Sequence[str]) -> None:
        self._end(key, 0.0)
        made: list[Label] = []
        for port in server.ports:
            made.append(ports.port_label(port, made))
        plan = user_data.plan(server.user_data)
        label: Label = {
            "id": server.id,
            "pop": server.pop,
            "name": server.name,
            "namespace": names.server_namespace(self.lab, server.pop, key),
            "launch": uuid.uuid4().hex,
            "ports": made,
            "wanted": True,
            "process": None,
            "host": names.host_name(plan.hostname or server.name),
            "hosts_path": "",
            "notes": plan.notes,
        }
        self.labels.write("server", key, label)
        self._make(key, server, label["host"])
        self._connect(key, label)
        self._put_files(key, server, plan.script)
        self.containers.start(server_name(self.lab, key))
        self._note_process(key, label)
        if plan.script:
            self._run_script(key, label)

    def _make(self, key: str, server: ServerSpec, host: str) -> None:
        """Make the containers, those that are there already stay."""
        image = self.images.ensure(_source(server))
        name, holder = server_name(self.lab, key), holder_name(self.lab, key)
        if self.containers.state(holder) is None:
            empty = self.images.ensure_empty()
            self._maker.make_holder(key, server, host, empty)
        state = self.containers.state(name)
        if state is not None and state.image != image["Id"]:
            self.containers.remove(name)
            state = None
        if state is None:
            self._maker.make_server(key, server, image)
        else:
            self._maker.limit(key, Limits(server.vcpus, server.ram_mib))

    def _connect(self, key: str, label: Label) -> None:
        """Start the namespace's container and make the ports in it."""
        holder = holder_name(self.lab, key)
        self.containers.start(holder)
        state = self.containers.known(holder)
        self._maker.check_holder(state.pid)
        kernel.name_netns(label["namespace"], state.pid)
        kernel.set_in_netns(label["namespace"], SERVER_SETTINGS)
        self._ports.connect(label, label["ports"])
        label["hosts_path"] = state.hosts_path
        self.labels.write("server", key, label)
        self._tell_addresses(key)

    def _put_files(self, key: str, server: ServerSpec, script: bytes) -> None:
        files = {}
        if script:
            files[START_SCRIPT] = (script, 0o700)
        if server.public_key:
            text = server.public_key.strip() + "\n"
            files[AUTHORIZED_KEYS] = (text.encode(), 0o600)
        if files:
            self.inside.put(key, files)

    def _note_process(self, key: str, label: Label) -> None:
        pid = self.containers.known(server_name(self.lab, key)).pid
        started = kernel.start_time(pid) if pid else None
        label["process"] = [pid, started] if started is not None else None
        self.labels.write("server", key, label)

    def _run_script(self, key: str, label: Label) -> None:
        argv = ["/bin/sh", "-c", _RUN_SCRIPT, "user_data", f"/{START_SCRIPT}"]
        try:
            self.inside.run(key, argv)
        except EngineAway:
            raise
        except RuntimeFault as fault:
            label["notes"].append(f"{user_data.UNSUPPORTED}{fault}")
            self.labels.write("server", key, label)

    def _end(self, key: str, grace_seconds: float) -> None:
        label = self.labels.read("server", key)
        if label is not None and label["wanted"]:
            label["wanted"] = False
            self.labels.write("server", key, label)
        self.containers.stop(server_name(self.lab, key), int(grace_seconds))
        self._disconnect(label)
        self.containers.stop(holder_name(self.lab, key), 0)

    def _disconnect(self, label: Label | None) -> None:
        if label is not None:
            self._ports.disconnect(label, label["ports"])
            kernel.delete_netns(label["namespace"])

    def delete(self, key: str) -> None:
        with self._locked(key):
            self.containers.remove(server_name(self.lab, key))
            self._disconnect(self.labels.read("server", key))
            self.containers.remove(holder_name(self.lab, key))
            shutil.rmtree(self.folder(key), ignore_errors=True)
            self.labels.remove("server", key)
        with self._guard:
            self._locks.pop(key, None)

    def kill(self, key: str) -> None:
        self.containers.kill(server_name(self.lab, key))

    def _limit(self, key: str, label: Label, limits: Limits) -> None:
        self._maker.limit(key, limits)

    # -- what is there

    def keys(self) -> set[str]:
        return set(self.labels.keys("server")) | self.containers.keys()

    def first_process(self, key: str) -> int | None:
        label = self.labels.read("server", key)
        if label is None or not label["wanted"]:
            return None
        if _alive(label["process"]):
            return int(label["process"][0])
        state = self.containers.state(server_name(self.lab, key))
        return state.pid or None if state else None

    def power(self, key: str) -> Power:
        label = self.labels.read("server", key)
        if label is not None and label["wanted"] and self._engine.away:
            # Until it is back, nobody can say that the server has ended by itself.
            return Power.RUNNING
        try:
            if self._running(key):
                return Power.RUNNING
            state = self.containers.state(server_name(self.lab, key))
        except EngineAway:
            wanted = label is not None and label["wanted"]
            return Power.RUNNING if wanted else Power.STOPPED
        return Power.ABSENT if state is None and label is None else Power.STOPPED

    def console(self, key: str) -> str:
        name = server_name(self.lab, key)
        label = self.labels.read("server", key) or {"notes": [], "wanted": False}
        lines = [f"{note}\n" for note in label["notes"]]
        try:
            lines.append(self.inside.log(key).decode(errors="replace"))
            state = self.containers.state(name)
        except RuntimeFault as fault:
            return "".join([*lines, f"tacker-lite: no more can be read: {fault}\n"])
        if state is not None and not state.pid and label["wanted"]:
            lines.append(_ending(state))
        return "".join(lines)[-CONSOLE_BYTES:]

    # -- ports

    def plug(self, key: str, port: PortSpec) -> None:
        super().plug(key, port)
        self._tell_addresses(key)

    def unplug(self, key: str, port_id: str) -> None:
        super().unplug(key, port_id)
        self._tell_addresses(key)

    def _tell_addresses(self, key: str) -> None:
        """Write the server's own name into the ``/etc/hosts`` that the engine made."""
        label = self.labels.read("server", key)
        if label is None or not label["hosts_path"]:
            return
        addresses = [
            str(ipaddress.ip_interface(address).ip)
            for port in label["ports"]
            for address in port["spec"]["addresses"]
        ]
        lines = ["127.0.0.1 localhost", "::1 localhost ip6-localhost ip6-loopback"]
        lines += [f"{address} {label['host']}" for address in addresses]
        try:
            # In place: the container sees this very file.
            with open(label["hosts_path"], "r+", encoding="utf-8") as file:
                file.truncate()
                file.write("\n".join([*lines, ""]))
        except FileNotFoundError:
            return


def _source(server: ServerSpec) -> ImageSource | None:
    """A server's own copy goes before the image that it was made of."""
    if server.image is None or not server.snapshot:
        return server.image
    return replace(server.image, path=server.snapshot, reference="", form="docker")


def _alive(process: Sequence[int] | None) -> bool:
    return process is not None and kernel.start_time(process[0]) == process[1]


def _ending(state: State) -> str:
    reason = state.error or ("memory was used up" if state.out_of_memory else "")
    words = f": {reason}" if reason else ""
    return f"tacker-lite: the container ended with status {state.exit_code}{words}\n"
