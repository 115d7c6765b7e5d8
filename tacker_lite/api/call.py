"""What a handler is given: who asks, for what, and the services that answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import webob
from oslo_config import cfg
from oslo_policy import policy

from tacker_lite import exceptions
from tacker_lite.api.query import Query
from tacker_lite.conductor.client import ConductorClient
from tacker_lite.context import RequestContext
from tacker_lite.db.base import Database

CONTEXT_KEY = "tacker_lite.context"


@dataclass(frozen=True)
class Services:
    """What every controller needs; made once for each application."""

    conf: cfg.ConfigOpts
    conductor: ConductorClient
    database: Database
    enforcer: policy.Enforcer


@dataclass
class Call:
    """One request on its way through a handler.

    :ivar body: the checked object inside the wrapper; empty without a body.
    :ivar dry_run: whether the operation is to be tried without changing anything.
    """

    services: Services
    request: webob.Request
    context: RequestContext
    query: Query
    body: dict[str, Any] = field(default_factory=dict)
    dry_run: bool = False

    @property
    def scope(self) -> str | None:
        """The project that reads are limited to; None for administrators."""
        return None if self.context.is_admin else self.context.project_id

    @property
    def owner(self) -> str:
        """The project that a new row is to belong to."""
        return self.body.get("tenant_id") or self.context.project_id or ""

    def allows(self, rule: str, row: Mapping[str, Any] | None = None) -> bool:
        """Whether the rule lets the caller do this to ``row``, or to a new row."""
        owner = row["project_id"] if row else self.owner
        target = {"project_id": owner, "tenant_id": owner}
        return bool(self.services.enforcer.authorize(rule, target, self.context))

    def authorize(self, rule: str, row: Mapping[str, Any] | None = None) -> None:
        """Refuse what :meth:`allows` does not.

        :raises Forbidden: naming the rule.
        """
        if not self.allows(rule, row):
            raise exceptions.Forbidden(rule=rule)
