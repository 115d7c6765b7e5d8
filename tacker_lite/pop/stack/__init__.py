"""The stack engine: HOT templates made real in one PoP.

- :mod:`.template` reads and checks a template, :mod:`.functions` evaluates it;
- :mod:`.resources` has one class per resource type;
- :mod:`.engine` converges what exists to what the template wants, one step at a time;
- :mod:`.nested` makes stacks that are resources of other stacks;
- :mod:`.service` is what the orchestration API calls.

To add a resource type, write its class in :mod:`.resources` and list it there.
"""
