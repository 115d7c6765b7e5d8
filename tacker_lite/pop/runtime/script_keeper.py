"""The keeper of one script in a server: runs it there, and puts the result on file.

Run as a program of its own with ``python -I -S``; reads one JSON document from standard
input.  It stays outside the server, with its child inside; the server's end ends the
script.  A file that it holds a lock on says that it is there; with that file and
without a result, a keeper before it was killed.
"""

import contextlib
import fcntl
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import guest  # type: ignore[import-not-found] # noqa: E402

NAMESPACES = ("net", "uts", "ipc", "pid", "mnt")
TEXT_BYTES = 65536
CANNOT_RUN = 126


def enter(pid):
    """Enter a server's namespaces; its PID namespace is the children's only."""
    with contextlib.ExitStack() as stack:
        files = [
            stack.enter_context(open(f"/proc/{pid}/ns/{name}", "rb"))
            for name in NAMESPACES
        ]
        for file in files:
            guest.call("setns", file.fileno(), 0)
    os.chdir("/")


def end_of(path):
    """The last of what was written to a file."""
    with open(path, "rb") as file:
        file.seek(max(0, os.path.getsize(path) - TEXT_BYTES))
        return file.read(TEXT_BYTES).decode(errors="replace")


def run(spec):
    """Run the script in the server; returns what is put on file."""
    enter(spec["pid"])
    work = pathlib.Path("/run/heat-config", spec["id"])
    work.mkdir(mode=0o700, parents=True)
    script = work / "script"
    text = spec["text"]
    program = list(spec["program"])
    if not program and not text.startswith("#!"):
        text = "#!/bin/sh\n" + text
    script.write_text(text, encoding="utf-8")
    script.chmod(0o700)
    outputs_path = work / "output"
    environment = {
        "HOME": "/root",
        "LANG": "C.UTF-8",
        **spec["environment"],
        "heat_outputs_path": str(outputs_path),
    }
    with open(work / "stdout", "wb") as out, open(work / "stderr", "wb") as err:
        try:
            status = subprocess.call(
                [*program, str(script)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=environment,
                start_new_session=True,
                preexec_fn=guest.drop_capabilities,
            )
        except OSError as error:
            err.write(f"the script cannot be run: {error}\n".encode())
            status = CANNOT_RUN
    outputs = {}
    for name in spec["outputs"]:
        path = f"{outputs_path}.{name}"
        outputs[name] = end_of(path) if os.path.isfile(path) else ""
    return {
        "status": status if status >= 0 else 128 - status,
        "stdout": end_of(work / "stdout"),
        "stderr": end_of(work / "stderr"),
        "outputs": outputs,
    }


def put(directory, name, document):
    """Write a file whole or not at all; the directory gone, nobody wants it."""
    new = f"{name}.new"
    with contextlib.suppress(FileNotFoundError):
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=directory)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(document, file)
        os.replace(new, name, src_dir_fd=directory, dst_dir_fd=directory)


def main():
    spec = json.load(sys.stdin)
    directory = os.open(spec["directory"], os.O_RDONLY | os.O_DIRECTORY)
    flags = os.O_RDWR | os.O_CREAT
    lock = os.open(spec["id"], flags, 0o600, dir_fd=directory)
    fcntl.flock(lock, fcntl.LOCK_EX)
    if os.path.exists(os.path.join(spec["directory"], f"{spec['id']}.json")):
        return  # Two labs, one killed, asked at the same time.
    begun = os.read(lock, 1)
    os.write(lock, b"begun")
    if begun:
        said = "the keeper of this script was killed while it ran\n"
        result = {"status": 137, "stdout": "", "stderr": said, "outputs": {}}
    else:
        try:
            result = run(spec)
        except OSError as error:
            said = f"the script was not run to its end: {error}\n"
            result = {"status": CANNOT_RUN, "stdout": "", "stderr": said, "outputs": {}}
    put(directory, f"{spec['id']}.json", result)


if __name__ == "__main__":
    main()
