"""Options of the conductor, in ``[conductor]``."""

from oslo_config import cfg

OPTS = [
    cfg.IntOpt(
        "workers",
        default=8,
        min=1,
        help="Threads that talk to VIMs; one VIM gets half of them at most.",
    ),
    cfg.IntOpt(
        "max_queued",
        default=1000,
        min=0,
        help="Operations on one VIM that may wait for a worker; beyond that a request "
        "is answered with 503 and leaves no row.",
    ),
    cfg.FloatOpt(
        "reconcile_interval",
        default=0.25,
        min=0.05,
        help="Seconds between two looks at the pending rows.",
    ),
    cfg.FloatOpt(
        "max_poll_interval",
        default=10.0,
        min=0.1,
        help="Longest time in seconds between two questions to a VIM about one "
        "operation; the time starts short and doubles.",
    ),
    cfg.IntOpt(
        "operation_timeout",
        default=3600,
        min=1,
        help="Seconds after which an operation that a VIM has not ended becomes "
        "an error.",
    ),
    cfg.IntOpt(
        "heartbeat_interval",
        default=2,
        min=1,
        help="Seconds between two signs of life of a conductor.",
    ),
    cfg.IntOpt(
        "silent_after",
        default=10,
        min=2,
        help="Seconds without a sign of life after which a conductor's rows are "
        "taken over.",
    ),
    cfg.IntOpt(
        "rpc_timeout",
        default=60,
        min=1,
        help="Seconds the API waits for a conductor's answer.",
    ),
]


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Register the options of this module on ``conf``."""
    conf.register_opts(OPTS, group="conductor")


def list_opts():
    """The options of this module by group, for the sample configuration."""
    return [("conductor", OPTS)]
