import testtools

from tacker_lite import conf
from tacker_lite.conductor import webhooks
from tacker_lite.tosca import model

VNF = "01234567-89ab-4def-8123-456789abcdef"
PROJECT = "0f0e0d"
SCALING = model.ScalingPolicy("tier-1", "tosca.policies.tacker.Scaling", ("VDU1",))


def template(operator=None, actions=("tier-1",)):
    """One whose trigger ``busy`` compares in a way."""
    condition = {"threshold": 70}
    if operator:
        condition["comparison_operator"] = operator
    trigger = model.Trigger("busy", "cpu_util", "G", condition, actions)
    alarming = model.AlarmingPolicy(
        "watch", "tosca.policies.tacker.Alarming", triggers=(trigger,)
    )
    return model.VnfTemplate("a", "", {}, policies=(SCALING, alarming))


class TestDirection(testtools.TestCase):
    def test_the_comparison_says_which_way(self):
        for operator, expected in (
            ("gt", "tier-1-out"),
            ("ge", "tier-1-out"),
            ("lt", "tier-1-in"),
            ("le", "tier-1-in"),
        ):
            found = dict(webhooks.triggers(template(operator), PROJECT))
            self.assertEqual({"busy": (expected,)}, found)

    def test_other_actions_have_no_direction(self):
        given = template("gt", ("log", "tier-1", "respawn"))

        found = dict(webhooks.triggers(given, PROJECT))

        self.assertEqual(("log", "tier-1-out", "respawn"), found["busy"])


class TestUrl(testtools.TestCase):
    def test_no_raw_percent_sign(self):
        settings = conf.new([], [])
        settings.set_override("host", "nfvo.example", group="alarm")
        given = template("gt", ("log", "tier-1"))

        found = webhooks.make(settings, VNF, PROJECT, given)["busy"]

        start, key = found.rsplit("/", 1)
        self.assertEqual(
            f"http://nfvo.example:9890/v1.0/vnfs/{VNF}/busy/log%25tier-1-out", start
        )
        self.assertEqual(8, len(key))

    def test_keys_differ(self):
        self.assertEqual(500, len({webhooks.new_key() for _ in range(500)}))
