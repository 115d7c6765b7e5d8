"""Where images come from: the topology's, and what containers are made of."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from tacker_lite.pop import records, topology
from tacker_lite.pop.errors import TopologyError
from tacker_lite.pop.image_data import ImageData
from tacker_lite.pop.runtime.base import ImageSource, Runtime

#: Property of an image whose files are in a registry, such as ``nginx:1``.
DOCKER_IMAGE = "docker_image"
_CHUNK_BYTES = 1024 * 1024


def wanted(entry: topology.ImageEntry, pop: str, runtime: Runtime) -> bool:
    """Whether an image of the topology can be offered.

    The one that is there by default is left out silently where it cannot.

    :raises TopologyError: when nobody could start a server from it.
    """
    if runtime.host_files or entry.docker or entry.file:
        return True
    if entry in topology.DEFAULT_IMAGES:
        return False
    raise TopologyError(
        f"image {entry.name} of PoP {pop}: the runtime {runtime.name} needs files to "
        "make a server of: give it 'docker' (such as nginx:1) or 'file' (an archive)"
    )


def described(entry: topology.ImageEntry) -> dict[str, Any]:
    """What the record of a topology's image says of where it comes from."""
    if entry.docker:
        return {
            "container_format": "docker",
            "properties": {DOCKER_IMAGE: entry.docker},
        }
    says = f"The file {entry.file}" if entry.file else "The host's own files"
    return {"container_format": "bare", "properties": {"description": says}}


def read_file(entry: topology.ImageEntry, pop: str, directory: str) -> Iterator[bytes]:
    """The content of a topology's image.

    :param directory: that its name starts from, when it is relative.
    :raises TopologyError: when the file cannot be read.
    """
    path = os.path.join(directory, entry.file)
    try:
        with open(path, "rb") as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                yield chunk
    except OSError as error:
        raise TopologyError(
            f"image {entry.name} of PoP {pop}: {path} cannot be read: {error.strerror}"
        ) from error


def source(image: records.Image | None, files: ImageData) -> ImageSource | None:
    """What a container of an image is made of; None: the image is gone."""
    if image is None:
        return None
    return ImageSource(
        id=image.id,
        name=image.name or image.id,
        reference=str(image.properties.get(DOCKER_IMAGE, "")),
        path=files.path(image.id) if files.exists(image.id) else "",
        form=image.container_format or "",
    )


def is_elsewhere(image: records.Image) -> bool:
    """Whether an image needs no data here."""
    return bool(image.location or image.properties.get(DOCKER_IMAGE))
