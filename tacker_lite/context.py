"""The context of a request: who asks, for which project, under which request id."""

from __future__ import annotations

from typing import Any

from oslo_context import context


class RequestContext(context.RequestContext):
    """Travels with every RPC; carries no token, so that no secret crosses it."""

    def to_dict(self) -> dict[str, Any]:
        """The values that travel, without the token."""
        values = super().to_dict()
        values["auth_token"] = None
        return values


def service_context() -> RequestContext:
    """The context of work that nobody asked for just now."""
    return RequestContext(is_admin=True, overwrite=False)
