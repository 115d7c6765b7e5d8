"""What a lab has on this machine: a small file per object, written *before* it is made.

A label outlives the lab's process and ends with the machine's run, as namespaces do.
So whoever comes later knows what may exist, whole or in part, and what to remove.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import threading
from collections.abc import Iterator
from typing import Any

LABELS_DIRECTORY = "/run/tacker-lite-pop"

Label = dict[str, Any]


def write_json(path: str, value: Label) -> None:
    """Replace a file in one step."""
    partial = f"{path}.{os.getpid()}.{threading.get_ident()}"
    with open(partial, "w", encoding="utf-8") as file:
        json.dump(value, file)
    os.replace(partial, path)


def read_json(path: str) -> Label | None:
    """The file's value, or None when there is none."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (FileNotFoundError, NotADirectoryError):
        return None


class Labels:
    """The labels of one lab.

    :param lab: its name, checked by the caller.
    """

    def __init__(self, lab: str, root: str = LABELS_DIRECTORY):
        self.root = root
        self.directory = os.path.join(root, lab)

    def folder(self, kind: str, key: str) -> str:
        return os.path.join(self.directory, kind, key)

    def write(self, kind: str, key: str, value: Label) -> None:
        folder = self.folder(kind, key)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        write_json(os.path.join(folder, "label.json"), value)

    def read(self, kind: str, key: str) -> Label | None:
        return read_json(os.path.join(self.folder(kind, key), "label.json"))

    def keys(self, kind: str) -> list[str]:
        """Keys of a kind, also of labels that were never finished."""
        try:
            return sorted(os.listdir(os.path.join(self.directory, kind)))
        except FileNotFoundError:
            return []

    def all(self, kind: str) -> dict[str, Label]:
        found = {key: self.read(kind, key) for key in self.keys(kind)}
        return {key: label for key, label in found.items() if label is not None}

    def remove(self, kind: str, key: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self.folder(kind, key))

    def remove_all(self) -> None:
        """Forget the lab."""
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self.directory)
        # Another lab's labels keep the directory: then it is not empty.
        with contextlib.suppress(OSError):
            os.rmdir(self.root)

    def of_other_labs(self, kind: str, key: str) -> list[Label]:
        """The same label of every other lab on this machine."""
        found = []
        for lab in os.listdir(self.root):
            other = os.path.join(self.root, lab)
            if other != self.directory:
                label = read_json(os.path.join(other, kind, key, "label.json"))
                found += [label] if label else []
        return found

    @contextlib.contextmanager
    def machine_lock(self) -> Iterator[None]:
        """Hold off every other lab of this machine that asks for the same."""
        os.makedirs(self.root, mode=0o755, exist_ok=True)
        descriptor = os.open(self.root, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # The last lab may have removed the directory between the two calls.
            os.makedirs(self.directory, mode=0o700, exist_ok=True)
            yield
        finally:
            os.close(descriptor)
