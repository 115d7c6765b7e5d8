"""Logging as every long-running command sets it up."""

from __future__ import annotations

from oslo_config import cfg
from oslo_log import log

CONTEXT_FORMAT = (
    "%(asctime)s.%(msecs)03d %(process)d %(levelname)s %(name)s "
    "[%(global_request_id)s %(request_id)s %(user_identity)s] %(resource)s%(message)s"
)
DEFAULT_FORMAT = (
    "%(asctime)s.%(msecs)03d %(process)d %(levelname)s %(name)s [-] "
    "%(resource)s%(message)s"
)


def setup(conf: cfg.ConfigOpts) -> None:
    """Start logging; lines name the request and the resource that they are about."""
    conf.set_default("logging_context_format_string", CONTEXT_FORMAT)
    conf.set_default("logging_default_format_string", DEFAULT_FORMAT)
    log.setup(conf, "tacker-lite")
