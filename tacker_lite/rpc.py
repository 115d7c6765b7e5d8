"""RPC between API and conductor: transport, serializer, client and server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import oslo_messaging as messaging
from oslo_config import cfg
from oslo_serialization import jsonutils

from tacker_lite import context as request_context
from tacker_lite import exceptions

TOPIC = "tacker-lite-conductor"
VERSION = "1.0"


class Serializer(messaging.Serializer):
    """Rows and bodies as JSON values; contexts as dictionaries."""

    def serialize_entity(self, ctxt: Any, entity: Any) -> Any:
        return jsonutils.to_primitive(entity, convert_instances=False)

    def deserialize_entity(self, ctxt: Any, entity: Any) -> Any:
        return entity

    def serialize_context(self, ctxt: Any) -> dict[str, Any]:
        return ctxt.to_dict()

    def deserialize_context(
        self, ctxt: dict[str, Any]
    ) -> request_context.RequestContext:
        return request_context.RequestContext.from_dict(ctxt)


def get_transport(conf: cfg.ConfigOpts) -> messaging.Transport:
    """The transport of ``transport_url``; exceptions of our tree alone cross it."""
    return messaging.get_rpc_transport(
        conf, allowed_remote_exmods=[exceptions.__name__]
    )


def get_client(
    conf: cfg.ConfigOpts, transport: messaging.Transport
) -> messaging.RPCClient:
    """A client of the conductors: any of them answers."""
    return messaging.get_rpc_client(
        transport,
        messaging.Target(topic=TOPIC, version=VERSION),
        timeout=conf.conductor.rpc_timeout,
        serializer=Serializer(),
    )


def get_server(
    conf: cfg.ConfigOpts, transport: messaging.Transport, endpoints: Sequence[object]
) -> messaging.MessageHandlingServer:
    """A server for ``endpoints``, one thread for each request in hand."""
    return messaging.get_rpc_server(
        transport,
        messaging.Target(topic=TOPIC, server=conf.host),
        list(endpoints),
        executor="threading",
        serializer=Serializer(),
        access_policy=messaging.ExplicitRPCAccessPolicy,
    )
