"""Options of the configuration of running VDUs, in ``[mgmt]``."""

from oslo_config import cfg

OPTS = [
    cfg.FloatOpt(
        "boot_wait",
        default=30.0,
        min=0.0,
        deprecated_group="tacker",
        help="Seconds that VDUs are given to boot: a VNF with a configuration is "
        "configured that long after it has become ACTIVE.",
    ),
]


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Register the options of this module on ``conf``."""
    conf.register_opts(OPTS, group="mgmt")


def list_opts():
    """The options of this module by group, for the sample configuration."""
    return [("mgmt", OPTS)]
