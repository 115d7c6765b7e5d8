"""Rendering of short descriptors, for tests of the sections of a HOT."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import yaml

from tacker_lite import exceptions
from tacker_lite.tosca import loader
from tacker_lite.tosca.model import VnfTemplate
from tacker_lite.vim.openstack import hot

VNF_ID = "01234567-89ab-4def-8123-456789abcdef"

HEAD = """\
tosca_definitions_version: tosca_simple_profile_for_nfv_1_0_0
topology_template:
"""
NODES = """\
  node_templates:
    VDU1: {type: tosca.nodes.nfv.VDU.Tacker, properties: {image: a, flavor: b}}
    CP1:
      type: tosca.nodes.nfv.CP.Tacker
      properties: {management: true}
      requirements: [{virtualLink: VL1}, {virtualBinding: VDU1}]
    VL1: {type: tosca.nodes.nfv.VL, properties: {network_name: net0, vendor: x}}
"""


@dataclass(frozen=True)
class Rendered:
    """A HOT as data, and its nested templates by file name."""

    main: dict[str, Any]
    nested: dict[str, dict[str, Any]]

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """The resources of the main template."""
        return self.main["resources"]

    def properties(self, name: str) -> dict[str, Any]:
        """Those of a resource of the main template."""
        return self.resources[name]["properties"]


def template(
    nodes: str = "", *, policies: str = "", inputs: str = "", values=None, **changes
) -> VnfTemplate:
    """The template of VDU1, CP1, VL1 and what is given.

    :param nodes: YAML of more nodes, each name at the beginning of a line; one with
        the name of a node above replaces it.
    :param policies: YAML of a list of policies.
    :param inputs: YAML of declarations of inputs.
    :param values: of the inputs.
    :param changes: attributes of the template that the service sets.
    """
    document = loader.read(HEAD + NODES)
    topology = document["topology_template"]
    topology["node_templates"].update(yaml.safe_load(nodes) or {})
    if inputs:
        topology["inputs"] = yaml.safe_load(inputs)
    if policies:
        topology["policies"] = yaml.safe_load(policies)
    loaded = loader.load(document, values or {}, files=changes.get("files"))
    return dataclasses.replace(loaded, **{"vnf_id": VNF_ID, **changes})


def render(nodes: str = "", **kwargs) -> Rendered:
    """The HOT of :func:`template`."""
    found = hot.render(template(nodes, **kwargs))
    nested = {name: yaml.safe_load(text) for name, text in found.files.items()}
    return Rendered(yaml.safe_load(found.text), nested)


def problems(nodes: str = "", **kwargs) -> list[tuple[tuple[Any, ...], str]]:
    """Path and reason of everything that rendering has against a descriptor."""
    loaded = template(nodes, **kwargs)
    try:
        hot.render(loaded)
    except exceptions.InvalidTemplate as error:
        return [(path, reason) for path, reason, _ in error.fields["findings"]]
    return []
