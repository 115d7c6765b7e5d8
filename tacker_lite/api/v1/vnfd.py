"""VNF descriptors: ``/v1.0/vnfds``.

They have no lifecycle, so the API writes them itself.
"""

from __future__ import annotations

from typing import Any

from tacker_lite import exceptions
from tacker_lite.api.body import BodySpec
from tacker_lite.api.call import Call
from tacker_lite.api.expose import expose
from tacker_lite.api.resource import Resource, Row
from tacker_lite.api.schemas import vnfd as schemas
from tacker_lite.api.v1.views import timestamp
from tacker_lite.db import vnfd as db
from tacker_lite.tosca import loader, package, report

KNOWN = frozenset(schemas.ANSWER["properties"]) | frozenset(
    schemas.CREATE["properties"]
)
CREATE = BodySpec("vnfd", "vnfds", schemas.CREATE, KNOWN, creates=True)
UPDATE = BodySpec("vnfd", "vnfds", schemas.UPDATE, KNOWN)

MAX_NAME = 255


def view(row: Row) -> Row:
    """A descriptor as the API shows it."""
    files = {"files": sorted(row["files"])} if row["files"] else {}
    return {
        "id": row["id"],
        "tenant_id": row["project_id"],
        "name": row["name"],
        "description": row["description"] or "",
        "service_types": list(row["service_types"]),
        "attributes": {"vnfd": row["template"], **files},
        "template_source": row["template_source"],
        "created_at": timestamp(row["created_at"]),
        "updated_at": timestamp(row["updated_at"]),
    }


def descriptor_row(call: Call) -> Row:
    """The row that a request to onboard a descriptor asks for.

    :raises InvalidTemplate: for a template that cannot be used.
    """
    given = call.body["attributes"]
    _refuse_parts_of_dry_runs(given)
    document, files = package.unpack_template(given["vnfd"])
    template = loader.load(document, files=files)
    name = call.body["name"].strip() or template.name.strip()
    if not name or len(name) > MAX_NAME:
        raise exceptions.SchemaError(
            attribute="name",
            reason="give one of 1 to 255 characters, or the template's "
            "metadata.template_name",
        )
    return {
        "project_id": call.owner,
        "name": name,
        "description": call.body["description"] or template.description,
        "template": loader.dump(document),
        "service_types": [t["service_type"] for t in call.body["service_types"]],
        "mgmt_driver": loader.mgmt_driver(document),
        "template_source": "onboarded",
        "files": files or None,
    }


def file_of(document: Any) -> str:
    """The file of a package that a document comes from; ``""`` without a package."""
    return getattr(document, "file", "")


def _refuse_parts_of_dry_runs(attributes: Row) -> None:
    """Text and input values are for dry runs alone."""
    if isinstance(attributes["vnfd"], str):
        raise exceptions.SchemaError(
            attribute="attributes.vnfd",
            reason=schemas.TEMPLATE_REASON,
            public_type="InvalidAPIAttributeType",
        )
    if "param_values" in attributes:
        raise exceptions.SchemaError(
            attribute="attributes",
            reason="has unknown key(s): param_values; they are for VNFs and dry runs",
        )


class VnfdController(Resource):
    """Serves ``/v1.0/vnfds``."""

    plural = "vnfds"
    singular = "vnfd"

    def find(self, call: Call, ident: str) -> Row:
        return self.read(db.find, ident, call.scope)

    @expose(
        "vnfd:list",
        "List VNF descriptors",
        answer=schemas.ANSWER,
        columns=schemas.COLUMNS,
    )
    def get_all(self, call: Call) -> dict[str, Any]:
        return self.matching(call, db.list_rows, view)

    @expose("vnfd:show", "Show a VNF descriptor", answer=schemas.ANSWER)
    def get_one(self, call: Call, row: Row) -> dict[str, Any]:
        return self.member(call, view(row))

    @expose(
        "vnfd:create",
        "Onboard a VNF descriptor; its template is validated at once",
        status=201,
        body=CREATE,
        answer=schemas.ANSWER,
        dry_run=schemas.DRY_RUN,
    )
    def post(self, call: Call) -> dict[str, Any]:
        if call.dry_run:
            return {"dry_run": self._try(call)}
        row = descriptor_row(call)
        with self.services.database.writer() as session:
            made = db.insert(session, row)
        return self.member(call, view(made))

    def _try(self, call: Call) -> dict[str, Any]:
        """What is wrong with a descriptor, or what it becomes; stores nothing."""
        given = call.body["attributes"]
        values = given.get("param_values")
        document, documents = None, {}
        try:
            document, files = package.unpack_template(given["vnfd"])
            loader.load(document, values, files=files)
        except exceptions.InvalidTemplate as error:
            found = report.findings(error, document, file_of(document))
        else:
            body = {"vnfd": document, "files": files, "param_values": values}
            told = self.services.conductor.check_vnfd(call.context, body)
            found = report.of_rows(told["problems"], document, file_of(document))
            documents = told["documents"]
        return {"problems": [each.row() for each in found], "attributes": documents}

    @expose(
        "vnfd:update",
        "Change the name or description of a VNF descriptor",
        body=UPDATE,
        answer=schemas.ANSWER,
    )
    def put(self, call: Call, row: Row) -> dict[str, Any]:
        with self.services.database.writer() as session:
            changed = db.update(session, row["id"], call.body)
        return self.member(call, view(changed))

    @expose("vnfd:delete", "Remove a VNF descriptor that no VNF uses", status=204)
    def delete(self, call: Call, row: Row) -> None:
        with self.services.database.writer() as session:
            db.delete(session, row["id"])
