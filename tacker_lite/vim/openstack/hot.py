"""From a template to HOT, the template language of Heat.

heat-translator maps servers, ports and networks; this module adds what it does not
know (flavors, images, port security, outputs) and writes the text itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from tacker_lite.tosca.model import (
    ConnectionPoint,
    Vdu,
    VirtualLink,
    VnfTemplate,
    is_get_input,
)
from tacker_lite.vim.openstack import checks, flavor, parameters

HOT_VERSION = "2013-05-23"
IMAGE_ARTIFACT = "tosca.artifacts.Deployment.Image.VM"
VNIC_TYPES = {"sriov": "direct", "vnic": "normal"}
OUTPUT_PREFIX = "mgmt_ip-"

Resources = dict[str, dict[str, Any]]


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
    """Render a template for Heat.

    :param extra_specs: set over the extra specs of created flavors that have any.
    :param inline_values: write input values as parameter defaults, so that the text
        stands alone.
    :raises InvalidTemplate: naming the node and the remedy.
    """
    checks.check(template)
    # The library takes long to import: only for who renders.
    from tacker_lite.vim.openstack import translation  # noqa: PLC0415

    with template.source.lock:
        resources = translation.resources(template)
    for link in template.virtual_links:
        _finish_link(link, template, resources)
    for point in template.connection_points:
        _finish_port(point, template, resources)
    for vdu in template.vdus:
        _finish_server(vdu, template, resources, extra_specs or {})
    hot: dict[str, Any] = {"heat_template_version": HOT_VERSION}
    if template.description:
        hot["description"] = template.description
    declared = parameters.declare(template, inline_values=inline_values)
    if declared:
        hot["parameters"] = declared
    hot["resources"] = resources
    outputs = _outputs(template)
    if outputs:
        hot["outputs"] = outputs
    supplied = {} if inline_values else parameters.values(template)
    return Hot(dump(hot), {}, supplied)


def _finish_link(link: VirtualLink, template: VnfTemplate, found: Resources) -> None:
    network = found.get(link.name)
    if network is None:
        return
    if "physical_network" in link.properties or "network_type" in link.properties:
        specs = network["properties"].setdefault("value_specs", {})
        for key in ("network_type", "physical_network"):
            if key in link.properties:
                specs[f"provider:{key}"] = parameters.references(link.properties[key])
    subnet = found[f"{link.name}_subnet"]["properties"]
    subnet["network"] = {"get_resource": link.name}
    if "dhcp_enabled" in link.properties:
        subnet["enable_dhcp"] = parameters.references(link.properties["dhcp_enabled"])


def _finish_port(
    point: ConnectionPoint, template: VnfTemplate, found: Resources
) -> None:
    port = found[point.name]["properties"]
    port.pop("management", None)
    if "anti_spoofing_protection" in port:
        port["port_security_enabled"] = port.pop("anti_spoofing_protection")
    if "type" in port:
        del port["type"]
        wanted = template.resolve(point.properties["type"])
        port["binding:vnic_type"] = VNIC_TYPES[wanted]
    link = _links(template)[str(point.virtual_link)]
    port["network"] = _network(link)


def _finish_server(
    vdu: Vdu, template: VnfTemplate, found: Resources, extra_specs: Mapping[str, str]
) -> None:
    server = found[vdu.name]["properties"]
    node = template.document["topology_template"]["node_templates"][vdu.name]
    ports = _ports(vdu, template)
    if ports:
        server["networks"] = [{"port": {"get_resource": name}} for name in ports]
    if vdu.properties.get("flavor") is None:
        name = f"{vdu.name}_flavor"
        compute = (node.get("capabilities") or {}).get("nfv_compute") or {}
        _add(
            found,
            name,
            "OS::Nova::Flavor",
            _flavor(vdu, template, compute.get("properties") or {}, extra_specs),
        )
        server["flavor"] = {"get_resource": name}
    image = _image(vdu.name, node.get("artifacts") or {})
    if image:
        name = f"{vdu.name}_image"
        _add(found, name, "OS::Glance::WebImage", image)
        server["image"] = {"get_resource": name}


def _flavor(
    vdu: Vdu,
    template: VnfTemplate,
    compute: Mapping[str, Any],
    extra_specs: Mapping[str, str],
) -> dict[str, Any]:
    """Sizes need converting, so their inputs are resolved; the CPU count need not."""
    properties = flavor.properties(
        vdu.name, template.resolve(compute), extra_specs, compute
    )
    if is_get_input(compute.get("num_cpus")):
        properties["vcpus"] = parameters.references(compute["num_cpus"])
    return properties


def _image(vdu: str, artifacts: Mapping[str, Any]) -> dict[str, Any]:
    image: dict[str, Any] = {}
    for name, artifact in artifacts.items():
        if artifact.get("type") != IMAGE_ARTIFACT:
            continue
        if not artifact.get("file"):
            raise checks.invalid(
                vdu, f"artifact {name} needs a file (URL)", "FilePathMissing"
            )
        properties = artifact.get("properties") or {}
        image = {
            "name": name,
            "location": parameters.references(artifact["file"]),
            "container_format": "bare",
            "disk_format": parameters.references(properties.get("disk_format", "raw")),
        }
    return image


def _ports(vdu: Vdu, template: VnfTemplate) -> list[str]:
    """Connection points of a VDU in the order of its network cards."""
    points = [point for point in template.connection_points if point.vdu == vdu.name]
    points.sort(key=lambda point: template.resolve(point.properties.get("order", 0)))
    return [point.name for point in points]


def _outputs(template: VnfTemplate) -> dict[str, Any]:
    return {
        OUTPUT_PREFIX + point.vdu: {
            "value": {"get_attr": [point.name, "fixed_ips", 0, "ip_address"]}
        }
        for point in template.connection_points
        if point.management and point.vdu
    }


def _links(template: VnfTemplate) -> dict[str, VirtualLink]:
    return {link.name: link for link in template.virtual_links}


def _network(link: VirtualLink) -> Any:
    properties = link.properties
    if properties.get("network_id") is not None:
        return parameters.references(properties["network_id"])
    if properties.get("cidr") is None:
        return parameters.references(properties["network_name"])
    return {"get_resource": link.name}


def _add(
    found: Resources, name: str, resource_type: str, properties: dict[str, Any]
) -> None:
    if name in found:
        raise checks.invalid(name, "its name is needed for a resource made for its VDU")
    found[name] = {"type": resource_type, "properties": properties}


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Plain block style: no anchors, scripts as blocks, the order as it is."""

    def represent_data(self, data: Any) -> yaml.Node:
        if isinstance(data, str):
            style = "|" if "\n" in data else None
            return yaml.ScalarNode("tag:yaml.org,2002:str", data, style=style)
        if isinstance(data, dict):
            pairs = [
                (self.represent_data(key), self.represent_data(value))
                for key, value in data.items()
            ]
            return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=False)
        if isinstance(data, list):
            items = [self.represent_data(item) for item in data]
            return yaml.SequenceNode("tag:yaml.org,2002:seq", items, flow_style=False)
        return super().represent_data(data)


def dump(hot: Mapping[str, Any]) -> str:
    """HOT text with the keys in their order."""
    return str(yaml.dump(hot, Dumper=_Dumper, allow_unicode=True, width=4096))
