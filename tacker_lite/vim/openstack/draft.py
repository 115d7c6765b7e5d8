"""A HOT in the making: resources, and which of them belong to a VDU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from tacker_lite.vim.openstack import checks
from tacker_lite.vim.openstack.findings import Findings


class Draft:
    """Resources and outputs as if nothing scaled.

    The modules of the sections (servers, storage, load balancers ...) add to it in
    turn; ``scaling`` then moves what belongs to scaled VDUs into nested templates.

    :ivar resources: by name, in the order in which they are written.
    :ivar outputs: likewise.
    :ivar vdu_of: VDU by the name of each resource of which every copy of the VDU
        needs one of its own (its ports, volumes ...).  What is not here is made once.
    :ivar ends_of: names of the resources that are made first and last for a node,
        where it is not one of its own name.
    :ivar findings: what is wrong with the template.
    :ivar extra_specs: the operator's own, for created flavors that have any.
    """

    def __init__(
        self,
        resources: Mapping[str, dict[str, Any]] | None = None,
        *,
        findings: Findings | None = None,
        extra_specs: Mapping[str, str] | None = None,
    ):
        self.resources: dict[str, dict[str, Any]] = dict(resources or {})
        self.outputs: dict[str, Any] = {}
        self.vdu_of: dict[str, str] = {}
        self.ends_of: dict[str, tuple[list[str], list[str]]] = {}
        self.findings = Findings() if findings is None else findings
        self.extra_specs = dict(extra_specs or {})

    def collecting(self) -> AbstractContextManager[None]:
        """Note the ``InvalidTemplate`` that ends the block, and go on after it.

        For each node of a section, so that all problems are told at once.
        """
        return self.findings.collecting()

    def add(
        self,
        name: str,
        resource_type: str,
        properties: Mapping[str, Any],
        *,
        vdu: str | None = None,
        depends_on: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Add a resource.

        :param vdu: the VDU of which every copy needs one of its own.
        :returns: the resource as it will be written.
        :raises InvalidTemplate: when the name is taken.
        """
        if name in self.resources:
            raise checks.invalid(
                name,
                "its name is needed for a resource made for another node; "
                "rename the node",
            )
        resource: dict[str, Any] = {
            "type": resource_type,
            "properties": dict(properties),
        }
        if depends_on:
            resource["depends_on"] = list(depends_on)
        self.resources[name] = resource
        if vdu is not None:
            self.vdu_of[name] = vdu
        return resource
