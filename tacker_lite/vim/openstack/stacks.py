"""Heat's stacks in the words of the driver contract; pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from tacker_lite.vim.base import Phase, Resource, VduStatus

LONGEST_NAME = 255
DIGEST_LENGTH = 8
MANAGEMENT_OUTPUT = "mgmt_ip-"
SIZE_OUTPUT = "size-"
REQUEST_IDS = re.compile(r"Neutron server returns request_ids: \[[^]]*\]")


def legal_name(name: str) -> str:
    """``name`` as a stack name: ``[a-zA-Z][a-zA-Z0-9_.-]*``, at most 255 characters.

    Spaces become underscores.  Where more has to change, part of a digest is added,
    so that two names never become one.
    """
    spaced = name.replace(" ", "_")
    legal = re.sub(r"[^a-zA-Z0-9_.-]", "_", spaced)
    if not re.match(r"[a-zA-Z]", legal):
        legal = f"vnf_{legal}"
    if legal == spaced and len(legal) <= LONGEST_NAME:
        return legal
    digest = hashlib.sha256(name.encode()).hexdigest()[:DIGEST_LENGTH]
    return f"{legal[: LONGEST_NAME - DIGEST_LENGTH - 1]}_{digest}"


def phase(stack_status: str) -> Phase:
    """The phase for a stack status such as ``CREATE_IN_PROGRESS``."""
    action, _, progress = stack_status.partition("_")
    if progress == "IN_PROGRESS":
        return Phase.BUILDING
    if progress == "FAILED" or action == "ROLLBACK":
        return Phase.FAILED
    if action == "DELETE":
        return Phase.GONE
    return Phase.READY


def vdus(outputs: Iterable[Mapping[str, Any]]) -> tuple[VduStatus, ...]:
    """Management addresses from the outputs ``mgmt_ip-<VDU>``.

    A list belongs to a scaled VDU.  An output without a value is left out.
    """
    found = []
    for output in outputs:
        name, value = str(output.get("output_key")), output.get("output_value")
        if not name.startswith(MANAGEMENT_OUTPUT) or value in (None, ""):
            continue
        scaled = isinstance(value, list)
        addresses = value if isinstance(value, list) else [value]
        found.append(
            VduStatus(
                name.removeprefix(MANAGEMENT_OUTPUT),
                tuple(str(address) for address in addresses if address),
                scaled,
            )
        )
    return tuple(sorted(found, key=lambda vdu: vdu.name))


def sizes(outputs: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Copies by scaling policy, from the outputs ``size-<policy>``.

    An output that is no number, as while the group is being made, is left out.
    """
    found = {}
    for output in outputs:
        name, value = str(output.get("output_key")), output.get("output_value")
        if name.startswith(SIZE_OUTPUT) and str(value).isdecimal():
            found[name.removeprefix(SIZE_OUTPUT)] = int(str(value))
    return found


def failure(stack_status: str, reason: str, failed: Iterable[Mapping[str, Any]]) -> str:
    """Why a stack failed: its own reason, then what its resources add to it.

    :param failed: the failed resources, as Heat lists them.
    """
    said = _tidy(reason)
    causes = [f"{stack_status}: {said}" if said else stack_status]
    for resource in failed:
        cause = _tidy(str(resource.get("resource_status_reason") or ""))
        if cause and not any(_core(cause) in known for known in causes):
            causes.append(f"{resource['resource_name']}: {cause}")
    return "; ".join(causes)


def _tidy(reason: str) -> str:
    """``reason`` on one line, without the request ids that Neutron adds."""
    return " ".join(REQUEST_IDS.sub("", reason).split())


def _core(reason: str) -> str:
    """``reason`` without the exception class that Heat sets before it."""
    return re.sub(r"^\w+: ", "", reason).strip()


def failed_resources(resources: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those of Heat's resources that failed, in the order given."""
    return [
        resource
        for resource in resources
        if str(resource.get("resource_status", "")).endswith("_FAILED")
    ]


def made(resources: Iterable[Mapping[str, Any]]) -> tuple[Resource, ...]:
    """Those of Heat's resources that exist outside Heat already, by name.

    One of a nested stack is named by its way from the top, such as
    ``SP1_group/o3yzlm2xqvtl/VDU1``.
    """
    listed = list(resources)
    parents = {
        str(resource["resource_name"]): str(resource["parent_resource"])
        for resource in listed
        if resource.get("parent_resource")
    }
    found = [
        Resource(
            str(resource["physical_resource_id"]),
            _way(resource, parents),
            str(resource["resource_type"]),
        )
        for resource in listed
        if resource.get("physical_resource_id")
    ]
    return tuple(sorted(found, key=lambda resource: (resource.name, resource.id)))


def _way(resource: Mapping[str, Any], parents: Mapping[str, str]) -> str:
    names = [str(resource["resource_name"])]
    parent = resource.get("parent_resource")
    while parent and str(parent) not in names:
        names.append(str(parent))
        parent = parents.get(str(parent))
    return "/".join(reversed(names))
