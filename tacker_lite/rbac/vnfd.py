"""Rules for VNF descriptors."""

from oslo_policy import policy

from tacker_lite.rbac import base

RULES = [
    policy.DocumentedRuleDefault(
        "vnfd:create",
        base.WRITE,
        "Onboard a VNF descriptor.",
        [{"method": "POST", "path": "/v1.0/vnfds"}],
    ),
    policy.DocumentedRuleDefault(
        "vnfd:list",
        base.READ,
        "List VNF descriptors.",
        [{"method": "GET", "path": "/v1.0/vnfds"}],
    ),
    policy.DocumentedRuleDefault(
        "vnfd:show",
        base.READ,
        "Show a VNF descriptor with its template.",
        [{"method": "GET", "path": "/v1.0/vnfds/{id}"}],
    ),
    policy.DocumentedRuleDefault(
        "vnfd:update",
        base.WRITE,
        "Change the name or description of a VNF descriptor.",
        [{"method": "PUT", "path": "/v1.0/vnfds/{id}"}],
    ),
    policy.DocumentedRuleDefault(
        "vnfd:delete",
        base.WRITE,
        "Remove a VNF descriptor.",
        [{"method": "DELETE", "path": "/v1.0/vnfds/{id}"}],
    ),
]
