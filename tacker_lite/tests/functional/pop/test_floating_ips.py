"""Routers and floating IPs as the stock clients and stacks use them."""

from tacker_lite.tests.functional.pop.lab_server import LabCase
from tacker_lite.tests.functional.pop.stack_case import StackCase
from tacker_lite.tests.functional.pop.stock_client import CommandFailed, OpenStack

TEMPLATE = """
heat_template_version: 2018-08-31
resources:
  net:
    type: OS::Neutron::Net
  subnet:
    type: OS::Neutron::Subnet
    properties: {network: {get_resource: net}, cidr: 192.168.9.0/24}
  router:
    type: OS::Neutron::Router
    properties: {external_gateway_info: {network: public}}
  leg:
    type: OS::Neutron::RouterInterface
    properties: {router: {get_resource: router}, subnet: {get_resource: subnet}}
  inner:
    type: OS::Neutron::Port
    properties: {network: {get_resource: net}}
  routed:
    type: OS::Neutron::Port
    properties: {network: net_mgmt}
  first:
    type: OS::Neutron::FloatingIP
    properties: {floating_network: public, port_id: {get_resource: inner}}
  second:
    type: OS::Neutron::FloatingIP
    properties: {floating_network: public, port_id: {get_resource: routed}}
outputs:
  first: {value: {get_attr: [first, floating_ip_address]}}
  second: {value: {get_attr: [second, floating_ip_address]}}
"""


class CommandTest(LabCase):
    def setUp(self):
        super().setUp()
        self.demo = OpenStack(self.server.credentials("demo"))

    def test_a_floating_ip_for_a_port_of_a_topology_network(self):
        (public,) = self.demo.read("network list --external")
        self.assertEqual("public", public["Name"])
        port = self.demo.read("port create --network net_mgmt p1")
        made = self.demo.read("floating ip create public --port p1")
        self.assertEqual(port["fixed_ips"][0]["ip_address"], made["fixed_ip_address"])
        refused = self.demo.run("floating ip create public --port p1", fails=True)
        self.assertIn("already has a floating IP", refused)
        self.demo.run(
            "server create --image host --flavor m1.tiny --port p1 web --wait"
        )
        addresses = self.demo.read("server show web")["addresses"]["net_mgmt"]
        self.assertEqual(
            [made["fixed_ip_address"], made["floating_ip_address"]], addresses
        )
        ident = made["id"]
        self.demo.run(f"floating ip unset --port {ident}")
        self.assertIsNone(self.demo.read(f"floating ip show {ident}")["port_id"])
        self.demo.run(f"server add floating ip web {made['floating_ip_address']}")
        shown = self.demo.read(f"floating ip show {ident}")
        self.assertEqual(port["id"], shown["port_id"])
        self.demo.run("server delete --wait web")
        self.demo.run("port delete p1")
        self.assertIsNone(self.demo.read(f"floating ip show {ident}")["port_id"])
        self.demo.run(f"floating ip delete {ident}")
        self.assertEqual([], self.demo.read("floating ip list"))

    def test_a_router_of_a_project(self):
        demo = self.demo
        demo.run("network create net1")
        demo.run("subnet create --network net1 --subnet-range 192.168.3.0/24 sub1")
        demo.run("port create --network net1 p1")
        refused = demo.run("floating ip create public --port p1", fails=True)
        self.assertIn("is not reachable from subnet", refused)
        demo.run("router create r1")
        demo.run("router set --external-gateway public r1")
        demo.run("router add subnet r1 sub1")
        shown = demo.read("router show r1")
        self.assertEqual("ACTIVE", shown["status"])
        self.assertEqual(
            ["192.168.3.1"], [i["ip_address"] for i in shown["interfaces_info"]]
        )
        floating = demo.read("floating ip create public --port p1")
        for command in (
            "router remove subnet r1 sub1",
            "router unset --external-gateway r1",
            "router delete r1",
            f"port delete {shown['interfaces_info'][0]['port_id']}",
            "subnet delete sub1",
        ):
            demo.run(command, fails=True)
        demo.run(f"floating ip delete {floating['id']}")
        demo.run("router unset --external-gateway r1")
        demo.run("router remove subnet r1 sub1")
        demo.run("router delete r1")
        demo.run("port delete p1")
        demo.run("subnet delete sub1")
        demo.run("network delete net1")

    def test_the_router_of_the_topology_stays(self):
        admin = OpenStack(self.server.credentials())
        (router,) = admin.read("router list")
        self.assertEqual("router1", router["Name"])
        for command in ("router delete router1", "router set --disable router1"):
            self.assertIn("topology", admin.run(command, fails=True))
        self.assertRaises(CommandFailed, admin.run, "network delete public")


class StackTest(StackCase):
    def setUp(self):
        super().setUp()
        self.heat = self.heat_of("demo")

    def test_floating_ips_come_and_go_with_a_stack(self):
        stack = self.wait(self.create("floating", TEMPLATE))
        self.assertEqual("CREATE_COMPLETE", stack.stack_status, stack.to_dict())
        outputs = {o["output_key"]: o["output_value"] for o in stack.outputs}
        network = self.sdk("demo").network
        found = {ip.floating_ip_address for ip in network.ips()}
        self.assertEqual(set(outputs.values()), found)
        self.heat.stacks.delete(stack.id)
        self.wait_gone(stack.id)
        self.assertEqual([], list(network.ips()))
        self.assertEqual([], list(network.routers()))
