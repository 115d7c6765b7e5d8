"""A lab's process seen from inside: opens the lab and serves it till a signal comes."""

from __future__ import annotations

import dataclasses
import logging
import os
import shlex
import signal
import sys

from tacker_lite.pop import runtime as runtimes
from tacker_lite.pop import topology_file
from tacker_lite.pop.cloud import Cloud, Lab
from tacker_lite.pop.errors import LabError, TopologyError
from tacker_lite.pop.faces.openstack.app import Application
from tacker_lite.pop.lab.directory import LabDirectory, ProcessRecord, start_of
from tacker_lite.pop.lab.process import Start
from tacker_lite.pop.lab.progress import Told
from tacker_lite.pop.lab.server import LabServer
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.store import Store

LOG = logging.getLogger(__name__)
_LOG_FORMAT = "%(asctime)s %(levelname)s %(threadName)s %(name)s %(message)s"


def run(directory: LabDirectory, start: Start, ready: int | None = None) -> None:
    """Be the lab's process until a signal ends it.

    :param ready: descriptor to tell the starting process how it went.
    :raises LabError: when the lab cannot be opened.
    """
    logging.basicConfig(level=logging.INFO, format=_LOG_FORMAT, stream=sys.stderr)
    told = Told(ready)
    try:
        server, lab = _opened(directory, start, told)
    except (LabError, TopologyError, RuntimeFault, OSError) as error:
        told.write({"error": str(error)})
        raise LabError(str(error)) from error
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop_soon())
    told.write({"url": lab.url})
    told.close()
    LOG.info("Lab %s is served at %s", lab.topology.name, lab.url)
    try:
        server.serve(Application(lab))
    finally:
        lab.close()
    LOG.info("Lab %s is closed; its servers go on", lab.topology.name)


def _opened(directory: LabDirectory, start: Start, told: Told) -> tuple[LabServer, Lab]:
    topology = dataclasses.replace(
        topology_file.read(directory.topology), directory=start.files
    )
    directory.lock()
    runtime = runtimes.load(start.runtime, topology.name, directory.runtime)
    runtime.hidden_paths = (directory.path, *start.hidden)
    if start.link_means:
        runtime.links.restrict(start.link_means)
    server = LabServer(start.host, start.port, start.threads)
    pid = os.getpid()
    try:
        if not runtime.simulated:
            directory.claim_machine(pid, start.runtime)
        directory.write_process(
            ProcessRecord(
                runtime=start.runtime,
                host=start.host,
                port=server.port,
                url=server.url,
                pid=pid,
                started=start_of(pid),
                hidden=start.hidden,
                files=start.files,
                link_means=start.link_means,
            )
        )
        lab = Lab(topology, runtime, Store(directory.database), server.url)
        lab.open(told)
    except BaseException:
        server.stop()
        raise
    directory.write(directory.token, lab.secrets.token)
    for cloud in lab.clouds.values():
        path = directory.openrc(cloud.pop.name)
        directory.write(path, openrc(cloud))
    return server, lab


def openrc(cloud: Cloud) -> str:
    """Shell lines that let the stock clients into a PoP as its administrator."""
    values = {
        "OS_AUTH_URL": f"{cloud.lab.url}/{cloud.pop.name}/identity/v3",
        "OS_IDENTITY_API_VERSION": "3",
        "OS_USERNAME": "admin",
        "OS_PASSWORD": cloud.identity.initial_password("admin"),
        "OS_USER_DOMAIN_ID": "default",
        "OS_PROJECT_NAME": "admin",
        "OS_PROJECT_DOMAIN_ID": "default",
        "OS_REGION_NAME": cloud.pop.region,
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in values.items()]
    return "\n".join([*lines, ""])
