"""Suspending, checking and previewing stacks; what people are told of them."""

import copy

from tacker_lite.pop import errors
from tacker_lite.pop.stack.errors import ActionInProgress, NotSupported
from tacker_lite.pop.stack.requests import read_request
from tacker_lite.tests.unit.pop.stack import labs
from tacker_lite.tests.unit.pop.stack.test_types import StackLab

_SERVER = {
    "type": "OS::Nova::Server",
    "properties": {
        "image": "host",
        "flavor": "m1.tiny",
        "networks": [{"network": "net_mgmt"}],
    },
}


class RestTest(StackLab):
    def statuses(self):
        return sorted(row.status for row in self.cloud.compute.list_servers(None))

    def test_a_suspended_stack_rests_with_all_stacks_in_it(self):
        group = {
            "type": "OS::Heat::ResourceGroup",
            "properties": {"count": 1, "resource_def": _SERVER},
        }
        stack = self.make(self.template(one=_SERVER, group=group))
        self.stacks.act(stack, "suspend")
        stack = self.ended(stack, "SUSPEND_COMPLETE")
        self.assertEqual(["SUSPENDED", "SUSPENDED"], self.statuses())
        states = {r.state for r in self.stacks.list_resources(stack)}
        self.assertEqual({"SUSPEND_COMPLETE"}, states)
        self.assertRaises(NotSupported, labs.change, self.cloud, stack, self.template())
        self.stacks.act(stack, "suspend")
        self.stacks.act(stack, "resume")
        stack = self.ended(stack, "RESUME_COMPLETE")
        self.assertEqual(["ACTIVE", "ACTIVE"], self.statuses())
        stack = self.change(stack, self.template(one=_SERVER))
        self.assertRaises(errors.BadRequest, self.stacks.act, stack, "resume")
        self.assertEqual(["ACTIVE"], self.statuses())

    def test_one_operation_at_a_time(self):
        slow = {"type": "OS::Heat::Delay", "properties": {"min_wait": 5}}
        stack = labs.begin(self.cloud, "s", self.template(x=slow))
        for action in ("suspend", "resume", "check"):
            self.assertRaises(ActionInProgress, self.stacks.act, stack, action)
        self.assertRaises(
            ActionInProgress, labs.change, self.cloud, stack, self.template()
        )

    def test_a_check_finds_a_server_that_is_not_active(self):
        stack = self.make(self.template(one=_SERVER))
        self.stacks.act(stack, "check")
        stack = self.ended(stack, "CHECK_COMPLETE")
        (server,) = self.cloud.compute.list_servers(None)
        self.cloud.compute.stop_server(None, server.id)
        with self.cloud.changed:
            self.cloud.changed.wait_for(lambda: self.statuses() == ["SHUTOFF"], 10)
        self.stacks.act(stack, "check")
        stack = self.ended(stack, "CHECK_FAILED")
        self.assertIn("is in status SHUTOFF, not ACTIVE", stack.reason)
        failed = self.stacks.get_resource(stack, "one")
        self.assertEqual("CHECK_FAILED", failed.state)
        self.change(stack, self.template(one=_SERVER))
        self.assertEqual(["ACTIVE"], self.statuses())


class ServerUpdateTest(StackLab):
    def test_a_server_is_resized_in_place_unless_told_otherwise(self):
        def template(flavor, policy="RESIZE", user_data=""):
            properties = {
                **_SERVER["properties"],
                "flavor": flavor,
                "flavor_update_policy": policy,
                "user_data": user_data,
                "user_data_update_policy": "IGNORE",
            }
            return self.template(one={**_SERVER, "properties": properties})

        stack = self.make(template("m1.tiny"))
        (first,) = self.cloud.compute.list_servers(None)
        stack = self.change(stack, template("m1.small", user_data="#!/bin/sh"))
        (same,) = self.cloud.compute.list_servers(None)
        self.assertEqual(first.id, same.id)
        self.assertEqual(("ACTIVE", "m1.small"), (same.status, same.flavor.name))
        self.change(stack, template("m1.tiny", "REPLACE"))
        (other,) = self.cloud.compute.list_servers(None)
        self.assertNotEqual(first.id, other.id)

    def test_a_resize_that_cannot_be_fails_the_update(self):
        size = {"type": "OS::Nova::Flavor", "properties": {"ram": 64, "vcpus": 5000}}
        big = copy.deepcopy(_SERVER)
        stack = self.make(self.template(one=_SERVER, size=size))
        big["properties"]["flavor"] = {"get_resource": "size"}
        stack = self.change(stack, self.template(one=big, size=size), "UPDATE_FAILED")
        self.assertIn("resources.one: ", stack.reason)


class PreviewTest(StackLab):
    def changes(self, stack, template):
        request = read_request({"template": template})
        found = self.stacks.preview_update(
            labs.owner_in(self.cloud), stack, request, existing=False
        )
        return {key: sorted(r.name for r in rows) for key, rows in found.items()}

    def test_an_update(self):
        net = {"type": "OS::Neutron::Net", "properties": {"name": "a"}}
        fixed = {
            "type": "OS::Neutron::Subnet",
            "properties": {"network": {"get_resource": "net"}, "cidr": "10.5.0.0/24"},
        }
        stack = self.make(self.template(net=net, subnet=fixed, gone=net, same=net))
        renamed = {**net, "properties": {"name": "b"}}
        moved = {**fixed, "properties": {**fixed["properties"], "cidr": "10.6.0.0/24"}}
        port = {
            "type": "OS::Neutron::Port",
            "properties": {"network": {"get_resource": "new"}},
        }
        wanted = self.template(net=renamed, subnet=moved, same=net, new=net, port=port)
        found = self.changes(stack, wanted)
        self.assertEqual(
            {
                "added": ["new", "port"],
                "deleted": ["gone"],
                "replaced": ["subnet"],
                "unchanged": ["same"],
                "updated": ["net"],
            },
            found,
        )
        self.assertEqual("CREATE_COMPLETE", self.stacks.get_stack(None, stack.id).state)

    def test_a_creation(self):
        request = read_request({"stack_name": "s", "template": labs.TWO_SERVERS})
        owner = labs.owner_in(self.cloud)
        _, resources = self.stacks.preview(owner, request)
        names = {resource.name for resource in resources}
        self.assertEqual(set(labs.TWO_SERVERS["resources"]), names)
        self.assertEqual([], self.stacks.list_stacks(None))


class EventTest(StackLab):
    def test_people_are_told_of_stacks_and_not_of_those_nested_in_them(self):
        failing = {"type": "OS::Heat::TestResource", "properties": {"fail": True}}
        group = {
            "type": "OS::Heat::ResourceGroup",
            "properties": {"resource_def": failing},
        }
        stack = self.make(self.template(group=group), "CREATE_FAILED")
        self.stacks.delete(stack)
        labs.settled(self.cloud)
        told = [e for e in self.lab.events.since() if e.kind == "stack"]
        self.assertEqual(
            {("pop1", "s", stack.id)}, {(e.pop, e.name, e.resource_id) for e in told}
        )
        texts = [event.text for event in told]
        self.assertEqual("CREATE_IN_PROGRESS", texts[0])
        self.assertIn("CREATE_FAILED: Resource CREATE failed", texts[1])
        # The cause is told at the top.
        self.assertIn("Test Resource failed 0", texts[1])
        self.assertEqual(["DELETE_IN_PROGRESS", "DELETE_COMPLETE"], texts[2:])
