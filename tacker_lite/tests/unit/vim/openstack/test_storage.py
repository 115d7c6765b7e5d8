import testtools

from tacker_lite import exceptions
from tacker_lite.tests.unit.vim.openstack.rendered import problems, render

ATTACHED = """
CB1:
  type: tosca.nodes.BlockStorageAttachment
  properties: {location: /dev/vdb}
  requirements: [{virtualBinding: VDU1}, {virtualAttachment: {node: VB1}}]
"""


def volume(**properties):
    """A block storage with properties, as YAML."""
    return f"VB1: {{type: tosca.nodes.BlockStorage.Tacker, properties: {properties}}}\n"


class TestVolume(testtools.TestCase):
    def test_volume_and_attachment(self):
        found = render(volume(size="1 GB", image="disk", volume_type="ssd") + ATTACHED)

        self.assertEqual(
            {
                "type": "OS::Cinder::Volume",
                "properties": {"size": 1, "image": "disk", "volume_type": "ssd"},
            },
            found.resources["VB1"],
        )
        self.assertEqual(
            {
                "type": "OS::Cinder::VolumeAttachment",
                "properties": {
                    "instance_uuid": {"get_resource": "VDU1"},
                    "volume_id": {"get_resource": "VB1"},
                    "mountpoint": "/dev/vdb",
                },
            },
            found.resources["CB1"],
        )

    def test_size_of_an_input(self):
        for kind, value in (("string", "1500 MB"), ("integer", 2)):
            found = render(
                volume(size={"get_input": "size"}),
                inputs=f"size: {{type: {kind}}}",
                values={"size": value},
            )

            self.assertEqual(2, found.properties("VB1")["size"])

    def test_size_of_an_input_that_does_not_suit_is_not_repeated(self):
        [(_, reason)] = problems(
            volume(size={"get_input": "size"}),
            inputs="size: {type: string}",
            values={"size": "much"},
        )

        self.assertNotIn("much", reason)
        self.assertIn("size must be", reason)

    def test_a_volume_from_a_snapshot_has_its_size(self):
        found = render(volume(snapshot_id="abc"))

        self.assertEqual({"snapshot_id": "abc"}, found.properties("VB1"))

    def test_refusals(self):
        for properties, part in (
            ({}, "size is missing"),
            ({"size": "2 XB"}, 'not "2 XB"'),
            ({"size": "0"}, "above 0"),
            ({"size": 1, "image": "i", "snapshot_id": "s"}, "leave one out"),
        ):
            [(path, reason)] = problems(volume(**properties))

            self.assertIn(part, reason)
            self.assertEqual(("node_templates", "VB1", "properties"), path[1:4])

    def test_an_attachment_needs_a_vdu_and_a_volume(self):
        for old, new in (("VDU1", "VL1"), ("VB1", "CP1")):
            error = self.assertRaises(
                exceptions.InvalidTemplate,
                render,
                volume(size=1) + ATTACHED.replace(old, new),
            )

            self.assertIn("CB1", error.message)


class TestExistingVolume(testtools.TestCase):
    def attached(self, volume_id):
        found = render(
            volume(volume_id=volume_id, size="1 GB") + ATTACHED,
            inputs="disk: {type: string}",
            values={"disk": "6f1a"},
        )
        self.assertNotIn("VB1", found.resources)
        return found.properties("CB1")["volume_id"]

    def test_by_id(self):
        self.assertEqual("6f1b", self.attached("6f1b"))

    def test_by_input(self):
        for written in ({"get_input": "disk"}, "disk"):
            self.assertEqual({"get_param": "disk"}, self.attached(written))
