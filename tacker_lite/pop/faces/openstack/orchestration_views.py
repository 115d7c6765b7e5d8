"""How the orchestration API shows stacks, resources, events and types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tacker_lite.pop.stack.parameters import MASK, shown_values
from tacker_lite.pop.stack.queries import Detail
from tacker_lite.pop.stack.records import Event, Resource, Stack
from tacker_lite.pop.stack.resources import TYPES
from tacker_lite.pop.stack.snippets import UNKNOWN
from tacker_lite.pop.stack.versions import DATES

Links = list[dict[str, str]]


def stack_summary(stack: Stack, links: Links) -> dict[str, Any]:
    """A stack as in a list."""
    return {
        "id": stack.id,
        "stack_name": stack.name,
        "description": str(stack.definition.template.get("description") or ""),
        "stack_status": stack.state,
        "stack_status_reason": stack.reason,
        "creation_time": stack.created_at,
        "updated_time": stack.updated_at,
        "deletion_time": None,
        "stack_owner": None,
        "parent": stack.outer_id or None,
        "stack_user_project_id": stack.project_id,
        "project": stack.project_id,
        "tags": list(stack.tags) or None,
        "links": links,
    }


def stack_detail(detail: Detail, links: Links) -> dict[str, Any]:
    """A stack as shown alone, without its outputs."""
    stack = detail.stack
    shown = stack_summary(stack, links)
    # The name in a list makes the stock client add a column to it.
    del shown["project"]
    parameters: dict[str, Any] = {}
    if detail.blueprint is not None:
        values = detail.blueprint.values
        declared = detail.blueprint.template.parameters
        parameters = {n: values[n] for n in values if n.startswith("OS::")}
        ours = {n: values[n] for n in values if n in declared}
        parameters |= shown_values(declared, ours)
    return {
        **shown,
        "template_description": shown["description"] or "No description",
        "parameters": parameters,
        "outputs": [],
        "capabilities": [],
        "notification_topics": [],
        "disable_rollback": stack.disable_rollback,
        "timeout_mins": stack.timeout_mins,
    }


def resource_summary(
    stack: Stack, resource: Resource, others: Iterable[Resource], links: Links
) -> dict[str, Any]:
    """A resource as in a list."""
    shown = {
        "resource_name": resource.name,
        "logical_resource_id": resource.name,
        "physical_resource_id": resource.physical_id,
        "resource_type": resource.type,
        "resource_status": resource.state,
        "resource_status_reason": resource.reason,
        "creation_time": resource.created_at,
        "updated_time": resource.updated_at,
        "required_by": sorted(r.name for r in others if resource.name in r.requires),
        "stack_name": stack.name,
        "links": links,
    }
    if stack.outer_resource:
        shown["parent_resource"] = stack.outer_resource
    return shown


def event(event: Event, links: Links) -> dict[str, Any]:
    """An event."""
    return {
        "id": event.id,
        "event_time": event.time,
        "resource_name": event.resource_name,
        "logical_resource_id": event.resource_name,
        "physical_resource_id": event.physical_id,
        "resource_status": event.state,
        "resource_status_reason": event.reason,
        "resource_type": event.resource_type,
        "links": links,
    }


def described_type(name: str) -> dict[str, str]:
    """A resource type as in a list with descriptions."""
    text = (TYPES[name].__doc__ or "").strip().partition("\n")[0]
    return {"resource_type": name, "description": text}


def resource_type(name: str) -> dict[str, Any]:
    """A resource type with its properties and attributes."""
    kind = TYPES[name]
    return {
        "resource_type": name,
        "description": described_type(name)["description"],
        "properties": {k: p.describe() for k, p in kind.PROPERTIES.items()},
        "attributes": {
            **{k: {"description": text} for k, text in kind.ATTRIBUTES.items()},
            "show": {"description": "All details of the object.", "type": "map"},
        },
        "support_status": {"status": "SUPPORTED"},
    }


def type_template(name: str) -> dict[str, Any]:
    """A template with a resource of a type, its properties as parameters."""
    kind = TYPES[name]
    parameters = {
        key: {
            "type": _PARAMETER_TYPES[prop.type],
            "description": prop.description,
            **({} if prop.required else {"default": prop.default}),
        }
        for key, prop in kind.PROPERTIES.items()
        if not prop.means
    }
    return {
        "heat_template_version": DATES[-1],
        "description": f"Initial template of {name.rpartition('::')[2]}",
        "parameters": parameters,
        "resources": {
            "resource": {
                "type": name,
                "properties": {key: {"get_param": key} for key in parameters},
            }
        },
        "outputs": {
            key: {"description": text, "value": {"get_attr": ["resource", key]}}
            for key, text in kind.ATTRIBUTES.items()
        },
    }


_PARAMETER_TYPES = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "list": "comma_delimited_list",
    "map": "json",
    "any": "json",
}


def previewed(stack: Stack, resource: Resource) -> dict[str, Any]:
    """A resource that an operation would touch."""
    identity = {"stack_name": stack.name, "stack_id": stack.id}
    identity["tenant"] = stack.project_id
    return {
        "resource_name": resource.name,
        "resource_type": resource.type,
        "resource_identity": {**identity, "path": f"/resources/{resource.name}"},
        "stack_identity": {**identity, "path": ""},
        "stack_name": stack.name,
        "physical_resource_id": resource.physical_id,
        "resource_action": resource.action,
        "resource_status": resource.status,
        "resource_status_reason": resource.reason,
        "properties": _shown(resource.properties),
        "metadata": dict(resource.metadata),
        "description": "",
        "creation_time": resource.created_at or None,
        "updated_time": resource.updated_at or None,
    }


def _shown(value: Any) -> Any:
    """Properties with what is not known yet as null."""
    if isinstance(value, Mapping):
        return {key: _shown(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_shown(entry) for entry in value]
    return None if value is UNKNOWN else value


def environment(detail: Detail) -> dict[str, Any]:
    """The environment that a stack was asked for with, hidden values masked."""
    definition = detail.stack.definition
    declared = detail.blueprint.template.parameters if detail.blueprint else {}

    def masked(values: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: MASK if name in declared and declared[name].hidden else value
            for name, value in values.items()
        }

    return {
        "parameters": masked(definition.parameters),
        "parameter_defaults": masked(definition.parameter_defaults),
        "resource_registry": {"resources": {}, **definition.aliases},
        "event_sinks": [],
        "encrypted_param_names": [],
    }
