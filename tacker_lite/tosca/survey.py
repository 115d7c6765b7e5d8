"""What every check of a descriptor has at hand."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from tacker_lite.tosca import nodes
from tacker_lite.tosca.model import is_get_input, substitute
from tacker_lite.tosca.problems import NODES, Problems, quoted

POLICIES = ("topology_template", "policies")
VDU = "tosca.nodes.nfv.VDU.Tacker"


class Survey:
    """A descriptor whose outline was checked, its input values and its problems.

    What is not of the right form is left out, so that no check meets one which it
    does not expect.

    :ivar inputs: value of every input that has one.
    :ivar files: text of the files that came with the descriptor, by path.
    :param unsound: paths of the nodes and policies whose form is wrong.
    """

    def __init__(
        self,
        document: Mapping[str, Any],
        problems: Problems,
        inputs: Mapping[str, Any],
        files: Mapping[str, str],
        unsound: Container[tuple[Any, ...]],
    ):
        self.document = document
        self.problems = problems
        self.inputs = inputs
        self.files = files
        self._unsound = unsound

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The known type behind that of each node, by the node's name."""
        own_types = self.document.get("node_types")
        found = {}
        for name, node in self._templates.items():
            given = node.get("type") if isinstance(node, dict) else None
            known = nodes.supported(given, own_types)
            if known is not None:
                found[name] = known
        return found

    def names(self, *kinds: str) -> list[str]:
        """Names of the nodes of some known types, also of those with problems."""
        return [name for name, kind in self.kinds.items() if kind in kinds]

    def unknown(self) -> list[str]:
        """Names of the nodes whose type is not known: they may be of any kind."""
        return [name for name in self._templates if name not in self.kinds]

    def sound(self, *kinds: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Name and content of the nodes of some known types whose form is right."""
        for name in self.names(*kinds):
            if (*NODES, name) not in self._unsound:
                yield name, self._templates[name]

    def policies(self) -> Iterator[tuple[str, Mapping[str, Any], tuple[Any, ...]]]:
        """Name, content and path of each policy whose form is right."""
        found = self.document["topology_template"].get("policies")
        for index, item in enumerate(found if isinstance(found, list) else ()):
            if (*POLICIES, index) not in self._unsound:
                name, policy = next(iter(item.items()))
                yield name, policy, (*POLICIES, index, name)

    def value(self, given: Any) -> Any:
        """``given`` with the input values in place of the calls for them."""
        return substitute(given, self.inputs)

    def add(self, reason: str, path: Sequence[Any], **kwargs: Any) -> None:
        """Note a problem; see :meth:`Problems.add`."""
        self.problems.add(reason, path, **kwargs)

    @property
    def _templates(self) -> Mapping[str, Any]:
        return self.document["topology_template"]["node_templates"]


def shown(given: Any, value: Any) -> str:
    """A value in a message; not that of an input, which may be a secret."""
    return "the value of its input" if is_get_input(given) else quoted(value)
