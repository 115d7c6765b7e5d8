"""Image archives: told apart, and given a name of the lab's own.

``docker load`` gives images the names that the archive says, whoever has them now.  So
an archive is copied with another name before it is loaded.
"""

from __future__ import annotations

import io
import json
import lzma
import tarfile
import zlib
from typing import IO, Any

from tacker_lite.pop.runtime.base import RuntimeFault

_MANIFEST = "manifest.json"
_INDEX = "index.json"
_OLD_NAMES = "repositories"
#: More than any list of layers takes.
_MOST_BYTES = 16 << 20
_UNREADABLE = (tarfile.TarError, EOFError, OSError, lzma.LZMAError, zlib.error)
_NAME_MARKS = ("io.containerd.image.name", "org.opencontainers.image.ref.name")


def manifest(path: str) -> list[dict[str, Any]] | None:
    """What an archive of ``docker save`` holds; None when it is another tar archive.

    :raises RuntimeFault: when the file is no tar archive at all.
    """
    try:
        with tarfile.open(path, "r:*") as archive:
            for member in archive:
                if member.name.removeprefix("./") == _MANIFEST:
                    return _images(archive.extractfile(member))
    except _UNREADABLE as error:
        raise RuntimeFault(
            "must be a tar archive, of docker save or of a root file system, plain or "
            f"compressed with gzip, bzip2 or xz: {error}"
        ) from error
    return None


def _images(file: IO[bytes] | None) -> list[dict[str, Any]] | None:
    """None when the file is just one of that name."""
    images = _document(file)
    known = isinstance(images, list) and all(
        isinstance(image, dict) and "Config" in image and "Layers" in image
        for image in images
    )
    return images if known else None


def _document(file: IO[bytes] | None) -> Any:
    """What a file of JSON says; None when it is none."""
    try:
        return json.loads(file.read(_MOST_BYTES)) if file else None
    except (ValueError, RecursionError):
        return None


def rename(path: str, name: str, into: IO[bytes]) -> None:
    """Copy an archive of ``docker save`` that holds one image, with another name.

    :param name: with its tag, such as ``web:1``.
    :raises RuntimeFault: when it holds none or several, or cannot be read.
    """
    images = manifest(path)
    if not images or len(images) != 1:
        count = len(images or ())
        raise RuntimeFault(f"must hold one image of docker save, not {count}")
    try:
        with (
            tarfile.open(path, "r:*") as old,
            tarfile.open(fileobj=into, mode="w") as new,
        ):
            for member in old:
                _copy(old, new, member, name)
    except _UNREADABLE as error:
        raise RuntimeFault(f"cannot be copied: {error}") from error


def _copy(
    old: tarfile.TarFile, new: tarfile.TarFile, member: tarfile.TarInfo, name: str
) -> None:
    file = old.extractfile(member) if member.isreg() else None
    kind = member.name.removeprefix("./")
    if kind == _OLD_NAMES:
        return
    if file is not None and kind in (_MANIFEST, _INDEX):
        if kind == _MANIFEST:
            images = _images(file) or ()
            document: Any = [{**image, "RepoTags": [name]} for image in images]
        else:
            document = _renamed_index(_document(file), name)
        data = json.dumps(document).encode()
        member.size = len(data)
        file = io.BytesIO(data)
    new.addfile(member, file)


def _renamed_index(index: Any, name: str) -> Any:
    tag = name.rpartition(":")[2]
    values = dict(zip(_NAME_MARKS, (f"docker.io/library/{name}", tag), strict=True))
    try:
        for image in index.get("manifests", ()):
            image["annotations"] = {**image.get("annotations", {}), **values}
    except (AttributeError, TypeError) as error:
        raise RuntimeFault(f"{_INDEX} is damaged: {error}") from error
    return index


def archive(files: dict[str, tuple[bytes, int]]) -> bytes:
    """A tar archive of files of root, given as content and mode by path.

    Their directories are left out: those of a container stay as they are.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, (content, mode) in files.items():
            member = tarfile.TarInfo(path)
            member.size, member.mode = len(content), mode
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def contents(data: bytes) -> dict[str, bytes]:
    """The plain files of a tar archive, by their path in it."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isreg() else None
            if file is not None:
                found[member.name] = file.read()
    return found
