"""Options of the OpenStack driver, in ``[vim_openstack]``."""

from oslo_config import cfg

OPTS = [
    cfg.FloatOpt(
        "connect_timeout",
        default=5.0,
        min=0.1,
        help="Seconds to wait for a connection to a VIM.",
    ),
    cfg.FloatOpt(
        "read_timeout",
        default=30.0,
        min=0.1,
        help="Seconds to wait for an answer of a VIM.",
    ),
    cfg.IntOpt(
        "retries",
        default=2,
        min=0,
        help="Times a request is repeated at once after a temporary fault, before "
        "the conductor puts it off.",
    ),
    cfg.IntOpt(
        "stack_timeout",
        default=60,
        min=1,
        help="Minutes Heat may take for one stack operation.",
    ),
    cfg.StrOpt(
        "ca_file",
        help="File of the PEM certificates of CAs which are trusted, in place of the "
        "built-in ones, for VIMs whose registration has no ssl_ca_cert.",
    ),
    cfg.DictOpt(
        "flavor_extra_specs",
        default={},
        help="Extra specs merged into every flavor created from nfv_compute, over "
        "those of the descriptor.",
    ),
]


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Register the options of this module on ``conf``."""
    conf.register_opts(OPTS, group="vim_openstack")


def list_opts():
    """The options of this module by group, for the sample configuration."""
    return [("vim_openstack", OPTS)]
