"""Virtual links and connection points: what heat-translator leaves open of them."""

from __future__ import annotations

from typing import Any

from tacker_lite.tosca.model import ConnectionPoint, VirtualLink, VnfTemplate
from tacker_lite.vim.openstack import parameters
from tacker_lite.vim.openstack.draft import Draft

VNIC_TYPES = {"sriov": "direct", "vnic": "normal"}
OUTPUT_PREFIX = "mgmt_ip-"


def add(template: VnfTemplate, draft: Draft) -> None:
    """Finish networks, subnets and ports; publish the management addresses."""
    links = {link.name: link for link in template.virtual_links}
    for link in template.virtual_links:
        with draft.collecting():
            _finish_link(link, draft)
    for point in template.connection_points:
        with draft.collecting():
            _finish_port(point, template, draft, links)
        if point.management and point.vdu:
            address = {"get_attr": [point.name, "fixed_ips", 0, "ip_address"]}
            draft.outputs[OUTPUT_PREFIX + point.vdu] = {"value": address}


def reference(link: VirtualLink) -> Any:
    """How a resource names the network of a virtual link."""
    properties = link.properties
    if properties.get("network_id") is not None:
        return parameters.references(properties["network_id"])
    if properties.get("cidr") is None:
        return parameters.references(properties.get("network_name"))
    return {"get_resource": link.name}


def _finish_link(link: VirtualLink, draft: Draft) -> None:
    network = draft.resources.get(link.name)
    if network is None or f"{link.name}_subnet" not in draft.resources:
        return
    if "physical_network" in link.properties or "network_type" in link.properties:
        specs = network["properties"].setdefault("value_specs", {})
        for key in ("network_type", "physical_network"):
            if key in link.properties:
                specs[f"provider:{key}"] = parameters.references(link.properties[key])
    subnet = draft.resources[f"{link.name}_subnet"]["properties"]
    subnet["network"] = {"get_resource": link.name}
    if "dhcp_enabled" in link.properties:
        subnet["enable_dhcp"] = parameters.references(link.properties["dhcp_enabled"])


def _finish_port(
    point: ConnectionPoint,
    template: VnfTemplate,
    draft: Draft,
    links: dict[str, VirtualLink],
) -> None:
    port = draft.resources[point.name]["properties"]
    port.pop("management", None)
    if "anti_spoofing_protection" in port:
        port["port_security_enabled"] = port.pop("anti_spoofing_protection")
    if "type" in port:
        del port["type"]
        wanted = template.resolve(point.properties["type"])
        port["binding:vnic_type"] = VNIC_TYPES.get(wanted, wanted)
    if point.virtual_link in links:
        port["network"] = reference(links[point.virtual_link])
    if point.vdu:
        draft.vdu_of[point.name] = point.vdu
