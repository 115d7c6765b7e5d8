"""Rules for VIMs."""

from oslo_policy import policy

from tacker_lite.rbac import base

RULES = [
    policy.DocumentedRuleDefault(
        "vim:create",
        base.WRITE,
        "Register a VIM.",
        [{"method": "POST", "path": "/v1.0/vims"}],
    ),
    policy.DocumentedRuleDefault(
        "vim:list",
        base.READ,
        "List VIMs.",
        [{"method": "GET", "path": "/v1.0/vims"}],
    ),
    policy.DocumentedRuleDefault(
        "vim:show",
        base.READ,
        "Show a VIM; credentials are masked.",
        [{"method": "GET", "path": "/v1.0/vims/{id}"}],
    ),
    policy.DocumentedRuleDefault(
        "vim:update",
        base.WRITE,
        "Change a VIM.",
        [{"method": "PUT", "path": "/v1.0/vims/{id}"}],
    ),
    policy.DocumentedRuleDefault(
        "vim:delete",
        base.WRITE,
        "Remove a VIM.",
        [{"method": "DELETE", "path": "/v1.0/vims/{id}"}],
    ),
]
