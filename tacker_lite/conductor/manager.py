"""The RPC endpoint: each method is one line into a noun's module."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import oslo_messaging as messaging

from tacker_lite import exceptions
from tacker_lite.conductor.vim import Vims
from tacker_lite.conductor.vnf import Vnfs
from tacker_lite.conductor.vnfd import Vnfds
from tacker_lite.context import RequestContext

Row = dict[str, Any]


def portable(error: exceptions.TackerLiteError) -> exceptions.TackerLiteError:
    """The error as a class of the shared tree: no other class crosses RPC."""
    nearest = next(
        kind for kind in type(error).__mro__ if kind.__module__ == exceptions.__name__
    )
    if nearest is type(error):
        return error
    return nearest(error.message, public_type=error.public_type)


def answer(method: Callable[..., Any]) -> Callable[..., Any]:
    """Expose a method over RPC; our exceptions are answers, not faults of ours."""

    @functools.wraps(method)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except exceptions.TackerLiteError as raised:
            error = portable(raised)
            # oslo.messaging makes the exception anew on the other side from its
            # args and these.
            error.kwargs = {"public_type": error.public_type}  # type: ignore[attr-defined]
            raise error from None

    expected = messaging.expected_exceptions(exceptions.TackerLiteError)
    return messaging.expose(expected(wrapper))


class Manager:
    """What a conductor answers to."""

    target = messaging.Target(version="1.0")

    def __init__(self, vims: Vims, vnfds: Vnfds, vnfs: Vnfs):
        self._vims = vims
        self._vnfds = vnfds
        self._vnfs = vnfs

    @answer
    def register_vim(self, context: RequestContext, body: Mapping[str, Any]) -> Row:
        return self._vims.register(context, body)

    @answer
    def update_vim(
        self, context: RequestContext, vim_id: str, body: Mapping[str, Any]
    ) -> Row:
        return self._vims.update(context, vim_id, body)

    @answer
    def delete_vim(self, context: RequestContext, vim_id: str) -> None:
        self._vims.delete(context, vim_id)

    @answer
    def check_vnfd(self, context: RequestContext, body: Mapping[str, Any]) -> Row:
        return self._vnfds.check(body)

    @answer
    def create_vnf(self, context: RequestContext, body: Mapping[str, Any]) -> Row:
        return self._vnfs.begin_create(context, body)

    @answer
    def update_vnf(
        self, context: RequestContext, vnf_id: str, body: Mapping[str, Any]
    ) -> Row:
        return self._vnfs.begin_update(context, vnf_id, body)

    @answer
    def scale_vnf(
        self, context: RequestContext, vnf_id: str, policy: Any, kind: Any
    ) -> Row:
        return self._vnfs.begin_scale(context, vnf_id, policy, kind)

    @answer
    def trigger_vnf(
        self, context: RequestContext, vnf_id: str, body: Mapping[str, Any]
    ) -> None:
        self._vnfs.trigger(context, vnf_id, body)

    @answer
    def delete_vnf(
        self, context: RequestContext, vnf_id: str, force: bool = False
    ) -> None:
        if force:
            self._vnfs.force_delete(context, vnf_id)
        else:
            self._vnfs.begin_delete(context, vnf_id)

    @answer
    def list_resources(self, context: RequestContext, vnf_id: str) -> list[Row]:
        return self._vnfs.list_resources(context, vnf_id)
