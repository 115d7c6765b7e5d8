"""Rules for VNFs."""

from oslo_policy import policy

from tacker_lite.rbac import base

RULES = [
    policy.DocumentedRuleDefault(
        "vnf:create",
        base.WRITE,
        "Create a VNF.",
        [{"method": "POST", "path": "/v1.0/vnfs"}],
    ),
    policy.DocumentedRuleDefault(
        "vnf:list",
        base.READ,
        "List VNFs.",
        [{"method": "GET", "path": "/v1.0/vnfs"}],
    ),
    policy.DocumentedRuleDefault(
        "vnf:show",
        base.READ,
        "Show a VNF.",
        [{"method": "GET", "path": "/v1.0/vnfs/{id}"}],
    ),
    policy.DocumentedRuleDefault(
        "vnf:resources",
        base.READ,
        "List what the VIM made for a VNF.",
        [{"method": "GET", "path": "/v1.0/vnfs/{id}/resources"}],
    ),
    policy.DocumentedRuleDefault(
        "vnf:update",
        base.WRITE,
        "Change the configuration or the parameters of a VNF.",
        [{"method": "PUT", "path": "/v1.0/vnfs/{id}"}],
    ),
    policy.DocumentedRuleDefault(
        "vnf:scale",
        base.WRITE,
        "Change the size of a VNF by a step of a scaling policy.",
        [{"method": "POST", "path": "/v1.0/vnfs/{id}/actions"}],
    ),
    policy.DocumentedRuleDefault(
        "vnf:trigger",
        base.WRITE,
        "Do what an alarm asks for. An alarm itself needs no token: its URL has a key.",
        [{"method": "POST", "path": "/v1.0/vnfs/{id}/triggers"}],
    ),
    policy.DocumentedRuleDefault(
        "vnf:delete",
        base.WRITE,
        "Delete a VNF.",
        [{"method": "DELETE", "path": "/v1.0/vnfs/{id}"}],
    ),
    policy.DocumentedRuleDefault(
        "vnf:force_delete",
        base.ADMIN,
        "Delete a VNF in any status, without waiting for its VIM.",
        [{"method": "DELETE", "path": "/v1.0/vnfs/{id}"}],
    ),
]
