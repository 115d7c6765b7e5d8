"""The OpenAPI 3.1 document, made from the routes, the schemas and the rules."""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping
from typing import Any

import pbr.version

from tacker_lite import rbac
from tacker_lite.api.expose import Operation
from tacker_lite.api.resource import Resource
from tacker_lite.api.schemas import vnf
from tacker_lite.api.v1 import NOUNS, VERSION

Part = dict[str, Any]

PAGING: list[tuple[str, Part, str]] = [
    ("fields", {"type": "string"}, "attribute to return; repeat for several"),
    ("sort_key", {"type": "string"}, "attribute to sort by; repeat for several"),
    ("sort_dir", {"enum": ["asc", "desc"]}, "one for each sort_key"),
    ("limit", {"type": "integer", "minimum": 0}, "rows of a page; 0: all"),
    ("marker", {"type": "string"}, "id of the row that the page follows"),
    ("page_reverse", {"type": "boolean"}, "the page before the marker instead"),
]

DRY_RUN: Part = {
    "name": "dry_run",
    "in": "query",
    "required": False,
    "schema": {"type": "boolean"},
    "description": "true: tell what would be done, and change nothing",
}

ERRORS = {
    400: "The request is wrong; the message names the attribute and the remedy.",
    401: "The caller is not known.",
    403: "A rule refuses this.",
    404: "There is no such resource in the caller's project.",
    409: "The resource's status, use or name forbids this now.",
    413: "The body is too large.",
    500: "Unexpected; the log has the cause.",
    501: "The VIM cannot do this.",
    503: "Not available now; repeat after Retry-After seconds.",
}

ERROR_SCHEMA: Part = {
    "type": "object",
    "properties": {
        "TackerError": {
            "type": "object",
            "properties": {
                name: {"type": "string"}
                for name in ("type", "message", "detail", "request_id")
            },
            "required": ["type", "message", "detail"],
        }
    },
    "required": ["TackerError"],
}

VERSIONS_SCHEMA: Part = {
    "type": "object",
    "properties": {
        "versions": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": {"type": "string"},
                    "status": {"type": "string"},
                    "links": {"type": "array"},
                },
                "required": ["id", "status", "links"],
            },
        }
    },
    "required": ["versions"],
}


def document(base_url: str) -> Part:
    """The OpenAPI document of the API at ``base_url``."""
    return {**_document(), "servers": [{"url": base_url}]}


@functools.lru_cache(maxsize=1)
def _document() -> Part:
    paths: Part = {"/": {"get": _public("Versions of the API", VERSIONS_SCHEMA)}}
    paths[f"/{VERSION}/openapi.json"] = {
        "get": _public("This document", {"type": "object"})
    }
    paths[f"/{VERSION}/vnfs/{{id}}/{{trigger}}/{{action}}/{{key}}"] = {"post": _alarm()}
    for noun in NOUNS:
        for method, path, operation in noun.routes():
            entry = paths.setdefault(f"/{VERSION}{path}", {})
            entry[method.lower()] = _operation(noun, method, path, operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "tacker-lite",
            "version": VERSION,
            "description": "NFV orchestration, release "
            f"{pbr.version.VersionInfo('tacker-lite').version_string()}",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": {"Error": ERROR_SCHEMA},
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"},
                "password": {"type": "http", "scheme": "basic"},
            },
        },
        "security": [{"token": []}, {"password": []}],
    }


def _public(summary: str, schema: Part) -> Part:
    return {
        "summary": summary,
        "security": [],
        "responses": {"200": {"description": summary, "content": _json(schema)}},
    }


def _alarm() -> Part:
    """The one request that needs no token: its path has a key."""
    summary = "Raise an alarm: the URL is an attribute of the VNF, named as the trigger"
    answer = _wrapper("trigger", dict(vnf.TRIGGERED))
    error = _json({"$ref": "#/components/schemas/Error"})
    return {
        "summary": summary,
        "security": [],
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in ("id", "trigger", "action", "key")
        ],
        "requestBody": {"required": True, "content": _json(vnf.ALARM)},
        "responses": {
            "201": {"description": summary, "content": _json(answer)},
            **{
                str(status): {"description": ERRORS[status], "content": error}
                for status in (400, 404, 413, 500, 503)
            },
        },
    }


def _operation(
    noun: type[Resource], method: str, path: str, operation: Operation
) -> Part:
    entry: Part = {
        "operationId": operation.rule,
        "tags": [noun.singular],
        "summary": operation.summary,
        "description": _rule_text(operation.rule),
        "parameters": _parameters(noun, path, operation),
        "responses": _responses(noun, path, operation),
    }
    if operation.body is not None:
        inner = copy.deepcopy(dict(operation.body.schema))
        entry["requestBody"] = {
            "required": operation.body.required,
            "content": _json(_wrapper(operation.body.singular, inner)),
        }
        if not operation.body.required:
            content = entry["requestBody"]["content"]
            content["application/json"]["schema"]["required"] = []
    return entry


def _rule_text(name: str) -> str:
    rule = {rule.name: rule for rule in rbac.list_rules()}[name]
    return f"{rule.description} Guarded by the rule {name}: {rule.check_str}"


def _parameters(noun: type[Resource], path: str, operation: Operation) -> list[Part]:
    parameters: list[Part] = []
    if "{" in path:
        parameters.append(
            {
                "name": noun.key,
                "in": "path",
                "required": True,
                "schema": {"type": "string"},
            }
        )
    if operation.dry_run is not None:
        parameters.append(DRY_RUN)
    if operation.columns is None:
        return parameters
    properties = (operation.answer or {}).get("properties", {})
    for name in operation.columns:
        schema = {"type": properties.get(name, {}).get("type", "string")}
        parameters.append(
            _query(name, schema, "exact value; repeat for any of several")
        )
    return parameters + [_query(name, schema, text) for name, schema, text in PAGING]


def _query(name: str, schema: Part, description: str) -> Part:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "schema": {"type": "array", "items": schema},
        "style": "form",
        "explode": True,
        "description": description,
    }


def _responses(noun: type[Resource], path: str, operation: Operation) -> Part:
    success: Part = {"description": operation.summary}
    schema = answer_schema(noun, path, operation)
    if schema is not None:
        success["content"] = _json(schema)
    error = _json({"$ref": "#/components/schemas/Error"})
    responses = {
        str(status): {"description": text, "content": error}
        for status, text in ERRORS.items()
    }
    if operation.dry_run is not None:
        found = _wrapper("dry_run", dict(operation.dry_run))
        responses["200"] = {
            "description": "What a dry run found; nothing was changed",
            "content": _json(found),
        }
    return {str(operation.status): success, **responses}


def answer_schema(
    noun: type[Resource], path: str, operation: Operation
) -> Mapping[str, Any] | None:
    """JSON schema of an operation's whole answer; None where it has no body.

    With ``fields`` an answer has fewer attributes than the schema requires.
    """
    if operation.answer is None:
        return None
    inner = dict(operation.answer)
    child = path.rpartition("/")[2]
    if child in noun.children and operation.body is not None:
        return _wrapper(operation.body.singular, inner)
    if child in noun.children:
        return _wrapper(child, {"type": "array", "items": inner})
    if operation.columns is None:
        return _wrapper(noun.singular, inner)
    schema = _wrapper(noun.plural, {"type": "array", "items": inner})
    schema["properties"][f"{noun.plural}_links"] = {"type": "array"}
    return schema


def _wrapper(key: str, inner: Part) -> Part:
    return {"type": "object", "properties": {key: inner}, "required": [key]}


def _json(schema: Mapping[str, Any]) -> Part:
    return {"application/json": {"schema": schema}}
