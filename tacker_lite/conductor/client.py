"""What the API may ask of a conductor.

Every method is one RPC call.  It answers with rows as the database
functions give them, raises the conductor's exceptions of
:mod:`tacker_lite.exceptions` as they are, and
:class:`~tacker_lite.exceptions.ConductorUnreachable` when none answers in time.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import oslo_messaging as messaging
from oslo_config import cfg

from tacker_lite import exceptions, rpc
from tacker_lite.context import RequestContext

Row = dict[str, Any]


def with_times(row: Row) -> Row:
    """The row with its times, which travel as text, as values again."""
    times = {
        key: datetime.datetime.fromisoformat(value)
        for key, value in row.items()
        if key.endswith("_at") and value
    }
    return {**row, **times}


def restored(error: exceptions.TackerLiteError) -> exceptions.TackerLiteError:
    """An exception as it was raised: what crossed RPC has a traceback in its text."""
    original = next(
        kind for kind in type(error).__mro__ if kind.__module__ == exceptions.__name__
    )
    return original(str(error.args[0]), public_type=error.public_type)


class ConductorClient:
    """Asks any conductor.

    :param transport: shared with others, or None for one of its own.
    """

    def __init__(
        self, conf: cfg.ConfigOpts, transport: messaging.Transport | None = None
    ):
        self._timeout = conf.conductor.rpc_timeout
        self._client = rpc.get_client(conf, transport or rpc.get_transport(conf))

    def _call(self, context: RequestContext, method: str, **arguments: Any) -> Any:
        try:
            return self._client.call(context, method, **arguments)
        except (messaging.MessagingTimeout, messaging.MessageDeliveryFailure) as error:
            raise exceptions.ConductorUnreachable(seconds=self._timeout) from error
        except exceptions.TackerLiteError as error:
            raise restored(error) from None
        except messaging.RemoteError as error:
            raise exceptions.TackerLiteError() from error

    def register_vim(self, context: RequestContext, body: Mapping[str, Any]) -> Row:
        """Verify and register a VIM.

        :param body: validated attributes; ``project_id`` is the owner.
        :returns: the row, without secrets.
        """
        return with_times(self._call(context, "register_vim", body=body))

    def update_vim(
        self, context: RequestContext, vim_id: str, body: Mapping[str, Any]
    ) -> Row:
        """Change a VIM; objects are merged key by key.

        :returns: the row, without secrets.
        """
        row = self._call(context, "update_vim", vim_id=vim_id, body=body)
        return with_times(row)

    def delete_vim(self, context: RequestContext, vim_id: str) -> None:
        """Forget a VIM that no VNF uses."""
        self._call(context, "delete_vim", vim_id=vim_id)

    def check_vnfd(self, context: RequestContext, body: Mapping[str, Any]) -> Row:
        """What is wrong with a descriptor, and what it becomes; stores nothing.

        :param body: ``vnfd``, the descriptor as an object; optional: ``files``, the
            text of those in its package, by path, and ``param_values``, values of
            its inputs.
        :returns: ``problems``, each with ``path`` (keys from the top of the
            descriptor), ``node``, ``line`` (0: not known), ``reason`` and ``type``;
            and ``documents``, what would be sent to a VIM, by name, empty when there
            are problems.
        """
        return self._call(context, "check_vnfd", body=body)

    def create_vnf(self, context: RequestContext, body: Mapping[str, Any]) -> Row:
        """Start the creation of a VNF.

        :param body: validated attributes; ``project_id`` is the owner, ``vnfd_id``
            and ``vim_id`` are ids (a ``vim_id`` absent or empty means the default
            VIM), ``vnfd_template`` is an inline descriptor.
        :returns: the row, in PENDING_CREATE.
        """
        return with_times(self._call(context, "create_vnf", body=body))

    def update_vnf(
        self, context: RequestContext, vnf_id: str, body: Mapping[str, Any]
    ) -> Row:
        """Start a change of ``attributes.config`` or ``attributes.param_values``.

        :returns: the row, in PENDING_UPDATE.
        """
        row = self._call(context, "update_vnf", vnf_id=vnf_id, body=body)
        return with_times(row)

    def scale_vnf(
        self, context: RequestContext, vnf_id: str, policy: str, kind: str
    ) -> Row:
        """Start a change of size by one step of a scaling policy.

        :param kind: ``out`` or ``in``.
        :returns: the row, in PENDING_SCALE_OUT or PENDING_SCALE_IN.
        """
        row = self._call(context, "scale_vnf", vnf_id=vnf_id, policy=policy, kind=kind)
        return with_times(row)

    def trigger_vnf(
        self, context: RequestContext, vnf_id: str, body: Mapping[str, Any]
    ) -> None:
        """Do what an alarm asks for.

        :param body: ``policy_name``, that of a trigger; ``action_name``, its actions;
            ``data``, what the alarm service says.
        """
        self._call(context, "trigger_vnf", vnf_id=vnf_id, body=body)

    def delete_vnf(
        self, context: RequestContext, vnf_id: str, force: bool = False
    ) -> None:
        """Start the removal of a VNF; with ``force`` its row is gone at return."""
        self._call(context, "delete_vnf", vnf_id=vnf_id, force=force)

    def list_resources(self, context: RequestContext, vnf_id: str) -> list[Row]:
        """What the VIM made for a VNF: rows of id, name and type."""
        return self._call(context, "list_resources", vnf_id=vnf_id)
