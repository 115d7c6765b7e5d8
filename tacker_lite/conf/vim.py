"""Options of registered VIMs of any type, in ``[vim]``."""

from oslo_config import cfg

OPTS = [
    cfg.MultiStrOpt(
        "credential_key",
        secret=True,
        default=[],
        help="Key that encrypts VIM credentials in the database (32 bytes, URL-safe "
        "base64; tacker-lite-manage credentials key makes one). Give it "
        "several times to rotate: the first encrypts, all decrypt. Every node "
        "needs the same keys. Without one, a key file in state_path is made "
        "and used, which suits a single node.",
    ),
    cfg.IntOpt(
        "check_interval",
        default=30,
        min=1,
        help="Seconds between two checks of whether a VIM can be reached.",
    ),
    cfg.IntOpt(
        "check_workers",
        default=4,
        min=1,
        help="VIM checks that may run at the same time.",
    ),
]


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Register the options of this module on ``conf``."""
    conf.register_opts(OPTS, group="vim")


def list_opts():
    """The options of this module by group, for the sample configuration."""
    return [("vim", OPTS)]
