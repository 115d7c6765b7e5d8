"""Servers of a lab: processes, disks and ports.

A server is known by a key computed from its id, and everything of it is found by that
key: its label, its directory, its network namespace.  Its first process is told from
others by number and start time; ending it ends every process of the server.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import shutil
import signal
import sys
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence

from tacker_lite.pop.runtime import kernel, names, ports, server_disks, user_data
from tacker_lite.pop.runtime.base import PortSpec, Power, RuntimeFault, ServerSpec
from tacker_lite.pop.runtime.bridges import Bridges
from tacker_lite.pop.runtime.cgroups import Cgroups, Limits
from tacker_lite.pop.runtime.consoles import Consoles
from tacker_lite.pop.runtime.labels import Label, Labels, read_json
from tacker_lite.pop.runtime.starter import Launch, Starter, StarterEnded

STOP_SECONDS = 2.0
KILL_SECONDS = 10.0
# The lab's own interpreter comes last, for a host that keeps python3 elsewhere.
PATH = (
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:"
    + os.path.dirname(os.path.realpath(sys.executable))
)
SERVER_SETTINGS = {
    "ipv4/ip_forward": "0",
    "ipv6/conf/all/disable_ipv6": "0",
    "ipv6/conf/default/disable_ipv6": "0",
    "ipv6/conf/all/accept_dad": "0",
    "ipv6/conf/default/accept_dad": "0",
    "ipv6/conf/default/accept_ra": "0",
}


class Servers:
    """The servers of one lab.

    :param directory: where consoles are kept.
    :param disks: gives the directory where disks are kept, once it is known.
    :param cgroups: what limits them.
    :param bridges: where their ports go.
    :ivar starter: what starts them; they go on when it is closed.
    :ivar consoles: what they print.
    """

    def __init__(
        self,
        labels: Labels,
        directory: str,
        disks: Callable[[], str],
        cgroups: Cgroups,
        bridges: Bridges,
    ):
        self.lab = cgroups.lab
        self.labels = labels
        self._cgroups = cgroups
        self.directory = directory
        self._disks = disks
        self._ports = ports.Ports(labels, bridges)
        self._locks: dict[str, threading.RLock] = {}
        self._guard = threading.Lock()
        self.starter = Starter()
        self.consoles = Consoles(
            self.lab, directory, os.path.join(labels.directory, "consoles")
        )

    @contextlib.contextmanager
    def _locked(self, key: str) -> Iterator[None]:
        with self._guard:
            lock = self._locks.setdefault(key, threading.RLock())
        with lock:
            yield

    # -- life

    def start(self, server: ServerSpec, hidden: Sequence[str]) -> None:
        """Make the server run with just these ports.

        :param hidden: directories of the host that it may not see.
        :raises RuntimeFault: naming the server; nothing of it runs then.
        """
        key = names.key(server.id)
        with self._locked(key):
            label = self.labels.read("server", key)
            if label is not None and self._running(key):
                self._ports.reconcile(key, label, server.ports)
                self._limit(key, label, Limits(server.vcpus, server.ram_mib))
                return
            _check_networks(self.lab, self.labels, server)
            try:
                try:
                    self._launch(key, server, hidden)
                except StarterEnded:
                    self._launch(key, server, hidden)
            except (RuntimeFault, OSError) as error:
                self._end(key, 0.0)
                raise RuntimeFault(f"server {server.name}: {error}") from error

    def stop(self, key: str) -> None:
        """End the processes and remove the ports; the disk stays."""
        with self._locked(key):
            self._end(key, STOP_SECONDS)

    def delete(self, key: str) -> None:
        """End the server and remove everything of it."""
        with self._locked(key):
            self._end(key, 0.0)
            _remove_tree(os.path.join(self._disks(), key))
            _remove_tree(self.folder(key))
            self.labels.remove("server", key)
        with self._guard:
            self._locks.pop(key, None)

    def kill(self, key: str) -> None:
        """End the processes at once; what else the server has stays.

        :raises RuntimeFault: when it does not run.
        """
        pids = self._pids(key)
        if pids is None or kernel.start_time(pids["init"][0]) != pids["init"][1]:
            raise RuntimeFault("the server does not run")
        kernel.signal_process(pids["init"], signal.SIGKILL, KILL_SECONDS)

    def limit(self, key: str, limits: Limits) -> None:
        """Change what a running server may use; a stopped one's spec says it.

        :raises RuntimeFault: when it uses more than that already.
        """
        with self._locked(key):
            label = self.labels.read("server", key)
            if label is not None and self._running(key):
                self._limit(key, label, limits)

    def _limit(self, key: str, label: Label, limits: Limits) -> None:
        if label.get("limits") != vars(limits):
            self._cgroups.limit(key, limits)
            label["limits"] = vars(limits)
            self.labels.write("server", key, label)

    def power(self, key: str) -> Power:
        if self._running(key):
            return Power.RUNNING
        known = self.labels.read("server", key) or os.path.isdir(self.folder(key))
        return Power.STOPPED if known else Power.ABSENT

    def keys(self) -> set[str]:
        """Keys of everything that may be a server, or part of one."""
        found = set(self.labels.keys("server"))
        for directory in (self.directory, self._disks()):
            if os.path.isdir(directory):
                found.update(os.listdir(directory))
        return found

    def console(self, key: str) -> str:
        """The end of what the server has printed."""
        return self.consoles.text(key)

    # -- processes

    def folder(self, key: str) -> str:
        """Where what the server leaves for people is kept."""
        return os.path.join(self.directory, key)

    def _pids(self, key: str) -> Label | None:
        label = self.labels.read("server", key)
        if label is None:
            return None
        folder = os.path.join(self.labels.folder("server", key), label["launch"])
        return read_json(os.path.join(folder, "pids.json"))

    def first_process(self, key: str) -> int | None:
        """Number of the server's first process on the host; None: it does not run."""
        pids = self._pids(key)
        if pids is None:
            return None
        pid, started = pids["init"]
        return int(pid) if kernel.start_time(pid) == started else None

    def _running(self, key: str) -> bool:
        return self.first_process(key) is not None

    def _launch(self, key: str, server: ServerSpec, hidden: Sequence[str]) -> None:
        self._end(key, 0.0)
        made: list[Label] = []
        for port in server.ports:
            made.append(ports.port_label(port, made))
        namespace = names.server_namespace(self.lab, server.pop, key)
        limits = Limits(server.vcpus, server.ram_mib)
        label: Label = {
            "id": server.id,
            "pop": server.pop,
            "name": server.name,
            "namespace": namespace,
            "launch": uuid.uuid4().hex,
            "ports": made,
            "limits": vars(limits),
        }
        self.labels.write("server", key, label)
        folder = os.path.join(self.labels.folder("server", key), label["launch"])
        os.mkdir(folder, 0o700)
        os.makedirs(self.folder(key), mode=0o700, exist_ok=True)
        disk = os.path.join(self._disks(), key)
        os.makedirs(disk, mode=0o700, exist_ok=True)
        if server.snapshot:
            server_disks.fill(disk, server.snapshot)
        kernel.create_netns(namespace, SERVER_SETTINGS)
        document = {
            **_inside(server),
            "name": f"tacker-lite-pop-{self.lab}-{key}",
            "root": os.path.join(disk, "view"),
            "disk": disk,
            "cgroups": self._cgroups.ensure(key, limits),
            "hide": [*hidden, self.directory, self._disks()],
        }
        with self.consoles.opened(key) as console:
            launch = Launch(os.path.join(folder, "pids.json"), namespace, console)
            connect = functools.partial(self._ports.connect, label, made)
            self.starter.start(launch, document, connect)
        self.labels.write("server", key, label)

    def _end(self, key: str, grace_seconds: float) -> None:
        """End processes, then take away ports and namespace; none there is fine."""
        folder = self.labels.folder("server", key)
        if os.path.isdir(folder):
            for entry in list(os.scandir(folder)):
                if entry.is_dir():
                    _end_launch(entry.path, grace_seconds)
        self.consoles.finish(key)
        label = self.labels.read("server", key)
        if label is not None:
            self._ports.disconnect(label, label["ports"])
            kernel.delete_netns(label["namespace"])
        self._cgroups.remove(key)

    # -- ports

    def plug(self, key: str, port: PortSpec) -> None:
        """Add a port to a running server; a stopped one gets it when it starts.

        :raises RuntimeFault: when there is no such server, or no such network.
        """
        with self._locked(key):
            label = self.labels.read("server", key)
            if label is None:
                raise RuntimeFault(
                    f"port {port.id}: there is no such server: start it first"
                )
            if self._running(key):
                kept = [p for p in label["ports"] if p["spec"]["id"] != port.id]
                specs = [*map(ports.port_spec, kept), port]
                self._ports.reconcile(key, label, specs)

    def unplug(self, key: str, port_id: str) -> None:
        """Take a port away; gone already is fine."""
        with self._locked(key):
            label = self.labels.read("server", key)
            if label is not None:
                kept = [p for p in label["ports"] if p["spec"]["id"] != port_id]
                self._ports.reconcile(key, label, [*map(ports.port_spec, kept)])


def _check_networks(lab: str, labels: Labels, server: ServerSpec) -> None:
    """:raises RuntimeFault: when a network of the server is not of its PoP."""
    if not kernel.netns_exists(names.router(lab, server.pop)):
        raise RuntimeFault(
            f"server {server.name}: PoP {server.pop} has no router in lab "
            f"{lab}: open the lab with this PoP first"
        )
    for port in server.ports:
        network = labels.read("network", names.key(port.network_id))
        if network is None or network["pop"] != server.pop:
            raise RuntimeFault(
                f"server {server.name}: port {port.id} is on network "
                f"{port.network_id}, which PoP {server.pop} does not have"
            )


def _inside(server: ServerSpec) -> Label:
    """What a guest is to make of a server, wherever its files are."""
    plan = user_data.plan(server.user_data)
    environment = {
        names.variable(name): value.replace("\0", "")
        for name, value in server.metadata.items()
        if name
    }
    environment.update(
        PATH=PATH,
        HOME="/root",
        LANG="C.UTF-8",
        PYTHONUNBUFFERED="1",
        INSTANCE_NAME=server.name,
        INSTANCE_ID=server.id,
    )
    addresses = [
        address.partition("/")[0] for port in server.ports for address in port.addresses
    ]
    return {
        "hostname": names.host_name(plan.hostname or server.name),
        "addresses": addresses,
        "ram_mib": max(server.ram_mib, 16),
        "script": plan.script.decode("latin-1"),
        "notes": plan.notes,
        "public_key": server.public_key,
        "environment": environment,
    }


def _end_launch(directory: str, grace_seconds: float) -> None:
    """End what was launched, and keep what is being launched from going on.

    A guest of a lab that was killed may be about to put its processes on file.  Without
    the directory it cannot, and a directory with a file in it cannot be removed.
    """
    while True:
        pids = read_json(os.path.join(directory, "pids.json"))
        if pids is not None:
            _end_process(pids["init"], grace_seconds)
        for name in os.listdir(directory):
            if name != "pids.json" or pids is not None:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(os.path.join(directory, name))
        try:
            os.rmdir(directory)
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                raise
        else:
            return


def _end_process(init: Sequence[int], grace_seconds: float) -> None:
    ended = bool(grace_seconds) and kernel.signal_process(
        init, signal.SIGTERM, grace_seconds
    )
    if not ended:
        kernel.signal_process(init, signal.SIGKILL, KILL_SECONDS)


def _remove_tree(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(path)
