"""RPC between API and conductor: transport, serializer, client and server."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from oslo_config import cfg
from oslo_serialization import jsonutils
from oslo_service import backend

from tacker_lite import context as request_context
from tacker_lite import exceptions

# Before oslo.messaging is imported: it would choose green threads.
backend.register_backend_default_hook(lambda: backend.BackendType.THREADING)

import oslo_messaging as messaging  # noqa: E402

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


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Register what oslo.messaging registers with the global configuration only."""
    for name in ("metrics", "tracing"):
        group = f"oslo_messaging_{name}"
        try:
            module = importlib.import_module(f"oslo_messaging._{name}.client")
        except ModuleNotFoundError:
            continue  # A release without it.
        conf.register_opts(getattr(module, group), group=group)


def get_transport(conf: cfg.ConfigOpts, url: str | None = None) -> messaging.Transport:
    """The transport of a URL; exceptions of our tree alone cross it.

    :param url: instead of option ``transport_url``; ``fake://`` stays in the process.
    """
    register_opts(conf)
    return messaging.get_rpc_transport(
        conf, url=url, allowed_remote_exmods=[exceptions.__name__]
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
