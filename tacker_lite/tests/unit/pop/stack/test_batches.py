"""Groups change a few members at a time."""

from tacker_lite.pop.stack.errors import StackValidationFailed
from tacker_lite.pop.stack.resources.batches import Batches
from tacker_lite.tests.unit.pop.stack import labs
from tacker_lite.tests.unit.pop.stack.test_types import StackLab


def walk(batches, present, wanted):
    """The sizes of a group on its way, and how many changed each time."""
    steps = []
    while present != wanted:
        coming = batches.next(present, wanted)
        changed = sum(present.get(n) != d for n, d in coming.items())
        steps.append((len(coming), changed))
        present = coming
    return steps


def group(value, size=4, policy=None, **properties):
    group = {
        "type": "OS::Heat::ResourceGroup",
        "properties": {
            "count": size,
            "resource_def": {
                "type": "OS::Heat::TestResource",
                "properties": {"value": value},
            },
            **properties,
        },
    }
    return {**group, "update_policy": policy} if policy else group


class BatchesTest(StackLab):
    old = dict.fromkeys("abcde", 1)
    new = dict.fromkeys("abcde", 2)

    def test_batches(self):
        cases = [
            (Batches(2), self.old, self.new, [(5, 2), (5, 2), (5, 1)]),
            (Batches(9), self.old, self.new, [(5, 5)]),
            (Batches(2), {}, self.new, [(2, 2), (4, 2), (5, 1)]),
            # One helper comes first, and goes with the last batch.
            (Batches(2, 4), self.old, self.new, [(6, 1), (6, 2), (6, 2), (5, 1)]),
            (Batches(2), self.old, {"a": 2}, [(1, 1)]),
        ]
        for batches, present, wanted, steps in cases:
            self.assertEqual(steps, walk(batches, present, wanted))

    def updates(self, stack):
        """How often the group's stack was updated, and its members."""
        stack = self.stacks.get_stack(None, stack.id)
        inner = self.stacks.get_nested(self.stacks.get_resource(stack, "group"))
        events = self.stacks.list_events(inner)
        ended = [e for e in events if e.state == "UPDATE_COMPLETE"]
        whole = [e for e in ended if e.resource_name == inner.name]
        return len(whole), len(ended) - len(whole)

    def test_a_group_is_made_and_changed_in_batches(self):
        policy = {
            "batch_create": {"max_batch_size": 3},
            "rolling_update": {"max_batch_size": 2, "pause_time": 0.05},
        }
        outputs = {"all": {"get_attr": ["group", "output"]}}
        made = group("one", policy=policy)
        stack = self.make(self.template(outputs, group=made))
        self.assertEqual((1, 0), self.updates(stack))
        wanted = group("two", policy=policy)
        stack = self.change(stack, self.template(outputs, group=wanted))
        self.assertEqual((3, 4), self.updates(stack))
        self.assertEqual(["two"] * 4, self.outputs(stack)["all"])

    def test_pauses_must_fit_in_the_time_there_is(self):
        policy = {"batch_create": {"pause_time": 100}}
        made = group("one", policy=policy)
        template = self.template(group=made)
        stack = self.make(template, "CREATE_FAILED", timeout_mins=1)
        self.assertIn("will result in stack update timeout", stack.reason)

    def test_only_groups_have_update_policies(self):
        net = {"type": "OS::Neutron::Net", "update_policy": {"rolling_update": {}}}
        error = self.assertRaises(
            StackValidationFailed, labs.begin, self.cloud, "s", self.template(net=net)
        )
        self.assertIn("Unknown Property rolling_update", str(error))

    def test_a_scaling_group_changes_one_by_one_unless_told(self):
        def template(value, **policy):
            group = {
                "type": "OS::Heat::AutoScalingGroup",
                "properties": {
                    "min_size": 1,
                    "max_size": 4,
                    "desired_capacity": 3,
                    "resource": {
                        "type": "OS::Heat::TestResource",
                        "properties": {"value": value},
                    },
                },
            }
            if policy:
                group["properties"]["rolling_updates"] = policy
            return self.template({"all": {"get_attr": ["group", "refs"]}}, group=group)

        stack = self.make(template("one"))
        before = self.names(stack)
        stack = self.change(stack, template("two"))
        self.assertEqual((3, 3), self.updates(stack))
        self.assertEqual(before, self.names(stack))
        stack = self.change(
            stack, template("three", max_batch_size=3, min_in_service=2)
        )
        # Two helpers, then the rest in one batch.
        self.assertEqual((5, 6), self.updates(stack))
        self.assertEqual(before, self.names(stack))


class RemovalTest(StackLab):
    def test_members_named_go_and_their_numbers_are_not_used_again(self):
        def template(size, *entries, mode="append"):
            policies = [{"resource_list": list(entries)}]
            more = {"removal_policies": policies, "removal_policies_mode": mode}
            outputs = {
                "refs": {"get_attr": ["group", "refs_map"]},
                "removed": {"get_attr": ["group", "removed_rsrc_list"]},
            }
            return self.template(outputs, group=group("v", size, **more))

        stack = self.make(template(3, "0"))
        self.assertEqual(["0", "1", "2"], self.names(stack))
        reference = self.outputs(stack)["refs"]["1"]
        stack = self.change(stack, template(2, reference))
        self.assertEqual(["0", "2"], self.names(stack))
        stack = self.change(stack, template(3, "0", "77"))
        self.assertEqual(["2", "3", "4"], self.names(stack))
        self.assertEqual(["1", "0"], self.outputs(stack)["removed"])
        stack = self.change(stack, template(2, "0", mode="update"))
        self.assertEqual(["1", "2"], self.names(stack))
