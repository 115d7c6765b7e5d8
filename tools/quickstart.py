"""The main job, end to end, by the commands that a user would type.

Started by ``tools/quickstart``, which makes the environment that this runs in.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shlex
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".quickstart"
BIN = STATE / "venv" / "bin"
LAB = "quickstart"
SITES = {"pop1": "site1", "pop2": "site2"}
PORT, LAB_PORT = 9890, 8780
DESCRIPTOR = ROOT / "samples" / "vnfd" / "two-site-web.yaml"


def step(text: str) -> None:
    print(f"\n== {text}", flush=True)


def stop(text: str) -> None:
    sys.exit(f"error: {text}")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read."""
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w"
    ) as f:
        f.write(text)


def run(*command: str, quiet: bool = False) -> str:
    """Run one of our commands, show it, and end with its error if it fails."""
    if not quiet:
        print(f"$ {shlex.join(command)}", flush=True)
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        stop(f"{command[0]} ended with {done.returncode}; see above")
    return done.stdout


def listing(*command: str) -> list[dict]:
    return json.loads(run("openstack", *command, "-f", "json", quiet=True) or "[]")


def credentials() -> dict:
    """Endpoints and generated passwords of this run."""
    return json.loads((STATE / "settings.json").read_text())


def environment() -> dict[str, str]:
    """What a shell has after sourcing the openrc."""
    env = dict(os.environ, PATH=f"{BIN}:{os.environ.get('PATH', '')}")
    settings = STATE / "settings.json"
    if settings.exists():
        env |= openrc(json.loads(settings.read_text()))
    return env


def openrc(settings: dict) -> dict[str, str]:
    return {
        "OS_AUTH_URL": f"{settings['lab_url']}/pop1/identity/v3",
        "OS_IDENTITY_API_VERSION": "3",
        "OS_USERNAME": "admin",
        "OS_PASSWORD": settings["admin_password"],
        "OS_PROJECT_NAME": "admin",
        "OS_USER_DOMAIN_NAME": "Default",
        "OS_PROJECT_DOMAIN_NAME": "Default",
        "OS_REGION_NAME": "pop1",
    }


def make_settings(port: int | None, lab_port: int | None) -> dict:
    """Generate the settings once, so that a second run finds the same lab."""
    path = STATE / "settings.json"
    if path.exists():
        settings = credentials()
        for option, wanted in (("port", port), ("lab_port", lab_port)):
            if wanted not in (None, settings[option]):
                stop(
                    f"what is here was made with port {settings[option]}, not "
                    f"{wanted}: remove it first with tools/quickstart --down"
                )
        return settings
    port, lab_port = port or PORT, lab_port or LAB_PORT
    settings = {
        "url": f"http://127.0.0.1:{port}",
        "lab_url": f"http://127.0.0.1:{lab_port}",
        "port": port,
        "lab_port": lab_port,
        "admin_password": secrets.token_urlsafe(16),
        "service_password": secrets.token_urlsafe(16),
    }
    write_private(path, json.dumps(settings))
    return settings


def write_topology(settings: dict) -> Path:
    """The sample lab, with this run's passwords and our service in the catalogue."""
    topology = yaml.safe_load((ROOT / "samples" / "lab" / "two-pops.yaml").read_text())
    topology["name"] = LAB
    topology["catalog"] = [
        {"type": "nfv-orchestration", "name": "tacker-lite", "url": settings["url"]}
    ]
    topology["users"] = [
        {
            "name": "admin",
            "project": "admin",
            "roles": ["admin"],
            "password": settings["admin_password"],
        },
        {
            "name": "tacker-lite",
            "project": "service",
            "roles": ["admin"],
            "password": settings["service_password"],
        },
    ]
    path = STATE / "lab.yaml"
    write_private(path, yaml.safe_dump(topology, sort_keys=False))
    return path


def write_configuration(settings: dict) -> Path:
    state = STATE / "service"
    state.mkdir(exist_ok=True)
    path = STATE / "tacker-lite.conf"
    identity = f"{settings['lab_url']}/pop1/identity/v3"
    write_private(
        path,
        f"""[DEFAULT]
state_path = {state}

[api]
bind_port = {settings["port"]}

[keystone_authtoken]
www_authenticate_uri = {identity}
auth_url = {identity}
auth_type = password
username = tacker-lite
password = {settings["service_password"]}
project_name = service
user_domain_name = Default
project_domain_name = Default
""",
    )
    return path


def started_at(pid: int) -> str | None:
    """When the process started, in the kernel's clock ticks; None when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    ended_but_not_reaped = fields[0] in "ZX"
    return None if ended_but_not_reaped else fields[19]


def running_service() -> int | None:
    """The pid of the service that an earlier run started, if it still runs."""
    try:
        pid, start = (STATE / "service.pid").read_text().split()
    except FileNotFoundError:
        return None
    return int(pid) if started_at(int(pid)) == start else None


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False


def start_service(configuration: Path, settings: dict) -> None:
    if running_service() and answers(settings["url"]):
        print(f"runs already at {settings['url']}")
        return
    command = ["tacker-lite-allinone", "--config-file", str(configuration)]
    print(f"$ {shlex.join(command)} &", flush=True)
    with open(STATE / "service.log", "ab") as log:
        process = subprocess.Popen(
            [str(BIN / command[0]), *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    write_private(STATE / "service.pid", f"{process.pid} {started_at(process.pid)}")
    deadline = time.monotonic() + 60
    while not answers(settings["url"]):
        if process.poll() is not None or time.monotonic() > deadline:
            tail = (STATE / "service.log").read_text()[-2000:]
            stop(f"the service does not answer at {settings['url']}:\n{tail}")
        time.sleep(0.1)
    print(f"answers at {settings['url']}, logs to {STATE / 'service.log'}")


def register_vims(settings: dict) -> None:
    present = {row["Name"] for row in listing("vim", "list")}
    for pop in SITES:
        if pop in present:
            continue
        path = STATE / f"vim-{pop}.yaml"
        registration = {
            "auth_url": f"{settings['lab_url']}/{pop}/identity/v3",
            "username": "admin",
            "password": settings["admin_password"],
            "project_name": "admin",
            "user_domain_name": "Default",
            "project_domain_name": "Default",
            "cert_verify": "True",
        }
        write_private(path, yaml.safe_dump(registration))
        default = ["--is-default"] if pop == "pop1" else []
        file = str(path.relative_to(ROOT))
        run("openstack", "vim", "register", "--config-file", file, *default, pop)


def onboard() -> None:
    present = {row["Name"] for row in listing("vnf", "descriptor", "list")}
    for path in (ROOT / "samples/vnfd/hello-world.yaml", DESCRIPTOR):
        if path.stem in present:
            continue
        file = str(path.relative_to(ROOT))
        run("openstack", "vnf", "descriptor", "create", "--vnfd-file", file, path.stem)


def create_vnfs() -> None:
    present = {row["Name"] for row in listing("vnf", "list")}
    for pop, site in SITES.items():
        if site in present:
            continue
        parameters = f"samples/vnfd/params/{DESCRIPTOR.stem}-{site}.yaml"
        source = ["--vnfd-name", DESCRIPTOR.stem, "--vim-name", pop]
        run("openstack", "vnf", "create", *source, "--param-file", parameters, site)


def wait_for_vnfs(timeout: float = 120.0) -> list[dict]:
    """Show each VNF's status until none is pending."""
    start = time.monotonic()
    while True:
        rows = [r for r in listing("vnf", "list") if r["Name"] in SITES.values()]
        line = "   ".join(f"{row['Name']}: {row['Status']}" for row in rows)
        end = "" if sys.stdout.isatty() else "\n"
        lead = "\r\033[K" if sys.stdout.isatty() else ""
        print(f"{lead}{line} ({time.monotonic() - start:.0f} s)", end=end, flush=True)
        if all(not row["Status"].startswith("PENDING") for row in rows):
            print()
            break
        if time.monotonic() - start > timeout:
            stop(f"not ACTIVE after {timeout:g} s; see {STATE / 'service.log'}")
        time.sleep(0.5)
    broken = [row["Name"] for row in rows if row["Status"] != "ACTIVE"]
    if broken:
        stop(f"{', '.join(broken)}: see openstack vnf show {broken[0]}")
    return rows


def fetch(address: str) -> str:
    """The HTTP answer of a server, which may need a moment after its boot."""
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(f"http://{address}/", timeout=2) as answer:
                return f"{answer.status} {answer.read(200).decode().strip()}"
        except (urllib.error.URLError, OSError) as error:
            if time.monotonic() > deadline:
                stop(f"http://{address}/ does not answer: {error}")
            time.sleep(0.2)


def table(title: str, headings: list[str], rows: list[list[str]]) -> None:
    widths = [
        max(len(str(cell)) for cell in column)
        for column in zip(headings, *rows, strict=True)
    ]
    print(f"\n{title}")
    for row in (headings, ["-" * width for width in widths], *rows):
        cells = (str(c).ljust(w) for c, w in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


def report(simulated: bool) -> None:
    vims = {row["ID"]: row for row in listing("vim", "list")}
    rows = []
    for vnf in wait_for_vnfs():
        vim = vims[vnf["VIM ID"]]
        for vdu, address in json.loads(vnf["Mgmt Ip Address"]).items():
            answer = "(simulated: nothing runs)" if simulated else fetch(address)
            rows.append(
                [vim["Name"], vim["Status"], vnf["Name"], vnf["Status"], vdu]
                + [address, answer]
            )
    headings = ["PoP/VIM", "Status", "VNF", "Status", "VDU", "Address", "HTTP answer"]
    table("What runs now", headings, rows)


def up(port: int | None, lab_port: int | None) -> None:
    settings = make_settings(port, lab_port)
    real = os.geteuid() == 0
    runtime = "namespace" if real else "simulated"
    step(f"Start a lab of two linked PoPs ({runtime} runtime)")
    topology = write_topology(settings)
    state = str(STATE / "lab")
    print(
        run(
            "tacker-lite-pop", "up", str(topology), "--state-dir", state,
            "--runtime", runtime, "--port", str(settings["lab_port"]),
            "--hide", str(STATE),
        )
    )  # fmt: skip
    step("Start the orchestrator, all in one process")
    start_service(write_configuration(settings), settings)
    step("Register both PoPs as VIMs")
    register_vims(settings)
    step("Onboard the descriptors")
    onboard()
    step("Create one VNF per site, with two web servers each")
    create_vnfs()
    step("Wait until they are ACTIVE")
    report(simulated=not real)
    if not real:
        print("\nNot root: the runtime is simulated; no real process was started.")
    exports = "".join(
        f"export {k}={shlex.quote(v)}\n" for k, v in openrc(settings).items()
    )
    path = f"export PATH={shlex.quote(str(BIN))}:$PATH\n"
    write_private(STATE / "openrc", exports + path)
    print("\nEverything keeps running. To use it:\n")
    print(f"    source {STATE / 'openrc'}\n")
    print(
        "then, for example: openstack vnf list. After a crash, run tools/quickstart "
        "again;\nto remove it all: tools/quickstart --down"
    )


def down() -> None:
    pid = running_service()
    if pid:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 15
        while running_service():
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.1)
    if (STATE / "lab").exists():
        state = str(STATE / "lab")
        print(run("tacker-lite-pop", "down", LAB, "--state-dir", state))


def main() -> None:
    parser = argparse.ArgumentParser(prog="tools/quickstart", description=__doc__)
    parser.add_argument("--down", action="store_true", help="remove every trace")
    parser.add_argument("--port", type=int, help=f"of the orchestrator ({PORT})")
    parser.add_argument("--lab-port", type=int, help=f"of the lab ({LAB_PORT})")
    arguments = parser.parse_args()
    if arguments.down:
        down()
    else:
        up(arguments.port, arguments.lab_port)


if __name__ == "__main__":
    main()
