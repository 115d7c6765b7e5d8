"""``up``: start a lab."""

from __future__ import annotations

import argparse
import os
import sys

from tacker_lite.pop import runtime as runtimes
from tacker_lite.pop import topology_file
from tacker_lite.pop.command.output import Common
from tacker_lite.pop.errors import LabError
from tacker_lite.pop.lab import process, report
from tacker_lite.pop.lab.directory import LabDirectory
from tacker_lite.pop.lab.progress import Shown
from tacker_lite.pop.runtime import capability, docker_host, link_means

_PORT = 8780


def add(commands: argparse._SubParsersAction, common: Common) -> None:
    """Add the subcommand."""
    up = commands.add_parser("up", parents=[common.place], help="start a lab")
    up.add_argument("file", help="topology file")
    up.add_argument(
        "--runtime", default="auto", choices=["auto", *sorted(runtimes.RUNTIMES)]
    )
    up.add_argument(
        "--docker-host",
        metavar="URL",
        help="the Docker Engine to use (DOCKER_HOST, or unix:///var/run/docker.sock)",
    )
    up.add_argument("--host", help="address to listen on (127.0.0.1)")
    up.add_argument(
        "--port", type=int, help=f"port to listen on ({_PORT}); 0: a free one"
    )
    up.add_argument("--threads", type=int, default=20, help="requests at a time (20)")
    up.add_argument(
        "--hide",
        action="append",
        metavar="PATH",
        help="directory that no server may see (repeatable); the lab's own never is",
    )
    up.add_argument(
        "--link-means",
        metavar="MEANS",
        help=f"what may delay, lose or slow down packets of links, as a list of "
        f"{','.join(link_means.NEEDS)} (all)",
    )
    up.add_argument("--foreground", action="store_true", help="do not go to background")
    up.add_argument("--ready-fd", type=int, help=argparse.SUPPRESS)
    up.add_argument("--files", default="", help=argparse.SUPPRESS)
    up.set_defaults(run=_up)


def _up(arguments: argparse.Namespace) -> None:
    topology = topology_file.read(arguments.file)
    hidden, means = _hidden(arguments.hide), _link_means(arguments.link_means)
    directory = LabDirectory(arguments.state_dir, topology.name)
    running = directory.running()
    if running is not None and not running.ending:
        print(f"lab {topology.name} is running already")
        if topology_file.read(directory.topology) != topology:
            raise LabError(
                f"{arguments.file} differs from what it runs with; "
                f"take it down first: tacker-lite-pop down {topology.name}"
            )
        print(report.table(report.pops([directory])), end="")
        return
    process.end(directory)
    record = directory.read_process()
    _choose_engine(arguments, directory)
    directory.make()
    runtime = process.chosen_runtime(arguments.runtime, directory)
    port = arguments.port
    if port is None:
        port = record.port if record else _PORT
    if hidden is None:
        hidden = record.hidden if record else ()
    if means is None:
        means = record.link_means if record else ()
    host = arguments.host or (record.host if record else "127.0.0.1")
    files = _files(arguments, directory)
    threads = arguments.threads
    start = process.Start(runtime, host, port, threads, hidden, files, means)
    _keep_topology(arguments.file, directory)
    if arguments.foreground:
        # Only the lab's own process needs its clouds: no other command waits for them.
        from tacker_lite.pop.lab import service  # noqa: PLC0415

        service.run(directory, start, arguments.ready_fd)
        return
    print(f"runtime: {runtime}{_why_simulated(arguments, runtime, directory)}")
    try:
        with Shown(sys.stdout) as shown:
            url = process.spawn(directory, start, shown)
    except LabError:
        # A lab that has never been up leaves nothing behind.
        if record is None and directory.running() is None:
            process.destroy(directory)
        raise
    print(f"lab {topology.name} is up at {url}")
    print(report.table(report.pops([directory])), end="")


def _choose_engine(arguments: argparse.Namespace, directory: LabDirectory) -> None:
    """:raises LabError: when an engine is named for servers that are no containers."""
    if arguments.docker_host is None:
        return
    record = directory.read_process()
    if "docker" not in (arguments.runtime, record.runtime if record else ""):
        raise LabError("--docker-host goes with --runtime docker")
    docker_host.choose(directory.lab, directory.runtime, arguments.docker_host)


def _files(arguments: argparse.Namespace, directory: LabDirectory) -> str:
    """The directory that the topology's image files are in: its first file's."""
    record = directory.read_process()
    if os.path.abspath(arguments.file) != directory.topology:
        return os.path.dirname(os.path.abspath(arguments.file))
    return arguments.files or (record.files if record else "")


def _hidden(paths: list[str] | None) -> tuple[str, ...] | None:
    """:raises LabError: when a path is no directory that can be hidden."""
    if paths is None:
        return None
    found = tuple(os.path.realpath(path) for path in paths)
    for path in found:
        if path == "/" or not os.path.isdir(path):
            raise LabError(f"--hide {path}: must be a directory other than /")
    return found


def _link_means(text: str | None) -> tuple[str, ...] | None:
    """:raises RuntimeFault: when one is no means that there is."""
    if text is None:
        return None
    if text == "all":
        return ()
    means = tuple(text.split(","))
    link_means.check_names(means)
    return means


def _why_simulated(
    arguments: argparse.Namespace, runtime: str, directory: LabDirectory
) -> str:
    if runtime != "simulated":
        return ""
    reasons = []
    if arguments.runtime == "auto":
        reasons = capability.check(directory.runtime, directory.lab)
    return f" (no real process will be started{': ' if reasons else ''}" + (
        "; ".join(reasons) + ")"
    )


def _keep_topology(file: str, directory: LabDirectory) -> None:
    if os.path.abspath(file) != directory.topology:
        with open(file, encoding="utf-8") as stream:
            directory.write(directory.topology, stream.read())
