"""Image archives: told apart, and given a name of the lab's own.

``docker load`` gives images the names that the archive says, whoever has them now.  So
an archive is copied with another name before it is loaded.
"""

from __future__ import annotations

import io
import json
import tarfile
from typing import IO, Any

from tacker_lite.pop.runtime.base import RuntimeFault

_MANIFEST = "manifest.json"
_INDEX = "index.json"
_OLD_NAMES = "repositories"
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
    except (tarfile.TarError, EOFError, OSError) as error:
        raise RuntimeFault(
            "must be a tar archive, of docker save or of a root file system, plain or "
            f"compressed with gzip, bzip2 or xz: {error}"
        ) from error
    return None


def _images(file: IO[bytes] | None) -> list[dict[str, Any]] | None:
    """None when the file is just one of that name."""
    try:
        images = json.load(file) if file else None
    except ValueError:
        return None
    known = isinstance(images, list) and all(
        isinstance(image, dict) and "Config" in image and "Layers" in image
        for image in images
    )
    return images if known else None


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
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise RuntimeFault(f"is damaged: {error}") from error


def _copy(
    old: tarfile.TarFile, new: tarfile.TarFile, member: tarfile.TarInfo, name: str
) -> None:
    file = old.extractfile(member) if member.isreg() else None
    kind = member.name.removeprefix("./")
    if kind == _OLD_NAMES:
        return
    if file is not None and kind in (_MANIFEST, _INDEX):
        document = json.load(file)
        if kind == _MANIFEST:
            document = [{**image, "RepoTags": [name]} for image in document]
        else:
            _rename_in_index(document, name)
        data = json.dumps(document).encode()
        member.size = len(data)
        file = io.BytesIO(data)
    new.addfile(member, file)


def _rename_in_index(index: dict[str, Any], name: str) -> None:
    tag = name.rpartition(":")[2]
    values = dict(zip(_NAME_MARKS, (f"docker.io/library/{name}", tag), strict=True))
    for image in index.get("manifests", ()):
        image["annotations"] = {**image.get("annotations", {}), **values}


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
