"""Rules for the list of extensions."""

from oslo_policy import policy

ANYBODY = "@"

RULES = [
    policy.DocumentedRuleDefault(
        "extension:list",
        ANYBODY,
        "List the extensions of the API.",
        [{"method": "GET", "path": "/v1.0/extensions"}],
    ),
    policy.DocumentedRuleDefault(
        "extension:show",
        ANYBODY,
        "Show an extension of the API.",
        [{"method": "GET", "path": "/v1.0/extensions/{alias}"}],
    ),
]
