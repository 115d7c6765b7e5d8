"""How deep and how big stacks in stacks may become."""

from __future__ import annotations

from tacker_lite.pop.stack.errors import StackValidationFailed

#: Most stacks that a stack may be nested in.
_DEEPEST = 5
#: Most resources of a stack with those of all stacks nested in it.
_MOST_RESOURCES = 5000


class Nesting:
    """How deep the stack being checked is nested, and what was counted so far."""

    def __init__(self, depth: int = 0, counted: list[int] | None = None):
        self._depth = depth
        self._counted = counted or [0]

    def deeper(self) -> Nesting:
        """The same for a stack nested in this one.

        :raises StackValidationFailed: it would be too deep.
        """
        if self._depth == _DEEPEST:
            raise StackValidationFailed(
                f"Recursion depth exceeds {_DEEPEST}: a template contains itself, or "
                f"stacks are nested too deep"
            )
        return Nesting(self._depth + 1, self._counted)

    def count(self, resources: int) -> None:
        """Count more resources.

        :raises StackValidationFailed: they would be too many.
        """
        self._counted[0] += resources
        if self._counted[0] > _MOST_RESOURCES:
            raise StackValidationFailed(
                f"Maximum resources per stack exceeded: at most {_MOST_RESOURCES}, "
                f"those of nested stacks counted"
            )
