"""Registering, changing, removing and checking VIMs."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Mapping
from typing import Any

import futurist
from oslo_config import cfg
from oslo_log import log
from oslo_utils import uuidutils
from sqlalchemy import orm

from tacker_lite import exceptions, states
from tacker_lite.conductor import attributes
from tacker_lite.conductor.drivers import Drivers, Row
from tacker_lite.context import RequestContext
from tacker_lite.db import base, query
from tacker_lite.db import vim as vim_table
from tacker_lite.db import vnf as vnf_table

LOG = log.getLogger(__name__)

SEEN_INTERVAL = datetime.timedelta(minutes=1)
PLAIN_COLUMNS = ("name", "description", "is_default")
TOKEN_KEYS = ("bearer_token",)
PASSWORD_KEYS = ("username", "password")


class Vims:
    """The operations on VIMs."""

    def __init__(self, conf: cfg.ConfigOpts, database: base.Database, drivers: Drivers):
        self._database = database
        self._drivers = drivers
        self._checks = futurist.ThreadPoolExecutor(max_workers=conf.vim.check_workers)
        self._in_check: set[str] = set()
        self._lock = threading.Lock()

    def register(self, context: RequestContext, body: Mapping[str, Any]) -> Row:
        """Verify a VIM, then keep it.

        :returns: the row without its secrets, in PENDING: a check follows.
        :raises InvalidInput: for an unknown type, an address that does not answer
            or credentials that it refuses.
        :raises AlreadyExists: when the project has a VIM of this name.
        :raises Conflict: when the project has a default VIM already.
        """
        public, secrets = self._drivers.keyring.seal(body["auth_cred"])
        row = {
            "id": uuidutils.generate_uuid(),
            "project_id": str(body.get("project_id") or context.project_id),
            "name": body["name"],
            "type": body["type"],
            "description": body.get("description") or "",
            "auth_url": stored_url(body["type"], body["auth_url"]),
            "vim_project": dict(body["vim_project"]),
            "auth_cred": public,
            "secrets": secrets,
            "extra": body.get("extra"),
            "is_default": bool(body.get("is_default")),
            "shared": False,
        }
        with self._database.reader() as session:
            if query.name_taken(
                session, vim_table.TABLE, row["project_id"], row["name"]
            ):
                raise exceptions.AlreadyExists(kind="vim", name=row["name"])
            refuse_second_default(session, row)
        row["placement_attr"] = {"regions": self._regions(row)}
        with self._database.writer() as session:
            refuse_second_default(session, row)
            row = vim_table.insert(session, row)
        LOG.info("VIM %s registered", row["name"], resource=resource(row))
        self.check_soon(row["id"])
        return without_secrets(row)

    def update(
        self, context: RequestContext, vim_id: str, body: Mapping[str, Any]
    ) -> Row:
        """Change a VIM that no VNF uses; objects are merged key by key.

        :returns: the row without its secrets.
        :raises NotFound: when the caller has no such VIM.
        :raises InUse: while a VNF is on it.
        :raises InvalidInput: when it refuses the new credentials.
        """
        with self._database.reader() as session:
            row = vim_table.get(session, vim_id, scope(context))
            refuse_used(session, row)
        values = {key: body[key] for key in PLAIN_COLUMNS if body.get(key) is not None}
        for key in ("vim_project", "extra"):
            if body.get(key) is not None:
                values[key] = attributes.merge(row[key] or {}, body[key])
        if body.get("auth_cred"):
            old = self._drivers.keyring.open(row["auth_cred"], row["secrets"])
            merged = merge_credentials(old, body["auth_cred"])
            public, secrets = self._drivers.keyring.seal(merged)
            values |= {"auth_cred": public, "secrets": secrets}
        if "auth_cred" in values or "vim_project" in values:
            values["placement_attr"] = {"regions": self._regions({**row, **values})}
        with self._database.writer() as session:
            refuse_used(session, row)
            refuse_second_default(session, {**row, **values})
            row = vim_table.update(session, vim_id, values)
        self.check_soon(vim_id)
        return without_secrets(row)

    def delete(self, context: RequestContext, vim_id: str) -> None:
        """Forget a VIM.

        :raises NotFound: when the caller has no such VIM.
        :raises InUse: while a VNF is on it.
        """
        with self._database.writer() as session:
            row = vim_table.get(session, vim_id, scope(context))
            refuse_used(session, row)
            vim_table.delete(session, vim_id)
        LOG.info("VIM %s removed", row["name"], resource=resource(row))

    def check_all(self) -> None:
        """Have every VIM checked; returns at once."""
        with self._database.reader() as session:
            rows = vim_table.list_rows(session)
        for row in rows:
            self.check_soon(row["id"])

    def check_soon(self, vim_id: str) -> None:
        """Have a VIM checked as soon as a worker is free."""
        with self._lock:
            if vim_id in self._in_check or not self._checks.alive:
                return
            self._in_check.add(vim_id)
        try:
            self._checks.submit(self._check, vim_id)
        except RuntimeError:
            LOG.debug("No check of VIM %s: shutting down", vim_id)

    def shutdown(self) -> None:
        """Start no more checks; those at work end by their own time limits."""
        self._checks.shutdown(wait=False)

    def _check(self, vim_id: str) -> None:
        try:
            with self._database.reader() as session:
                row = vim_table.get(session, vim_id)
            try:
                self._drivers.get(row["type"]).verify(self._drivers.vim(row))
            except exceptions.TackerLiteError as error:
                self._note_lost(row, error.message)
            else:
                self._note_reached(row)
        except (exceptions.NotFound, exceptions.InvalidState):
            LOG.debug("VIM %s changed while it was checked", vim_id)
        except Exception:  # noqa: BLE001 - a worker outlives any single check
            LOG.exception("Check of VIM %s failed", vim_id)
        finally:
            with self._lock:
                self._in_check.discard(vim_id)

    def _note_reached(self, row: Row) -> None:
        if row["status"] == states.REACHABLE:
            seen = row["last_seen_at"]
            if not seen or query.now() - seen > SEEN_INTERVAL:
                with self._database.writer() as session:
                    vim_table.note_seen(session, row["id"])
            return
        with self._database.writer() as session:
            base.transition(
                session, "vim", row, "reached", reason=None, last_seen_at=query.now()
            )
        LOG.info("VIM %s is reachable", row["name"], resource=resource(row))

    def _note_lost(self, row: Row, reason: str) -> None:
        if row["status"] != states.UNREACHABLE:
            with self._database.writer() as session:
                base.transition(session, "vim", row, "lost", reason, reason=reason)
            LOG.warning("%s", reason, resource=resource(row))
        elif row["reason"] != reason:
            with self._database.writer() as session:
                vim_table.note_reason(session, row["id"], reason)

    def _regions(self, row: Row) -> list[str]:
        try:
            driver = self._drivers.get(row["type"])
            return list(driver.verify(self._drivers.vim(row)).regions)
        except exceptions.VimError as error:
            raise exceptions.InvalidInput(
                error.message, public_type=error.public_type
            ) from error


def scope(context: RequestContext) -> str | None:
    """The project whose rows the caller may touch; None for all of them."""
    return None if context.is_admin else context.project_id


def resource(row: Row) -> dict[str, str]:
    """What log lines name a VIM by."""
    return {"type": "vim", "id": row["id"]}


def without_secrets(row: Row) -> Row:
    """The row as it may leave the conductor."""
    return {key: value for key, value in row.items() if key != "secrets"}


def stored_url(vim_type: str, url: str) -> str:
    """The address of a VIM; that of an OpenStack names the identity API's version."""
    bare = url.rstrip("/")
    if vim_type != "openstack" or bare.endswith("v3"):
        return url
    return f"{bare}/v3"


def merge_credentials(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """New credentials over old ones: a token replaces user and password, and back."""
    dropped: tuple[str, ...] = ()
    if new.get("bearer_token"):
        dropped = PASSWORD_KEYS
    elif all(new.get(key) for key in PASSWORD_KEYS):
        dropped = TOKEN_KEYS
    kept = {key: value for key, value in old.items() if key not in dropped}
    return attributes.merge(kept, new)


def refuse_second_default(session: orm.Session, row: Row) -> None:
    """A project has one default VIM at most.

    :raises Conflict: when ``row`` would be a second one.
    """
    if not row["is_default"]:
        return
    default = vim_table.get_default(session, row["project_id"])
    if default and default["id"] != row["id"]:
        raise exceptions.Conflict(
            f"Default VIM already exists {default['id']}: "
            "set its is_default to false first",
            public_type="VimDefaultDuplicateException",
        )


def refuse_used(session: orm.Session, row: Row) -> None:
    """A VIM stays as it is while VNFs are on it.

    :raises InUse: naming the VIM and its VNFs.
    """
    users = vnf_table.users(session, "vim_id", row)
    if users:
        raise exceptions.InUse(
            kind="VIM",
            ident=row["id"],
            user=f"VNF {users}",
            public_type="VimInUseException",
        )
