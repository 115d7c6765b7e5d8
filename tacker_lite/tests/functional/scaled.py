"""A descriptor that scales, with alarms, for tests of the service."""

from __future__ import annotations

import copy
import tempfile
from typing import Any

import fixtures

VNFD: dict[str, Any] = {
    "tosca_definitions_version": "tosca_simple_profile_for_nfv_1_0_0",
    "description": "Servers that come and go",
    "metadata": {"template_name": "scaled"},
    "topology_template": {
        "inputs": {"image_name": {"type": "string", "default": "cirros"}},
        "node_templates": {
            "VDU1": {
                "type": "tosca.nodes.nfv.VDU.Tacker",
                "properties": {
                    "image": {"get_input": "image_name"},
                    "flavor": "m1.tiny",
                    "metadata": {"metering.server_group": "G1"},
                    "monitoring_policy": {
                        "name": "ping",
                        "parameters": {"count": 3, "interval": 10},
                        "actions": {"failure": "respawn"},
                    },
                },
            },
            "VDU2": {
                "type": "tosca.nodes.nfv.VDU.Tacker",
                "properties": {
                    "image": "cirros",
                    "flavor": "m1.tiny",
                    "monitoring_policy": {"name": "noop"},
                },
            },
            "CP1": {
                "type": "tosca.nodes.nfv.CP.Tacker",
                "properties": {"management": True},
                "requirements": [
                    {"virtualLink": {"node": "VL1"}},
                    {"virtualBinding": {"node": "VDU1"}},
                ],
            },
            "CP2": {
                "type": "tosca.nodes.nfv.CP.Tacker",
                "properties": {"management": True},
                "requirements": [
                    {"virtualLink": {"node": "VL1"}},
                    {"virtualBinding": {"node": "VDU2"}},
                ],
            },
            "VL1": {
                "type": "tosca.nodes.nfv.VL",
                "properties": {"network_name": "net0", "vendor": "any"},
            },
        },
        "policies": [
            {
                "SP1": {
                    "type": "tosca.policies.tacker.Scaling",
                    "targets": ["VDU1"],
                    "properties": {
                        "increment": 1,
                        "min_instances": 1,
                        "max_instances": 3,
                        "default_instances": 1,
                        "cooldown": 60,
                    },
                }
            },
            {
                "apart": {
                    "type": "tosca.policies.tacker.Placement",
                    "targets": ["VDU1"],
                    "properties": {"policy": "anti-affinity"},
                }
            },
        ],
    },
}


def trigger(operator: str, *actions: str) -> dict[str, Any]:
    """A trigger of an alarming policy."""
    return {
        "event_type": {
            "type": "tosca.events.resource.utilization",
            "implementation": "ceilometer",
        },
        "metric": "cpu_util",
        "condition": {
            "threshold": 70,
            "constraint": "much to do",
            "granularity": 300,
            "evaluations": 1,
            "aggregation_method": "mean",
            "resource_type": "instance",
            "comparison_operator": operator,
        },
        "metadata": "G1",
        "action": list(actions),
    }


def alarming(**triggers: dict[str, Any]) -> dict[str, Any]:
    """An alarming policy's content."""
    return {"type": "tosca.policies.tacker.Alarming", "triggers": triggers}


def vnfd(*policies: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """The descriptor with more policies."""
    made = copy.deepcopy(VNFD)
    made["topology_template"]["policies"] += [{name: each} for name, each in policies]
    return made


def with_alarms() -> dict[str, Any]:
    """The descriptor with alarms in two policies."""
    return vnfd(
        (
            "watch",
            alarming(too_busy=trigger("gt", "SP1"), bored=trigger("le", "log", "SP1")),
        ),
        ("guard", alarming(dead=trigger("ge", "log", "respawn"))),
    )


class ConfigFile(fixtures.Fixture):
    """A configuration file with this text.

    :ivar name: its path.
    """

    def __init__(self, text: str):
        super().__init__()
        self.text = text

    def _setUp(self):
        file = tempfile.NamedTemporaryFile("w", suffix=".conf")  # noqa: SIM115
        self.addCleanup(file.close)
        file.write(self.text)
        file.flush()
        self.name = file.name
