"""What a server does with its user_data: no side effects.

A script, told by its first two characters ``#!``, is run as it is.  Of
``#cloud-config`` the keys ``write_files``, ``runcmd`` and ``hostname`` are understood,
with the meaning that the cloud-init reference gives them.  Anything else is named on
the console and ignored, as a cloud does whose image has no such agent.
"""

from __future__ import annotations

import base64
import binascii
import re
import shlex
from dataclasses import dataclass, field
from typing import Any

UNSUPPORTED = "tacker-lite: user_data ignored: "
FILE_KEYS = {"path", "content", "permissions", "owner", "encoding", "append"}
TEXT_ENCODINGS = {None, "", "text/plain"}
BASE64_ENCODINGS = {"b64", "base64"}


@dataclass(frozen=True)
class StartPlan:
    """What to run, and what to say.

    :ivar script: the start script, or empty.
    :ivar hostname: host name asked for, or empty.
    :ivar notes: lines for the console.
    """

    script: bytes = b""
    hostname: str = ""
    notes: list[str] = field(default_factory=list)


def plan(user_data: bytes) -> StartPlan:
    """Read user_data; never fails, the notes say what cannot be done."""
    if not user_data.strip():
        return StartPlan()
    if user_data.startswith(b"#!"):
        return StartPlan(script=user_data)
    if user_data.startswith(b"#cloud-config"):
        return _cloud_config(user_data)
    kind = "compressed data" if user_data.startswith(b"\x1f\x8b") else "text"
    return StartPlan(
        notes=[f"{UNSUPPORTED}{kind} is neither a script (#!) nor #cloud-config"]
    )


def _cloud_config(user_data: bytes) -> StartPlan:
    import yaml  # noqa: PLC0415 - few servers need it, the lab stays small

    try:
        document = yaml.safe_load(user_data)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        return StartPlan(notes=[f"{UNSUPPORTED}#cloud-config is not YAML: {reason}"])
    if document is None:
        return StartPlan()
    if not isinstance(document, dict):
        return StartPlan(notes=[f"{UNSUPPORTED}#cloud-config is not a mapping"])
    notes: list[str] = []
    lines = _write_files(document.pop("write_files", None), notes)
    lines += _commands(document.pop("runcmd", None), notes)
    hostname = document.pop("hostname", "")
    if not isinstance(hostname, str):
        notes.append(f"{UNSUPPORTED}hostname must be text")
        hostname = ""
    notes += [
        f"{UNSUPPORTED}#cloud-config key {key!r} is not supported" for key in document
    ]
    script = "\n".join(["#!/bin/sh", *lines, ""]).encode() if lines else b""
    return StartPlan(script, hostname, notes)


def _commands(commands: Any, notes: list[str]) -> list[str]:
    if commands is None:
        return []
    if not isinstance(commands, list):
        notes.append(f"{UNSUPPORTED}runcmd must be a list")
        return []
    lines = []
    for number, command in enumerate(commands, 1):
        if isinstance(command, str):
            lines.append(command)
        elif isinstance(command, list) and command:
            lines.append(shlex.join(str(word) for word in command))
        else:
            notes.append(f"{UNSUPPORTED}runcmd item {number} is no text and no list")
    return lines


def _write_files(files: Any, notes: list[str]) -> list[str]:
    if files is None:
        return []
    if not isinstance(files, list):
        notes.append(f"{UNSUPPORTED}write_files must be a list")
        return []
    lines = []
    for number, entry in enumerate(files, 1):
        try:
            lines += _write_file(entry)
        except ValueError as error:
            notes.append(f"{UNSUPPORTED}write_files item {number}: {error}")
    return lines


def _write_file(entry: Any) -> list[str]:
    """Shell lines that write one file.

    :raises ValueError: saying what is wrong with the entry.
    """
    if not isinstance(entry, dict):
        raise ValueError("must be a mapping")
    unknown = sorted(str(key) for key in entry if key not in FILE_KEYS)
    if unknown:
        raise ValueError(f"key {unknown[0]!r} is not supported")
    path = entry.get("path")
    if not isinstance(path, str) or not path.startswith("/"):
        raise ValueError("path must be an absolute path")
    permissions = str(entry.get("permissions", "0644"))
    if not re.fullmatch("0?o?[0-7]{3,4}", permissions):
        raise ValueError("permissions must be octal digits in quotes, such as '0644'")
    text = base64.b64encode(_content(entry)).decode()
    quoted = shlex.quote(path)
    arrow = ">>" if entry.get("append") else ">"
    lines = [
        f'mkdir -p "$(dirname {quoted})"',
        f"base64 -d {arrow} {quoted} <<'END'",
        *(text[at : at + 76] for at in range(0, len(text), 76)),
        "END",
        f"chmod {permissions.replace('o', '')} {quoted}",
    ]
    if entry.get("owner"):
        lines.append(f"chown {shlex.quote(str(entry['owner']))} {quoted}")
    return lines


def _content(entry: dict[str, Any]) -> bytes:
    content = entry.get("content", "")
    encoding = entry.get("encoding")
    data = content if isinstance(content, bytes) else str(content).encode()
    if encoding in TEXT_ENCODINGS:
        return data
    if encoding in BASE64_ENCODINGS:
        try:
            return base64.b64decode(data)
        except binascii.Error as error:
            raise ValueError(f"content is not base64: {error}") from error
    raise ValueError(f"encoding {encoding!r} is not supported: use b64")
