import copy

import testtools

from tacker_lite import conf as tacker_lite_conf
from tacker_lite.conductor.drivers import Drivers
from tacker_lite.conductor.vnfd import Vnfds
from tacker_lite.tests.functional.conductor_fixture import DESCRIPTOR


class TestCheck(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.vnfds = Vnfds(Drivers(tacker_lite_conf.new([], [])))
        self.vnfd = copy.deepcopy(DESCRIPTOR)
        self.nodes = self.vnfd["topology_template"]["node_templates"]

    def test_a_good_one(self):
        found = self.vnfds.check({"vnfd": self.vnfd, "param_values": {"image": "a"}})
        self.assertEqual([], found["problems"])
        self.assertIn("OS::Nova::Server", found["documents"]["heat_template"])

    def test_what_the_loader_finds(self):
        self.nodes["VDU1"]["properties"]["imagee"] = "x"
        self.nodes["CP1"]["properties"]["ordr"] = 1
        found = self.vnfds.check({"vnfd": self.vnfd})
        self.assertEqual({}, found["documents"])
        self.assertEqual({"VDU1", "CP1"}, {each["node"] for each in found["problems"]})
        for each in found["problems"]:
            self.assertEqual("topology_template", each["path"][0])
            self.assertEqual((0, "ToscaParserFailed"), (each["line"], each["type"]))

    def test_what_the_vim_driver_finds(self):
        self.nodes["CP1"]["properties"] |= {
            "anti_spoofing_protection": False,
            "security_groups": ["default"],
        }
        found = self.vnfds.check({"vnfd": self.vnfd})
        self.assertEqual({}, found["documents"])
        self.assertIn("security_groups", found["problems"][0]["reason"])

    def test_parameters_that_are_none(self):
        found = self.vnfds.check({"vnfd": self.vnfd, "param_values": "[a]"})
        (problem,) = found["problems"]
        self.assertEqual("InvalidAPIAttributeType", problem["type"])
        found = self.vnfds.check({"vnfd": self.vnfd, "param_values": {"imge": "a"}})
        (problem,) = found["problems"]
        self.assertIn("imge", problem["reason"])
