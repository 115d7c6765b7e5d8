"""Who may call what: the documented rules, one file per noun, and the enforcer.

To add a noun: its file with ``RULES`` and one line in :data:`NOUNS`.  Operators
override any rule by its name in ``policy.yaml``.
"""

from __future__ import annotations

from oslo_config import cfg
from oslo_policy import policy

from tacker_lite import conf as tacker_lite_conf
from tacker_lite.rbac import base, event, extension, vim, vnf, vnfd

NOUNS = (base, vim, vnfd, vnf, event, extension)


def list_rules() -> list[policy.RuleDefault]:
    """Every rule with its default, for the enforcer and the sample generator."""
    return [rule for noun in NOUNS for rule in noun.RULES]


def get_enforcer(conf: cfg.ConfigOpts | None = None) -> policy.Enforcer:
    """An enforcer that knows every rule.

    :param conf: None reads the standard configuration files, which is what the
        command line tools of oslo.policy want.
    """
    enforcer = policy.Enforcer(conf or tacker_lite_conf.new())
    enforcer.register_defaults(list_rules())
    return enforcer
