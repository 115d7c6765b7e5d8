"""A Docker Engine of the tests' own, beside whatever this machine runs."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import docker

PATIENCE = 30.0
_NAMESPACE = "tacker-lite-test"


class DockerEngine:
    """``dockerd`` with everything of its own: files, sockets, containers.

    It needs root, the packages docker.io and busybox-static, and control groups.
    """

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="tacker-lite-docker-")
        self.host = f"unix://{self.directory}/docker.sock"
        self._log = f"{self.directory}/dockerd.log"
        self._process = None

    def start(self):
        """Start it and wait until it answers.

        :raises OSError: with its own words, when it does not.
        """
        words = ["dockerd", "--host", self.host, "--bridge=none", "--log-level=warn"]
        for option, name in (
            ("--data-root", "data"),
            ("--exec-root", "exec"),
            ("--pidfile", "pid"),
        ):
            words += [option, f"{self.directory}/{name}"]
        words += [f"--{name}=false" for name in ("iptables", "ip6tables", "ip-forward")]
        # Should it find a containerd of the machine's.
        words += ["--containerd-namespace", _NAMESPACE]
        words += ["--containerd-plugins-namespace", f"plugins.{_NAMESPACE}"]
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise OSError(f"dockerd does not start here: {self._last_words()}")
            time.sleep(0.05)

    def _answers(self):
        try:
            client = self.client()
        except docker.errors.DockerException:
            return False
        client.close()
        return True

    def _last_words(self):
        with open(self._log, encoding="utf-8", errors="replace") as file:
            return " / ".join(file.read().splitlines()[-3:])

    def client(self):
        return docker.APIClient(self.host, version="auto", timeout=60)

    def kill(self):
        """End it at once, as a crash would; what it runs goes on."""
        self._end(signal.SIGKILL)

    def stop(self):
        """End it, with all that it runs."""
        self._end(signal.SIGTERM)

    def _end(self, number):
        self._process.send_signal(number)
        self._process.wait(PATIENCE)

    def everything(self):
        """Names of what the engine has, containers and images."""
        client = self.client()
        try:
            containers = client.containers(all=True)
            images = client.images()
        finally:
            client.close()
        names = [name for one in containers for name in one["Names"]]
        return sorted(names + [tag for one in images for tag in one["RepoTags"] or ()])

    def remove(self):
        """End it and leave nothing of it."""
        if self._process is not None:
            if self._process.returncode == -signal.SIGKILL:
                self.start()  # It ends what it left running.
            if self._process.poll() is None:
                self.stop()
        with open("/proc/mounts", encoding="utf-8") as file:
            paths = [line.split()[1] for line in file if self.directory in line]
        for path in reversed(paths):
            subprocess.run(["umount", "--lazy", path], check=False)
        shutil.rmtree(self.directory)


def reasons():
    """Why there can be no engine here; empty when there can."""
    found = []
    if os.geteuid() != 0:
        found.append("an engine needs root")
    if shutil.which("dockerd") is None:
        found.append("dockerd is missing: install the package docker.io")
    busybox = shutil.which("busybox")
    if busybox is None or not _static(busybox):
        found.append("busybox is not static: install the package busybox-static")
    return found


def _static(path):
    with open(path, "rb") as file:
        head = file.read(4096)
    return b"ld-linux" not in head and b"ld-musl" not in head


def started(case):
    """An engine for a class of tests, which is skipped when there can be none."""
    found = reasons()
    if found:
        raise unittest.SkipTest("NO CONTAINER WAS STARTED: " + "; ".join(found))
    engine = DockerEngine()
    case.addClassCleanup(engine.remove)
    try:
        engine.start()
    except OSError as error:
        raise unittest.SkipTest(f"NO CONTAINER WAS STARTED: {error}") from error
    return engine
