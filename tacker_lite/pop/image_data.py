"""The data of images: a file for each beside the store."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import IO, Any

from tacker_lite.pop.errors import PopError

_CHUNK_BYTES = 1024 * 1024


class StorageFull(PopError):
    """There is no room for an image's data on this machine."""

    status = 413


class ImageData:
    """Files of one PoP's images, named by their ids.

    :param directory: where they are; made when it is needed first.
    """

    def __init__(self, directory: str):
        self._directory = directory

    def path(self, ident: str) -> str:
        """Where an image's data is, or would be."""
        return os.path.join(self._directory, ident)

    def keep_only(self, idents: Collection[str]) -> None:
        """Remove what belongs to no image."""
        if os.path.isdir(self._directory):
            for name in set(os.listdir(self._directory)) - set(idents):
                os.unlink(os.path.join(self._directory, name))

    def save(self, ident: str, chunks: Iterable[bytes]) -> dict[str, Any]:
        """Write an image's data piece by piece; returns its size and checksums.

        :raises StorageFull: when the disk has no room; nothing is left then.
        """
        with self._whole_or_nothing(ident):
            with open(self.path(ident), "wb") as stream:

                def written() -> Iterator[bytes]:
                    for chunk in chunks:
                        stream.write(chunk)
                        yield chunk

                values = _measured(written())
                stream.flush()
                os.fsync(stream.fileno())
        return values

    def fill(self, ident: str, write: Callable[[str], None]) -> dict[str, Any]:
        """Have an image's data written by another; returns its size and checksums.

        :param write: gets the path of the file to make.
        """
        with self._whole_or_nothing(ident):
            write(self.path(ident))
            with open(self.path(ident), "rb") as stream:
                return _measured(iter(lambda: stream.read(_CHUNK_BYTES), b""))

    @contextlib.contextmanager
    def _whole_or_nothing(self, ident: str) -> Iterator[None]:
        os.makedirs(self._directory, mode=0o700, exist_ok=True)
        try:
            yield
        except BaseException as error:
            self.remove(ident)
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                raise StorageFull(
                    "There is not enough disk space on the image storage media."
                ) from error
            raise

    def open(self, ident: str) -> IO[bytes] | None:
        """The data for reading; None: there is none."""
        try:
            return open(self.path(ident), "rb")
        except FileNotFoundError:
            return None

    def exists(self, ident: str) -> bool:
        """Whether there is any."""
        return os.path.exists(self.path(ident))

    def remove(self, ident: str) -> None:
        """Remove an image's data; none there is fine."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path(ident))


def _measured(chunks: Iterable[bytes]) -> dict[str, Any]:
    md5 = hashlib.md5(usedforsecurity=False)
    sha512 = hashlib.sha512()
    size = 0
    for chunk in chunks:
        md5.update(chunk)
        sha512.update(chunk)
        size += len(chunk)
    return {
        "size": size,
        "checksum": md5.hexdigest(),
        "os_hash_algo": "sha512",
        "os_hash_value": sha512.hexdigest(),
    }
