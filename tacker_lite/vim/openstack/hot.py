"""From a template to HOT, the template language of Heat.

heat-translator maps servers, ports and networks; the modules of :data:`SECTIONS` add
what it does not know, each its own kind of resource; ``scaling`` moves what belongs
to scaled VDUs into nested templates; ``text`` writes it all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tacker_lite.tosca.model import VnfTemplate
from tacker_lite.vim.openstack import (
    alarm,
    checks,
    dependencies,
    floating_ip,
    load_balancer,
    maintenance,
    network,
    parameters,
    placement,
    reservation,
    scaling,
    scaling_checks,
    server,
    software,
    storage,
    text,
)
from tacker_lite.vim.openstack.draft import Draft
from tacker_lite.vim.openstack.findings import Findings

HOT_VERSION = "2013-05-23"
GROUP_VERSION = "2014-10-16"
"""The first in which ``get_attr`` takes an output of the members of a group."""

SECTIONS: tuple[Callable[[VnfTemplate, Draft], None], ...] = (
    network.add,
    server.add,
    storage.add,
    floating_ip.add,
    software.add,
    load_balancer.add,
    reservation.add,
    placement.add,
    alarm.add,
    maintenance.add,
    dependencies.add,
)
"""Called in this order.  Each takes any template that the loader accepts: what it
cannot render it raises, or collects, as an ``InvalidTemplate`` naming the node."""


@dataclass(frozen=True)
class Hot:
    """A rendered template.

    :ivar text: the main HOT.
    :ivar files: nested templates by the name the main one uses.
    :ivar parameters: values for Heat's ``parameters``; never part of the text unless
        asked for.
    """

    text: str
    files: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict, repr=False)


def render(
    template: VnfTemplate,
    *,
    extra_specs: Mapping[str, str] | None = None,
    inline_values: bool = False,
) -> Hot:
    """Render a template for Heat; a partial one is checked, and becomes no text.

    :param extra_specs: set over the extra specs of created flavors that have any.
    :param inline_values: write input values as parameter defaults, so that the text
        stands alone.
    :raises InvalidTemplate: with everything that is wrong; its
        ``fields["findings"]`` lists ``(path, reason, public type)``, the path from
        the top of the descriptor.
    """
    findings = Findings(template.document)
    checks.check(template, findings)
    scaling_checks.check(template, findings)
    declared: dict[str, Any] = {}
    with findings.collecting():
        declared = parameters.declare(template, inline_values=inline_values)
    draft = Draft(
        _translated(template, findings), findings=findings, extra_specs=extra_specs
    )
    for add in SECTIONS:
        with draft.collecting():
            add(template, draft)
    findings.raise_if_any()
    if template.partial:
        return Hot("")
    units = scaling.apply(template, draft, declared)
    findings.raise_if_any()
    main = _document(
        template.description,
        declared,
        draft.resources,
        draft.outputs,
        version=GROUP_VERSION if units else HOT_VERSION,
    )
    files = {
        unit.file: text.dump(
            _document(
                f"One copy of what the policy {unit.policy.name} scales",
                unit.parameters,
                unit.resources,
                unit.outputs,
            )
        )
        for unit in units.values()
    }
    supplied = {} if inline_values else parameters.values(template)
    return Hot(text.dump(main), files, supplied)


def _translated(template: VnfTemplate, findings: Findings) -> dict[str, dict[str, Any]]:
    """What the library makes; only the names when something is wrong.

    The library stumbles over what is wrong, and the sections then look for
    more problems without it.
    """
    # The library takes long to import: only for who renders.
    from tacker_lite.vim.openstack import translation  # noqa: PLC0415

    if not findings.found and not template.partial:
        with findings.collecting(), template.source.lock:
            return translation.resources(template)
    names = [vdu.name for vdu in template.vdus]
    names += [point.name for point in template.connection_points]
    return {name: {"type": "", "properties": {}} for name in names}


def _document(
    description: str,
    declared: Mapping[str, Any],
    resources: Mapping[str, Any],
    outputs: Mapping[str, Any],
    version: str = HOT_VERSION,
) -> dict[str, Any]:
    hot: dict[str, Any] = {"heat_template_version": version}
    if description:
        hot["description"] = description
    if declared:
        hot["parameters"] = declared
    hot["resources"] = resources
    if outputs:
        hot["outputs"] = outputs
    return hot
