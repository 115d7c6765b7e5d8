"""Stacks through the stock python-heatclient."""

import json

import requests
from heatclient import exc as heat_exc

from tacker_lite.tests.functional.pop.stack_case import (
    TWO_SERVERS,
    StackCase,
    test_resource,
)


class HeatclientTest(StackCase):
    def test_two_servers_from_create_to_delete(self):
        ident = self.create("web", TWO_SERVERS)
        stack = self.wait(ident)
        self.assertEqual("CREATE_COMPLETE", stack.stack_status)
        self.assertEqual(
            "Stack CREATE completed successfully", stack.stack_status_reason
        )
        self.assertEqual("******", stack.parameters["secret"])
        self.assertEqual("web", stack.parameters["OS::stack_name"])

        nova = self.sdk().compute
        servers = {s.id: s for s in nova.servers()}
        resources = {r.resource_name: r for r in self.heat.resources.list(ident)}
        self.assertEqual(set(TWO_SERVERS["resources"]), set(resources))
        one = servers[resources["VDU1"].physical_resource_id]
        self.assertEqual("ACTIVE", one.status)
        self.assertEqual("10.99.0.42", one.addresses["inner"][0]["addr"])
        self.assertEqual(["VDU1"], resources["CP2"].required_by)
        output = stack.outputs[0]
        self.assertEqual("mgmt_ip-VDU1", output["output_key"])
        self.assertEqual(one.addresses["net_mgmt"][0]["addr"], output["output_value"])
        shown = self.heat.stacks.output_show(ident, "mgmt_ip-VDU1")["output"]
        self.assertEqual(output["output_value"], shown["output_value"])

        self.heat.stacks.delete(ident)
        self.wait_gone(ident)
        self.assertEqual([], list(nova.servers()))
        self.assertNotIn("inner", [n.name for n in self.sdk().network.networks()])
        error = self.assertRaises(heat_exc.HTTPNotFound, self.heat.stacks.get, ident)
        self.assertIn(f"The Stack ({ident}) could not be found.", str(error))

    def test_events_tell_the_whole_story_and_page_by_marker(self):
        ident = self.create("story", self.template(one=test_resource()))
        self.wait(ident)
        events = self.heat.events.list(ident, sort_dir="asc")
        self.assertEqual(
            [
                ("story", "CREATE_IN_PROGRESS"),
                ("one", "CREATE_IN_PROGRESS"),
                ("one", "CREATE_COMPLETE"),
                ("story", "CREATE_COMPLETE"),
            ],
            [(e.resource_name, e.resource_status) for e in events],
        )
        self.assertEqual(ident, events[-1].physical_resource_id)
        rest = self.heat.events.list("story", sort_dir="asc", marker=events[1].id)
        self.assertEqual([e.id for e in events[2:]], [e.id for e in rest])
        last = self.heat.events.list(ident, sort_dir="desc", limit=1)
        self.assertEqual([events[-1].id], [e.id for e in last])
        one = self.heat.events.get(ident, "one", events[2].id)
        self.assertEqual("CREATE_COMPLETE", one.resource_status)

    def test_a_wrong_template_is_refused_and_makes_nothing(self):
        cases = {
            "The Resource Type (OS::No::Such) could not be found.": self.template(
                x={"type": "OS::No::Such"}
            ),
            "resources.x.properties: : Unknown Property colour": self.template(
                x=test_resource(colour="red")
            ),
            "The Image (no-image) could not be found.": self.template(
                x={
                    "type": "OS::Nova::Server",
                    "properties": {"image": "no-image", "flavor": "m1.tiny"},
                }
            ),
            'The specified reference "gone"': self.template(
                x=test_resource(value={"get_resource": "gone"})
            ),
            "Circular Dependency Found: x, y": self.template(
                x={**test_resource(), "depends_on": "y"},
                y={**test_resource(), "depends_on": ["x"]},
            ),
            "Fn::Magic is not supported": self.template(
                x=test_resource(value={"Fn::Magic": "x"})
            ),
            "heat_template_version is missing": {"resources": {}},
        }
        for message, template in cases.items():
            error = self.assertRaises(
                heat_exc.HTTPBadRequest, self.create, "bad", template
            )
            self.assertIn(message, str(error))
        self.assertEqual([], list(self.heat.stacks.list()))

    def test_a_second_stack_of_a_name_is_refused(self):
        self.create("twin", self.template())
        error = self.assertRaises(
            heat_exc.HTTPConflict, self.create, "twin", self.template()
        )
        self.assertEqual("StackExists", error.error["error"]["type"])

    def test_a_failing_resource_fails_the_stack_with_its_cause(self):
        template = self.template(
            good=test_resource(), bad={**test_resource(fail=True), "depends_on": "good"}
        )
        stack = self.wait(self.create("doomed", template))
        self.assertEqual("CREATE_FAILED", stack.stack_status)
        self.assertEqual(
            "Resource CREATE failed: ResourceInError: resources.bad: "
            "Test Resource failed bad",
            stack.stack_status_reason,
        )
        bad = self.heat.resources.get(stack.id, "bad")
        self.assertEqual("CREATE_FAILED", bad.resource_status)
        self.heat.stacks.delete(stack.id)
        self.wait_gone(stack.id)

    def test_a_server_without_room_fails_the_stack(self):
        huge = {
            "flavor": {
                "type": "OS::Nova::Flavor",
                "properties": {"vcpus": 1000, "ram": 512},
            },
            "server": {
                "type": "OS::Nova::Server",
                "properties": {
                    "image": "host",
                    "flavor": {"get_resource": "flavor"},
                    "networks": [{"network": "net_mgmt"}],
                },
            },
        }
        stack = self.wait(self.create("huge", self.template(**huge)))
        self.assertEqual("CREATE_FAILED", stack.stack_status)
        self.assertIn(
            "resources.server: Went to status ERROR", stack.stack_status_reason
        )
        self.assertIn("No valid host was found", stack.stack_status_reason)
        self.heat.stacks.delete(stack.id)
        self.wait_gone(stack.id)
        self.assertEqual([], list(self.sdk().compute.servers()))

    def test_rollback_removes_what_was_made(self):
        template = self.template(
            net={"type": "OS::Neutron::Net", "properties": {"name": "brief"}},
            bad={**test_resource(fail=True), "depends_on": "net"},
        )
        ident = self.create("back", template, disable_rollback=False)
        stack = self.wait(ident, ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED"))
        self.assertEqual("ROLLBACK_COMPLETE", stack.stack_status)
        self.assertIn("Test Resource failed bad", stack.stack_status_reason)
        names = [n.name for n in self.sdk().network.networks()]
        self.assertNotIn("brief", names)
        self.assertEqual([], self.heat.resources.list(ident))

    def test_delete_while_creating_stops_the_creation(self):
        template = self.template(
            slow=test_resource(wait_secs=60),
            after={**test_resource(), "depends_on": "slow"},
        )
        ident = self.create("slow", template)
        error = self.assertRaises(
            heat_exc.HTTPConflict,
            self.heat.stacks.update,
            ident,
            template=template,
        )
        self.assertIn("already has an action (CREATE) in progress", str(error))
        self.heat.stacks.delete(ident)
        self.wait_gone(ident, seconds=5)

    def test_update_changes_in_place_and_replaces_where_it_must(self):
        template = json.loads(json.dumps(TWO_SERVERS))
        ident = self.create("web", template)
        self.wait(ident)
        before = self.ids(ident)

        template["resources"]["CP1"]["properties"]["name"] = "renamed"
        smaller = {"flavor": "m1.small", "flavor_update_policy": "REPLACE"}
        template["resources"]["VDU2"]["properties"].update(smaller)
        del template["resources"]["VL1"]["properties"]["name"]
        template["resources"]["extra"] = test_resource()
        self.heat.stacks.update(ident, template=template)
        stack = self.wait(ident, ("UPDATE_COMPLETE", "UPDATE_FAILED"))
        self.assertEqual("UPDATE_COMPLETE", stack.stack_status, stack)
        after = self.ids(ident)
        changed = {name for name in before if before[name] != after[name]}
        self.assertEqual({"VDU2"}, changed)
        self.assertIn("extra", after)
        port = self.sdk().network.get_port(after["CP1"])
        self.assertEqual("renamed", port.name)
        servers = {s.id for s in self.sdk().compute.servers()}
        self.assertEqual({after["VDU1"], after["VDU2"]}, servers)

        self.heat.stacks.update(ident, existing=True, parameters={"secret": "other"})
        self.wait(ident, ("UPDATE_COMPLETE", "UPDATE_FAILED"))
        self.assertEqual(after, self.ids(ident))

        self.heat.stacks.update(ident, template=self.template())
        self.wait(ident, ("UPDATE_COMPLETE", "UPDATE_FAILED"))
        self.assertEqual({}, self.ids(ident))

    def ids(self, ident):
        return {
            r.resource_name: r.physical_resource_id
            for r in self.heat.resources.list(ident, nested_depth=2)
        }

    def test_a_failed_update_rolls_back(self):
        ident = self.create("two", self.template(one=test_resource(value="old")))
        self.wait(ident)
        wrong = self.template(
            one=test_resource(value="new"),
            bad={**test_resource(fail=True), "depends_on": "one"},
        )
        self.heat.stacks.update(ident, template=wrong, disable_rollback=False)
        stack = self.wait(ident, ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED"))
        self.assertEqual("ROLLBACK_COMPLETE", stack.stack_status)
        self.assertEqual(["one"], list(self.ids(ident)))
        one = self.heat.resources.get(ident, "one")
        self.assertEqual("old", one.attributes["output"])

    def test_check_finds_a_lost_resource_and_update_replaces_it(self):
        template = self.template(
            net={"type": "OS::Neutron::Net", "properties": {"name": "lost"}}
        )
        ident = self.create("checked", template)
        self.wait(ident)
        self.sdk().network.delete_network(self.ids(ident)["net"])
        self.heat.actions.check(ident)
        stack = self.wait(ident, ("CHECK_COMPLETE", "CHECK_FAILED"))
        self.assertEqual("CHECK_FAILED", stack.stack_status)
        self.assertIn("resources.net", stack.stack_status_reason)
        self.heat.stacks.update(ident, template=template)
        stack = self.wait(ident, ("UPDATE_COMPLETE", "UPDATE_FAILED"))
        self.assertEqual("UPDATE_COMPLETE", stack.stack_status)
        found = self.sdk().network.get_network(self.ids(ident)["net"])
        self.assertEqual("lost", found.name)

    def test_lists_filter_by_id_name_and_status(self):
        idents = [self.create(f"s{n}", self.template()) for n in range(4)]
        for ident in idents:
            self.wait(ident)
        listed = self.heat.stacks.list
        self.assertEqual(
            set(idents[:2]), {s.id for s in listed(filters={"id": idents[:2]})}
        )
        self.assertEqual([idents[3]], [s.id for s in listed(filters={"name": "s3"})])
        done = listed(filters={"status": "CREATE_COMPLETE"})
        self.assertEqual(4, len(list(done)))
        self.assertEqual([], list(listed(filters={"status": "CREATE_FAILED"})))
        first = next(iter(listed(limit=1)))
        rest = list(listed(marker=first.id))
        self.assertEqual(3, len(rest))

    def test_another_project_sees_nothing(self):
        ident = self.create("mine", self.template())
        other = self.heat_of("demo")
        self.assertEqual([], list(other.stacks.list()))
        self.assertRaises(heat_exc.HTTPNotFound, other.stacks.get, ident)
        self.assertRaises(heat_exc.HTTPNotFound, other.stacks.delete, ident)
        self.assertRaises(
            heat_exc.HTTPForbidden,
            other.stacks.create,
            stack_name="flavored",
            template=TWO_SERVERS,
        )

    def test_a_hundred_stacks_at_once(self):
        idents = [
            self.create(f"many{n}", self.template(a=test_resource()))
            for n in range(100)
        ]
        for ident in idents:
            self.assertEqual("CREATE_COMPLETE", self.wait(ident).stack_status)

    def test_a_redirect_keeps_the_query(self):
        ident = self.create("moved", self.template())
        endpoint = self.heat.http_client.get_endpoint()
        answer = requests.get(
            f"{endpoint}/stacks/moved?resolve_outputs=False",
            headers={"X-Auth-Token": self.token()},
            allow_redirects=False,
            timeout=10,
        )
        self.assertEqual(302, answer.status_code)
        self.assertEqual(
            f"{endpoint}/stacks/moved/{ident}?resolve_outputs=False",
            answer.headers["Location"],
        )
