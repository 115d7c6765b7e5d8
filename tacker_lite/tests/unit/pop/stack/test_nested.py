import dataclasses
import tempfile
import time

import testtools
import yaml

from tacker_lite.pop import errors
from tacker_lite.pop.stack.errors import StackValidationFailed
from tacker_lite.pop.stack.requests import read_request
from tacker_lite.pop.stack.resources.scaling import adjusted
from tacker_lite.tests.unit.pop.stack import labs


def unit(**tester):
    """A template of a network and a resource that takes its time or fails as told."""
    return yaml.safe_dump(
        {
            "heat_template_version": "2018-08-31",
            "parameters": {"word": {"type": "string", "default": "none"}},
            "conditions": {"said": {"not": {"equals": [{"get_param": "word"}, ""]}}},
            "resources": {
                "net": {"type": "OS::Neutron::Net", "condition": "said"},
                "tester": {"type": "OS::Heat::TestResource", "properties": tester},
            },
            "outputs": {"word": {"value": {"get_param": "word"}}},
        }
    )


def scaled(**properties):
    wanted = {
        "min_size": 0,
        "max_size": 5,
        "resource": {"type": "unit.yaml"},
        **properties,
    }
    policy = {
        "auto_scaling_group_id": {"get_resource": "group"},
        "adjustment_type": "change_in_capacity",
        "scaling_adjustment": 1,
    }
    return {
        "heat_template_version": "2018-08-31",
        "resources": {
            "group": {"type": "OS::Heat::AutoScalingGroup", "properties": wanted},
            "policy": {"type": "OS::Heat::ScalingPolicy", "properties": policy},
        },
        "outputs": {"names": {"value": {"get_attr": ["group", "refs_map"]}}},
    }


class AdjustedTest(testtools.TestCase):
    def test_sizes(self):
        percent = "percent_change_in_capacity"
        for size, kind, change, step, wanted in (
            (2, "change_in_capacity", 1, None, 3),
            (2, "change_in_capacity", -3, None, -1),
            (2, "exact_capacity", 5, None, 5),
            (4, percent, 50, None, 6),
            (5, percent, 50, None, 7),
            (5, percent, -50, None, 3),
            (2, percent, 10, None, 3),
            (2, percent, -10, None, 1),
            (10, percent, 10, 4, 14),
            (10, percent, -10, 4, 6),
            (0, percent, 50, 3, 0),
        ):
            properties = {
                "adjustment_type": kind,
                "scaling_adjustment": change,
                "min_adjustment_step": step,
            }
            found = adjusted(size, properties)
            self.assertEqual(wanted, found, (size, properties))


class NestedTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory(prefix="stacks-")
        self.addCleanup(directory.cleanup)
        lab = labs.open_lab(directory.name)
        self.addCleanup(lab.close)
        self.cloud = lab.clouds["pop1"]
        self.stacks = self.cloud.stacks
        self.before = labs.census(self.cloud)["networks"]

    def begin(self, template, **tester):
        files = {"unit.yaml": unit(**tester)}
        return labs.begin(self.cloud, "web", template, files=files)

    def change(self, stack, template, **fields):
        files = {"unit.yaml": unit(**fields.pop("tester", {}))}
        labs.change(self.cloud, stack, template, files=files, **fields)
        return self.settled()

    def settled(self):
        return labs.settled(self.cloud)[0]

    def members(self, stack):
        (output,) = self.stacks.outputs(stack)
        self.assertEqual(len(output["output_value"]), self.networks())
        return list(output["output_value"])

    def networks(self):
        return labs.census(self.cloud)["networks"] - self.before

    def nested(self):
        stacks = self.stacks.list_stacks(None, nested=True)
        return [stack for stack in stacks if stack.outer_id]

    def test_an_update_that_fails_goes_back_to_the_former_size(self):
        stack = self.begin(scaled(desired_capacity=2))
        self.settled()
        wanted = scaled(desired_capacity=3)
        stack = self.change(
            stack, wanted, tester={"fail": True}, disable_rollback=False
        )
        self.assertEqual("ROLLBACK_COMPLETE", stack.state, stack.reason)
        self.assertIn("Test Resource failed", stack.reason)
        self.assertEqual(2, len(self.members(stack)))

    def test_a_failed_update_is_repeated_with_a_unit_that_works(self):
        stack = self.begin(scaled(desired_capacity=2))
        before = self.members(self.settled())
        stack = self.change(
            stack, scaled(desired_capacity=3), tester={"fail": True, "value": "x"}
        )
        self.assertEqual("UPDATE_FAILED", stack.state)
        stack = self.change(stack, scaled(desired_capacity=3))
        self.assertEqual("UPDATE_COMPLETE", stack.state, stack.reason)
        self.assertEqual(3, len(self.members(stack)))
        self.assertLessEqual(set(before) & set(self.members(stack)), set(before))

    def test_a_stack_is_deleted_while_its_group_is_being_made(self):
        stack = self.begin(scaled(desired_capacity=2), wait_secs=60)
        self.wait_for(lambda: self.networks() == 2)
        self.stacks.delete(stack)
        self.assertEqual([], labs.settled(self.cloud))
        self.assertEqual(0, self.networks())
        self.assertEqual([], self.nested())

    def wait_for(self, condition):
        end = time.monotonic() + 20
        while not condition():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.005)

    def test_what_is_nested_ends_with_the_time_of_its_outer_stack(self):
        request = read_request(
            {
                "stack_name": "late",
                "template": scaled(desired_capacity=1),
                "files": {"unit.yaml": unit(wait_secs=60)},
            }
        )
        request = dataclasses.replace(request, timeout_mins=0.02)
        self.stacks.create(labs.owner_in(self.cloud), request)
        stack = self.settled()
        self.assertEqual("CREATE_FAILED", stack.state)
        self.assertIn("timed out", stack.reason)
        states = {one.state for one in self.nested()}
        self.assertEqual({"CREATE_FAILED"}, states)

    def test_a_cancelled_resize_goes_back(self):
        stack = self.begin(scaled(desired_capacity=1))
        self.settled()
        files = {"unit.yaml": unit(wait_secs=60)}
        wanted = scaled(desired_capacity=3)
        labs.change(self.cloud, stack, wanted, files=files)
        self.wait_for(lambda: self.networks() == 3)
        self.stacks.act(stack, "cancel_update")
        stack = self.settled()
        self.assertEqual("ROLLBACK_COMPLETE", stack.state, stack.reason)
        self.assertEqual(1, len(self.members(stack)))

    def test_a_signal_is_ignored_while_the_group_changes(self):
        stack = self.begin(scaled(desired_capacity=1))
        self.settled()
        with self.cloud.lock:
            for _ in range(2):
                self.stacks.signal(stack, "policy", None)
        self.settled()
        self.assertEqual(2, len(self.members(stack)))

    def test_only_the_largest_size_empties_a_group(self):
        stack = self.begin(scaled(desired_capacity=2))
        self.settled()
        stack = self.change(stack, scaled(desired_capacity=0))
        self.assertEqual(2, len(self.members(stack)))
        stack = self.change(stack, scaled(desired_capacity=0, max_size=0))
        self.assertEqual([], self.members(stack))

    def test_a_group_starts_with_its_smallest_size(self):
        stack = self.begin(scaled(min_size=2))
        self.settled()
        self.assertEqual(2, len(self.members(stack)))

    def test_a_value_known_later_is_let_through(self):
        template = scaled(
            desired_capacity=1,
            resource={
                "type": "unit.yaml",
                "properties": {"word": {"get_attr": ["text", "output"]}},
            },
        )
        template["resources"]["text"] = {"type": "OS::Heat::TestResource"}
        template["outputs"] = {
            "words": {"value": {"get_attr": ["group", "outputs_list", "word"]}}
        }
        self.begin(template)
        stack = self.settled()
        self.assertEqual("CREATE_COMPLETE", stack.state, stack.reason)
        (output,) = self.stacks.outputs(stack)
        self.assertEqual(["test_string"], output["output_value"])

    def test_a_template_is_checked_without_values(self):
        template = scaled(desired_capacity={"get_param": "size"})
        template["parameters"] = {"size": {"type": "number"}}
        request = read_request({"template": template, "files": {"unit.yaml": unit()}})
        shown = self.stacks.validate(labs.owner_in(self.cloud), request)
        self.assertEqual(["size"], list(shown["Parameters"]))

    def test_what_is_nested_needs_the_same_rights(self):
        owner = dataclasses.replace(labs.owner_in(self.cloud), is_admin=False)
        inner = {
            "heat_template_version": "2018-08-31",
            "resources": {
                "size": {
                    "type": "OS::Nova::Flavor",
                    "properties": {"ram": 64, "vcpus": 1},
                }
            },
        }
        request = read_request(
            {
                "stack_name": "flavors",
                "template": scaled(),
                "files": {"unit.yaml": yaml.safe_dump(inner)},
            }
        )
        error = self.assertRaises(errors.Forbidden, self.stacks.create, owner, request)
        self.assertIn("only an administrator is", str(error))
        self.assertEqual([], self.stacks.list_stacks(None))

    def test_stacks_that_multiply_are_refused_in_time(self):
        files = {}
        for number in range(5):
            resource = {"type": f"{number + 1}.yaml"}
            files[f"{number}.yaml"] = yaml.safe_dump(
                {
                    "heat_template_version": "2018-08-31",
                    "resources": {f"r{n}": resource for n in range(100)},
                }
            )
        files["5.yaml"] = "heat_template_version: 2018-08-31"
        template = {
            "heat_template_version": "2018-08-31",
            "resources": {"all": {"type": "1.yaml"}},
        }
        begin = time.monotonic()
        error = self.assertRaises(
            StackValidationFailed, labs.begin, self.cloud, "all", template, files=files
        )
        self.assertIn("Maximum resources per stack exceeded", str(error))
        self.assertLess(time.monotonic() - begin, 20)

    def test_a_group_without_measure_is_refused(self):
        stack = self.begin(scaled(min_size=10**9, max_size=10**9))
        stack = self.settled()
        self.assertEqual("CREATE_FAILED", stack.state)
        self.assertIn("at most 5000 members", stack.reason)
        resource_def = {"type": "OS::Heat::Value", "properties": {"value": 1}}
        wanted = {"count": 10**9, "resource_def": resource_def}
        group = {"type": "OS::Heat::ResourceGroup", "properties": wanted}
        template = {"heat_template_version": "2018-08-31", "resources": {"g": group}}
        error = self.assertRaises(
            StackValidationFailed, labs.begin, self.cloud, "counted", template
        )
        self.assertIn("at most 5000 members", str(error))
