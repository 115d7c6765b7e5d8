"""Traps of reading descriptors: none of them is fallen into.

Their numbers are those of the table in ``doc/source/reference/compatibility.rst``.
"""

import testtools

from tacker_lite import exceptions
from tacker_lite.tests.unit.tosca import descriptors
from tacker_lite.tosca import loader, positions


class TestTraps(testtools.TestCase):
    def test_21_the_order_is_that_of_the_text(self):
        document = descriptors.document()
        nodes = document["topology_template"]["node_templates"]
        for name in ("CP10", "CP2", "CP1a"):
            nodes[name] = {**nodes["CP1"], "properties": {}}

        stored = loader.read(positions.dump(document))

        template = loader.load(stored, descriptors.VALUES)
        self.assertEqual(
            ["CP1", "CP10", "CP2", "CP1a"],
            [point.name for point in template.connection_points],
        )

    def test_26_monitoring_is_checked(self):
        def monitored(policy):
            document = descriptors.document(
                vdu={"properties": {"monitoring_policy": policy}}
            )
            return loader.load(document, descriptors.VALUES).policies

        ping = {"name": "ping", "actions": {"failure": "respawn"}}
        numbers = {"monitoring_delay": "45", "count": 3, "interval": "0.5"}
        self.assertEqual(1, len(monitored({**ping, "parameters": numbers})))
        self.assertEqual((), monitored({"name": "noop"}))
        for policy, expected in (
            ({**ping, "parameters": {"monitoring_delay": "soon"}}, "must be a number"),
            ({"name": "http-ping"}, "did you mean http_ping"),
            ({"name": "ping", "actions": {"failure": "dance"}}, "must be one of"),
        ):
            error = self.assertRaises(exceptions.InvalidTemplate, monitored, policy)
            self.assertIn(expected, error.message)
