"""The relays of a lab's links: a process each, found again by labels.

A relay goes on when the lab's process ends.  One that ends by itself is noticed at
once, by whoever holds the lab.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from tacker_lite.pop.runtime import kernel, link_relay
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.runtime.labels import Label, Labels, write_json
from tacker_lite.pop.runtime.link_devices import End
from tacker_lite.pop.runtime.process_watch import ProcessWatch
from tacker_lite.pop.topology import Impairment

KIND = "relay"
#: Short: the path of a socket has at most 107 characters, 63 of which a lab may have.
SOCKET = "ctl"
COMMAND = (sys.executable, "-I", "-S", os.path.abspath(link_relay.__file__))
#: Seconds.
START_SECONDS = 15.0
ANSWER_SECONDS = 5.0
END_SECONDS = 5.0
DRAIN_SECONDS = 2.0
_STEP_SECONDS = 0.01


class LinkRelays:
    """The relays of one lab.

    :param labels: what the lab has made so far.
    :param ended: called with the key of a link whose relay has ended unasked, from a
        thread that may take its time.
    """

    def __init__(self, labels: Labels, ended: Callable[[str], None]):
        self.labels = labels
        self._watch = ProcessWatch(self._has_ended)
        self._ended = ended
        # Only to reap them: what runs is known from the labels.
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def keys(self) -> list[str]:
        """Keys of the links that have, or may have, a relay."""
        return self.labels.keys(KIND)

    def ensure(self, key: str, ends: Sequence[End], impairment: Impairment) -> None:
        """Have the relay run and do this; what waits in it goes on.

        :raises RuntimeFault: when it does not start.
        """
        label = self.labels.read(KIND, key)
        self._write_settings(key, ends, impairment)
        if label is None or not _runs(label):
            self._launch(key)
        request = {"impairment": asdict(impairment)}
        end = time.monotonic() + START_SECONDS
        while self._ask(key, request) is None:
            label = self.labels.read(KIND, key)
            if time.monotonic() > end or label is None or not _runs(label):
                raise RuntimeFault(f"a link's relay does not start: {self._said(key)}")
            time.sleep(_STEP_SECONDS)
        label = self.labels.read(KIND, key)
        if label is not None:
            self._watch.add(key, *label["process"])

    def _path(self, key: str, name: str) -> str:
        return os.path.join(self.labels.folder(KIND, key), name)

    def _write_settings(
        self, key: str, ends: Sequence[End], impairment: Impairment
    ) -> None:
        os.makedirs(self.labels.folder(KIND, key), mode=0o700, exist_ok=True)
        places = [
            [os.path.join(kernel.NETNS_DIRECTORY, end.namespace), end.device]
            for end in ends
        ]
        settings = {"ends": places, "impairment": asdict(impairment)}
        write_json(self._path(key, "settings.json"), settings)

    def _launch(self, key: str) -> None:
        self._reap(key)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path(key, SOCKET))
        try:
            with open(self._path(key, "relay.log"), "wb") as log:
                child = subprocess.Popen(  # noqa: S603
                    [
                        *COMMAND,
                        self._path(key, "settings.json"),
                        self._path(key, SOCKET),
                    ],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    env={"PATH": os.defpath},
                    start_new_session=True,
                )
        except OSError as error:
            raise RuntimeFault(f"a link's relay does not start: {error}") from error
        self._children[key] = child
        label = {"process": [child.pid, kernel.start_time(child.pid)]}
        self.labels.write(KIND, key, label)
        assert child.stdin is not None
        with contextlib.suppress(BrokenPipeError), child.stdin:  # then it says why
            child.stdin.write(b"go\n")

    def _said(self, key: str) -> str:
        try:
            with open(self._path(key, "relay.log"), encoding="utf-8") as file:
                return file.read()[-500:].strip() or "no reason"
        except FileNotFoundError:
            return "it was never begun"

    def state(self, key: str) -> dict[str, Any] | None:
        """What the relay does and has counted; None: it does not answer."""
        return self._ask(key, {})

    def _ask(self, key: str, request: dict[str, Any]) -> dict[str, Any] | None:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as channel:
                channel.settimeout(ANSWER_SECONDS)
                channel.connect(self._path(key, SOCKET))
                channel.send(json.dumps(request).encode())
                answer = channel.recv(65536)
        except OSError:
            return None
        found: dict[str, Any] | None = json.loads(answer) if answer else None
        return found

    def drain(self, key: str) -> None:
        """Let what waits in a relay that is no longer used arrive."""
        end = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < end:
            state = self.state(key)
            if state is None or not any(d["queued"] for d in state["directions"]):
                return
            time.sleep(_STEP_SECONDS)

    def end(self, key: str) -> None:
        """End the relay and forget it; gone already is fine."""
        self._watch.remove(key)
        label = self.labels.read(KIND, key)
        if label is not None and _runs(label):
            for number in (signal.SIGTERM, signal.SIGKILL):
                if kernel.signal_process(label["process"], number, END_SECONDS):
                    break
        self._reap(key)
        self.labels.remove(KIND, key)

    def _reap(self, key: str) -> None:
        child = self._children.pop(key, None)
        if child is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(END_SECONDS)

    def _has_ended(self, key: str) -> None:
        label = self.labels.read(KIND, key)
        if label is not None and _runs(label):
            return  # It was replaced meanwhile.
        self._reap(key)
        self._ended(key)

    def close(self) -> None:
        """Watch them no more; they go on."""
        self._watch.close()


def _runs(label: Label) -> bool:
    pid, started = label["process"]
    return started is not None and kernel.start_time(pid) == started
