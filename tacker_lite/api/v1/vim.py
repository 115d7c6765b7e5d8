"""VIMs: ``/v1.0/vims``.  The conductor writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oslo_utils import strutils

from tacker_lite.api.body import BodySpec
from tacker_lite.api.call import Call
from tacker_lite.api.expose import expose
from tacker_lite.api.resource import Resource, Row
from tacker_lite.api.schemas import vim as schemas
from tacker_lite.api.v1.views import timestamp
from tacker_lite.db import vim as db

KNOWN = frozenset(schemas.ANSWER["properties"]) | frozenset(
    schemas.CREATE["properties"]
)
CREATE = BodySpec("vim", "vims", schemas.CREATE, KNOWN, creates=True)
UPDATE = BodySpec("vim", "vims", schemas.UPDATE, KNOWN)


def view(row: Row) -> Row:
    """A VIM as the API shows it: never with a secret."""
    return {
        "id": row["id"],
        "tenant_id": row["project_id"],
        "name": row["name"],
        "description": row["description"] or "",
        "type": row["type"],
        "auth_url": row["auth_url"],
        "auth_cred": masked(row),
        "vim_project": row["vim_project"] or {},
        "extra": row["extra"],
        "is_default": bool(row["is_default"]),
        "placement_attr": {"regions": [], **(row["placement_attr"] or {})},
        "status": row["status"],
        "status_reason": row["reason"],
        "last_seen_at": timestamp(row["last_seen_at"]),
        "created_at": timestamp(row["created_at"]),
        "updated_at": timestamp(row["updated_at"]),
    }


def masked(row: Row) -> dict[str, Any]:
    """The public part of the credentials, which has a mask where a secret is.

    Clients count on a password and a user name being there, whatever the kind.
    """
    shown: dict[str, Any] = {"password": schemas.MASK, **(row["auth_cred"] or {})}
    if row["type"] != "kubernetes":
        project = row["vim_project"] or {}
        shown.setdefault("project_id", project.get("id"))
        shown.setdefault("project_name", project.get("name"))
        shown.setdefault("project_domain_name", project.get("project_domain_name"))
    shown.setdefault("username", "None")
    shown.setdefault("key_type", "fernet_key")
    shown.setdefault("auth_url", row["auth_url"])
    return shown


def _attributes(body: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(body)
    if "is_default" in values:
        values["is_default"] = strutils.bool_from_string(str(values["is_default"]))
    return values


class VimController(Resource):
    """Serves ``/v1.0/vims``."""

    plural = "vims"
    singular = "vim"

    def find(self, call: Call, ident: str) -> Row:
        return self.read(db.get, ident, call.scope)

    @expose(
        "vim:list",
        "List VIMs",
        answer=schemas.ANSWER,
        columns=schemas.COLUMNS,
    )
    def get_all(self, call: Call) -> dict[str, Any]:
        return self.matching(call, db.list_rows, view, booleans=("is_default",))

    @expose("vim:show", "Show a VIM", answer=schemas.ANSWER)
    def get_one(self, call: Call, row: Row) -> dict[str, Any]:
        return self.member(call, view(row))

    @expose(
        "vim:create",
        "Register a VIM; its credentials are verified at once",
        status=201,
        body=CREATE,
        answer=schemas.ANSWER,
    )
    def post(self, call: Call) -> dict[str, Any]:
        values = {**_attributes(call.body), "project_id": call.owner}
        values.pop("tenant_id", None)
        row = self.services.conductor.register_vim(call.context, values)
        return self.member(call, view(row))

    @expose(
        "vim:update",
        "Change a VIM that no VNF uses; objects are merged key by key",
        body=UPDATE,
        answer=schemas.ANSWER,
    )
    def put(self, call: Call, row: Row) -> dict[str, Any]:
        values = _attributes(call.body)
        row = self.services.conductor.update_vim(call.context, row["id"], values)
        return self.member(call, view(row))

    @expose("vim:delete", "Remove a VIM that no VNF uses", status=204)
    def delete(self, call: Call, row: Row) -> None:
        self.services.conductor.delete_vim(call.context, row["id"])
