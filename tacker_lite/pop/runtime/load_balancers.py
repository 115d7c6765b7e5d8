"""Load balancers of a lab: an HAProxy each, in a network namespace of its own.

Its process outlives the lab's and is told from others by number and start time, as a
server's is.  It is put on file before it may begin, so none runs that nobody can find.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Collection

from tacker_lite.pop.runtime import haproxy, kernel, names, ports
from tacker_lite.pop.runtime.appliances import (
    LoadBalancerRuntime,
    LoadBalancerSpec,
    Observation,
    Traffic,
)
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.runtime.bridges import Bridges
from tacker_lite.pop.runtime.cgroups import Cgroups
from tacker_lite.pop.runtime.labels import Label, Labels
from tacker_lite.pop.runtime.process_watch import ProcessWatch
from tacker_lite.pop.runtime.servers import PATH, SERVER_SETTINGS

KIND = "load_balancer"
COMMAND = "haproxy"
#: Seconds.
START_SECONDS = 10.0
STOP_SECONDS = 2.0
KILL_SECONDS = 10.0
_LOCKS = 64
# It begins when its number is on file; if that never comes, it ends.
_LAUNCH = 'read -r go && exec "$0" -W -C "$1" -f haproxy.cfg'


class LoadBalancers(LoadBalancerRuntime):
    """The load balancers of one lab.

    :param labels: what the lab has made so far.
    :param cgroups: what counts their use; they have no limits.
    :param bridges: where their ports go.
    :param path: directories where commands are looked for, as in ``PATH``.
    """

    provider = "haproxy"

    def __init__(
        self, labels: Labels, cgroups: Cgroups, bridges: Bridges, path: str = PATH
    ):
        self.lab = cgroups.lab
        self._cgroups = cgroups
        self.labels = labels
        self._path = path
        self._ports = ports.Ports(labels, bridges, KIND)
        self._locks = [threading.Lock() for _ in range(_LOCKS)]
        # Only to reap them: what runs is known from the labels.
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._processes: ProcessWatch | None = None

    def watch(self, ended: Callable[[str], None]) -> None:
        def gone(key: str) -> None:
            label = self.labels.read(KIND, key)
            if label is not None:
                ended(label["id"])

        self._processes = ProcessWatch(gone)
        for key in self.labels.keys(KIND):
            label = self.labels.read(KIND, key)
            if label is not None:
                self._guard(key, label)

    def close(self) -> None:
        """Tell of none any more; they go on."""
        if self._processes is not None:
            self._processes.close()
            self._processes = None

    def _guard(self, key: str, label: Label) -> None:
        """Have the end of a load balancer's process told, if that is wanted."""
        watch = self._processes
        if watch is not None and label["process"] and not watch.watches(key):
            pid, started = label["process"]
            watch.add(key, pid, started)

    def check(self) -> None:
        if not shutil.which(COMMAND, path=self._path):
            raise RuntimeFault(
                f"the command {COMMAND} is missing: install the package haproxy"
            )

    def _turn(self, key: str) -> threading.Lock:
        return self._locks[int(key, 16) % _LOCKS]

    def _file(self, key: str, name: str) -> str:
        return os.path.join(self.labels.folder(KIND, key), name)

    def ensure(self, balancer: LoadBalancerSpec) -> None:
        self.check()
        key = names.key(balancer.id)
        with self._turn(key):
            self._make(key, balancer)

    def restart(self, balancer: LoadBalancerSpec) -> None:
        self.check()
        key = names.key(balancer.id)
        with self._turn(key):
            label = self.labels.read(KIND, key)
            if label is not None:
                self._end(key, label)
            self._make(key, balancer)

    def _make(self, key: str, balancer: LoadBalancerSpec) -> None:
        label = self._placed(key, balancer)
        text, mark = haproxy.configuration(balancer)
        running = _running(label)
        if running and label["mark"] == mark:
            self._guard(key, label)
            return
        new = self._file(key, "haproxy.cfg.new")
        with open(new, "w", encoding="utf-8") as file:
            file.write(text)
        self._validate(label, new)
        os.replace(new, self._file(key, "haproxy.cfg"))
        if running:
            self._count(key, label)
            os.kill(label["process"][0], signal.SIGUSR2)
        else:
            self._launch(key, label)
        self._await(key, label, mark)
        self.labels.write(KIND, key, {**label, "mark": mark})
        self._guard(key, label)

    def _count(self, key: str, label: Label) -> None:
        """Keep what was counted so far: after a reload HAProxy counts from zero."""
        seen = haproxy.observe(self.labels.folder(KIND, key)).traffic
        before = _traffic(label)
        label["traffic"] = {
            ident: list(dataclasses.astuple(before.get(ident, Traffic()) + traffic))
            for ident, traffic in seen.items()
        }
        self.labels.write(KIND, key, label)

    def _placed(self, key: str, balancer: LoadBalancerSpec) -> Label:
        """The load balancer's label, once its namespace and ports are there."""
        namespace = names.load_balancer(self.lab, balancer.pop, key)
        label = self.labels.read(KIND, key)
        if label is None or not kernel.netns_exists(namespace):
            if label is not None:
                # Somebody has taken the name only: what is in the namespace is still.
                self._end(key, label)
                self._ports.disconnect(label, label["ports"])
            label = {
                "id": balancer.id,
                "pop": balancer.pop,
                "namespace": namespace,
                "ports": [],
                "process": None,
                "mark": "",
            }
            self.labels.write(KIND, key, label)
            kernel.create_netns(namespace, SERVER_SETTINGS)
        self._ports.reconcile(key, label, balancer.ports)
        return label

    def _validate(self, label: Label, path: str) -> None:
        netns = os.path.join(kernel.NETNS_DIRECTORY, label["namespace"])
        done = subprocess.run(  # noqa: S603
            ["nsenter", f"--net={netns}", COMMAND, "-c", "-f", path],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            env={"PATH": self._path},
        )
        if done.returncode:
            raise RuntimeFault(f"haproxy refused its configuration: {done.stderr}")

    def _launch(self, key: str, label: Label) -> None:
        netns = os.path.join(kernel.NETNS_DIRECTORY, label["namespace"])
        folder = self.labels.folder(KIND, key)
        with open(self._file(key, "haproxy.log"), "wb") as log:
            child = subprocess.Popen(  # noqa: S603
                ["nsenter", f"--net={netns}", "sh", "-c", _LAUNCH, COMMAND, folder],  # noqa: S607
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd="/",
                env={"PATH": self._path},
                start_new_session=True,
            )
        self._children[key] = child
        label["process"] = [child.pid, kernel.start_time(child.pid)]
        label["mark"] = ""
        self.labels.write(KIND, key, label)
        self._cgroups.ensure(key)
        self._cgroups.join(key, child.pid)
        assert child.stdin is not None
        with contextlib.suppress(BrokenPipeError), child.stdin:  # then it says why
            child.stdin.write(b"go\n")

    def _await(self, key: str, label: Label, mark: str) -> None:
        """Wait until the process works with the configuration of that mark."""
        end = time.monotonic() + START_SECONDS
        while haproxy.mark_of(self.labels.folder(KIND, key)) != mark:
            if time.monotonic() > end or not _running(label):
                with open(self._file(key, "haproxy.log"), encoding="utf-8") as file:
                    said = file.read()[-500:].strip()
                raise RuntimeFault(f"haproxy does not come up: {said or 'no reason'}")
            time.sleep(0.01)

    def observe(self, balancer_id: str) -> Observation:
        key = names.key(balancer_id)
        label = self.labels.read(KIND, key)
        if label is None or not _running(label):
            return Observation(running=False)
        seen = haproxy.observe(self.labels.folder(KIND, key))
        before = _traffic(label)
        traffic = {k: t + before.get(k, Traffic()) for k, t in seen.traffic.items()}
        return dataclasses.replace(seen, traffic=traffic)

    def _end(self, key: str, label: Label) -> None:
        """End the process with its workers; none there is fine."""
        if self._processes is not None:
            self._processes.remove(key)
        if _running(label):
            pid = label["process"][0]
            if not kernel.signal_process(
                label["process"], signal.SIGTERM, STOP_SECONDS
            ):
                # Its workers are of its group, and nobody else is.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
                kernel.signal_process(label["process"], signal.SIGKILL, KILL_SECONDS)
        child = self._children.pop(key, None)
        if child is not None:
            child.wait(KILL_SECONDS)
        self._cgroups.remove(key)
        label["process"] = None
        self.labels.write(KIND, key, label)

    def delete(self, balancer_id: str) -> None:
        self._remove(names.key(balancer_id))

    def _remove(self, key: str) -> None:
        with self._turn(key):
            label = self.labels.read(KIND, key)
            if label is not None:
                self._end(key, label)
                self._ports.disconnect(label, label["ports"])
                kernel.delete_netns(label["namespace"])
            self.labels.remove(KIND, key)

    def prune(self, balancers: Collection[str]) -> None:
        wanted = {names.key(balancer) for balancer in balancers}
        for key in set(self.labels.keys(KIND)) - wanted:
            self._remove(key)


def _traffic(label: Label) -> dict[str, Traffic]:
    """What was counted before the last reload, by listener; nothing goes on now."""
    kept = label.get("traffic", {})
    return {
        ident: dataclasses.replace(Traffic(*counts), active_connections=0)
        for ident, counts in kept.items()
    }


def _running(label: Label) -> bool:
    if label["process"] is None:
        return False
    pid, started = label["process"]
    return started is not None and kernel.start_time(pid) == started
