import contextlib

import testtools

from tacker_lite.pop.stack.blueprint import StackIdentity, build, output_value
from tacker_lite.pop.stack.errors import StackValidationFailed, UserParameterMissing
from tacker_lite.pop.stack.intrinsics import FUNCTIONS
from tacker_lite.pop.stack.records import Definition

PARAMETERS = {
    "name": {"type": "string", "default": "web"},
    "count": {"type": "number", "default": 3},
    "on": {"type": "boolean", "default": True},
    "names": {"type": "comma_delimited_list", "default": "a,b"},
    "map": {"type": "json", "default": {"k": {"l": ["x", "y"]}}},
}


def accept(name, value):
    return ""


def value_of(snippet, version="2021-04-16", conditions=None, **given):
    template = {
        "heat_template_version": version,
        "parameters": PARAMETERS,
        "outputs": {"out": {"value": snippet}},
    }
    if conditions:
        template["conditions"] = conditions
    definition = Definition(template, {"f.sh": "echo hi"}, given)
    blueprint = build(definition, StackIdentity("id-1", "stack-1", "p-1"), accept)
    scope = blueprint.scope(lambda name: None, lambda name, path: None)
    return output_value(blueprint, scope, "out")


class FunctionTest(testtools.TestCase):
    def test_values(self):
        replace = {"template": "$a-$ab", "params": {"$a": 1, "$ab": [2]}}
        cases = [
            ({"get_param": "name"}, "web"),
            ({"get_param": ["map", "k", "l", 1]}, "y"),
            ({"get_param": "OS::stack_name"}, "stack-1"),
            ({"get_file": "f.sh"}, "echo hi"),
            ({"str_replace": replace}, "1-[2]"),
            ({"list_join": ["-", ["a", 1], {"get_param": "names"}]}, "a-1-a-b"),
            ({"str_split": [",", "a,b,c"]}, ["a", "b", "c"]),
            ({"str_split": [",", "a,b,c", 1]}, "b"),
            ({"map_merge": [{"a": 1, "b": 1}, {"b": 2}]}, {"a": 1, "b": 2}),
            (
                {
                    "repeat": {
                        "for_each": {"<n>": {"get_param": "names"}, "<i>": [1, 2]},
                        "template": {"x-<n>": "<i>"},
                    }
                },
                [{"x-a": 1}, {"x-a": 2}, {"x-b": 1}, {"x-b": 2}],
            ),
            (
                {
                    "repeat": {
                        "for_each": {"%a": ["1", "2"], "%b": ["3", "4"]},
                        "permutations": False,
                        "template": "%a%b",
                    }
                },
                ["13", "24"],
            ),
            ({"if": ["big", "yes", "no"]}, "yes"),
            ({"if": [{"not": "big"}, "yes", "no"]}, "no"),
            ({"if": [{"and": ["big", {"get_param": "on"}]}, 1, 2]}, 1),
            ({"if": [{"or": [{"not": "big"}, "big"]}, 1, 2]}, 1),
            ([1, {"if": [{"not": "big"}, 2]}, 3], [1, 3]),
        ]
        conditions = {"big": {"equals": [{"get_param": "count"}, 3]}}
        for snippet, wanted in cases:
            self.assertEqual(wanted, value_of(snippet, conditions=conditions), snippet)

    def test_values_of_later_versions(self):
        names = {"get_param": "names"}
        url = {"scheme": "http", "host": "::1", "port": 80, "path": "a b", "query": {}}
        cases = [
            ({"digest": ["md5", "x"]}, "9dd4e461268c8034f5c8564e155c67a6"),
            ({"make_url": url}, "http://[::1]:80/a%20b"),
            (
                {
                    "make_url": {
                        "scheme": "https",
                        "username": "u",
                        "password": "p/",
                        "host": "h",
                        "path": "/x",
                        "query": {"q": "1 2"},
                        "fragment": "f",
                    }
                },
                "https://u:p%2F@h/x?q=1+2#f",
            ),
            ({"list_concat": [names, ["b", "c"]]}, ["a", "b", "b", "c"]),
            ({"list_concat_unique": [names, ["b", "c"]]}, ["a", "b", "c"]),
            ({"filter": [["b"], names]}, ["a"]),
            ({"contains": ["a", names]}, True),
            ({"contains": ["web2", {"get_param": "name"}]}, False),
            (
                {"map_replace": [{"a": "x", "b": 2}, {"keys": {"a": "c"}}]},
                {"c": "x", "b": 2},
            ),
            (
                {"map_replace": [{"a": "x", "b": 2}, {"values": {"x": "y"}}]},
                {"a": "y", "b": 2},
            ),
            (
                {"repeat": {"for_each": {"%k": {"x": 1, "y": 2}}, "template": "%k"}},
                ["x", "y"],
            ),
            ({"yaql": {"expression": "$.data.len()", "data": names}}, 2),
            (
                {
                    "yaql": {
                        "expression": "dict($.data.select([$, 1]))",
                        "data": names,
                    }
                },
                {"a": 1, "b": 1},
            ),
        ]
        for snippet, wanted in cases:
            self.assertEqual(wanted, value_of(snippet), snippet)

    def test_values_of_the_first_version(self):
        members = [".member.0.Name=a", ".member.0.Value=1", ".member.1.Name=b"]
        cases = [
            ({"Ref": "name"}, "web"),
            ({"Ref": "OS::stack_name"}, "stack-1"),
            ({"Fn::Join": ["-", ["a", {"Ref": "count"}]]}, "a-3"),
            ({"Fn::Select": ["1", {"Ref": "names"}]}, "b"),
            ({"Fn::Select": [7, {"Ref": "names"}]}, ""),
            ({"Fn::Select": ["k", {"get_param": "map"}]}, {"l": ["x", "y"]}),
            ({"Fn::Split": [",", "a,b"]}, ["a", "b"]),
            ({"Fn::Replace": [{"$a": "b"}, "x$a"]}, "xb"),
            ({"Fn::Base64": "text"}, "text"),
            ({"Fn::GetAZs": ""}, ["nova"]),
            ({"Fn::MemberListToMap": ["Name", "Value", members]}, {"a": "1"}),
        ]
        for snippet, wanted in cases:
            self.assertEqual(wanted, value_of(snippet, "2013-05-23"), snippet)

    def test_refusals_name_what_is_wrong(self):
        cases = [
            ({"Fn::Magic": ""}, "2013-05-23", "Fn::Magic is not supported"),
            ({"Fn::GetAZs": ""}, "2014-10-16", "the versions before 2014-10-16 only"),
            ({"Ref": "name"}, "rocky", "the versions before 2014-10-16 only"),
            ({"get_magic": "x"}, "rocky", "get_magic is not supported"),
            ({"str_split": [",", "a"]}, "2013-05-23", "str_split is not available"),
            ({"Fn::Select": [0, []]}, "pike", "the versions before 2015-10-15 only"),
            ({"digest": ["md4711", "x"]}, "pike", "Algorithm must be one of"),
            ({"digest": ["md5", "x"]}, "2014-10-16", "it is from 2015-04-30"),
            ({"make_url": {"port": 0}}, "pike", "must be in range 1-65535"),
            ({"make_url": {"colour": "x"}}, "pike", "unknown: colour"),
            ({"list_concat": [["a"], "b"]}, "pike", "every argument must be a list"),
            ({"contains": ["a", 5]}, "pike", "must be a list, a map or a string"),
            ({"filter": ["a", ["a"]]}, "ocata", "two lists are expected"),
            (
                {"map_replace": [{"a": 1, "b": 2}, {"keys": {"a": "b"}}]},
                "pike",
                "b col",
            ),
            ({"map_replace": [{}, {"colour": {}}]}, "pike", "with keys and values"),
            ({"yaql": {"expression": "$.x(", "data": {}}}, "pike", "YaqlGrammar"),
            ({"yaql": {"expression": "x"}}, "pike", "missing or unknown: data"),
            ({"resource_facade": "colour"}, "pike", "one of deletion_policy"),
            ({"resource_facade": "metadata"}, "pike", "is no resource of another"),
            (
                {"str_replace": {"template": "$a", "params": {"$a": [1]}}},
                "2014-10-16",
                "is a list or map",
            ),
            (
                {"str_replace_vstrict": {"template": "$a", "params": {"$a": ""}}},
                "pike",
                "without a value: $a",
            ),
            (
                {"repeat": {"for_each": {"%a": {"k": 1}}, "template": "%a"}},
                "2016-04-08",
                "for_each.%a must be a list",
            ),
            ({"str_replace": {"template": "x"}}, "pike", "missing or unknown: params"),
            ({"list_join": [","]}, "pike", "a list of 2 to 1000 arguments"),
            ({"get_file": "absent"}, "pike", "absent"),
            ({"get_resource": "absent"}, "pike", '"absent" (in outputs.out.value)'),
            ({"if": ["absent", 1, 2]}, "pike", 'Invalid condition "absent"'),
            ({"if": [True, 1]}, "pike", "a third argument"),
        ]
        for snippet, version, message in cases:
            error = self.assertRaises(StackValidationFailed, value_of, snippet, version)
            self.assertIn(message, str(error))
        error = self.assertRaises(
            UserParameterMissing, value_of, {"get_param": "absent"}
        )
        self.assertIn("The Parameter (absent) was not provided", str(error))

    def test_arguments_that_a_function_gives_are_checked_too(self):
        given = [{"get_param": name} for name in (*PARAMETERS, "OS::stack_id")]
        for version, functions in (
            ("2021-04-16", [n for n, f in FUNCTIONS.items() if f.keys or f.length]),
            ("2013-05-23", [n for n in FUNCTIONS if n.startswith("Fn::")]),
        ):
            for name in functions:
                for args in given:
                    with contextlib.suppress(StackValidationFailed):
                        value_of({name: args}, version)
        error = self.assertRaises(
            StackValidationFailed, value_of, {"str_replace": {"get_param": "map"}}
        )
        self.assertIn("missing or unknown: k, params, template", str(error))

    def test_keys_and_indexes_of_any_kind(self):
        infinite = float("inf")
        for snippet, wanted in (
            ({"get_param": ["map", ["k"]]}, None),
            ({"get_param": ["map", "k", "l", infinite]}, None),
            ({"contains": [[1], {"get_param": "map"}]}, False),
            (
                {"repeat": {"for_each": {"%k": [["a"]]}, "template": {"%k": 1}}},
                [{'["a"]': 1}],
            ),
        ):
            self.assertEqual(wanted, value_of(snippet), snippet)
        for snippet in (
            {"str_split": [",", "a", infinite]},
            {"repeat": {"for_each": {c: [1] * 100 for c in "abc"}, "template": "a"}},
            {"map_replace": [{"a": 1}, {"keys": {"a": [1]}}]},
            {"make_url": {"host": "h", "port": "\u00b2"}},
        ):
            self.assertRaises(StackValidationFailed, value_of, snippet)
        for index in ([1], infinite):
            snippet = {"Fn::Select": [index, {"get_param": "names"}]}
            self.assertRaises(StackValidationFailed, value_of, snippet, "2013-05-23")

    def test_conditions_may_not_go_round(self):
        error = self.assertRaises(
            StackValidationFailed,
            value_of,
            1,
            conditions={"a": {"not": "b"}, "b": {"not": "a"}},
        )
        self.assertIn("Circular definition for condition: a -> b -> a", str(error))


class ParameterTest(testtools.TestCase):
    def test_constraints(self):
        cases = [
            ("string", {"length": {"min": 2}}, "x", "length (1) is out of range"),
            ("number", {"range": {"max": 5}}, "6", "6 is out of range"),
            ("number", {"modulo": {"step": 2}}, 3, "3 is not a multiple of 2"),
            ("string", {"allowed_values": ["a"]}, "b", '"b" is not an allowed value'),
            ("string", {"allowed_pattern": "[a-z]+"}, "A", "does not match pattern"),
            ("number", None, "many", "'many' is not a number"),
            ("boolean", None, "maybe", "'maybe' is not a valid boolean"),
            ("json", None, "{", "must be valid JSON"),
        ]
        for kind, constraint, value, message in cases:
            self.assertIn(message, str(self.refused(kind, constraint, value)))

    def test_a_hidden_value_is_never_told(self):
        error = self.refused("string", {"allowed_values": ["a"]}, "s3cret", True)
        self.assertNotIn("s3cret", str(error))
        self.assertIn("Parameter 'p' is invalid", str(error))

    def refused(self, kind, constraint, value, hidden=False):
        declared = {"type": kind, "hidden": hidden}
        if constraint:
            declared["constraints"] = [constraint]
        template = {"heat_template_version": "rocky", "parameters": {"p": declared}}
        definition = Definition(template, parameters={"p": value})
        identity = StackIdentity("i", "n", "p")
        return self.assertRaises(
            StackValidationFailed, build, definition, identity, accept
        )

    def test_an_undeclared_parameter_is_refused(self):
        error = self.assertRaises(StackValidationFailed, value_of, 1, colour="red")
        self.assertEqual(
            "The Parameter (colour) was not defined in template.", str(error)
        )
