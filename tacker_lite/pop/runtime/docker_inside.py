"""What goes into and comes out of the container of a server."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

from tacker_lite.pop.runtime import docker_archives
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.runtime.docker_containers import (
    KEY_LABEL,
    LAB_LABEL,
    server_name,
)
from tacker_lite.pop.runtime.docker_engine import Engine, NotThere
from tacker_lite.pop.runtime.docker_images import REPOSITORY

#: That are read of a container at once: it is free to have files of any size.
MOST_BYTES = 8 << 20


class Inside:
    """Files, commands and output of one lab's servers, each known by its key."""

    def __init__(self, lab: str, engine: Engine):
        self.lab = lab
        self._engine = engine

    def put(self, key: str, files: dict[str, tuple[bytes, int]]) -> None:
        """Write files of root into a container, given as content and mode by path."""
        name = server_name(self.lab, key)
        with self._engine.asked(name) as client:
            client.put_archive(name, "/", docker_archives.archive(files))

    def get(self, key: str, path: str) -> dict[str, bytes] | None:
        """Plain files of a container at or below a path; None: there is none."""
        name = server_name(self.lab, key)
        try:
            with self._engine.asked(name) as client:
                chunks, _ = client.get_archive(name, path)
                data = b""
                for chunk in chunks:
                    data += chunk
                    if len(data) > MOST_BYTES:
                        raise RuntimeFault(f"{path} of {name} is too large to read")
                return docker_archives.contents(data)
        except NotThere:
            return None

    def run(
        self, key: str, argv: list[str], environment: Mapping[str, str] | None = None
    ) -> None:
        """Begin to run a command in a container as root, and leave it alone.

        :raises RuntimeFault: when there is no such command in it.
        """
        name = server_name(self.lab, key)
        with self._engine.asked(name) as client:
            made = client.exec_create(
                name,
                argv,
                stdout=False,
                stderr=False,
                user="0",
                environment=dict(environment or {}),
            )
            client.exec_start(made["Id"], detach=True)

    def log(self, key: str) -> bytes:
        """What a container has printed; empty when there is none."""
        name = server_name(self.lab, key)
        try:
            with self._engine.asked(name) as client:
                return bytes(client.logs(name))
        except NotThere:
            return b""

    def save(self, key: str, path: str) -> None:
        """Write a container's files and settings to an archive of one image."""
        name = server_name(self.lab, key)
        repository, tag = REPOSITORY, f"{self.lab}.save-{key}"
        image = f"{repository}:{tag}"
        # Whatever is made of the copy is no container of this server's.
        changes = [f'LABEL {LAB_LABEL}="" {KEY_LABEL}=""']
        # A lab that was killed meanwhile left one, and nobody would find it again.
        self._remove_image(image)
        with self._engine.asked(name) as client:
            client.commit(name, repository, tag, changes=changes)
        try:
            with open(path, "wb") as file:
                for chunk in self._chunks(image):
                    file.write(chunk)
        except OSError as error:
            raise RuntimeFault(f"{path}: {error.strerror}") from error
        finally:
            self._remove_image(image)

    def _chunks(self, image: str) -> Iterator[bytes]:
        with self._engine.asked(image) as client:
            yield from client.get_image(image)

    def _remove_image(self, image: str) -> None:
        with contextlib.suppress(NotThere), self._engine.asked(image) as client:
            client.remove_image(image)
