"""VNFs: ``/v1.0/vnfs``.  The conductor writes them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from oslo_utils import strutils

from tacker_lite import exceptions
from tacker_lite.api import webhook
from tacker_lite.api.body import BodySpec
from tacker_lite.api.call import Call
from tacker_lite.api.expose import expose
from tacker_lite.api.resource import Resource, Row
from tacker_lite.api.schemas import vnf as schemas
from tacker_lite.api.v1.views import timestamp
from tacker_lite.db import query
from tacker_lite.db import vim as vim_db
from tacker_lite.db import vnf as db
from tacker_lite.db import vnfd as vnfd_db

KNOWN = frozenset(schemas.ANSWER["properties"]) | frozenset(
    schemas.CREATE["properties"]
)
CREATE = BodySpec("vnf", "vnfs", schemas.CREATE, KNOWN, creates=True)
UPDATE = BodySpec("vnf", "vnfs", schemas.UPDATE, KNOWN)
SCALE = BodySpec("scale", "scales", schemas.SCALE)
TRIGGER = BodySpec("trigger", "triggers", schemas.TRIGGER)
DELETE = BodySpec("vnf", "vnfs", schemas.DELETE, required=False)


def view(row: Row) -> Row:
    """A VNF as the API shows it."""
    return {
        "id": row["id"],
        "tenant_id": row["project_id"],
        "name": row["name"],
        "description": row["description"] or "",
        "vnfd_id": row["vnfd_id"],
        "vim_id": row["vim_id"],
        "placement_attr": row["placement_attr"] or {},
        "attributes": {**(row["attributes"] or {}), **webhook.shown(row["webhooks"])},
        "instance_id": row["handle"],
        "mgmt_ip_address": row["mgmt_ip_address"],
        "status": row["status"],
        "error_reason": row["reason"],
        "created_at": timestamp(row["created_at"]),
        "updated_at": timestamp(row["updated_at"]),
    }


class VnfController(Resource):
    """Serves ``/v1.0/vnfs``; descriptors and VIMs may be named by name."""

    plural = "vnfs"
    singular = "vnf"
    children = ("resources", "actions", "triggers")

    def find(self, call: Call, ident: str) -> Row:
        return self.read(db.find, ident, call.scope)

    @expose(
        "vnf:list",
        "List VNFs",
        answer=schemas.ANSWER,
        columns=schemas.COLUMNS,
    )
    def get_all(self, call: Call) -> dict[str, Any]:
        return self.matching(call, db.list_rows, view)

    @expose("vnf:show", "Show a VNF", answer=schemas.ANSWER)
    def get_one(self, call: Call, row: Row) -> dict[str, Any]:
        return self.member(call, view(row))

    @expose(
        "vnf:create",
        "Start the creation of a VNF from a descriptor's id or name, or inline",
        status=201,
        body=CREATE,
        answer=schemas.ANSWER,
    )
    def post(self, call: Call) -> dict[str, Any]:
        row = self.services.conductor.create_vnf(call.context, self._wanted(call))
        return self.member(call, view(row))

    @expose(
        "vnf:update",
        "Start a change of the configuration or the parameters of a VNF",
        body=UPDATE,
        answer=schemas.ANSWER,
    )
    def put(self, call: Call, row: Row) -> dict[str, Any]:
        wanted = {"attributes": call.body.get("attributes") or {}}
        row = self.services.conductor.update_vnf(call.context, row["id"], wanted)
        return self.member(call, view(row))

    @expose(
        "vnf:delete",
        "Start the deletion of a VNF; attributes.force (administrators) removes it "
        "at once in any status",
        status=204,
        body=DELETE,
    )
    def delete(self, call: Call, row: Row) -> None:
        given = (call.body.get("attributes") or {}).get("force", False)
        force = strutils.bool_from_string(str(given))
        if force and not call.allows("vnf:force_delete", row):
            raise exceptions.AdminRequired(reason="force delete is for administrators")
        self.services.conductor.delete_vnf(call.context, row["id"], force)

    @expose(
        "vnf:resources",
        "List what the VIM made for an active VNF",
        answer=schemas.RESOURCE,
    )
    def get_resources(self, call: Call, row: Row) -> dict[str, Any]:
        rows = self.services.conductor.list_resources(call.context, row["id"])
        names = schemas.RESOURCE["properties"]
        resources = [{name: row[name] for name in names} for row in rows]
        return {"resources": [call.query.reduce(row) for row in resources]}

    @expose(
        "vnf:scale",
        "Start a change of the size of an active VNF by a step of a scaling policy",
        status=201,
        body=SCALE,
        answer=schemas.SCALED,
    )
    def post_actions(self, call: Call, row: Row) -> dict[str, Any]:
        conductor, wanted = self.services.conductor, call.body
        conductor.scale_vnf(call.context, row["id"], wanted["policy"], wanted["type"])
        return {"scale": wanted}

    @expose(
        "vnf:trigger",
        "Do what an alarm of a VNF asks for",
        status=201,
        body=TRIGGER,
        answer=schemas.TRIGGERED,
    )
    def post_triggers(self, call: Call, row: Row) -> dict[str, Any]:
        alarm = {
            "policy_name": call.body["policy_name"],
            "action_name": call.body["action_name"],
            "data": call.body["params"].get("data"),
        }
        self.services.conductor.trigger_vnf(call.context, row["id"], alarm)
        return {"trigger": call.body}

    def _wanted(self, call: Call) -> dict[str, Any]:
        """The create request with names resolved to ids."""
        body = call.body
        if bool(body.get("vnfd_id")) == (body.get("vnfd_template") is not None):
            raise exceptions.InvalidInput(
                "Give either vnfd_id (the id or name of a descriptor) or vnfd_template"
            )
        wanted = {
            "project_id": call.owner,
            "name": body["name"],
            "placement_attr": body["placement_attr"],
            "attributes": body["attributes"],
            "vim_id": "",
        }
        if body.get("vnfd_id"):
            table = vnfd_db.TABLE
            wanted["vnfd_id"] = self._resolve(call, table, "vnfd", body["vnfd_id"])
        else:
            wanted["vnfd_template"] = body["vnfd_template"]
        if body["vim_id"]:
            table = vim_db.TABLE
            wanted["vim_id"] = self._resolve(call, table, "vim", body["vim_id"])
        return wanted

    def _resolve(self, call: Call, table: sa.Table, kind: str, ident: str) -> str:
        """The id of what the caller named: the owner's own before others'."""
        try:
            return self.read(query.find, table, kind, ident, call.owner)["id"]
        except exceptions.NotFound:
            return self.read(query.find, table, kind, ident, call.scope)["id"]
