"""Service function chaining, quotas and routes by the stock command."""

from tacker_lite.tests.functional.pop.lab_server import LabCase
from tacker_lite.tests.functional.pop.stock_client import OpenStack


class ChainCommandsTest(LabCase):
    def setUp(self):
        super().setUp()
        self.demo = OpenStack(self.server.credentials("demo"))
        self.admin = OpenStack(self.server.credentials("admin"))

    def test_chains(self):
        demo = self.demo
        network = self.sdk("demo").network
        place = {"network_id": network.find_network("net_mgmt").id}
        network.create_port(name="source", **place)
        for number in (1, 2):
            for side in ("in", "out"):
                name, device = f"{side}{number}", f"server{number}"
                network.create_port(name=name, device_id=device, **place)
            demo.run(
                f"sfc port pair create --ingress in{number} --egress out{number} "
                f"--service-function-parameters weight={number} pair{number}"
            )
        group = demo.read("sfc port pair group create --port-pair pair1 hop1")
        self.assertEqual(1, len(group["Port Pair"]))
        demo.run("sfc port pair group create hop2")
        demo.run("sfc port pair group set --port-pair pair2 hop2")
        demo.run(
            "sfc flow classifier create --ethertype IPv4 --protocol tcp "
            "--source-ip-prefix 10.1.0.0/24 --destination-port 80:90 "
            "--logical-source-port source web"
        )
        shown = demo.read("sfc flow classifier show web")
        self.assertIn("80", str(shown["Summary"]) + str(shown))
        chain = demo.read(
            "sfc port chain create --port-pair-group hop1 --flow-classifier web "
            "--chain-parameters symmetric=false way"
        )
        self.assertFalse(chain["Chain Parameters"]["symmetric"])
        demo.run("sfc port chain set --port-pair-group hop2 way")
        (path,) = self.server.lab.runtime.chains.paths["pop1"]
        self.assertEqual([1, 2], [hop[0].weight for hop in path.hops])
        demo.run("sfc port chain set --description led way")
        shown = demo.read("sfc port chain show way")
        self.assertEqual("led", shown["Description"])
        self.assertEqual(2, len(shown["Port Pair Groups"]))
        names = {
            "port pair": {"pair1", "pair2"},
            "port pair group": {"hop1", "hop2"},
            "flow classifier": {"web"},
            "port chain": {"way"},
        }
        for kind, wanted in names.items():
            listed = demo.read(f"sfc {kind} list")
            self.assertEqual(wanted, {row["Name"] for row in listed})
        self.assertIn("in use", demo.run("sfc port pair delete pair1", fails=True))
        demo.run("sfc port chain unset --port-pair-group hop2 way")
        demo.run("sfc port chain delete way")
        self.assertEqual((), self.server.lab.runtime.chains.paths["pop1"])
        demo.run("sfc flow classifier delete web")
        demo.run("sfc port pair group delete hop1 hop2")
        demo.run("sfc port pair delete pair1 pair2")
        self.assertEqual([], demo.read("sfc port chain list"))

    def test_quotas(self):
        self.admin.run("quota set --networks 1 demo")
        self.demo.run("network create one")
        refusal = self.demo.run("network create two", fails=True)
        self.assertIn("Quota exceeded for resources: ['network']", refusal)
        shown = self.demo.read("quota show")
        limits = {row["Resource"]: row["Limit"] for row in shown}
        self.assertEqual(1, limits["networks"])
        used = self.admin.read("quota show --usage --network demo")
        counts = {row["Resource"]: row["In Use"] for row in used}
        self.assertEqual(1, counts["networks"])
        self.assertIn("403", self.demo.run("quota set --networks 9 demo", fails=True))
        self.admin.run("quota delete --network demo")
        self.demo.run("network create two")

    def test_routes(self):
        demo = self.demo
        demo.run("network create inner")
        demo.run("subnet create --network inner --subnet-range 10.9.0.0/24 sub")
        demo.run("router create r")
        demo.run("router add subnet r sub")
        route = "--route destination=10.50.0.0/24,gateway=10.9.0.9"
        demo.run(f"router add route {route} r")
        demo.run("router set --route destination=10.51.0.0/24,gateway=10.9.0.9 r")
        shown = demo.read("router show r")["routes"]
        ways = {row["destination"] for row in shown}
        self.assertEqual({"10.50.0.0/24", "10.51.0.0/24"}, ways)
        refusal = demo.run("router remove subnet r sub", fails=True)
        self.assertIn("required by one or more routes", refusal)
        demo.run(f"router remove route {route} r")
        demo.run("router unset --route destination=10.51.0.0/24,gateway=10.9.0.9 r")
        demo.run("router remove subnet r sub")
        self.assertEqual([], self.admin.read("network agent list"))
        aliases = {row["Alias"] for row in self.admin.read("extension list --network")}
        self.assertLessEqual(
            {"sfc", "flow_classifier", "quotas", "extraroute", "port-security"}, aliases
        )
