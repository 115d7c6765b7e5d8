"""Options of the OpenWrt management driver, in ``[openwrt]``."""

from oslo_config import cfg

OPTS = [
    cfg.StrOpt("user", default="root", help="Account on the VDUs."),
    cfg.StrOpt(
        "password",
        default="",
        secret=True,
        help="Password of the account. Empty for images whose account has none.",
    ),
    cfg.StrOpt(
        "private_key",
        help="File of a private key without passphrase, tried before the password.",
    ),
    cfg.StrOpt(
        "host_keys",
        default="any",
        choices=[
            (
                "any",
                "accept any key: an image that makes its key at its first boot "
                "leaves no other way, on a management network that is trusted",
            ),
            ("known", "accept those of known_hosts alone"),
        ],
        help="Which keys of VDUs are accepted.",
    ),
    cfg.StrOpt(
        "known_hosts",
        help="File in the format of OpenSSH's known_hosts, for host_keys = known.",
    ),
    cfg.PortOpt("port", default=22, min=1, help="SSH port of the VDUs."),
    cfg.FloatOpt(
        "connect_timeout",
        default=10.0,
        min=0.1,
        help="Seconds to wait until a VDU has let us in.",
    ),
    cfg.FloatOpt(
        "command_timeout",
        default=60.0,
        min=0.1,
        help="Seconds one command on a VDU may take.",
    ),
    cfg.IntOpt(
        "connections",
        default=8,
        min=1,
        help="VDU instances of a VNF which are configured at the same time.",
    ),
]


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Register the options of this module on ``conf``."""
    conf.register_opts(OPTS, group="openwrt")


def list_opts():
    """The options of this module by group, for the sample configuration."""
    return [("openwrt", OPTS)]
