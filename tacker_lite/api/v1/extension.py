"""Extensions: ``/v1.0/extensions``, a fixed list that v1.0 clients may ask for."""

from __future__ import annotations

from typing import Any

from tacker_lite import exceptions
from tacker_lite.api.call import Call
from tacker_lite.api.expose import expose
from tacker_lite.api.resource import Resource, Row
from tacker_lite.api.schemas import extension as schemas


def _extension(alias: str, name: str, description: str, updated: str) -> Row:
    return {
        "alias": alias,
        "name": name,
        "description": description,
        "namespace": "https://wiki.openstack.org/Tacker",
        "updated": updated,
        "links": [],
    }


EXTENSIONS = [
    _extension(
        "VNFM",
        "VNF Manager",
        "Descriptors and life of VNFs",
        "2013-11-19T10:00:00-00:00",
    ),
    _extension(
        "NFVO",
        "NFV Orchestrator",
        "Registration of VIMs",
        "2015-12-21T10:00:00-00:00",
    ),
    _extension(
        "Commonservices",
        "COMMONSERVICES",
        "Events",
        "2016-06-06T13:00:00-00:00",
    ),
]


class ExtensionController(Resource):
    """Serves ``/v1.0/extensions``."""

    plural = "extensions"
    singular = "extension"
    key = "alias"

    def find(self, call: Call, ident: str) -> Row:
        for extension in EXTENSIONS:
            if extension["alias"] == ident:
                return {**extension, "project_id": call.context.project_id}
        raise exceptions.NotFound(kind="extension", ident=ident)

    @expose(
        "extension:list",
        "List the extensions of the API",
        answer=schemas.ANSWER,
        columns=schemas.COLUMNS,
    )
    def get_all(self, call: Call) -> dict[str, Any]:
        wanted = call.query.filters(schemas.COLUMNS)
        rows = [
            extension
            for extension in EXTENSIONS
            if all(extension[name] in values for name, values in wanted.items())
        ]
        return {self.plural: [call.query.reduce(row) for row in rows]}

    @expose("extension:show", "Show an extension", answer=schemas.ANSWER)
    def get_one(self, call: Call, row: Row) -> dict[str, Any]:
        shown = {name: row[name] for name in schemas.ANSWER["properties"]}
        return self.member(call, shown)
