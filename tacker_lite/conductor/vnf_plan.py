"""From a request to create a VNF to the rows that it leads to."""

from __future__ import annotations

import dataclasses
import random
import string
from collections.abc import Mapping
from typing import Any

from oslo_config import cfg
from oslo_utils import uuidutils

from tacker_lite import exceptions
from tacker_lite.conductor import attributes, vnf_records, webhooks
from tacker_lite.conductor.configuration import MgmtDrivers
from tacker_lite.conductor.drivers import Drivers, Row
from tacker_lite.conductor.vim import scope
from tacker_lite.context import RequestContext
from tacker_lite.db import base, query
from tacker_lite.db import vim as vim_table
from tacker_lite.db import vnf as vnf_table
from tacker_lite.db import vnfd as vnfd_table
from tacker_lite.tosca import loader, package
from tacker_lite.tosca.model import VnfTemplate

NAME_LENGTH = 255


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a create needs once its input has been accepted."""

    row: Row
    template: VnfTemplate
    inline_vnfd: Row | None


class Planner:
    """Checks everything about a VNF that can be checked before it has a row."""

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        database: base.Database,
        drivers: Drivers,
        mgmt: MgmtDrivers,
    ):
        self._conf = conf
        self._database = database
        self._drivers = drivers
        self._mgmt = mgmt

    def plan(self, context: RequestContext, body: Mapping[str, Any]) -> Plan:
        """The rows of a VNF that can be created.

        :raises InvalidInput: for a descriptor, input, VIM or region that cannot be
            used.
        :raises NotFound: for a VNFD or VIM that the caller has not.
        :raises AlreadyExists: when the project has a VNF of this name.
        """
        project_id = str(body.get("project_id") or context.project_id)
        given = body.get("attributes") or {}
        param_values = attributes.parse("param_values", given.get("param_values"))
        config = attributes.parse("config", given.get("config"))
        kept = attributes.plain_text(given)
        with self._database.reader() as session:
            if query.name_taken(session, vnf_table.TABLE, project_id, body["name"]):
                raise exceptions.AlreadyExists(kind="vnf", name=body["name"])
        vim = self._vim(context, project_id, body)
        placement = dict(body.get("placement_attr") or {})
        refuse_unknown_region(vim, placement.get("region_name"))
        vnfd, document = self._vnfd(context, project_id, body)
        row = {
            "id": uuidutils.generate_uuid(),
            "project_id": project_id,
            "name": body["name"],
            "description": vnfd["description"],
            "vnfd_id": vnfd["id"],
            "vim_id": vim["id"],
            "placement_attr": {**placement, "vim_name": vim["name"]},
            "param_values": param_values,
            "webhooks": None,
            "sizes": None,
            "owner": self._conf.host,
        }
        template = vnf_records.load(row, vnfd, document)
        vnfd["mgmt_driver"] = loader.mgmt_driver(template.document)
        hooks = webhooks.make(self._conf, row["id"], project_id, template)
        template = dataclasses.replace(template, webhooks=hooks)
        attributes.refuse_written(kept, {}, hooks)
        kept |= self._drivers.get(vim["type"]).check(template)
        kept |= attributes.of_policies(template, row["id"])
        kept |= attributes.texts(param_values=param_values, config=config)
        row |= {
            "attributes": kept,
            "webhooks": hooks or None,
            "operation": self._mgmt.check(vnfd, template, config) or None,
        }
        brought = body.get("vnfd_template") is not None
        return Plan(row, template, vnfd if brought else None)

    def _vim(
        self, context: RequestContext, project_id: str, body: Mapping[str, Any]
    ) -> Row:
        with self._database.reader() as session:
            if body.get("vim_id"):
                return vim_table.get(session, body["vim_id"], scope(context))
            default = vim_table.get_default(session, project_id)
        if default is None:
            raise exceptions.InvalidInput(
                "Default VIM is not defined: name a VIM, or make one the default",
                public_type="VimDefaultNotDefined",
            )
        return default

    def _vnfd(
        self, context: RequestContext, project_id: str, body: Mapping[str, Any]
    ) -> tuple[Row, Mapping[str, Any]]:
        """The descriptor's row, made up for an inline one, and its document."""
        inline = body.get("vnfd_template")
        if inline is None:
            with self._database.reader() as session:
                row = vnfd_table.get(session, body["vnfd_id"], scope(context))
            return row, loader.read_stored(row["template"])
        document, files = package.unpack_template(inline)
        text = loader.dump(document)
        row = {
            "id": uuidutils.generate_uuid(),
            "project_id": project_id,
            "name": inline_name(body["name"]),
            "description": loader.description(document),
            "template": text,
            "service_types": ["vnfd"],
            "template_source": "inline",
            "files": files or None,
        }
        # Errors about a package name the lines of its files.
        return row, document if files else loader.read_stored(text)


def inline_name(vnf_name: str) -> str:
    """A name for the descriptor that a VNF brought along."""
    letters = string.ascii_lowercase + string.digits
    unique = "".join(random.choices(letters, k=16))
    return f"inline-{unique}-{vnf_name}"[:NAME_LENGTH]


def refuse_unknown_region(vim: Row, region: str | None) -> None:
    """A VNF goes to a region that its VIM has.

    :raises InvalidInput: naming the regions that it has.
    """
    regions = (vim["placement_attr"] or {}).get("regions") or []
    if region and region not in regions:
        raise exceptions.InvalidInput(
            f"VIM {vim['name']} has no region {region}; it has: "
            f"{', '.join(regions) or 'none'}",
            public_type="VimRegionNotFoundException",
        )
