"""The configurations of routers that are shipped suit the router that is shipped."""

import pathlib

import testtools
import yaml

from tacker_lite import conf, mgmt
from tacker_lite.mgmt import openwrt
from tacker_lite.tosca import loader

SAMPLES = pathlib.Path(__file__).parents[4] / "samples" / "vnfd"


class TestSamples(testtools.TestCase):
    def test_every_service_has_one(self):
        text = (SAMPLES / "openwrt.yaml").read_text("utf-8")
        template = loader.load(loader.read(text, "openwrt.yaml"))
        names = [vdu.name for vdu in template.vdus]
        driver = mgmt.load(conf.new([], []), "openwrt")
        shown, several = set(), 0

        for path in sorted((SAMPLES / "config").glob("*.yaml")):
            config = yaml.safe_load(path.read_text("utf-8"))
            driver.check(config, names)
            services = config["vdus"]["VDU1"]["config"]
            for service, uci in services.items():
                self.assertEqual(f"package {service}", uci.splitlines()[0], path.name)
            shown.update(services)
            several += len(services) > 1

        self.assertEqual(set(openwrt.INIT_SCRIPTS), shown)
        self.assertEqual(1, several)
