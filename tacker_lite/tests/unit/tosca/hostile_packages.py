"""Packages that are broken, or made to do harm, and what is said about each.

Run as a program, it reads the packages in a folder and prints, as JSON, the seconds
that each took and by how many bytes the process grew at most.
"""

from __future__ import annotations

import functools
import json
import stat
import struct
import sys
import time
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tacker_lite import exceptions
from tacker_lite.tests.unit.tosca.broken_archives import (
    CRC,
    FLAGS,
    METHOD,
    UNPACKED,
    bomb,
    chain,
    entry,
    lying_bomb,
    missing_scripts,
    nested,
    overlapping,
    patched,
)
from tacker_lite.tests.unit.tosca.packages import (
    ENTRY,
    META,
    META_TEXT,
    TYPES,
    changed,
    descriptor,
    good,
    packed,
    packed_entries,
)
from tacker_lite.tosca import package


@dataclass(frozen=True)
class Case:
    """One package, and words that its refusal must have."""

    make: Callable[[], bytes]
    words: tuple[str, ...]


def of(*words: str, **changes) -> Case:
    """A good package but for some of its files."""
    return Case(lambda: packed(changed(**changes)), words)


def named(name: str, *words: str) -> Case:
    """A good package with one more entry of this name."""
    return Case(lambda: packed_entries([*good().items(), (name, "x")]), words)


def imports(*items: str) -> dict[str, str]:
    return {"entry": descriptor(f"imports: [{', '.join(items)}]\n")}


def script(path: str) -> str:
    return descriptor().replace("../Scripts/install.sh", path)


LONG = "Files/" + "n" * 300

CASES: dict[str, Case] = {
    # Paths
    "absolute path": named("/etc/cron.d/x", "relative", "absolute"),
    "path that climbs": named("../../etc/passwd", ".."),
    "path that climbs within": named("Files/../../x", ".."),
    "dot in a path": named("./Files/x", "no ."),
    "empty part": named("Files//x", "empty part"),
    "backslashes": named("..\\..\\x", "backslashes"),
    "drive letter": named("C:/x", "absolute"),
    "NUL in a name": Case(
        lambda: packed_entries([*good().items(), ("Files/abcdef.sh", "x")]).replace(
            b"Files/abcdef.sh", b"Files/a\0cdef.sh"
        ),
        ("printable",),
    ),
    "line break in a name": named("Files/a\nb", "printable", "Files/a?b"),
    "direction marks in a name": named("Files/\u202egnp.sh", "printable"),
    "percent in a name": named("Files/100%s\n", "100?s"),
    "long name": named(LONG, "255 characters"),
    "name in another encoding": Case(
        lambda: packed_entries([*good().items(), ("Files/naive.sh", "x")]).replace(
            b"Files/naive.sh", b"Files/na\xefve.sh"
        ),
        ("marked as UTF-8",),
    ),
    "name that is no UTF-8": Case(
        lambda: packed_entries([*good().items(), ("Files/n\u00efve.sh", "x")]).replace(
            b"Files/n\xc3\xafve.sh", b"Files/n\xc3\x28ve.sh"
        ),
        ("not UTF-8",),
    ),
    "same name twice": Case(
        lambda: packed_entries([*good().items(), *good().items()]),
        ("the same file", "every path once"),
    ),
    "names that differ by case": named("scripts/INSTALL.sh", "case"),
    "names that differ by form": Case(
        lambda: packed_entries(
            [*good().items(), ("Files/e\u0301", "x"), ("Files/\u00e9", "y")]
        ),
        ("the same file",),
    ),
    "file that is a directory": named("Scripts/install.sh/x", "directory"),
    # Kinds of entries
    "symbolic link": Case(
        entry("Files/link", "/etc/passwd", external_attr=(stat.S_IFLNK | 0o777) << 16),
        ("links", "Files/link"),
    ),
    "device": Case(
        entry("Files/disk", "", external_attr=(stat.S_IFBLK | 0o600) << 16),
        ("devices", "Files/disk"),
    ),
    "encrypted": Case(
        patched(ENTRY, {FLAGS: b"\x01\x00"}), ("encrypted", "password", ENTRY)
    ),
    "bzip2": Case(
        lambda: packed(good(), zipfile.ZIP_BZIP2), ("method", "deflate")
    ),
    "LZMA": Case(lambda: packed(good(), zipfile.ZIP_LZMA), ("method", "deflate")),
    "unknown method": Case(
        patched(ENTRY, {METHOD: b"\x63\x00"}), ("method", "deflate")
    ),
    # Sizes
    "larger than a package may be": Case(
        lambda: packed({"x": b"\0" * 2_200_000}, zipfile.ZIP_STORED),
        ("larger than 2097152 bytes",),
    ),
    "many entries": Case(
        lambda: packed_entries([(f"f{i}", "") for i in range(1500)]),
        ("more than 1000 entries",),
    ),
    "bomb": Case(bomb, ("200 times", "Files/zeros")),
    "bomb that lies": Case(lying_bomb, (ENTRY,)),
    "many texts under the ratio": Case(
        lambda: packed_entries(
            [(f"f{i}", f"{i:07}\n" * 8_000) for i in range(600)]
        ),
        ("unpacks to more than",),
    ),
    "entries that share content": Case(overlapping, ("share",)),
    "large descriptor": of(
        "larger than 1000000 bytes",
        entry="a: " + "".join(f"{i}x" for i in range(200_000)),
    ),
    "large script": of(
        'node "web"',
        "larger than 1000000 bytes",
        files={"Scripts/install.sh": "".join(f"{i}\n" for i in range(200_000))},
    ),
    "texts too large together": Case(
        lambda: packed(
            changed(
                **imports(*(f"t{i}.yaml" for i in range(4))),
                files={
                    f"Definitions/t{i}.yaml": "description: |\n"
                    + "".join(f"  {j} {i}\n" for j in range(75_000))
                    for i in range(4)
                },
            )
        ),
        ("together larger",),
    ),
    "larger than it says": Case(
        patched(ENTRY, {UNPACKED: struct.pack("<I", 10)}), (ENTRY,)
    ),
    "smaller than it says": Case(
        patched(ENTRY, {UNPACKED: struct.pack("<I", 60_000)}), (ENTRY,)
    ),
    "wrong checksum": Case(
        patched(ENTRY, {CRC: b"\0\0\0\0"}), (ENTRY, "cannot be unpacked")
    ),
    # Zip files that are none
    "no zip file": Case(lambda: b"PK\x03\x04" + b"x" * 500, ("no readable zip file",)),
    "empty": Case(lambda: packed({}), (META, "none")),
    "cut off": Case(lambda: packed(good())[:-30], ("no readable zip file",)),
    "first half": Case(
        lambda: packed(good())[: len(packed(good())) // 2], ("no readable zip file",)
    ),
    # Metadata
    "neither metadata nor one descriptor": of(META, "none", meta=None),
    "packed with its directory": Case(
        lambda: packed({f"web/{name}": text for name, text in good().items()}),
        (META, "pack what is in web/"),
    ),
    "two descriptors and no metadata": of(
        META, "a.yaml, b.yaml", meta=None, files={"a.yaml": TYPES, "b.yaml": TYPES}
    ),
    "metadata that are no text": of(META, "UTF-8", meta=b"\xff\xfe\x00"),
    "metadata with a NUL": of(META, "NUL", meta=META_TEXT + "\0"),
    "metadata without colons": of(f"{META}:1", "colon", meta="hello\n"),
    "metadata with a key twice": of(
        f"{META}:5", "twice", meta=META_TEXT + "CSAR-Version: 1.1\n"
    ),
    "metadata of another version": of(
        f"{META}:2", 'is "9.9"', meta=META_TEXT.replace("1.1", "9.9")
    ),
    "metadata of another form": of(
        f"{META}:1", 'TOSCA-Meta-File-Version is "7"',
        meta=META_TEXT.replace("Version: 1.0", "Version: 7"),
    ),
    "no version": of(
        META, "CSAR-Version is missing",
        meta=META_TEXT.replace("CSAR-Version: 1.1\n", ""),
    ),
    "no entry definitions": of(
        META, "Entry-Definitions is missing",
        meta=META_TEXT.replace(f"Entry-Definitions: {ENTRY}\n", ""),
    ),
    "entry definitions that are not there": of(
        f"{META}:4", "did you mean Definitions/web.yaml?",
        meta=META_TEXT.replace("web.yaml", "wep.yaml"),
    ),
    "entry definitions outside": of(
        f"{META}:4", "..", meta=META_TEXT.replace(ENTRY, "../../etc/passwd")
    ),
    "entry definitions on the server": of(
        f"{META}:4", "absolute", meta=META_TEXT.replace(ENTRY, "/etc/passwd")
    ),
    "packages within packages": Case(lambda: nested(3), ("inner.csar", "no text")),
    # Definitions
    "descriptor that is no text": of(ENTRY, "UTF-8", entry=b"\xff\xfe\x00\x01"),
    "descriptor that is no YAML": of(f"{ENTRY}:2", "YAML", entry="a: 1\nb: [}\n"),
    "descriptor that is a list": of(f"{ENTRY}:1", "mapping, not a list", entry="- a"),
    "YAML bomb": of(
        "too large",
        entry="a0: &a0 [x, x]\n"
        + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40)),
    ),
    "YAML of objects": of("tag", entry="a: !!python/object/apply:os.system [id]\n"),
    "imports that are no list": of(
        f"{ENTRY}:2", "must be a list", entry=descriptor("imports: types.yaml\n")
    ),
    "import of itself": of("go round", "web.yaml", **imports("web.yaml")),
    "imports that go round": of(
        "go round",
        "types.yaml -> Definitions/web.yaml",
        types="imports: [../Definitions/web.yaml]\n",
    ),
    "import that is not there": of(
        f"{ENTRY}:2", "did you mean", **imports("typos.yaml")
    ),
    "import from the server": of("outside", **imports("/etc/passwd")),
    "import from above": of("outside", **imports("../../types.yaml")),
    "import from elsewhere": of(
        "outside", **imports("'https://example.com/types.yaml'")
    ),
    "import from a repository": of(
        "not repository", **imports("{file: types.yaml, repository: x}")
    ),
    "import of a number": of("must be the path", **imports("7")),
    "import of nothing": of("must be the path", **imports("''")),
    "many imports": of("more than 50", files=chain(60), **imports("t0.yaml")),
    "import that is no YAML": of("Definitions/types.yaml:", "YAML", types="{[\n"
    ),
    "import with nodes": of(
        "Definitions/types.yaml:2",
        "topology_template",
        types="description: x\ntopology_template: {}\n",
    ),
    "import of another language": of(
        "Definitions/types.yaml:1", "tosca_2_0", types=TYPES.replace(
            "tosca_simple_profile_for_nfv_1_0_0", "tosca_2_0"
        )
    ),
    "types that are a list": of(
        "Definitions/types.yaml:1", "must be a mapping", types="node_types: [a]\n"
    ),
    "type defined twice": of(
        "Definitions/more.yaml:3", "is also in Definitions/types.yaml",
        files={"Definitions/more.yaml": TYPES},
        **imports("types.yaml", "more.yaml"),
    ),
    # Scripts
    "script of the server": of(
        f"{ENTRY}:", 'node "web"', "outside", entry=script("/etc/passwd")
    ),
    "script from above": of(
        'node "web"', "outside", entry=script("../../../etc/shadow")
    ),
    "script from elsewhere": of(
        'node "web"', "outside", entry=script("https://example.com/x.sh")
    ),
    "script that is not there": of(
        'node "web"', "did you mean Scripts/install.sh?",
        entry=script("../Scripts/instal.sh"),
    ),
    "many scripts that are not there": Case(
        missing_scripts, ('node "n0"', "not in the package", "more")
    ),
    "script that is no text": of(
        'node "web"', "UTF-8", files={"Scripts/install.sh": b"\x7fELF\xff\x00"}
    ),
    "directory as script": of('node "web"', "not in the package",
                              entry=script("../Scripts")),
}  # fmt: skip


def refusal(data: bytes) -> str:
    """What is said about a package; fails when it is accepted."""
    try:
        package.read_package(data, "web.csar")
    except exceptions.InvalidTemplate as error:
        return error.message
    raise AssertionError("it was accepted")


@functools.cache
def made() -> dict[str, bytes]:
    """Every package of the table, by name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # zipfile's: a name stands twice
        return {name: case.make() for name, case in CASES.items()}


def measure(folder: Path) -> dict[str, float]:
    """Refuse every package of a folder; the seconds that each takes, by its file."""
    seconds = {}
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        begin = time.perf_counter()
        refusal(data)
        seconds[path.name] = time.perf_counter() - begin
    return seconds


def memory(name: str) -> int:
    """Bytes of this process: ``VmRSS`` now, or ``VmHWM`` at most."""
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{name}:")[1].split()[0]) * 1024


if __name__ == "__main__":
    refusal(CASES["empty"].make())
    # The most it ever had counts from here on.
    Path("/proc/self/clear_refs").write_text("5")
    before = memory("VmRSS")
    found = measure(Path(sys.argv[1]))
    print(json.dumps({"seconds": found, "bytes": memory("VmHWM") - before}))
