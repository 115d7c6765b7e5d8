"""What a lab has on this machine, as the system's own listings show it."""

import errno
import glob
import ipaddress
import json
import os
import random
import subprocess

from tacker_lite.pop.runtime import kernel, routing


def namespaces(lab):
    """Names of network namespaces that mention the lab."""
    listed = subprocess.run(
        ["ip", "netns", "list"], check=True, capture_output=True, text=True
    )
    return [line for line in listed.stdout.splitlines() if f"-{lab}." in line]


def devices(lab):
    """The host's devices whose alias mentions the lab."""
    listed = subprocess.run(
        ["ip", "-json", "link"], check=True, capture_output=True, text=True
    )
    return [
        device["ifname"]
        for device in json.loads(listed.stdout)
        if f"/{lab}/" in device.get("ifalias", "")
    ]


def mounts(lab, directory):
    """Mounts of this process's view that mention the lab or its directory."""
    with open("/proc/mounts", encoding="utf-8") as file:
        return [
            line
            for line in file
            if directory in line or f"tlp-{lab}." in line or f"/{lab}/" in line
        ]


def processes(lab, directory):
    """Numbers of processes on the lab's disks, for its consoles, or balancing load."""
    return _with_signs(
        f"upperdir={directory}",
        f"tacker-lite-pop-{lab}-",
        f"/run/tacker-lite-pop/{lab}/",
    )


def server_processes(directory):
    """Numbers of processes on the lab's disks."""
    return _with_signs(f"upperdir={directory}")


def console_keeper(lab):
    """Number of the process that keeps the lab's consoles."""
    (pid,) = _with_signs(f"tacker-lite-pop-{lab}-consoles")
    return pid


def _with_signs(*signs):
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        text = _read(f"/proc/{name}/cmdline") + _read(f"/proc/{name}/mountinfo")
        if any(sign in text for sign in signs):
            found.append(int(name))
    return found


def first_processes(lab):
    """Numbers of the first processes of the lab's servers, one for each server."""
    found = []
    for path in glob.glob(f"/run/tacker-lite-pop/{lab}/server/*/*/pids.json"):
        with open(path, encoding="utf-8") as file:
            pid, started = json.load(file)["init"]
        if kernel.start_time(pid) == started:
            found.append(pid)
    return found


def control_groups(lab):
    """Directories of control groups that are named like the lab."""
    parents = glob.glob("/sys/fs/cgroup/tacker-lite-pop")
    parents += glob.glob("/sys/fs/cgroup/*/tacker-lite-pop")
    found = [os.path.join(parent, lab) for parent in parents]
    return [path for path in found if os.path.isdir(path)]


def everything(lab, directory):
    """All of the above, and the labels: empty lists when nothing is left."""
    labels = os.path.join("/run/tacker-lite-pop", lab)
    return {
        "namespaces": namespaces(lab),
        "devices": devices(lab),
        "mounts": mounts(lab, directory),
        "processes": processes(lab, directory),
        "control_groups": control_groups(lab),
        "labels": [labels] if os.path.exists(labels) else [],
        "files": os.listdir(directory) if os.path.isdir(directory) else [],
    }


NOTHING = {
    "namespaces": [],
    "devices": [],
    "mounts": [],
    "processes": [],
    "control_groups": [],
    "labels": [],
    "files": [],
}


def free_networks(count):
    """Prefixes of private addresses to which this host has no route now."""
    taken = [network for network, _ in kernel.host_routes()]
    found = []
    while len(found) < count:
        cidr = ipaddress.ip_network(
            f"10.{random.randrange(128, 256)}.{random.randrange(256)}.0/24"
        )
        if not any(routing.overlap(cidr, network) for network in [*taken, *found]):
            found.append(cidr)
    return found


def _read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError):
        # It ended between the listing and now.
        return ""
    except OSError as error:
        # It has ended and nobody has asked for its status yet.
        if error.errno == errno.EINVAL:
            return ""
        raise
