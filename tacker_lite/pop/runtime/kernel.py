"""Calls to the kernel: network namespaces, ``ip`` in batches, processes by identity.

A network namespace is made here rather than by ``ip netns add``: it takes no process,
its settings are there before anybody sees it, and no mount of ``/run/netns`` itself
stays behind.  ``ip netns`` lists and enters it like its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import ipaddress
import os
import re
import select
import signal
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from tacker_lite.pop.runtime.base import RuntimeFault

NETNS_DIRECTORY = "/run/netns"
CLONE_NEWNET = 0x40000000
MS_BIND = 0x1000
MNT_DETACH = 2
IP_TIMEOUT = 60.0
# Parts of the messages of ip that mean: already so.
EXISTS = ("File exists",)
GONE = ("Cannot find device", "No such process", "No such device", "Cannot assign")

_libc = ctypes.CDLL(None, use_errno=True)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def _netns_path(name: str) -> str:
    return os.path.join(NETNS_DIRECTORY, name)


def netns_exists(name: str) -> bool:
    """Whether the name is a namespace, not just a file left by a broken start."""
    try:
        return (
            os.stat(_netns_path(name)).st_dev
            != os.stat(NETNS_DIRECTORY, follow_symlinks=True).st_dev
        )
    except FileNotFoundError:
        return False


def _in_thread(work: Callable[[], None]) -> None:
    """Run work that changes the thread's namespace in a thread that ends with it."""
    failures: list[OSError] = []

    def guarded() -> None:
        try:
            work()
        except OSError as error:
            failures.append(error)

    thread = threading.Thread(target=guarded)
    try:
        thread.start()
    except RuntimeError as error:
        raise OSError(errno.EAGAIN, f"no thread can be made: {error}") from error
    thread.join()
    if failures:
        raise failures[0]


def _write_settings(settings: Mapping[str, str]) -> None:
    # Finding the directory takes the kernel the longer the more namespaces there are.
    for family in dict.fromkeys(name.partition("/")[0] for name in settings):
        # A kernel without IPv6 has no such settings and needs none.
        if family == "ipv6" and not has_ipv6():
            continue
        directory = os.open(f"/proc/sys/net/{family}", os.O_RDONLY | os.O_DIRECTORY)
        try:
            for name, value in settings.items():
                if name.startswith(family + "/"):
                    _write_at(directory, name.partition("/")[2], value)
        finally:
            os.close(directory)


def _write_at(directory: int, name: str, value: str) -> None:
    descriptor = os.open(name, os.O_RDWR, dir_fd=directory)
    try:
        # Writing makes the kernel wait for whoever changes devices; reading does not.
        if os.read(descriptor, 64).strip() != value.encode("ascii"):
            os.pwrite(descriptor, value.encode("ascii"), 0)
    finally:
        os.close(descriptor)


def create_netns(name: str, settings: Mapping[str, str]) -> bool:
    """Make a network namespace; there already is fine.

    :param settings: ``net`` sysctls, such as ``{"ipv4/ip_forward": "1"}``.
    :returns: whether it is new.
    :raises RuntimeFault: when the kernel refuses.
    """
    if netns_exists(name):
        return False
    path = _netns_path(name)

    def work() -> None:
        _call("unshare", CLONE_NEWNET)
        _write_settings(settings)
        _call("mount", b"/proc/thread-self/ns/net", path.encode(), b"", MS_BIND, None)

    try:
        os.makedirs(NETNS_DIRECTORY, mode=0o755, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDONLY, 0o444))
        _in_thread(work)
    except OSError as error:
        remedy = {
            errno.ENOSPC: "raise the setting user.max_net_namespaces",
            errno.EPERM: "is this root, with CAP_SYS_ADMIN?",
        }.get(error.errno or 0, "end something, or give the machine more of it")
        raise RuntimeFault(
            f"cannot make network namespace {name}: {error}: {remedy}"
        ) from error
    return True


def name_netns(name: str, pid: int) -> None:
    """Give the network namespace of a process a name; one that had it loses it.

    :raises RuntimeFault: when there is no such process, or the kernel refuses.
    """
    delete_netns(name)
    path = _netns_path(name)
    try:
        os.makedirs(NETNS_DIRECTORY, mode=0o755, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDONLY, 0o444))
        source = f"/proc/{pid}/ns/net".encode()
        _call("mount", source, path.encode(), b"", MS_BIND, None)
    except OSError as error:
        delete_netns(name)
        raise RuntimeFault(
            f"cannot name the network namespace of process {pid}: {error}"
        ) from error


def in_netns(name: str | None, work: Callable[[], None]) -> None:
    """Run work inside a network namespace, None meaning the host's.

    :raises OSError: what the work raised, or that there is no such namespace.
    """

    def enter() -> None:
        with open(_netns_path(name or ""), "rb") as file:
            _call("setns", file.fileno(), CLONE_NEWNET)
        work()

    if name is None:
        work()
    else:
        _in_thread(enter)


@contextlib.contextmanager
def opened_netns(name: str) -> Iterator[int]:
    """A descriptor of a network namespace, to name it to the kernel.

    :raises RuntimeFault: when there is no such namespace.
    """
    path = _netns_path(name)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise RuntimeFault(f"network namespace {name}: {error.strerror}") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def in_new_netns(work: Callable[[], None]) -> None:
    """Run work inside a network namespace that has no name and ends with the work.

    :raises OSError: what the work raised, or that there can be no namespace.
    """

    def enter() -> None:
        _call("unshare", CLONE_NEWNET)
        work()

    _in_thread(enter)


def set_in_netns(name: str, settings: Mapping[str, str]) -> None:
    """Write ``net`` sysctls inside a network namespace.

    :raises RuntimeFault: when there is no such namespace or setting.
    """
    try:
        in_netns(name, lambda: _write_settings(settings))
    except OSError as error:
        raise RuntimeFault(f"cannot set {sorted(settings)} in {name}: {error}") from (
            error
        )


def delete_netns(name: str) -> None:
    """Remove a network namespace's name; gone already is fine."""
    path = _netns_path(name)
    while netns_exists(name):
        _call("umount2", path.encode(), MNT_DETACH)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def ip(
    lines: Sequence[str], netns: str | None = None, tolerate: Iterable[str] = ()
) -> None:
    """Run lines of iproute2's ``ip`` in one process.

    :param netns: network namespace, or None for the host's.
    :param tolerate: parts of messages that mean: already so.
    :raises RuntimeFault: naming the first line that failed.
    """
    _batch("ip", lines, netns, tuple(tolerate))


def tc(lines: Sequence[str], netns: str, tolerate: Iterable[str] = ()) -> None:
    """Run lines of iproute2's ``tc`` in one process, as :func:`ip` does."""
    _batch("tc", lines, netns, tuple(tolerate))


def _batch(
    command: str, lines: Sequence[str], netns: str | None, allowed: tuple[str, ...]
) -> None:
    if not lines:
        return
    place = ["-n", netns] if netns else []
    try:
        done = subprocess.run(  # noqa: S603
            [command, *place, "-force", "-batch", "-"],
            input="\n".join(lines) + "\n",
            capture_output=True,
            text=True,
            timeout=IP_TIMEOUT,
        )
    except FileNotFoundError as error:
        raise RuntimeFault(
            f"the command {command} is missing: install the package iproute2"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise RuntimeFault(
            f"{command} did not end within {IP_TIMEOUT:.0f} seconds"
        ) from error
    if done.returncode == 0:
        return
    for text, line in _failures(done.stderr, lines):
        if not any(part in text for part in allowed):
            where = f" in {netns}" if netns else ""
            raise RuntimeFault(f"{command} {line}{where}: {text}")


def _failures(stderr: str, lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Message and command of each line that failed."""
    message: list[str] = []
    for text in stderr.splitlines():
        failed = re.fullmatch(r"Command failed -:(\d+)", text)
        if failed:
            yield " ".join(message), lines[int(failed[1]) - 1]
            message = []
        else:
            message.append(text)
    if message:
        yield " ".join(message), lines[0]


def host_routes() -> list[tuple[Network, str]]:
    """Destinations of this host's main routing tables, with their device.

    Default routes, link-local and multicast ones are left out: they hide nothing.
    """
    found: list[tuple[Network, str]] = []
    with open("/proc/net/route", encoding="ascii") as file:
        for row in [line.split() for line in file][1:]:
            address = socket.inet_ntoa(struct.pack("=I", int(row[1], 16)))
            mask = socket.inet_ntoa(struct.pack("=I", int(row[7], 16)))
            found.append((ipaddress.IPv4Network(f"{address}/{mask}"), row[0]))
    if os.path.exists("/proc/net/ipv6_route"):
        with open("/proc/net/ipv6_route", encoding="ascii") as file:
            for row in [line.split() for line in file]:
                number = (int(row[0], 16), int(row[1], 16))
                found.append((ipaddress.IPv6Network(number), row[-1]))
    return [
        (network, device)
        for network, device in found
        if network.prefixlen
        and device != "lo"
        and not network.is_link_local
        and not network.is_multicast
    ]


@functools.cache
def has_ipv6() -> bool:
    """Whether this kernel has IPv6 at all."""
    return os.path.exists("/proc/sys/net/ipv6")


def host_has_ipv6() -> bool:
    """Whether the host's own devices take IPv6 addresses."""
    try:
        with open("/proc/sys/net/ipv6/conf/default/disable_ipv6", "rb") as file:
            return file.read().strip() == b"0"
    except FileNotFoundError:
        return False


def start_time(pid: int) -> int | None:
    """When a process started, in clock ticks since boot; None when it has ended.

    With its number this tells a process from a later one of the same number.
    """
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in (b"Z", b"X") else int(fields[19])


def signal_process(process: Sequence[int], number: int, wait_seconds: float) -> bool:
    """Signal just the process meant and wait for its end.

    :param process: its number and start time.
    :param number: the signal; 0 only waits.
    :returns: whether it has ended.
    """
    pid, started = process
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        if start_time(pid) != started:
            return True
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(descriptor, number)
        return readable(descriptor, wait_seconds)
    finally:
        os.close(descriptor)


def readable(descriptor: int, seconds: float) -> bool:
    """Wait until a descriptor, or the end of a process, can be read."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(seconds * 1000))
