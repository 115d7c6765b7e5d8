"""Software components: scripts that Heat's agents run on the servers."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from typing import Any

from tacker_lite.tosca.model import (
    Operation,
    SoftwareComponent,
    VnfTemplate,
    is_get_input,
)
from tacker_lite.vim.openstack import checks, owners, parameters
from tacker_lite.vim.openstack.draft import Draft

GROUPS = {
    ".yaml": "ansible",
    ".yml": "ansible",
    ".ansible": "ansible",
    ".pp": "puppet",
}
AGENT_FORMAT = "SOFTWARE_CONFIG"


def add(template: VnfTemplate, draft: Draft) -> None:
    """Add configurations and deployments, ordered create, configure, start."""
    for component in template.software:
        with draft.collecting():
            _check_hosts(component, template)
            if component.operations:
                _add_component(component, template, draft)


def _add_component(
    component: SoftwareComponent, template: VnfTemplate, draft: Draft
) -> None:
    parts = owners.parts(template, component.vdus)
    before: dict[str | None, str] = {}
    firsts: list[str] = []
    for operation in component.operations:
        config = f"{component.name}_{operation.name}_config"
        with draft.collecting():
            properties = _configuration(component, operation, template)
            draft.add(config, "OS::Heat::SoftwareConfig", properties)
        for policy, vdus in parts.items():
            name = f"{component.name}_{operation.name}_deploy"
            if policy and len(parts) > 1:
                name += f"_{policy}"
            deployment = {"config": {"get_resource": config}, **_servers(vdus)}
            if operation.inputs:
                deployment["input_values"] = parameters.references(operation.inputs)
            draft.add(
                name,
                f"OS::Heat::SoftwareDeployment{'' if len(vdus) == 1 else 'Group'}",
                deployment,
                vdu=vdus[0],
                depends_on=[before[policy]] if policy in before else (),
            )
            if policy not in before:
                firsts.append(name)
            before[policy] = name
    draft.ends_of[component.name] = (firsts, list(before.values()))


def _check_hosts(component: SoftwareComponent, template: VnfTemplate) -> None:
    vdus = {vdu.name: vdu for vdu in template.vdus}
    if not component.vdus:
        raise checks.invalid(
            component.name, "the requirement host is missing: name its VDU"
        )
    for name in component.vdus:
        if name not in vdus:
            raise checks.invalid(
                component.name,
                f'the requirement host must name a VDU, "{name}" is none',
                path=("requirements", "host"),
            )
        wanted = template.resolve(vdus[name].properties.get("user_data_format"))
        if wanted is not None and not is_get_input(wanted) and wanted != AGENT_FORMAT:
            raise checks.invalid(
                name,
                f"user_data_format must be {AGENT_FORMAT} because of the software "
                f'"{component.name}": with another Heat\'s agents are not told what '
                "to run; leave user_data_format out",
                path=("properties", "user_data_format"),
            )


def _configuration(
    component: SoftwareComponent, operation: Operation, template: VnfTemplate
) -> dict[str, Any]:
    group, script = "script", operation.implementation
    if "\n" not in script.strip():
        group = GROUPS.get(pathlib.PurePosixPath(script).suffix.lower(), group)
        if script not in template.files:
            raise checks.invalid(
                component.name,
                f"{operation.name}: there is no file {checks.shown(script)} with the "
                "descriptor; send both in a package (CSAR), or write the script itself "
                "here, in several lines",
                "FilePathMissing",
                ("interfaces", "Standard", operation.name),
            )
        script = template.files[script]
    properties: dict[str, Any] = {"group": group, "config": script}
    if operation.inputs:
        properties["inputs"] = [
            {"name": name, **_kind(template.resolve(value))}
            for name, value in operation.inputs.items()
        ]
    return properties


def _kind(value: Any) -> dict[str, str]:
    if isinstance(value, bool):
        return {"type": "Boolean"}
    if isinstance(value, (int, float)):
        return {"type": "Number"}
    if isinstance(value, (dict, list)) and not is_get_input(value):
        return {"type": "Json"}
    return {"type": "String"}


def _servers(vdus: Sequence[str]) -> dict[str, Any]:
    servers = {vdu: {"get_resource": vdu} for vdu in vdus}
    return {"server": servers[vdus[0]]} if len(vdus) == 1 else {"servers": servers}
