"""What a stack engine keeps: immutable records, replaced when they change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: An operation's or resource's outcome; the API shows ``<action>_<status>``.
IN_PROGRESS = "IN_PROGRESS"
COMPLETE = "COMPLETE"
FAILED = "FAILED"


@dataclass(frozen=True)
class Definition:
    """Everything a user sends that says what a stack should be.

    :ivar template: parsed HOT.
    :ivar files: contents by the name that the template uses.
    :ivar parameters: values given, environment included.
    :ivar parameter_defaults: of the environment.
    :ivar aliases: resource types by the name the environment gives them.
    """

    template: Mapping[str, Any]
    files: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)
    parameter_defaults: Mapping[str, Any] = field(default_factory=dict, repr=False)
    aliases: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stack:
    """A stack.

    :ivar is_admin: whether its owner administered the PoP when asking for it.
    :ivar definition: what it should be now; ``previous`` what a rollback restores.
    :ivar timeout_mins: minutes an operation may take.
    :ivar deadline: when the present operation times out, in seconds since the epoch.
    :ivar outer_id: the stack that this one is a resource of, ``outer_resource`` the
        name of that resource; both empty for one that was asked for by itself.
    """

    id: str
    name: str
    project_id: str
    user_id: str
    definition: Definition
    is_admin: bool = False
    previous: Definition | None = None
    action: str = "CREATE"
    status: str = IN_PROGRESS
    reason: str = ""
    disable_rollback: bool = True
    timeout_mins: int = 60
    deadline: float = 0.0
    tags: tuple[str, ...] = ()
    created_at: str = ""
    updated_at: str | None = None
    outer_id: str = ""
    outer_resource: str = ""

    @property
    def state(self) -> str:
        """Action and status in one word, as the API shows them."""
        return f"{self.action}_{self.status}"

    @property
    def busy(self) -> bool:
        return self.status == IN_PROGRESS

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able data, sharing what the definition holds."""
        definitions = {
            "definition": dict(self.definition.__dict__),
            "previous": dict(self.previous.__dict__) if self.previous else None,
        }
        return {**self.__dict__, **definitions}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Stack:
        """The reverse of :meth:`to_dict`."""
        previous = data.get("previous")
        changed = {
            "definition": Definition(**data["definition"]),
            "previous": Definition(**previous) if previous else None,
            "tags": tuple(data["tags"]),
        }
        return cls(**{**data, **changed})


@dataclass(frozen=True)
class Resource:
    """A resource of a stack, made or being made.

    :ivar physical_id: id in its service; empty before it is made.
    :ivar properties: resolved values it was last made or updated with.
    :ivar data: what its type remembers beside the physical id.
    :ivar requires: names of the resources it was made after.
    :ivar update_policy: how an update goes about it.
    :ivar replaced: it has been replaced and is to be removed.
    :ivar kept: it is never deleted with its stack.
    :ivar external: the stack did not make it.
    """

    id: str
    stack_id: str
    name: str
    type: str
    physical_id: str = ""
    action: str = "INIT"
    status: str = COMPLETE
    reason: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict, repr=False)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    update_policy: Mapping[str, Any] = field(default_factory=dict)
    requires: tuple[str, ...] = ()
    replaced: bool = False
    kept: bool = False
    external: bool = False
    created_at: str = ""
    updated_at: str = ""

    @property
    def state(self) -> str:
        """Action and status in one word, as the API shows them."""
        return f"{self.action}_{self.status}"

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able data."""
        return dict(self.__dict__)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Resource:
        """The reverse of :meth:`to_dict`."""
        return cls(**{**data, "requires": tuple(data["requires"])})


@dataclass(frozen=True)
class Event:
    """Something that happened to a stack or a resource of it; never changes.

    :ivar number: position in its stack's history.
    :ivar resource_name: the stack's own name for an event of the stack.
    """

    id: str
    stack_id: str
    number: int
    time: str
    resource_name: str
    resource_type: str
    physical_id: str
    state: str
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able data."""
        return dict(self.__dict__)
