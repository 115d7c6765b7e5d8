"""Where servers are put: server groups through stock clients and templates."""

from tacker_lite.pop.topology import Capacity
from tacker_lite.tests.functional.pop.stack_case import StackCase
from tacker_lite.tests.functional.pop.stock_client import OpenStack

HOSTS = Capacity().hosts


def server(group, **hints):
    return {
        "type": "OS::Nova::Server",
        "properties": {
            "image": "host",
            "flavor": "m1.tiny",
            "networks": [{"network": "net_mgmt"}],
            "scheduler_hints": {"group": {"get_resource": group}, **hints},
        },
    }


class ServerGroupTest(StackCase):
    def grouped(self, policy, servers):
        group = {
            "type": "OS::Nova::ServerGroup",
            "properties": {"name": "PL1", "policies": [policy]},
        }
        resources = {f"VDU{n}": server("PL1") for n in range(servers)}
        ident = self.create("grouped", self.template(PL1=group, **resources))
        return self.wait(ident)

    def hosts(self):
        return [s.compute_host for s in self.sdk().compute.servers()]

    def test_apart_means_a_host_for_each(self):
        stack = self.grouped("anti-affinity", HOSTS)
        self.assertEqual("CREATE_COMPLETE", stack.stack_status)
        self.assertEqual(HOSTS, len(set(self.hosts())))
        bound = {port.binding_host_id for port in self.sdk().network.ports()}
        self.assertLessEqual(set(self.hosts()), bound)
        [group] = self.sdk().compute.server_groups()
        self.assertEqual(
            {s.id for s in self.sdk().compute.servers()}, set(group.member_ids)
        )
        self.heat.stacks.delete(stack.id)
        self.wait_gone(stack.id)
        self.assertEqual([], list(self.sdk().compute.server_groups()))

    def test_one_more_than_hosts_finds_no_valid_host(self):
        stack = self.grouped("anti-affinity", HOSTS + 1)
        self.assertEqual("CREATE_FAILED", stack.stack_status)
        self.assertIn("No valid host was found", stack.stack_status_reason)

    def test_softly_apart_puts_the_rest_anywhere(self):
        stack = self.grouped("soft-anti-affinity", HOSTS + 1)
        self.assertEqual("CREATE_COMPLETE", stack.stack_status)
        self.assertEqual(HOSTS, len(set(self.hosts())))

    def test_together_means_one_host(self):
        for policy in ("affinity", "soft-affinity"):
            stack = self.grouped(policy, 3)
            self.assertEqual("CREATE_COMPLETE", stack.stack_status)
            self.assertEqual(1, len(set(self.hosts())), policy)
            self.heat.stacks.delete(stack.id)
            self.wait_gone(stack.id)

    def test_the_stock_command_makes_and_shows_a_group(self):
        admin = OpenStack(self.server.credentials("admin", "pop1"))
        admin.run("server group create --policy anti-affinity g1")
        admin.run(
            "server create --flavor m1.tiny --image host --network net_mgmt"
            f" --hint group={admin.read('server group show g1')['id']} --wait one"
        )
        shown = admin.read("server group show g1")
        self.assertEqual("anti-affinity", shown["policy"])
        self.assertIn(admin.read("server show one")["id"], shown["members"])
        self.assertEqual(["g1"], [g["Name"] for g in admin.read("server group list")])
        admin.run("server group delete g1")
        self.assertEqual([], admin.read("server group list"))

    def test_a_group_that_is_not_there_is_refused(self):
        resource = server("PL1")
        resource["properties"]["scheduler_hints"] = {"group": "no-such-group"}
        ident = self.create("lost", self.template(VDU1=resource))
        stack = self.wait(ident)
        self.assertEqual("CREATE_FAILED", stack.stack_status)
        self.assertIn("no-such-group", stack.stack_status_reason)
