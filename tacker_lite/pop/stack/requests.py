"""Reading what a client sends to create, update, preview or validate a stack."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tacker_lite.pop.errors import BadRequest
from tacker_lite.pop.stack import values
from tacker_lite.pop.stack.errors import NotSupported, StackValidationFailed
from tacker_lite.pop.stack.records import Definition
from tacker_lite.pop.stack.registry import read_registry
from tacker_lite.pop.stack.resources import TYPES
from tacker_lite.pop.stack.template import check_extent, load_yaml

_NAME = re.compile(r"^[a-zA-Z][a-zA-Z0-9_.-]{0,254}$")
_MOST_MINUTES = 60 * 24 * 7
_ENVIRONMENT_KEYS = frozenset(
    {"parameters", "parameter_defaults", "resource_registry", "event_sinks"}
    | {"encrypted_param_names", "parameter_merge_strategies"}
)


@dataclass(frozen=True)
class StackRequest:
    """What a client asks for; None: it says nothing about it.

    :ivar template: None only where an existing one may stand.
    :ivar clear: names of parameters that return to their defaults.
    """

    name: str | None
    template: Mapping[str, Any] | None
    files: Mapping[str, str]
    parameters: Mapping[str, Any]
    parameter_defaults: Mapping[str, Any]
    aliases: Mapping[str, str]
    disable_rollback: bool | None
    timeout_mins: int | None
    tags: tuple[str, ...] | None
    clear: tuple[str, ...] = ()

    def definition(self) -> Definition:
        """The definition of a new stack, or one that replaces the old whole.

        :raises BadRequest: there is no template.
        """
        if self.template is None:
            raise BadRequest("No template specified")
        return Definition(
            template=self.template,
            files=self.files,
            parameters=self.parameters,
            parameter_defaults=self.parameter_defaults,
            aliases=self.aliases,
        )

    def amend(self, old: Definition) -> Definition:
        """The definition that keeps of the old one what the request leaves out."""
        kept = {k: v for k, v in old.parameters.items() if k not in self.clear}
        return Definition(
            template=old.template if self.template is None else self.template,
            files={**old.files, **self.files},
            parameters={**kept, **self.parameters},
            parameter_defaults={**old.parameter_defaults, **self.parameter_defaults},
            aliases={**old.aliases, **self.aliases},
        )


def check_name(name: Any) -> str:
    """A stack's name.

    :raises StackValidationFailed: it does not start with a letter and so on.
    """
    if not name:
        raise BadRequest("No stack name specified")
    if not isinstance(name, str) or _NAME.match(name) is None:
        raise StackValidationFailed(
            f"Invalid stack name {name} must contain only alphanumeric or "
            f'"_-." characters, must start with alpha and must be 255 characters '
            f"or less."
        )
    return name


def read_request(body: Mapping[str, Any]) -> StackRequest:
    """Read a request body.

    :raises BadRequest: naming the key that is wrong.
    """
    for key in ("template_url", "files_container", "adopt_stack_data"):
        if body.get(key):
            raise NotSupported(f"{key} is not supported by the lab: send template")
    files = _map(body, "files")
    environment = _environment(body, files)
    return StackRequest(
        name=body.get("stack_name"),
        template=_template(body.get("template")),
        files={str(k): str(v) for k, v in files.items()},
        parameters={**environment["parameters"], **_map(body, "parameters")},
        parameter_defaults=environment["parameter_defaults"],
        aliases=read_registry(environment["resource_registry"], TYPES, files),
        disable_rollback=_rollback(body.get("disable_rollback")),
        timeout_mins=_timeout(body.get("timeout_mins")),
        tags=_tags(body.get("tags")),
        clear=tuple(_names(body, "clear_parameters")),
    )


def _template(given: Any) -> Mapping[str, Any] | None:
    if given is None or given == "":
        return None
    if isinstance(given, str):
        try:
            return load_yaml(given, "template")
        except StackValidationFailed as error:
            raise BadRequest(f"Template not in valid format: {error}") from None
    if not isinstance(given, Mapping):
        raise StackValidationFailed(
            "The template is not a JSON object or YAML mapping."
        )
    check_extent(given, "template")
    return given


def _map(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    given = body.get(key)
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise BadRequest(f'"{key}" must be a map')
    return given


def _names(body: Mapping[str, Any], key: str) -> list[str]:
    given = body.get(key)
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(n, str) for n in given):
        raise BadRequest(f'"{key}" must be a list of strings')
    return given


def _environment(
    body: Mapping[str, Any], files: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    sources = []
    for name in _names(body, "environment_files"):
        if name not in files:
            raise BadRequest(f'The environment file "{name}" is not among the files')
        sources.append((name, files[name]))
    sources.append(("environment", body.get("environment") or {}))
    merged: dict[str, dict[str, Any]] = {k: {} for k in _ENVIRONMENT_KEYS}
    for name, source in sources:
        parsed = load_yaml(source, name) if isinstance(source, str) else source
        if not isinstance(parsed, Mapping):
            raise BadRequest(f'"{name}" must be a map')
        check_extent(parsed, name)
        unknown = set(parsed) - _ENVIRONMENT_KEYS
        if unknown:
            names = ", ".join(sorted(map(str, unknown)))
            raise BadRequest(
                f"Environment not in valid format: environment has wrong section "
                f'"{names}"'
            )
        for key in ("parameters", "parameter_defaults", "resource_registry"):
            merged[key].update(_map(parsed, key))
    return merged


def _rollback(given: Any) -> bool | None:
    try:
        return None if given is None else values.to_boolean(given)
    except ValueError as error:
        raise BadRequest(
            f'Unrecognized value for "disable_rollback": {error}'
        ) from None


def _timeout(given: Any) -> int | None:
    if given is None:
        return None
    try:
        minutes = values.to_integer(given)
    except ValueError:
        raise BadRequest(
            f"Only integer is acceptable by 'timeout_mins', not {given!r}."
        ) from None
    # Heat takes 0 for nothing said.
    if not 0 <= minutes <= _MOST_MINUTES:
        raise BadRequest(f"timeout_mins must be from 0 to {_MOST_MINUTES}")
    return minutes


def _tags(given: Any) -> tuple[str, ...] | None:
    if given is None:
        return None
    tags = given.split(",") if isinstance(given, str) else given
    if not isinstance(tags, list) or not all(isinstance(t, str) for t in tags):
        raise BadRequest("tags must be a comma-separated string or a list of strings")
    return tuple(tag.strip() for tag in tags if tag.strip())
