"""Bodies of VNF descriptors."""

from tacker_lite.api.schemas import base

_NAME = {
    "type": "string",
    "maxLength": 255,
    "description": "empty: the template's metadata.template_name",
}

TEMPLATE_REASON = "must be the TOSCA template as an object"

CREATE = base.request(
    {
        "tenant_id": base.TENANT_ID,
        "project_id": base.PROJECT_ID,
        "name": _NAME,
        "description": base.DESCRIPTION,
        "service_types": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {"service_type": base.NAME},
                "required": ["service_type"],
            },
            "x-error-type": "ServiceTypesNotSpecified",
            "x-reason": 'must be a list such as [{"service_type": "vnfd"}]',
        },
        "attributes": {
            "type": "object",
            "properties": {
                "vnfd": {
                    "type": ["object", "string"],
                    "description": 'the TOSCA template, or {"csar": <base64>} for a '
                    "package with it; with dry_run also YAML text",
                    "x-error-type": "InvalidAPIAttributeType",
                    "x-reason": TEMPLATE_REASON,
                },
                "param_values": {
                    "type": ["object", "null"],
                    "description": "with dry_run alone: values of inputs",
                    "x-error-type": "InvalidAPIAttributeType",
                },
            },
            "required": ["vnfd"],
            "additionalProperties": False,
        },
    },
    ("name", "service_types", "attributes"),
)

UPDATE = base.request({"name": base.NAME, "description": base.DESCRIPTION})

ANSWER = base.answer(
    {
        "id": base.UUID,
        "tenant_id": {"type": "string"},
        "name": {"type": "string"},
        "description": {"type": "string"},
        "service_types": {"type": "array", "items": {"type": "string"}},
        "attributes": {
            "type": "object",
            "properties": {
                "vnfd": {"type": "string", "description": "the template as YAML text"},
                "files": {
                    "type": "array",
                    "items": {"type": "string"},
                    "description": "paths of the scripts of a package, as the "
                    "template names them; absent without a package",
                },
            },
            "required": ["vnfd"],
        },
        "template_source": {"enum": ["onboarded", "inline"]},
        "created_at": base.TIMESTAMP,
        "updated_at": base.UPDATED_AT,
    }
)

DRY_RUN = base.answer(
    {
        "problems": {
            "type": "array",
            "items": base.answer(
                {
                    "file": {
                        "type": "string",
                        "description": "file of the package; empty without a package",
                    },
                    "line": {
                        "type": "integer",
                        "minimum": 0,
                        "description": "line of the file, or of the YAML text; 0: not "
                        "known, as in a template given as an object",
                    },
                    "node": {"type": "string", "description": "empty: none"},
                    "reason": {"type": "string"},
                }
            ),
        },
        "attributes": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "what a VIM would be given, by name, such as "
            "heat_template; empty when there are problems",
        },
    }
)

COLUMNS = {
    "id": "id",
    "name": "name",
    "tenant_id": "project_id",
    "project_id": "project_id",
    "description": "description",
    "template_source": "template_source",
    "created_at": "created_at",
    "updated_at": "updated_at",
}
