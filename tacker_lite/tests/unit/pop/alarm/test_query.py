"""The query language of alarms."""

import json

import testtools

from tacker_lite.pop.alarm import query

ROW = {"server_group": "SG1", "vcpus": 2, "name": "web-1"}
NAMES = tuple(ROW)


def holds(wanted):
    return query.parse(json.dumps(wanted), NAMES)(ROW)


class QueryTest(testtools.TestCase):
    def test_operators(self):
        for wanted in (
            {"=": {"server_group": "SG1"}},
            {"eq": {"server_group": "SG1"}},
            {"!=": {"server_group": "SG2"}},
            {"in": {"server_group": ["SG0", "SG1"]}},
            {"like": {"name": "web%"}},
            {"like": {"name": "web-_"}},
            {">=": {"vcpus": 2}},
            {"and": [{"<": {"vcpus": 3}}, {">": {"vcpus": 1}}]},
            {"or": [{"=": {"vcpus": 9}}, {"not": {"=": {"vcpus": 9}}}]},
        ):
            self.assertTrue(holds(wanted), wanted)

    def test_what_does_not_hold(self):
        for wanted in (
            {"=": {"server_group": "sg1"}},
            {"like": {"name": "eb%"}},
            {"<": {"vcpus": "three"}},
            {"and": [{"=": {"vcpus": 2}}, {"=": {"vcpus": 3}}]},
            {"or": []},
        ):
            self.assertFalse(holds(wanted), wanted)

    def test_what_is_wrong_is_named(self):
        for wanted, text in (
            ("x", "an object of one operator"),
            ({"=": {"colour": 1}}, "asks for colour; instances have server_group"),
            ({"~": {"name": 1}}, "not offered: ~"),
            ({"and": {"=": {"name": 1}}}, "takes a list"),
            ({"=": {"name": 1, "vcpus": 2}}, "takes one attribute"),
            ({"in": {"name": "web"}}, "takes a list of values"),
        ):
            error = self.assertRaises(ValueError, holds, wanted)
            self.assertIn(text, str(error))
