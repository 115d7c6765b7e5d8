"""Asks Heat's own parser about rendered templates, where Heat is installed."""

from __future__ import annotations

import functools
import json
import os
import pathlib
import subprocess
import warnings

from tacker_lite.vim.openstack.hot import Hot

VARIABLE = "TACKER_LITE_HEAT_PYTHON"
USUAL = "/usr/bin/python3"
READER = pathlib.Path(__file__).with_name("heat_reader.py")


@functools.cache
def interpreter() -> str:
    """A Python that has Heat: that of the environment, else the usual one, or ``""``.

    :raises AssertionError: when the one that was named has no Heat.
    """
    named = os.environ.get(VARIABLE)
    for python in [named] if named else [USUAL]:
        try:
            done = subprocess.run(
                [python, "-c", "import heat.engine.template"],
                capture_output=True,
                timeout=60,
            )
        except OSError:
            continue
        if done.returncode == 0:
            return python
    if named:
        raise AssertionError(f"{VARIABLE}: {named} cannot import heat")
    warnings.warn(
        f"NOT PROVEN HERE: rendered templates are not shown to Heat, which {USUAL} "
        f"does not have; name a Python with openstack-heat in {VARIABLE}",
        stacklevel=2,
    )
    return ""


class Parser:
    """A process that runs Heat's parser; a context manager."""

    def __init__(self, python: str):
        self._process = subprocess.Popen(
            [python, str(READER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._read()

    def __enter__(self) -> Parser:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()

    def refusal(self, rendered: Hot) -> str:
        """What Heat says against a template, or ``""``."""
        wanted = {
            "text": rendered.text,
            "files": rendered.files,
            "parameters": rendered.parameters,
        }
        assert self._process.stdin is not None  # noqa: S101 - narrowed
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()
        return self._read()

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait(timeout=30)

    def _read(self) -> str:
        assert self._process.stdout is not None  # noqa: S101 - narrowed
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError("Heat's parser ended; run its interpreter by hand")
        return str(json.loads(line))
