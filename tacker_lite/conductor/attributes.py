"""A VNF's ``attributes``: objects as callers give them, text as the API keeps it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from tacker_lite import exceptions
from tacker_lite.tosca.model import (
    AlarmingPolicy,
    ReservationPolicy,
    ScalingPolicy,
    VnfTemplate,
)

OBJECTS = ("param_values", "config")
"""Attributes that are objects; all others are text."""

WRITTEN = (
    "heat_template",
    "monitoring_policy",
    "app_monitoring_policy",
    "scaling_group_names",
    "alarming_policy",
    "reservation_policy",
    "maintenance_url",
)
"""Attributes that the service writes, beside those named after files and triggers."""

LARGEST = 4 * 1024 * 1024
"""Bytes that updates may let all attributes of a VNF grow to, as JSON."""

WRITTEN_FILES = "_res.yaml"
NOT_MONITORED = "noop"


def parse(name: str, value: Any) -> dict[str, Any]:
    """The object given as attribute ``name``.

    Text is read as YAML: not every client sends an object.

    :raises InvalidInput: when it is neither an object nor the YAML of one.
    """
    if isinstance(value, str):
        try:
            # A few lines of aliases can stand for gigabytes.
            if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(value)):
                raise yaml.YAMLError("aliases are not accepted")
            value = yaml.safe_load(value)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            line = f" in line {mark.line + 1}" if mark else ""
            raise exceptions.InvalidInput(
                f"attributes.{name} is not well-formed YAML{line}",
                public_type="ParamYAMLNotWellFormed",
            ) from None
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise exceptions.InvalidInput(
            f"attributes.{name} must be an object, not {type(value).__name__}",
            public_type="InvalidAPIAttributeType",
        )
    return dict(value)


def plain_text(attributes: Mapping[str, Any]) -> dict[str, str]:
    """The attributes that are kept as given.

    :raises InvalidInput: for one that is not text.
    """
    given = {key: value for key, value in attributes.items() if key not in OBJECTS}
    for key, value in given.items():
        if not isinstance(value, str):
            raise exceptions.InvalidInput(
                f"attributes.{key} must be text, not {type(value).__name__}",
                public_type="InvalidAPIAttributeType",
            )
    return given


def refuse_written(
    given: Mapping[str, str], current: Mapping[str, str], webhooks: Mapping[str, str]
) -> None:
    """Attributes that the service writes stay as they are.

    :param given: what a caller wants; the present value may be among it.
    :raises InvalidInput: naming one that would be changed.
    """
    for name, value in given.items():
        kept = name in WRITTEN or name in webhooks or name.endswith(WRITTEN_FILES)
        if kept and value != {**current, **webhooks}.get(name):
            raise exceptions.InvalidInput(
                f"attributes.{name} is written by the service: leave it out"
            )


def refuse_growth(old: Mapping[str, str], new: Mapping[str, str]) -> None:
    """Updates cannot make a VNF's row larger than databases take.

    :raises InvalidInput: for more than :data:`LARGEST` bytes, unless there were more.
    """
    size = len(json.dumps(dict(new)))
    if size > LARGEST and size > len(json.dumps(dict(old))):
        raise exceptions.InvalidInput(
            f"attributes would have {size} bytes in all: {LARGEST} are accepted; "
            "make some of them shorter or empty"
        )


def of_policies(template: VnfTemplate, vnf_id: str) -> dict[str, str]:
    """What the policies of a VNF look like in its attributes."""
    found: dict[str, Any] = {
        "monitoring_policy": monitoring(template),
        "app_monitoring_policy": {
            vdu.name: template.resolve(vdu.properties["app_monitoring_policy"])
            for vdu in template.vdus
            if vdu.properties.get("app_monitoring_policy")
        },
    }
    texts = {
        name: json.dumps({"vdus": vdus}, default=str)
        for name, vdus in found.items()
        if vdus
    }
    groups = {p.name: f"{p.name}_group" for p in template.policies_of(ScalingPolicy)}
    if groups:
        texts["scaling_group_names"] = json.dumps(groups)
    if template.policies_of(AlarmingPolicy):
        texts["alarming_policy"] = vnf_id
    if template.policies_of(ReservationPolicy):
        texts["reservation_policy"] = vnf_id
    return texts


def monitoring(template: VnfTemplate) -> dict[str, Any]:
    """How each VDU is monitored: its driver's name, parameters and actions."""
    found = {}
    for vdu in template.vdus:
        given = template.resolve(vdu.properties.get("monitoring_policy"))
        if not isinstance(given, Mapping):
            continue
        driver = given.get("name")
        if driver and driver != NOT_MONITORED:
            parameters = given.get("parameters") or {}
            form = {**given, "parameters": parameters, "monitoring_params": parameters}
            found[vdu.name] = {str(driver): form}
    return found


def dump(value: Mapping[str, Any]) -> str:
    """An object as YAML text."""
    return yaml.safe_dump(dict(value), default_flow_style=False, sort_keys=False)


def texts(**objects: Mapping[str, Any]) -> dict[str, str]:
    """The objects that are not empty, as the text of attributes."""
    return {name: dump(value) for name, value in objects.items() if value}


def merge(old: Any, new: Any) -> Any:
    """``new`` over ``old``, object by object; everything else is replaced."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return new
    merged = dict(old)
    for key, value in new.items():
        merged[key] = merge(old[key], value) if key in old else value
    return merged
