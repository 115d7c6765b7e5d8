import datetime

import testtools

from tacker_lite import exceptions
from tacker_lite.conductor import scaling
from tacker_lite.db import query
from tacker_lite.tests.functional import scaled
from tacker_lite.tosca import loader
from tacker_lite.tosca.model import ScalingPolicy


class TestScaling(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.template = loader.load(scaled.VNFD, {})
        self.row = {"operation": None, "sizes": None, "cooldowns": None}

    def test_target(self):
        policy = ScalingPolicy("P", "t", increment=2, min_instances=1, max_instances=4)
        for actual, kind, expected in (
            (1, "out", 3), (3, "out", 4), (4, "out", 4), (4, "in", 2),
            (2, "in", 1), (1, "in", 1), (0, "out", 2), (0, "in", 1), (9, "out", 4),
        ):  # fmt: skip
            found = scaling.target(policy, actual, kind)
            self.assertEqual(expected, found, f"{actual} {kind}")

    def test_sizes_come_from_the_vim_the_row_or_the_descriptor(self):
        for told, kept, actual in (
            ({"SP1": 3}, {"SP1": 2}, 3),
            ({}, {"SP1": 2}, 2),
            ({}, None, 1),
        ):
            row = {**self.row, "sizes": kept}
            found = scaling.actual_sizes(self.template, row, told)
            self.assertEqual({"SP1": actual}, found)

    def test_a_change_survives_its_row(self):
        change = scaling.checked(self.template, "1", "SP1", "out")
        self.assertEqual(("scale_out", 60), (change.event, change.cooldown))
        row = {**self.row, "operation": scaling.stored([change])}
        self.assertEqual([change], scaling.changes_of(row))
        wanted = scaling.wanted_sizes(self.template, row, {"SP1": 1})
        self.assertEqual({"SP1": 2}, wanted)

    def test_refusals_name_what_there_is(self):
        for policy, kind, error, public_type in (
            ("nope", "out", exceptions.NotFound, "VnfPolicyNotFound"),
            # Monitored VDUs have policies of our own making: not the descriptor's.
            ("VDU1", "out", exceptions.NotFound, "VnfPolicyNotFound"),
            ("apart", "out", exceptions.InvalidInput, "VnfPolicyTypeInvalid"),
            ("SP1", "up", exceptions.InvalidInput, "VnfPolicyActionInvalid"),
            ("SP1", None, exceptions.InvalidInput, "VnfPolicyActionInvalid"),
        ):
            found = self.assertRaises(
                error, scaling.checked, self.template, "1", policy, kind
            )
            self.assertEqual(public_type, found.public_type)
            self.assertTrue("SP1" in found.message or "out" in found.message)

    def test_cooldowns(self):
        change = scaling.Change("SP1", "out", 60)
        row = {**self.row, "operation": scaling.stored([change])}
        row["cooldowns"] = scaling.cooldowns(row)
        self.assertTrue(scaling.is_cooling(row, "SP1"))
        self.assertFalse(scaling.is_cooling(row, "SP2"))
        passed = query.now() - datetime.timedelta(seconds=1)
        row["cooldowns"] = {"SP1": passed.isoformat()}
        self.assertFalse(scaling.is_cooling(row, "SP1"))
