"""Rules for events."""

from oslo_policy import policy

from tacker_lite.rbac import base

RULES = [
    policy.DocumentedRuleDefault(
        "event:list",
        base.READ,
        "List events of the project's resources.",
        [{"method": "GET", "path": "/v1.0/events"}],
    ),
    policy.DocumentedRuleDefault(
        "event:show",
        base.READ,
        "Show an event.",
        [{"method": "GET", "path": "/v1.0/events/{id}"}],
    ),
]
