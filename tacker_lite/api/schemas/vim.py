"""Bodies of VIMs."""

from tacker_lite.api.schemas import base

MASK = "***"

AUTH_CRED = {
    "type": "object",
    "minProperties": 1,
    "properties": {
        name: {"type": "string"}
        for name in (
            "username",
            "password",
            "user_domain_name",
            "bearer_token",
            "ssl_ca_cert",
            "client_id",
            "client_secret",
            "oidc_token_url",
        )
    },
    "additionalProperties": {
        "type": ["string", "boolean", "integer", "null"],
        "x-reason": "must be a plain value",
    },
    "description": "user name and password, or token, as the type of VIM needs",
}

VIM_PROJECT = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": {"type": ["string", "null"]},
    "description": "project (name, project_domain_name) or namespace (name)",
}

EXTRA = {"type": ["object", "null"]}

_SETTABLE = {
    "name": base.NAME,
    "description": base.DESCRIPTION,
    "auth_cred": AUTH_CRED,
    "vim_project": VIM_PROJECT,
    "is_default": {**base.BOOLEAN, "default": False},
    "extra": EXTRA,
}

CREATE = base.request(
    {
        **_SETTABLE,
        "tenant_id": base.TENANT_ID,
        "project_id": base.PROJECT_ID,
        "type": {"type": "string", "pattern": r"\S", "maxLength": 64},
        "auth_url": {
            "type": "string",
            "pattern": r"^[A-Za-z][A-Za-z0-9+.-]*://\S+$",
            "x-reason": "must be a URL such as http://192.0.2.10/identity",
        },
    },
    ("name", "type", "auth_url", "auth_cred", "vim_project"),
)

UPDATE = base.request(_SETTABLE)

ANSWER = base.answer(
    {
        "id": base.UUID,
        "tenant_id": {"type": "string"},
        "name": {"type": "string"},
        "description": {"type": "string"},
        "type": {"type": "string"},
        "auth_url": {"type": "string"},
        "auth_cred": {"type": "object", "description": "secrets are masked"},
        "vim_project": {"type": "object"},
        "extra": EXTRA,
        "is_default": {"type": "boolean"},
        "placement_attr": {
            "type": "object",
            "properties": {"regions": {"type": "array", "items": {"type": "string"}}},
            "required": ["regions"],
        },
        "status": {"enum": ["PENDING", "REACHABLE", "UNREACHABLE"]},
        "status_reason": base.NULLABLE_TEXT,
        "last_seen_at": base.UPDATED_AT,
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
    "type": "type",
    "auth_url": "auth_url",
    "is_default": "is_default",
    "status": "status",
    "created_at": "created_at",
    "updated_at": "updated_at",
}
