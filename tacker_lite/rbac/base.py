"""Rules that the rules of the nouns refer to."""

from oslo_policy import policy

READ = "rule:admin_or_owner"
WRITE = "rule:admin_or_writing_owner"
ADMIN = "rule:admin_only"

RULES = [
    policy.RuleDefault(
        "context_is_admin",
        "role:admin",
        description="Who is an administrator: sees and changes every project.",
    ),
    policy.RuleDefault(
        "admin_only",
        "rule:context_is_admin",
        description="Default of what administrators alone may do.",
    ),
    policy.RuleDefault(
        "admin_or_owner",
        "rule:context_is_admin or project_id:%(project_id)s",
        description="Default of reading: any role in the owning project.",
    ),
    policy.RuleDefault(
        "admin_or_writing_owner",
        "rule:context_is_admin or "
        "(project_id:%(project_id)s and (role:member or not role:reader))",
        description="Default of writing: any role in the owning project, but for "
        "those whose token has the reader role without the member role.",
    ),
]
