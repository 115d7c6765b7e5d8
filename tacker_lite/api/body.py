"""Reading and checking a request's body, in the order that v1.0 clients know."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tacker_lite import exceptions
from tacker_lite.context import RequestContext

if TYPE_CHECKING:
    import jsonschema

TYPE_NAMES = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


@dataclass(frozen=True)
class BodySpec:
    """What a request's body must look like.

    :ivar singular: key of the wrapper.
    :ivar schema: JSON schema of the object inside it.
    :ivar known: attributes that exist but may not be given here.
    :ivar creates: whether it describes a new row.
    :ivar required: False when the body may be left out.
    """

    singular: str
    plural: str
    schema: Mapping[str, Any]
    known: frozenset[str] = frozenset()
    creates: bool = False
    required: bool = True


def read(raw: bytes, spec: BodySpec, context: RequestContext) -> dict[str, Any]:
    """The object inside the wrapper, checked and with defaults filled in.

    :raises InvalidInput: naming the attribute and what would be right.
    """
    data = _decode(raw) if raw.strip() else None
    if not data and not spec.required:
        return {}
    values = _unwrap(data, spec)
    _check_owner(values, context)
    _check_names(values, spec)
    errors = _validator(spec).iter_errors(values)
    # What is missing is told before what is wrong.
    error = min(errors, key=lambda e: len(e.absolute_path) > 0, default=None)
    if error is not None:
        raise _complaint(error)
    _fill_defaults(values, spec)
    values.pop("project_id", None)
    return values


def _fill_defaults(values: dict[str, Any], spec: BodySpec) -> None:
    """Null means the default; for a new row, so does absence."""
    for name, schema in spec.schema["properties"].items():
        present = name in values or spec.creates
        if "default" in schema and present and values.get(name) is None:
            values[name] = copy.copy(schema["default"])


def _decode(raw: bytes) -> Any:
    """JSON without what a database cannot hold."""
    try:
        data = json.loads(raw, parse_constant=_refuse_constant)
        if b"\\u" in raw:
            json.dumps(data, ensure_ascii=False).encode()
        if b"\\u0000" in raw:
            raise ValueError("text with a NUL character")
    except (ValueError, RecursionError) as error:
        where = f": {error}" if isinstance(error, json.JSONDecodeError) else ""
        raise exceptions.InvalidInput(
            f"The body is no valid JSON{where}", public_type="MalformedRequestBody"
        ) from error
    return data


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _unwrap(data: Any, spec: BodySpec) -> dict[str, Any]:
    shape = f'send {{"{spec.singular}": {{...}}}}'
    if data is None:
        raise exceptions.InvalidInput(f"The body is empty; {shape}")
    if not isinstance(data, dict):
        raise exceptions.InvalidInput(f"The body is no JSON object; {shape}")
    if spec.plural in data:
        raise exceptions.InvalidInput(
            f"Bulk operations are not supported: {shape} for each {spec.singular}"
        )
    if spec.singular not in data:
        raise exceptions.InvalidInput(
            f"The body lacks the key {spec.singular}; {shape}"
        )
    values = data[spec.singular]
    if not isinstance(values, dict):
        raise exceptions.InvalidInput(
            f"{spec.singular} must be an object; {shape}", public_type="BadRequest"
        )
    return values


def _check_owner(values: Mapping[str, Any], context: RequestContext) -> None:
    owner = values.get("tenant_id")
    if owner and owner != context.project_id and not context.is_admin:
        raise exceptions.InvalidInput(
            "tenant_id must be the caller's own project; only administrators may "
            "name another"
        )


def _check_names(values: Mapping[str, Any], spec: BodySpec) -> None:
    properties = spec.schema["properties"]
    strange = sorted(set(values) - set(properties) - spec.known)
    if strange:
        names = ", ".join(name[:80] for name in strange[:20])
        raise exceptions.InvalidInput(
            f"Unrecognized attribute(s): {names}; known are: "
            f"{', '.join(sorted(properties))}"
        )
    fixed = sorted(set(values) - set(properties))
    if fixed:
        raise exceptions.InvalidInput(
            f"Attribute(s) that cannot be set here: {', '.join(fixed)}"
        )


_validators: dict[int, jsonschema.protocols.Validator] = {}


def _validator(spec: BodySpec) -> jsonschema.protocols.Validator:
    """The compiled schema, kept for the life of the process."""
    validator = _validators.get(id(spec.schema))
    if validator is None:
        # Not needed by a process that is only read from.
        from jsonschema import Draft202012Validator  # noqa: PLC0415

        validator = Draft202012Validator(dict(spec.schema))
        _validators[id(spec.schema)] = validator
    return validator


def _complaint(error: jsonschema.ValidationError) -> exceptions.SchemaError:
    """Names the attribute and what would be right, never the value: it may be a
    secret."""
    path = [str(part) for part in error.absolute_path]
    schema = error.schema if isinstance(error.schema, dict) else {}
    if error.validator == "required":
        missing = next(n for n in error.validator_value if n not in error.instance)
        path.append(missing)
        schema = schema.get("properties", {}).get(missing, {})
        right = schema.get("x-reason")
        reason = f"is required; it {right}" if right else "is required"
    elif error.validator == "additionalProperties":
        strange = sorted(set(error.instance) - set(schema.get("properties", {})))
        reason = f"has unknown key(s): {', '.join(n[:80] for n in strange[:20])}"
    else:
        reason = schema.get("x-reason") or _reason(error)
    public_type = schema.get("x-error-type", exceptions.SchemaError.public_type)
    return exceptions.SchemaError(
        attribute=".".join(path)[:300] or "the body",
        reason=reason,
        public_type=public_type,
    )


def _reason(error: jsonschema.ValidationError) -> str:
    limit = error.validator_value
    if error.validator == "type":
        types = [limit] if isinstance(limit, str) else limit
        return f"must be {' or '.join(TYPE_NAMES[name] for name in types)}"
    if error.validator == "enum":
        return f"must be one of {', '.join(str(value) for value in limit)}"
    if error.validator == "maxLength":
        return f"must have {limit} characters at most"
    if error.validator in ("minItems", "minProperties", "minLength", "pattern"):
        return "must not be empty"
    return f"breaks the rule {error.validator}"
