"""Bodies of VNFs."""

from tacker_lite.api.schemas import base

_DOCUMENT = {
    "type": ["object", "string", "null"],
    "x-error-type": "InvalidAPIAttributeType",
    "x-reason": "must be an object, or YAML text of one",
}

ATTRIBUTES = {
    "type": ["object", "null"],
    "default": {},
    "properties": {"param_values": _DOCUMENT, "config": _DOCUMENT},
    "additionalProperties": {
        "type": "string",
        "x-error-type": "InvalidAPIAttributeType",
    },
}

_IGNORED = {"description": "accepted and ignored"}

CREATE = base.request(
    {
        "tenant_id": base.TENANT_ID,
        "project_id": base.PROJECT_ID,
        "name": base.NAME,
        "description": {**_IGNORED, "type": ["string", "null"]},
        "vnfd_id": {
            "type": ["string", "null"],
            "description": "id or name; empty with vnfd_template",
        },
        "vnfd_template": {
            "type": ["object", "null"],
            "description": "inline descriptor, instead of vnfd_id; or its package, "
            "as an object with the one key csar: the zip file in base64",
        },
        "vim_id": {
            "type": ["string", "null"],
            "default": "",
            "description": "id or name; empty: the project's default VIM",
        },
        "placement_attr": {
            "type": ["object", "null"],
            "default": {},
            "properties": {"region_name": base.NULLABLE_TEXT},
        },
        "attributes": ATTRIBUTES,
    },
    ("name",),
)

UPDATE = base.request(
    {"name": _IGNORED, "description": _IGNORED, "attributes": ATTRIBUTES}
)

DELETE = base.request(
    {
        "attributes": {
            "type": ["object", "null"],
            "properties": {"force": base.BOOLEAN},
        }
    }
)

_SCALE = {
    "policy": {
        "type": "string",
        "maxLength": 255,
        "description": "name of a scaling policy of the descriptor",
    },
    "type": {"type": "string", "maxLength": 255, "description": "out or in"},
}

SCALE = base.request(_SCALE, ("type", "policy"))
SCALED = base.answer(_SCALE)

TRIGGER = base.request(
    {
        "policy_name": {
            "type": "string",
            "maxLength": 255,
            "description": "name of a trigger of an alarming policy, or "
            "start_actions, before_end_actions or end_actions of a reservation policy",
        },
        "action_name": {
            "type": "string",
            "description": "actions, with a percent sign between them: log, "
            "POLICY-out, POLICY-in, ...",
        },
        "params": {
            "type": "object",
            "properties": {
                "data": {
                    "type": ["object", "null"],
                    "description": "what the alarm service says: alarm_id, and alarm "
                    "as current",
                },
                "credential": base.NULLABLE_TEXT,
            },
        },
    },
    ("policy_name", "action_name", "params"),
)

TRIGGERED = TRIGGER

ALARM = {
    "type": "object",
    "description": "what an alarm service sends",
    "properties": {
        "alarm_id": {"type": "string"},
        "current": {"enum": ["alarm"]},
        "previous": {"type": "string"},
        "reason": {"type": "string"},
    },
    "required": ["alarm_id", "current"],
}

ANSWER = base.answer(
    {
        "id": base.UUID,
        "tenant_id": {"type": "string"},
        "name": {"type": "string"},
        "description": {"type": "string"},
        "vnfd_id": base.UUID,
        "vim_id": base.UUID,
        "placement_attr": {"type": "object"},
        "attributes": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "as given, with what the service makes of the descriptor: "
            "heat_template, NAME_res.yaml, monitoring_policy, scaling_group_names, "
            "alarming_policy, and under the name of each trigger the URL that its "
            "alarm calls",
        },
        "instance_id": base.NULLABLE_TEXT,
        "mgmt_ip_address": {
            **base.NULLABLE_TEXT,
            "description": "JSON text: address, or list of addresses, by VDU",
        },
        "status": {
            "enum": [
                "PENDING_CREATE",
                "PENDING_UPDATE",
                "PENDING_DELETE",
                "PENDING_SCALE_IN",
                "PENDING_SCALE_OUT",
                "PENDING_HEAL",
                "ACTIVE",
                "DEAD",
                "ERROR",
            ]
        },
        "error_reason": base.NULLABLE_TEXT,
        "created_at": base.TIMESTAMP,
        "updated_at": base.UPDATED_AT,
    }
)

RESOURCE = base.answer(
    {
        "id": {"type": "string"},
        "name": {"type": "string"},
        "type": {"type": "string"},
    }
)

COLUMNS = {
    "id": "id",
    "name": "name",
    "tenant_id": "project_id",
    "project_id": "project_id",
    "description": "description",
    "vnfd_id": "vnfd_id",
    "vim_id": "vim_id",
    "instance_id": "handle",
    "mgmt_ip_address": "mgmt_ip_address",
    "status": "status",
    "error_reason": "reason",
    "created_at": "created_at",
    "updated_at": "updated_at",
}
