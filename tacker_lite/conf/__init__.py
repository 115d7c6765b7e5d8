"""All options, one module per group.

Nothing in the tree uses a global configuration object: ``cmd`` and ``wsgi`` build
one with :func:`new` and hand it on.
"""

from __future__ import annotations

from collections.abc import Sequence

import pbr.version
from oslo_config import cfg
from oslo_log import log

from tacker_lite.conf import (
    alarm,
    api,
    conductor,
    mgmt,
    openwrt,
    service,
    vim,
    vim_openstack,
)

GROUPS = (service, api, alarm, conductor, mgmt, openwrt, vim, vim_openstack)


QUIET = ("asyncssh=WARNING",)
"""Libraries of ours that tell too much at INFO: every step of every session."""


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Register every option of ours on ``conf``."""
    for module in GROUPS:
        module.register_opts(conf)


def new(
    args: Sequence[str] = (), config_files: Sequence[str] | None = None, **defaults
) -> cfg.ConfigOpts:
    """A configuration read from the command line and files.

    :param args: command line without the program's name.
    :param config_files: instead of the standard places.
    :param defaults: replace the defaults of options in ``[DEFAULT]``.
    :raises oslo_config.cfg.Error: naming the file, option and value.
    """
    conf = cfg.ConfigOpts()
    known = log.get_default_log_levels()
    log.set_defaults(default_log_levels=[*dict.fromkeys([*known, *QUIET])])
    log.register_options(conf)
    register_opts(conf)
    for name, value in defaults.items():
        conf.set_default(name, value)
    conf(
        list(args),
        project="tacker-lite",
        version=pbr.version.VersionInfo("tacker-lite").version_string(),
        default_config_files=list(config_files) if config_files is not None else None,
    )
    return conf
