"""Images for tests, made of busybox alone, and a registry that gives one out."""

import gzip
import hashlib
import http.server
import io
import json
import shutil
import tarfile
import threading

COMMANDS = (
    *("sh", "ls", "cat", "sleep", "httpd", "ip", "hostname", "id", "mkdir", "tail"),
    *("env", "wget", "mv", "pwd", "printf", "kill", "echo", "touch"),
)
#: What the image says of how it is run; each line is looked for on the console.
ENTRY = """\
echo "pid $$, user $(id -u), in $(pwd): $*, $GREETING, $INSTANCE_NAME"
ip -o addr show eth0
ip route
exec httpd -f -p 8080 -h /srv
"""
CONFIG = {
    "Entrypoint": ["/bin/sh", "/entry"],
    "Cmd": ["word", "of command"],
    "Env": ["PATH=/bin", "GREETING=hello"],
    "WorkingDir": "/srv",
    "User": "65534:65534",
}


def root_files(shell=True, **files):
    """A root file system as a tar archive.

    :param files: further ones, by name in the root.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.add(shutil.which("busybox"), "bin/busybox")
        for name in COMMANDS if shell else ():
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(link)
        _add(archive, "srv/index.html", b"from the image\n")
        for name, text in files.items():
            _add(archive, name, text.encode())
    return buffer.getvalue()


def _add(archive, name, data):
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o644
    archive.addfile(member, io.BytesIO(data))


def _digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _config(layer, config):
    return json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": config,
            "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
        }
    ).encode()


def saved(layer, config, name):
    """An image as ``docker save`` writes it.

    :param name: that the archive gives it.
    """
    buffer = io.BytesIO()
    document = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        _add(archive, "config.json", _config(layer, config))
        _add(archive, "layer.tar", layer)
        _add(archive, "manifest.json", json.dumps(document).encode())
    return buffer.getvalue()


class Registry:
    """A registry on this machine's loopback with the image ``web:1``, to pull it."""

    def __init__(self, layer, config):
        packed = gzip.compress(layer, 1)
        settings = _config(layer, config)
        kind = "application/vnd.docker."
        manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": kind + "distribution.manifest.v2+json",
                "config": {
                    "mediaType": kind + "container.image.v1+json",
                    "size": len(settings),
                    "digest": _digest(settings),
                },
                "layers": [
                    {
                        "mediaType": kind + "image.rootfs.diff.tar.gzip",
                        "size": len(packed),
                        "digest": _digest(packed),
                    }
                ],
            }
        ).encode()
        content = kind + "distribution.manifest.v2+json"
        self.answers = {
            "/v2/": ("application/json", b"{}"),
            "/v2/web/manifests/1": (content, manifest),
            f"/v2/web/manifests/{_digest(manifest)}": (content, manifest),
        }
        for blob in (settings, packed):
            path = f"/v2/web/blobs/{_digest(blob)}"
            self.answers[path] = ("application/octet-stream", blob)
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.answers = self.answers
        self.name = f"127.0.0.1:{self._server.server_port}/web"
        threading.Thread(target=self._server.serve_forever).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        refusal = {"errors": [{"code": "MANIFEST_UNKNOWN", "message": "not here"}]}
        nothing = ("application/json", json.dumps(refusal).encode())
        found = self.server.answers.get(self.path)
        kind, data = found or nothing
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Docker-Content-Digest", _digest(data))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data)

    do_HEAD = do_GET

    def log_message(self, *words):
        """Tests are quiet."""
