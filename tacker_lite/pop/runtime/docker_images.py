"""Images of the docker runtime: pulled when absent, or imported from an upload.

What a lab imports is called ``tacker-lite-pop:<lab>.<image id>`` in the engine and goes
with the lab.  What it pulls has its name of the registry and stays, as after
``docker pull``.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import threading
import time
from collections.abc import Iterable
from typing import Any

from docker.utils import parse_repository_tag

from tacker_lite.pop.runtime import docker_archives
from tacker_lite.pop.runtime.base import ImageSource, RuntimeFault
from tacker_lite.pop.runtime.docker_engine import Engine, NotThere

LOG = logging.getLogger(__name__)
REPOSITORY = "tacker-lite-pop"
#: Tells whose image it is; not a label that its containers are known by.
_LABEL = "tacker-lite-pop.imported-by"
_PROGRESS_SECONDS = 2.0
_EMPTY = "network"
_LOCKS = 64


class Images:
    """The images of one lab.

    :param directory: where archives are copied to on their way.
    """

    def __init__(self, lab: str, directory: str, engine: Engine):
        self.lab = lab
        self._directory = directory
        self._engine = engine
        # Two servers of an image that is not there ask for it once.
        self._locks = [threading.Lock() for _ in range(_LOCKS)]

    def ensure(self, source: ImageSource | None) -> dict[str, Any]:
        """Make the image be in the engine; returns what the engine knows of it.

        :raises RuntimeFault: naming the image and why it cannot be had.
        """
        if source is None or not (source.reference or source.path):
            name = source.name if source else ""
            raise RuntimeFault(
                f"image {name} has nothing to make a container of: upload an archive, "
                "or give it the property docker_image, such as nginx:1"
            )
        name = source.reference or self._own_name(source.id)
        with self._locks[hash(name) % _LOCKS]:
            found = self._inspect(name)
            if found is None:
                try:
                    self._fetch(source, name)
                except RuntimeFault as fault:
                    raise type(fault)(f"image {source.name}: {fault}") from fault
                found = self._inspect(name)
            if found is None:
                raise RuntimeFault(f"image {source.name}: {name} is not in the engine")
            return found

    def ensure_empty(self) -> str:
        """Name of an image without files, once it is in the engine."""
        name = self._own_name(_EMPTY)
        with self._locks[hash(name) % _LOCKS]:
            if self._inspect(name) is None:
                self._import(docker_archives.archive({}), name)
        return name

    def _own_name(self, ident: str) -> str:
        return f"{REPOSITORY}:{self.lab}.{ident}"

    def _inspect(self, name: str) -> dict[str, Any] | None:
        try:
            with self._engine.asked(name) as client:
                return client.inspect_image(name)
        except NotThere:
            return None

    def _fetch(self, source: ImageSource, name: str) -> None:
        begun = time.monotonic()
        if source.reference:
            self._pull(source)
        elif docker_archives.manifest(source.path) is not None:
            self._load(source.path, name)
        elif source.form == "docker":
            raise RuntimeFault("container format docker, but no archive of docker save")
        else:
            with open(source.path, "rb") as file:
                self._import(file, name)
        LOG.info("Image %s is there: %.1f s", source.name, time.monotonic() - begun)

    def _pull(self, source: ImageSource) -> None:
        repository, tag = parse_repository_tag(source.reference)
        what = f"{source.reference} cannot be pulled"
        LOG.info("Image %s: pulling %s", source.name, source.reference)
        with self._engine.asked(what) as client:
            answers = client.pull(repository, tag or "latest", stream=True, decode=True)
            for text in _progress(answers, what):
                LOG.info("Image %s: %s", source.name, text)

    def _load(self, path: str, name: str) -> None:
        os.makedirs(self._directory, mode=0o700, exist_ok=True)
        with tempfile.TemporaryFile(dir=self._directory) as file:
            docker_archives.rename(path, name, file)
            file.seek(0)
            with self._engine.asked("the archive cannot be loaded") as client:
                for _ in _progress(client.load_image(file), "cannot be loaded"):
                    pass

    def _import(self, data: Any, name: str) -> None:
        repository, tag = name.split(":")
        what = "the archive cannot be imported"
        with self._engine.asked(what) as client:
            said = client.import_image_from_data(
                data, repository, tag, [f"LABEL {_LABEL}={self.lab}"]
            )
        lines = [json.loads(line) for line in said.splitlines() if line.strip()]
        for _ in _progress(lines, what):
            pass

    def names(self) -> list[str]:
        """Names in the engine of what the lab has imported."""
        with self._engine.asked("images") as client:
            images = client.images(REPOSITORY)
        return [
            name
            for image in images
            for name in image["RepoTags"] or ()
            if name.startswith(f"{REPOSITORY}:{self.lab}.")
        ]

    def delete(self, ident: str) -> None:
        """Remove what was imported for an image; what uses it keeps it until then."""
        self._remove(self._own_name(ident))

    def delete_all(self) -> None:
        """Remove every image that the lab has imported."""
        for name in self.names():
            self._remove(name)

    def _remove(self, name: str) -> None:
        try:
            with self._engine.asked(name) as client:
                client.remove_image(name)
        except NotThere:
            return
        except RuntimeFault as fault:
            LOG.warning("Image %s stays: %s", name, fault)


def _progress(answers: Iterable[dict[str, Any]], what: str) -> Iterable[str]:
    """Say now and then how far the engine has come.

    :raises RuntimeFault: with the engine's reason, when it gives up.
    """
    layers: dict[str, tuple[int, int]] = {}
    said = time.monotonic()
    for answer in answers:
        refusal = answer.get("error") or answer.get("message")
        if refusal:
            raise RuntimeFault(f"{what}: {refusal}")
        detail = answer.get("progressDetail") or {}
        if detail.get("total"):
            layers[answer.get("id", "")] = (detail.get("current", 0), detail["total"])
        if layers and time.monotonic() - said > _PROGRESS_SECONDS:
            said = time.monotonic()
            done, total = (
                sum(sizes) / 1e6 for sizes in zip(*layers.values(), strict=True)
            )
            yield f"{answer.get('status', '')}: {done:.1f} of {total:.1f} MB"
