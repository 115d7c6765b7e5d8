"""Operations on VNFs as they are asked for: quick, inside the request.

Each ``begin_*`` refuses bad input, leaves a pending row, and hands it to the
reconcile loop.  What the loop then does is in :mod:`tacker_lite.conductor.vnf_work`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import futurist
from oslo_config import cfg
from oslo_log import log

from tacker_lite import exceptions, states
from tacker_lite.conductor import attributes, scaling, triggers, vnf_records
from tacker_lite.conductor.configuration import MgmtDrivers
from tacker_lite.conductor.drivers import Drivers, Row
from tacker_lite.conductor.reconcile import Reconciler
from tacker_lite.conductor.scaling import Change
from tacker_lite.conductor.vim import scope
from tacker_lite.conductor.vnf_plan import Plan, Planner
from tacker_lite.conductor.vnf_records import resource
from tacker_lite.conductor.vnf_work import VnfWork
from tacker_lite.context import RequestContext
from tacker_lite.db import base, event, query
from tacker_lite.db import vim as vim_table
from tacker_lite.db import vnf as vnf_table
from tacker_lite.db import vnfd as vnfd_table
from tacker_lite.tosca import loader
from tacker_lite.tosca.model import VnfTemplate

LOG = log.getLogger(__name__)

FORCED_ATTEMPT_SECONDS = 20
ANY_TIME = object()


class Vnfs:
    """The operations on VNFs."""

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        database: base.Database,
        drivers: Drivers,
        mgmt: MgmtDrivers,
        work: VnfWork,
        reconciler: Reconciler,
    ):
        self._host = conf.host
        self._database = database
        self._drivers = drivers
        self._mgmt = mgmt
        self._planner = Planner(conf, database, drivers, mgmt)
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
        plan = self._planner.plan(context, body)
        vnf_id = plan.row["id"]
        self._reconciler.hold(vnf_id)
        try:
            with self._database.writer() as session:
                if plan.inline_vnfd:
                    vnfd_table.insert(session, plan.inline_vnfd)
                row = vnf_table.insert(session, plan.row)
                for name in plan.row["webhooks"] or ():
                    told = f"The alarm URL of trigger {name} was set"
                    event.insert(
                        session, "vnf", row, event.MONITOR, row["status"], told
                    )
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

        The VIM is asked for a change when input values differ from the old ones, or
        to mend a VNF in ERROR.

        :returns: the row, in PENDING_UPDATE.
        :raises InvalidInput: for values that the descriptor does not accept.
        :raises InvalidState: unless the VNF is ACTIVE or in ERROR.
        """
        given = body.get("attributes") or {}
        while True:
            with self._database.reader() as session:
                row = vnf_table.get(session, vnf_id, scope(context))
                vnfd = vnfd_table.get(session, row["vnfd_id"])
                vim = vim_table.get(session, row["vim_id"])
            values = self._changes(row, vnfd, vim["type"], given)
            moved = self._move(vnf_id, "update", seen=row["updated_at"], **values)
            if moved is not None:
                return moved

    def begin_scale(
        self, context: RequestContext, vnf_id: str, policy: Any, kind: Any
    ) -> Row:
        """Start a change of size by one step of a scaling policy.

        :param kind: ``out`` or ``in``.
        :returns: the row, in PENDING_SCALE_OUT or PENDING_SCALE_IN.
        :raises NotFound: for a policy that the descriptor does not have.
        :raises InvalidInput: for one that does not scale, or another type of change.
        :raises InvalidState: unless the VNF is ACTIVE.
        """
        row, template = self._loaded(context, vnf_id)
        change = scaling.checked(template, row["id"], policy, kind)
        moved = self._scale(row["id"], [change])
        assert moved is not None
        return moved

    def trigger(
        self, context: RequestContext, vnf_id: str, body: Mapping[str, Any]
    ) -> None:
        """Do what an alarm asks for.

        Sizes are changed when the VNF is ACTIVE and the policy's cooldown is over.

        :param body: see :func:`tacker_lite.conductor.triggers.read`.
        :raises InvalidInput: for a descriptor without such policies, a body that is
            no raised alarm, or an action that is not known.
        :raises NotFound: for a trigger that the descriptor does not have.
        """
        begun = False
        while not begun:
            row, template = self._loaded(context, vnf_id)
            actions = triggers.read(template, row["id"], body)
            changes, refusals = scaling.due(row, actions.changes)
            # Read anew when it has changed: a cooldown may have begun.
            begun = not changes or self._scale_once(row, changes, refusals)
        alarm = f"Alarm of trigger {body['policy_name']}"
        LOG.info("%s", alarm, resource=resource(row))
        with self._database.writer() as session:
            for told in (*triggers.told(actions), *refusals):
                text = f"{alarm}: {told}"
                event.insert(session, "vnf", row, event.MONITOR, row["status"], text)

    def begin_delete(self, context: RequestContext, vnf_id: str) -> None:
        """Start a removal; one that failed may be asked for again.

        :raises InvalidState: when the VNF is removed already, or is being updated
            or healed.
        """
        with self._database.reader() as session:
            row = vnf_table.get(session, vnf_id, scope(context))
        self._move(row["id"], "delete", next_step=vnf_table.APPLY)

    def force_delete(self, context: RequestContext, vnf_id: str) -> None:
        """Remove a VNF's row whatever its status and whatever its VIM says.

        The VIM is asked once to remove what it made, and waited for briefly.

        Who may do this is the API's question.
        """
        with self._database.writer() as session:
            row = vnf_table.get(session, vnf_id, scope(context))
            row = base.transition(session, "vnf", row, "force_delete")
        attempt = self._reconciler.try_once(
            row["vim_id"], self._work.removal.remove_from_vim, row
        )
        outcome = "The VIM was told to remove it"
        try:
            attempt.result(timeout=FORCED_ATTEMPT_SECONDS)
        except futurist.TimeoutError:
            outcome = "The VIM did not answer in time: it may still have resources"
        except exceptions.TackerLiteError as error:
            outcome = f"The VIM may still have resources: {error.message}"
        LOG.warning("Forced delete: %s", outcome, resource=resource(row))
        self._work.removal.end(row, outcome)

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

    def _loaded(self, context: RequestContext, vnf_id: str) -> tuple[Row, VnfTemplate]:
        """A VNF's row and what the VIM was told to make of it."""
        with self._database.reader() as session:
            row = vnf_table.get(session, vnf_id, scope(context))
            vnfd = vnfd_table.get(session, row["vnfd_id"])
        document = loader.read_stored(vnfd["template"])
        return row, vnf_records.load(row, vnfd, document)

    def _changes(
        self, row: Row, vnfd: Row, vim_type: str, given: Mapping[str, Any]
    ) -> Row:
        """The columns that an update leads to, from what the row is now."""
        mends = row["status"] == states.ERROR
        plain = attributes.plain_text(given)
        attributes.refuse_written(plain, row["attributes"], row["webhooks"] or {})
        changed = {**row["attributes"], **plain}
        new = attributes.parse("config", given.get("config"))
        old = attributes.parse("config", row["attributes"].get("config"))
        config = attributes.merge(old, new)
        new_values = attributes.parse("param_values", given.get("param_values"))
        param_values = attributes.merge(row["param_values"], new_values)
        changed |= attributes.texts(config=config, param_values=param_values)
        values: Row = {"next_step": vnf_table.FINISH, "operation": {}}
        document = loader.read_stored(vnfd["template"])
        if new or mends:
            template = vnf_records.load(row, vnfd, document)
            values["operation"] = self._mgmt.check(vnfd, template, config)
            if values["operation"]:
                values["next_step"] = vnf_table.CONFIGURE
        if param_values != row["param_values"] or mends:
            wanted = {**row, "param_values": param_values}
            template = vnf_records.load(wanted, vnfd, document)
            changed |= self._drivers.get(vim_type).check(template)
            step = vnf_table.APPLY
            if scaling.policies(template) and not mends:
                step = vnf_table.MEASURE
            values |= {"next_step": step, "param_values": param_values}
        attributes.refuse_growth(row["attributes"], changed)
        values["attributes"] = changed
        values["operation"] |= vnf_records.replaced(row, values)
        return values

    def _scale_once(
        self, row: Row, changes: Sequence[Change], refusals: list[str]
    ) -> bool:
        """Begin a change of sizes unless the VNF is no longer as it was seen.

        :param refusals: takes up that another operation was quicker.
        :returns: False when it is to be looked at anew.
        """
        try:
            return self._scale(row["id"], changes, seen=row["updated_at"]) is not None
        except exceptions.InvalidState:
            refusals.append(f"no {changes[0]}, another operation has begun")
            return True

    def _scale(
        self, vnf_id: str, changes: Sequence[Change], seen: Any = ANY_TIME
    ) -> Row | None:
        """Begin a change of sizes; what they become is found out by a worker.

        :param seen: see :meth:`_move`.
        """
        return self._move(
            vnf_id,
            changes[0].event,
            seen=seen,
            details=", ".join(map(str, changes)),
            next_step=vnf_table.MEASURE,
            operation=scaling.stored(changes),
        )

    def _move(
        self,
        vnf_id: str,
        event_name: str,
        *,
        seen: Any = ANY_TIME,
        details: str = "",
        **values: Any,
    ) -> Row | None:
        """Begin an operation.  Who works on the VNF now goes on; else it is us.

        :param seen: time of the last change when ``values`` were made.
        :returns: the row, or None when it was changed since.
        """
        values = {"operation": None, **values}
        values |= {"operation_started_at": query.now(), "reason": None}
        with self._database.writer() as session:
            # Read anew: it may have moved on since the caller read it.
            row = vnf_table.get(session, vnf_id)
            settled = row["status"] not in states.PENDING_STATUSES
            if settled and seen not in (ANY_TIME, row["updated_at"]):
                return None
            if settled:
                values["owner"] = self._host
            row = base.transition(session, "vnf", row, event_name, details, **values)
        LOG.info("VNF %s: %s begins", row["name"], event_name, resource=resource(row))
        self._reconciler.wake(row["id"])
        return row

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
