"""Operations on VNFs as they are asked for: quick, inside the request.

Each ``begin_*`` refuses bad input, leaves a pending row, and hands it to the
reconcile loop.  What the loop then does is in :mod:`tacker_lite.conductor.vnf_work`.
"""

from __future__ import annotations

import random
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import futurist
from oslo_config import cfg
from oslo_log import log
from oslo_utils import uuidutils

from tacker_lite import exceptions, states
from tacker_lite.conductor import attributes
from tacker_lite.conductor.drivers import Drivers, Row
from tacker_lite.conductor.reconcile import Reconciler
from tacker_lite.conductor.vim import scope
from tacker_lite.conductor.vnf_work import VnfWork, resource
from tacker_lite.context import RequestContext
from tacker_lite.db import base, event, query
from tacker_lite.db import vim as vim_table
from tacker_lite.db import vnf as vnf_table
from tacker_lite.db import vnfd as vnfd_table
from tacker_lite.tosca import loader
from tacker_lite.tosca.model import VnfTemplate

LOG = log.getLogger(__name__)

FORCED_ATTEMPT_SECONDS = 20
NAME_LENGTH = 255


@dataclass(frozen=True)
class Plan:
    """What a create needs once its input has been accepted."""

    row: Row
    template: VnfTemplate
    inline_vnfd: Row | None


class Vnfs:
    """The operations on VNFs."""

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        database: base.Database,
        drivers: Drivers,
        work: VnfWork,
        reconciler: Reconciler,
    ):
        self._host = conf.host
        self._database = database
        self._drivers = drivers
        self._work = work
        self._reconciler = reconciler

    def begin_create(self, context: RequestContext, body: Mapping[str, Any]) -> Row:
        """Start a creation.

        :returns: the row, in PENDING_CREATE.
        :raises InvalidInput: for a descriptor, input, VIM or region that cannot be
            used; nothing is left behind.
        :raises NotFound: for a VNFD or VIM that the caller has not.
        :raises AlreadyExists: when the project has a VNF of this name.
        :raises NoWorker: when too many operations wait already.
        """
        plan = self._plan(context, body)
        vnf_id = plan.row["id"]
        self._reconciler.hold(vnf_id)
        try:
            with self._database.writer() as session:
                if plan.inline_vnfd:
                    vnfd_table.insert(session, plan.inline_vnfd)
                row = vnf_table.insert(session, plan.row)
            self._work.remember(vnf_id, plan.template)
            try:
                self._reconciler.start(vnf_id, plan.row["vim_id"])
            except exceptions.NoWorker:
                self._undo(plan)
                raise
        except Exception:
            self._reconciler.release(vnf_id)
            raise
        LOG.info("VNF %s: create begins", row["name"], resource=resource(row))
        return row

    def begin_update(
        self, context: RequestContext, vnf_id: str, body: Mapping[str, Any]
    ) -> Row:
        """Start a change of configuration or input values.

        The VIM is asked for a change when input values differ from the old ones.

        :returns: the row, in PENDING_UPDATE.
        :raises InvalidInput: for values that the descriptor does not accept.
        :raises InvalidState: unless the VNF is ACTIVE.
        """
        with self._database.reader() as session:
            row = vnf_table.get(session, vnf_id, scope(context))
            vnfd = vnfd_table.get(session, row["vnfd_id"])
            vim = vim_table.get(session, row["vim_id"])
        given = body.get("attributes") or {}
        values: Row = {"next_step": vnf_table.FINISH}
        changed = {**row["attributes"], **attributes.plain_text(given)}
        if given.get("config"):
            new = attributes.parse("config", given["config"])
            old = attributes.parse("config", row["attributes"].get("config"))
            changed["config"] = attributes.dump(attributes.merge(old, new))
        if given.get("param_values"):
            new = attributes.parse("param_values", given["param_values"])
            merged = attributes.merge(row["param_values"], new)
            if merged != row["param_values"]:
                template = loader.load(loader.read_stored(vnfd["template"]), merged)
                changed |= self._drivers.get(vim["type"]).check(template)
                changed["param_values"] = attributes.dump(merged)
                values |= {"next_step": vnf_table.APPLY, "param_values": merged}
        values["attributes"] = changed
        return self._move(row, "update", **values)

    def begin_delete(self, context: RequestContext, vnf_id: str) -> None:
        """Start a removal; one that failed may be asked for again.

        :raises InvalidState: when the VNF is removed already, or is being updated
            or healed.
        """
        with self._database.reader() as session:
            row = vnf_table.get(session, vnf_id, scope(context))
        self._move(row, "delete", next_step=vnf_table.APPLY)

    def force_delete(self, context: RequestContext, vnf_id: str) -> None:
        """Remove a VNF's row whatever its status and whatever its VIM says.

        The VIM is asked once to remove what it made, and waited for briefly.

        Who may do this is the API's question.
        """
        with self._database.writer() as session:
            row = vnf_table.get(session, vnf_id, scope(context))
            row = base.transition(session, "vnf", row, "force_delete")
        attempt = self._reconciler.try_once(
            row["vim_id"], self._work.remove_from_vim, row
        )
        outcome = "The VIM was told to remove it"
        try:
            attempt.result(timeout=FORCED_ATTEMPT_SECONDS)
        except futurist.TimeoutError:
            outcome = "The VIM did not answer in time: it may still have resources"
        except exceptions.TackerLiteError as error:
            outcome = f"The VIM may still have resources: {error.message}"
        LOG.warning("Forced delete: %s", outcome, resource=resource(row))
        self._work.end_delete(row, outcome)

    def list_resources(self, context: RequestContext, vnf_id: str) -> list[Row]:
        """What the VIM made for a VNF.

        :raises InvalidInput: unless the VNF is ACTIVE.
        :raises Unavailable: when the VIM does not answer.
        """
        with self._database.reader() as session:
            row = vnf_table.get(session, vnf_id, scope(context))
            vim_row = vim_table.get(session, row["vim_id"])
        if row["status"] != states.ACTIVE:
            raise exceptions.InvalidInput(
                f"VNF {vnf_id} is in status {row['status']}: its resources can be "
                "listed in ACTIVE only",
                public_type="VNFInactive",
            )
        vim = self._drivers.vim(vim_row, row["placement_attr"].get("region_name"))
        try:
            found = self._drivers.get(vim.type).resources(vim, row["handle"])
        except exceptions.VimError as error:
            raise exceptions.Unavailable(
                error.message, public_type="InfraDriverUnreachable"
            ) from error
        return [{"id": r.id, "name": r.name, "type": r.type} for r in found]

    def _move(self, row: Row, operation: str, **values: Any) -> Row:
        """Begin an operation.  Who works on the VNF now goes on; else it is us."""
        values |= {"operation_started_at": query.now(), "reason": None}
        with self._database.writer() as session:
            # Read anew: it may have moved on since the caller read it.
            row = vnf_table.get(session, row["id"])
            if row["status"] not in states.PENDING_STATUSES:
                values["owner"] = self._host
            row = base.transition(session, "vnf", row, operation, **values)
        LOG.info("VNF %s: %s begins", row["name"], operation, resource=resource(row))
        self._reconciler.wake(row["id"])
        return row

    def _plan(self, context: RequestContext, body: Mapping[str, Any]) -> Plan:
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
        template = loader.load(document, param_values)
        kept |= self._drivers.get(vim["type"]).check(template)
        if param_values:
            kept["param_values"] = attributes.dump(param_values)
        if config:
            kept["config"] = attributes.dump(config)
        row = {
            "id": uuidutils.generate_uuid(),
            "project_id": project_id,
            "name": body["name"],
            "description": vnfd["description"],
            "vnfd_id": vnfd["id"],
            "vim_id": vim["id"],
            "placement_attr": {**placement, "vim_name": vim["name"]},
            "attributes": kept,
            "param_values": param_values,
            "owner": self._host,
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
        text = loader.dump(inline)
        document = loader.read_stored(text)
        row = {
            "id": uuidutils.generate_uuid(),
            "project_id": project_id,
            "name": inline_name(body["name"]),
            "description": loader.description(inline),
            "template": text,
            "service_types": ["vnfd"],
            "template_source": "inline",
        }
        return row, document

    def _undo(self, plan: Plan) -> None:
        """Take back a create that no worker could be found for."""
        self._work.forget(plan.row["id"])
        removed = [plan.row["id"]]
        with self._database.writer() as session:
            vnf_table.delete(session, plan.row["id"])
            if plan.inline_vnfd:
                vnfd_table.delete(session, plan.inline_vnfd["id"])
                removed.append(plan.inline_vnfd["id"])
            event.delete_of(session, removed)


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
