"""Bodies of VNF descriptors."""

from tacker_lite.api.schemas import base

_NAME = {
    "type": "string",
    "maxLength": 255,
    "description": "empty: the template's metadata.template_name",
}

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
                    "type": "object",
                    "x-error-type": "InvalidAPIAttributeType",
                    "x-reason": "must be the TOSCA template as an object",
                }
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
                "vnfd": {"type": "string", "description": "the template as YAML text"}
            },
            "required": ["vnfd"],
        },
        "template_source": {"enum": ["onboarded", "inline"]},
        "created_at": base.TIMESTAMP,
        "updated_at": base.UPDATED_AT,
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
