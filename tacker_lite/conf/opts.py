"""What the sample configuration is generated from."""

from tacker_lite import conf


def list_opts():
    return [entry for module in conf.GROUPS for entry in module.list_opts()]
