"""Makers of broken archives: what packing alone would never make."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Mapping

from tacker_lite.tests.unit.tosca.packages import (
    ENTRY,
    META,
    META_TEXT,
    TYPES,
    changed,
    good,
    packed,
    packed_entries,
)
from tacker_lite.tosca import archive

FLAGS, METHOD, CRC, PACKED, UNPACKED = 8, 10, 16, 20, 24
"""Places in an entry of a zip file's directory."""


def entry(name: str, content: str | bytes, **attributes) -> Callable[[], bytes]:
    """A good package with one more entry that has these attributes."""

    def make() -> bytes:
        info = zipfile.ZipInfo(name)
        for key, value in attributes.items():
            setattr(info, key, value)
        return packed_entries([*good().items(), (info, content)])

    return make


def patched(name: str, changes: Mapping[int, bytes]) -> Callable[[], bytes]:
    """A good package whose directory tells something else about one entry."""

    def make() -> bytes:
        data = bytearray(packed(good()))
        start = data.rindex(
            archive.DIRECTORY_ENTRY + b"", 0, data.rindex(name.encode())
        )
        for offset, value in changes.items():
            data[start + offset : start + offset + len(value)] = value
        return bytes(data)

    return make


def bomb() -> bytes:
    """Zeros that are packed a thousandfold."""
    return packed(changed(files={"Files/zeros": b"\0" * 20_000_000}))


def lying_bomb() -> bytes:
    """A descriptor that is said to be small and unpacks to 100 MB."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr(META, META_TEXT)
        with out.open(ENTRY, "w") as stream:
            for _ in range(100):
                stream.write(b"a" * 1_000_000)
    raw = bytearray(data.getvalue())
    start = raw.rindex(archive.DIRECTORY_ENTRY)
    raw[start + UNPACKED : start + UNPACKED + 4] = struct.pack("<I", 5000)
    return bytes(raw)


def overlapping() -> bytes:
    """Many entries that are said to have the same content."""
    names = [f"Files/{i}" for i in range(300)]
    data = bytearray(packed_entries([*good().items(), *((n, b"") for n in names)]))
    start = 0
    while (start := data.find(archive.DIRECTORY_ENTRY, start + 1)) > 0:
        data[start + PACKED : start + UNPACKED + 4] = struct.pack("<II", 9000, 9000)
    return bytes(data)


def nested(levels: int) -> bytes:
    """Packages within packages."""
    data = packed(good())
    for _ in range(levels):
        data = packed({META: META_TEXT.replace("web.yaml", "inner.csar"),
                       "Definitions/inner.csar": data})  # fmt: skip
    return data


def chain(length: int) -> dict[str, str | bytes]:
    """Files that import one another, one after the other."""
    files: dict[str, str | bytes] = {
        f"Definitions/t{i}.yaml": f"imports: [t{i + 1}.yaml]\n" for i in range(length)
    }
    files[f"Definitions/t{length}.yaml"] = TYPES
    return files


def missing_scripts() -> bytes:
    """A thousand nodes that each name scripts which are not quite there."""
    nodes = "".join(
        f"    n{i}:\n      type: tosca.nodes.nfv.VNFC.Tacker\n      interfaces:\n"
        f"        Standard: {{create: scripts/a{i}.sh, start: scripts/b{i}.sh}}\n"
        for i in range(1000)
    )
    files = {f"scripts/script-number-{i}.sh": "" for i in range(900)}
    head = "topology_template:\n  node_templates:\n"
    return packed({"web.yaml": head + nodes, **files})
