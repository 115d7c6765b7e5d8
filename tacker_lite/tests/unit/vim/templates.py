"""Descriptors for tests of VIM drivers."""

from __future__ import annotations

from tacker_lite.tosca import loader
from tacker_lite.tosca.model import VnfTemplate


def servers(
    *names: str,
    image: str = "tiny",
    flavor: str = "m1.nano",
    network: str = "private",
    address: str = "",
) -> VnfTemplate:
    """A VNF with one server for each name, on an existing network.

    Its image is an input, so that a value travels with it.

    :param address: fixed address of every CP; two servers cannot both have it.
    """
    fixed = {"ip_address": address} if address else {}
    nodes: dict[str, dict] = {
        "VL1": {
            "type": "tosca.nodes.nfv.VL",
            "properties": {"network_name": network, "vendor": "test"},
        }
    }
    for number, name in enumerate(names, 1):
        nodes[name] = {
            "type": "tosca.nodes.nfv.VDU.Tacker",
            "properties": {"image": {"get_input": "image"}, "flavor": flavor},
        }
        nodes[f"CP{number}"] = {
            "type": "tosca.nodes.nfv.CP.Tacker",
            "properties": {"management": True, "order": 0, **fixed},
            "requirements": [
                {"virtualLink": {"node": "VL1"}},
                {"virtualBinding": {"node": name}},
            ],
        }
    document = {
        "tosca_definitions_version": "tosca_simple_profile_for_nfv_1_0_0",
        "description": "Servers for tests of a driver",
        "metadata": {"template_name": "servers"},
        "topology_template": {
            "inputs": {"image": {"type": "string"}},
            "node_templates": nodes,
        },
    }
    return loader.load(document, {"image": image})
