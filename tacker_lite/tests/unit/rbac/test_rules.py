"""The default rules, by table."""

from __future__ import annotations

import tempfile

import testtools
from oslo_context import context
from oslo_policy import policy

from tacker_lite import conf as tacker_lite_conf
from tacker_lite import rbac

OWN = {"project_id": "p1"}
OTHER = {"project_id": "p2"}


class TestRules(testtools.TestCase):
    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        with open(f"{directory.name}/c.conf", "w", encoding="utf-8") as file:
            file.write("[oslo_policy]\npolicy_file = none.yaml\n")
        conf = tacker_lite_conf.new([], [f"{directory.name}/c.conf"])
        self.enforcer = rbac.get_enforcer(conf)

    def allows(self, rule, target, roles):
        caller = context.RequestContext(
            project_id="p1", roles=roles.split(), overwrite=False
        )
        return bool(self.enforcer.authorize(rule, target, caller))

    def test_reading_and_writing(self):
        for roles, target, read, write in (
            ("admin", OWN, True, True),
            ("admin", OTHER, True, True),
            ("member", OWN, True, True),
            ("member reader", OWN, True, True),
            ("reader", OWN, True, False),
            ("operator", OWN, True, True),
            ("member", OTHER, False, False),
            ("reader", OTHER, False, False),
        ):
            for noun in ("vim", "vnfd", "vnf"):
                for verb, expected in (
                    ("list", read),
                    ("show", read),
                    ("create", write),
                    ("update", write),
                    ("delete", write),
                ):
                    self.assertEqual(
                        expected,
                        self.allows(f"{noun}:{verb}", target, roles),
                        (roles, target, noun, verb),
                    )

    def test_others(self):
        for rule, roles, expected in (
            ("vnf:force_delete", "member", False),
            ("vnf:force_delete", "admin", True),
            ("vnf:resources", "reader", True),
            ("event:list", "reader", True),
            ("extension:list", "", True),
            ("context_is_admin", "member", False),
            ("context_is_admin", "admin", True),
        ):
            self.assertEqual(expected, self.allows(rule, OWN, roles), rule)

    def test_rules_are_documented_and_named_once(self):
        rules = rbac.list_rules()
        self.assertEqual(len(rules), len({rule.name for rule in rules}))
        for rule in rules:
            self.assertTrue(rule.description, rule.name)
            if ":" in rule.name:
                self.assertIsInstance(rule, policy.DocumentedRuleDefault)

    def test_a_rule_nobody_knows_is_an_error(self):
        caller = context.RequestContext(project_id="p1", overwrite=False)
        self.assertRaises(
            policy.PolicyNotRegistered, self.enforcer.authorize, "x:y", OWN, caller
        )
