"""What the sample configuration is generated from."""

from tacker_lite import conf


def list_opts():
    """All options by group, as oslo-config-generator asks for them."""
    return [entry for module in conf.GROUPS for entry in module.list_opts()]
