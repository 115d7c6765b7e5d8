"""Options of every process, in ``[DEFAULT]``."""

import socket

from oslo_config import cfg

OPTS = [
    cfg.StrOpt(
        "host",
        default=socket.gethostname(),
        sample_default="<this host's name>",
        help="Name of this node. Two conductors need two names: work in hand is "
        "marked with it, and is taken over when its owner falls silent.",
    ),
    cfg.StrOpt(
        "state_path",
        default="/var/lib/tacker-lite",
        help="Directory for what this node keeps: the embedded database and the "
        "generated credential key.",
    ),
]


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Register the options of this module on ``conf``."""
    conf.register_opts(OPTS)


def list_opts():
    """The options of this module by group, for the sample configuration."""
    return [("DEFAULT", OPTS)]
