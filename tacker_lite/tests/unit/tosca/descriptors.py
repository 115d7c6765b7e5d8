"""Descriptors for tests: a small valid one, and changes to it."""

from __future__ import annotations

from typing import Any

from tacker_lite.tosca import loader

TEXT = """\
tosca_definitions_version: tosca_simple_profile_for_nfv_1_0_0
description: One server
metadata:
  template_name: small
topology_template:
  inputs:
    network:
      type: string
      default: net0
    address:
      type: string
  node_templates:
    VDU1:
      type: tosca.nodes.nfv.VDU.Tacker
      properties:
        name: web
        image: debian-12
        flavor: m1.small
        mgmt_driver: noop
    CP1:
      type: tosca.nodes.nfv.CP.Tacker
      properties:
        management: true
        ip_address: { get_input: address }
      requirements:
        - virtualLink: { node: VL1 }
        - virtualBinding: { node: VDU1 }
    VL1:
      type: tosca.nodes.nfv.VL
      properties:
        network_name: { get_input: network }
        vendor: example
"""

VALUES = {"address": "10.0.0.5"}


def changed(*changes: tuple[str, str]) -> str:
    """The text with each first string replaced, which must be there."""
    text = TEXT
    for old, new in changes:
        if old not in text:
            raise AssertionError(f"{old!r} is not in the descriptor")
        text = text.replace(old, new)
    return text


def document(
    vdu: dict[str, Any] | None = None,
    point: dict[str, Any] | None = None,
    link: dict[str, Any] | None = None,
    inputs: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A descriptor of one VDU, connection point and link.

    Each argument is merged over what makes the node; a value of None removes a key.
    """
    found = loader.read(TEXT)
    topology = found["topology_template"]
    nodes = topology["node_templates"]
    topology["inputs"].update(inputs or {})
    nodes["CP1"]["properties"]["ip_address"] = "10.0.0.5"
    for name, change in (("VDU1", vdu), ("CP1", point), ("VL1", link)):
        for section, values in (change or {}).items():
            if isinstance(values, dict):
                merged = {**nodes[name].get(section, {}), **values}
                nodes[name][section] = {
                    key: value for key, value in merged.items() if value is not None
                }
            else:
                nodes[name][section] = values
    return found
