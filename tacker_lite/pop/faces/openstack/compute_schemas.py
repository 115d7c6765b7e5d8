"""What bodies of the compute API look like, told as the service does."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator

from tacker_lite.pop import errors
from tacker_lite.pop.faces.openstack import compute_version
from tacker_lite.pop.faces.openstack.request import Context

Schema = dict[str, Any]

_UUID: Schema = {
    "type": "string",
    "pattern": "^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$",
}
_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 255}
_TEXT: Schema = {"type": ["string", "null"], "maxLength": 255}
_COUNT: Schema = {"type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 1}
_SIZE: Schema = {**_COUNT, "minimum": 0}
_FLAG: Schema = {
    "enum": [True, False, "true", "false", "True", "False", "1", "0", None]
}
_METADATA: Schema = {
    "type": "object",
    "propertyNames": {"minLength": 1, "maxLength": 255},
    "additionalProperties": {"type": "string", "maxLength": 255},
}
_DISK_CONFIG: Schema = {"enum": ["AUTO", "MANUAL"]}


def _object(properties: Schema, *required: str) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


_NETWORKS: Schema = {
    "oneOf": [
        {"enum": ["auto", "none"]},
        {
            "type": "array",
            "items": _object(
                {
                    "uuid": _UUID,
                    "port": {"anyOf": [_UUID, {"type": "null"}]},
                    "fixed_ip": {
                        "type": "string",
                        "pattern": r"^(\d+\.\d+\.\d+\.\d+|[0-9a-fA-F:.]*:.*)$",
                    },
                    "tag": {"type": "string", "maxLength": 60},
                },
            ),
        },
    ]
}
_SERVER: Schema = {
    "name": _NAME,
    "imageRef": {"oneOf": [_UUID, {"type": "string", "pattern": "^(|.*/.*)$"}]},
    "flavorRef": {"type": ["string", "integer"], "minLength": 1},
    "networks": _NETWORKS,
    "user_data": {"type": ["string", "null"], "maxLength": 65535},
    "metadata": _METADATA,
    "key_name": _NAME,
    "availability_zone": _NAME,
    "config_drive": _FLAG,
    "security_groups": {
        "type": "array",
        "items": {"type": "object", "properties": {"name": _NAME}},
    },
    "min_count": _COUNT,
    "max_count": _COUNT,
    "block_device_mapping_v2": {"type": "array", "items": {"type": "object"}},
    "description": _TEXT,
    "tags": {"type": "array", "maxItems": 50, "items": {"type": "string"}},
    "OS-DCF:diskConfig": _DISK_CONFIG,
    "return_reservation_id": _FLAG,
    "hostname": _NAME,
    "adminPass": {"type": "string"},
    "accessIPv4": {"type": "string"},
    "accessIPv6": {"type": "string"},
    "personality": {"type": "array", "maxItems": 0},
    "block_device_mapping": {"type": "array", "maxItems": 0},
    "os:scheduler_hints": {"type": "object"},
    "trusted_image_certificates": {"type": ["array", "null"], "maxItems": 0},
}
#: What only a creation may say.
_NOT_REBUILT = frozenset(
    {
        *("flavorRef", "networks", "availability_zone", "config_drive", "tags"),
        *("security_groups", "min_count", "max_count", "block_device_mapping_v2"),
        *("block_device_mapping", "return_reservation_id", "os:scheduler_hints"),
    }
)
_QUOTA: Schema = {
    "type": ["integer", "string"],
    "pattern": "^-?[0-9]+$",
    "minimum": -1,
    "maximum": 2**31 - 1,
}
_QUOTAS = (
    *("instances", "cores", "ram", "key_pairs", "metadata_items", "server_groups"),
    *("server_group_members", "injected_files", "injected_file_content_bytes"),
    *("injected_file_path_bytes", "fixed_ips", "floating_ips", "security_groups"),
    "security_group_rules",
)
_POLICIES = ["anti-affinity", "affinity", "soft-anti-affinity", "soft-affinity"]

#: By the key that the body has.
SCHEMAS: dict[str, Schema] = {
    "server": _object(_SERVER, "name", "flavorRef", "networks"),
    "flavor": _object(
        {
            "name": _NAME,
            "id": {"type": ["string", "number", "null"], "maxLength": 255},
            "ram": _COUNT,
            "vcpus": _COUNT,
            "disk": _SIZE,
            "swap": _SIZE,
            "rxtx_factor": {"type": ["number", "string"]},
            "OS-FLV-EXT-DATA:ephemeral": _SIZE,
            "os-flavor-access:is_public": _FLAG,
            "description": {"type": ["string", "null"], "maxLength": 65535},
        },
        "name",
        "ram",
        "vcpus",
        "disk",
    ),
    "keypair": _object(
        {
            "name": _NAME,
            "public_key": {"type": "string"},
            "type": {"type": "string", "enum": ["ssh", "x509"]},
            "user_id": _NAME,
        },
        "name",
    ),
    "server_group": _object(
        {
            "name": _NAME,
            "policy": {"type": "string", "enum": _POLICIES},
            "policies": {
                "type": "array",
                "minItems": 1,
                "maxItems": 1,
                "items": {"enum": _POLICIES},
            },
            "rules": _object({"max_server_per_host": _COUNT}),
        },
        "name",
    ),
    "quota_set": _object({**dict.fromkeys(_QUOTAS, _QUOTA), "force": _FLAG}),
    "aggregate": _object(
        {"name": _NAME, "availability_zone": {"type": ["string", "null"]}}, "name"
    ),
}
#: By the name of the action.
ACTIONS: dict[str, Schema] = {
    "reboot": _object(
        {"type": {"enum": ["HARD", "Hard", "hard", "SOFT", "Soft", "soft"]}}, "type"
    ),
    "resize": _object(
        {
            "flavorRef": {"type": ["string", "integer"], "minLength": 1},
            "OS-DCF:diskConfig": _DISK_CONFIG,
        },
        "flavorRef",
    ),
    "rebuild": {
        **_object(
            {
                **{key: _SERVER[key] for key in _SERVER if key not in _NOT_REBUILT},
                "imageRef": _UUID,
                "key_name": {"type": ["string", "null"], "minLength": 1},
                "metadata": _METADATA,
                "preserve_ephemeral": _FLAG,
            },
            "imageRef",
        ),
    },
    "createImage": _object({"name": _NAME, "metadata": _METADATA}, "name"),
    "os-resetState": _object({"state": {"enum": ["active", "error"]}}, "state"),
    "os-getConsoleOutput": _object(
        {
            "length": {
                "type": ["integer", "string", "null"],
                "pattern": "^-?[0-9]+$",
                "minimum": -1,
            }
        }
    ),
    "addSecurityGroup": _object({"name": _NAME}, "name"),
    "removeSecurityGroup": _object({"name": _NAME}, "name"),
}
_VALIDATORS = {
    key: Draft202012Validator(schema) for key, schema in (SCHEMAS | ACTIONS).items()
}
#: Networks may be left out before.
_NETWORKS_REQUIRED = (2, 37)
_WITHOUT_NETWORKS = Draft202012Validator(_object(_SERVER, "name", "flavorRef"))


def checked(ctx: Context, key: str) -> dict[str, Any]:
    """The object under the body's only interesting key, as its schema says.

    :raises BadRequest: when it is not, in the service's words.
    """
    value = ctx.wrapped(key)
    validator = _VALIDATORS[key]
    if key == "server" and compute_version.asked(ctx) < _NETWORKS_REQUIRED:
        validator = _WITHOUT_NETWORKS
    _check(validator, key, value)
    return value


def checked_action(name: str, arguments: Any) -> dict[str, Any]:
    """The arguments of an action, as its schema says.

    :raises BadRequest: when they are not, in the service's words.
    """
    _check(_VALIDATORS[name], name, arguments)
    return dict(arguments)


def _check(validator: Draft202012Validator, key: str, value: Any) -> None:
    for error in validator.iter_errors(value):
        path = error.path[-1] if error.path else key
        raise errors.BadRequest(
            f"Invalid input for field/attribute {path}. Value: {error.instance}."
            f" {error.message}"
        )
