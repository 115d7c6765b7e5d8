"""Options of the URLs that alarms call, in ``[alarm]``."""

import socket

from oslo_config import cfg

OPTS = [
    cfg.HostAddressOpt(
        "host",
        default=socket.gethostname(),
        sample_default="<this host's name>",
        deprecated_group="ceilometer",
        help="Host of the API as the alarm service of a VIM reaches it. It is part of "
        "the URLs that the alarms of a VNF call; those of VNFs that exist stay as "
        "they are.",
    ),
    cfg.PortOpt(
        "port",
        default=9890,
        deprecated_group="ceilometer",
        help="Port of the API as the alarm service of a VIM reaches it.",
    ),
    cfg.StrOpt(
        "scheme",
        default="http",
        choices=["http", "https"],
        help="Scheme of the URLs that alarms call; https where a proxy before the API "
        "offers it, since the URLs hold a key.",
    ),
]


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Register the options of this module on ``conf``."""
    conf.register_opts(OPTS, group="alarm")


def list_opts():
    """The options of this module by group, for the sample configuration."""
    return [("alarm", OPTS)]
