"""Options of the API, in ``[api]``."""

from oslo_config import cfg

OPTS = [
    cfg.HostAddressOpt(
        "bind_host",
        default="127.0.0.1",
        help="Address on which the built-in server listens.",
    ),
    cfg.PortOpt(
        "bind_port", default=9890, help="Port on which the built-in server listens."
    ),
    cfg.IntOpt(
        "threads",
        default=8,
        min=1,
        help="Threads of the built-in server; each serves one request at a time.",
    ),
    cfg.StrOpt(
        "auth_strategy",
        default="keystone",
        choices=[
            ("keystone", "tokens, validated by the service in [keystone_authtoken]"),
            ("http_basic", "names and passwords from http_basic_auth_user_file"),
            ("noauth", "nobody is asked; every caller is an administrator"),
        ],
        help="How callers prove who they are.",
    ),
    cfg.StrOpt(
        "http_basic_auth_user_file",
        default="/etc/tacker-lite/htpasswd",
        help="Password file in the htpasswd form, bcrypt hashes only. The user's "
        "name is also the project; users named in http_basic_admins are "
        "administrators.",
    ),
    cfg.ListOpt(
        "http_basic_admins",
        default=["admin"],
        help="Users of the password file who are administrators.",
    ),
    cfg.StrOpt(
        "noauth_project_id",
        default="noauth",
        help="Project of callers without an X-Project-Id header under noauth.",
    ),
    cfg.IntOpt(
        "max_request_body_size",
        default=4 * 1024 * 1024,
        min=1024,
        help="Largest request body accepted, in bytes.",
    ),
    cfg.StrOpt(
        "public_endpoint",
        help="URL of this API as clients see it, when a proxy hides it. Used for "
        "links in answers.",
    ),
]


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Register the options of this module on ``conf``."""
    conf.register_opts(OPTS, group="api")


def list_opts():
    """The options of this module by group, for the sample configuration."""
    return [("api", OPTS)]
