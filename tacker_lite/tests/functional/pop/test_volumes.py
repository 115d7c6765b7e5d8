"""Volumes as the stock clients and stacks use them."""

from tacker_lite.tests.functional.pop.lab_server import LabCase
from tacker_lite.tests.functional.pop.stack_case import StackCase
from tacker_lite.tests.functional.pop.stock_client import OpenStack

TEMPLATE = """
heat_template_version: 2018-08-31
parameters:
  size: {type: number, default: 1}
resources:
  server:
    type: OS::Nova::Server
    properties: {image: host, flavor: m1.tiny, networks: [{network: net_mgmt}]}
  volume:
    type: OS::Cinder::Volume
    properties: {size: {get_param: size}, name: data}
  attachment:
    type: OS::Cinder::VolumeAttachment
    properties:
      instance_uuid: {get_resource: server}
      volume_id: {get_resource: volume}
      mountpoint: /dev/vdc
outputs:
  size: {value: {get_attr: [volume, size]}}
"""


class CommandTest(LabCase):
    def setUp(self):
        super().setUp()
        self.demo = OpenStack(self.server.credentials("demo"))

    def test_a_volume_from_its_making_to_its_end(self):
        demo = self.demo
        made = demo.read("volume create --size 3 --property tier=gold v1")
        self.assertEqual("simulated", made["type"])
        (listed,) = demo.read("volume list")
        self.assertEqual(
            ("v1", "available", 3), (listed["Name"], listed["Status"], listed["Size"])
        )
        demo.run("volume set --size 5 --name v2 v1")
        shown = demo.read("volume show v2")
        self.assertEqual((5, {"tier": "gold"}), (shown["size"], shown["properties"]))
        demo.run(
            "server create --image host --flavor m1.tiny --network net_mgmt s1 --wait"
        )
        demo.run("server add volume s1 v2")
        (volume,) = demo.read("server volume list s1")
        self.assertEqual("/dev/vdb", volume["Device"])
        self.assertEqual("in-use", demo.read("volume show v2")["status"])
        self.assertIn("must be available", demo.run("volume delete v2", fails=True))
        self.assertIn("already", demo.run("server add volume s1 v2", fails=True))
        demo.run("server remove volume s1 v2")
        demo.run("server add volume s1 v2")
        demo.run("server delete --wait s1")
        self.assertEqual("available", demo.read("volume show v2")["status"])
        demo.run("volume delete v2")
        self.assertEqual([], demo.read("volume list"))

    def test_sizes_count_against_the_disk_of_the_pop(self):
        self.assertIn(
            "exceeds the disk", self.demo.run("volume create --size 1025 v", fails=True)
        )
        self.demo.run("volume create --size 1020 v")
        self.assertIn(
            "exceeds the disk", self.demo.run("volume set --size 1025 v", fails=True)
        )
        self.demo.run("volume set --size 1024 v")
        cloud = self.sdk("demo")
        server = cloud.compute.create_server(
            name="s",
            image_id=cloud.image.find_image("host").id,
            flavor_id=cloud.compute.find_flavor("m1.tiny").id,
            networks=[{"uuid": cloud.network.find_network("net_mgmt").id}],
        )
        self.assertEqual("ERROR", cloud.compute.get_server(server).status)

    def test_types(self):
        admin = OpenStack(self.server.credentials())
        (only,) = admin.read("volume type list")
        self.assertEqual("simulated", only["Name"])
        admin.run("volume type create fast")
        self.assertEqual(
            "fast", admin.read("volume create --size 1 --type fast v")["type"]
        )
        admin.run("volume type delete fast", fails=True)
        admin.run("volume delete v")
        admin.run("volume type delete fast")
        admin.run("volume create --size 1 --type none v", fails=True)
        self.demo.run("volume type create mine", fails=True)

    def test_what_concerns_all_services_goes_on_working(self):
        for command in ("limits show --absolute", "quota show", "catalog list"):
            self.demo.read(command)
        self.demo.run("availability zone list")


class StackTest(StackCase):
    def setUp(self):
        super().setUp()
        self.heat = self.heat_of("demo")

    def test_a_volume_of_a_stack(self):
        stack = self.wait(self.create("stored", TEMPLATE))
        self.assertEqual("CREATE_COMPLETE", stack.stack_status, stack.to_dict())
        cloud = self.sdk("demo")
        (volume,) = cloud.block_storage.volumes()
        self.assertEqual(
            ("data", 1, "in-use"), (volume.name, volume.size, volume.status)
        )
        self.assertEqual("/dev/vdc", volume.attachments[0]["device"])
        for size, same in ((2, True), (1, False)):
            changes = {"parameters": {"size": size}, "existing": True}
            self.heat.stacks.update(stack.id, template=TEMPLATE, **changes)
            stack = self.wait(stack.id)
            self.assertEqual("UPDATE_COMPLETE", stack.stack_status, stack.to_dict())
            (now,) = cloud.block_storage.volumes()
            self.assertEqual((size, same), (now.size, now.id == volume.id))
        self.heat.stacks.delete(stack.id)
        self.wait_gone(stack.id)
        self.assertEqual([], list(cloud.block_storage.volumes()))
