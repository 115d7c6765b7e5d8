"""What cannot scale together."""

import testtools

from tacker_lite.tests.unit.vim.openstack.rendered import problems
from tacker_lite.tests.unit.vim.openstack.test_scaling import (
    FLOATING_IP,
    VOLUME,
    point,
    policy,
    vdu,
)


class TestRefusals(testtools.TestCase):
    def test_what_can_be_used_once(self):
        fixed = FLOATING_IP.replace(
            "public}", "public, floating_ip_address: 203.0.113.9}"
        )
        for nodes, node, key in (
            (point("CP1", "VDU1", ip_address="10.0.0.5"), "CP1", "ip_address"),
            (
                point("CP1", "VDU1", mac_address="02:00:00:00:00:01"),
                "CP1",
                "mac_address",
            ),
            (fixed, "FIP1", "floating_ip_address"),
            (VOLUME.replace("size: 1", "volume_id: 6f1a"), "VB1", "volume_id"),
        ):
            [(path, reason)] = problems(nodes, policies=policy())

            self.assertEqual((node, "properties", key), path[2:])
            self.assertIn(f"{key} can be used once", reason)
            self.assertIn("up to 3 copies", reason)
            single = policy(max_instances=1, default_instances=1)
            self.assertEqual([], problems(nodes, policies=single))

    def test_a_volume_shared_with_what_scales(self):
        nodes = VOLUME + vdu("VDU2")
        nodes += (
            "CB2: {type: tosca.nodes.BlockStorageAttachment, properties: "
            "{location: /dev/vdb}, requirements: [{virtualBinding: VDU2}, "
            "{virtualAttachment: VB1}]}\n"
        )
        for targets in ("[VDU1]", "[VDU2]"):
            [(path, reason)] = problems(nodes, policies=policy(targets=targets))

            self.assertEqual("CB2", path[2])
            self.assertIn("SP1", reason)

    def test_everything_at_once(self):
        found = problems(
            VOLUME.replace("size: 1", "size: 1 XB")
            + point("CP1", "VDU1", ip_address="10.0.0.5", mac_address="02:00")
            + vdu("VDU2", image=None),
            policies=policy(),
        )

        self.assertEqual({"VB1", "CP1", "VDU2"}, {path[2] for path, _ in found}, found)
        self.assertEqual(5, len(found), found)
        self.assertEqual(len(found), len(set(found)))
