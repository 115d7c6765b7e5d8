"""What was wrong in an older emulator of clouds, and is not in a lab.

One test for each lesson, through the APIs as clients use them.  Where real packets
have to show it, ``tests/functional/pop/test_chains.py`` does.
"""

import threading
import time

import testtools

from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.runtime.simulated import SimulatedRuntime
from tacker_lite.tests.unit.pop.faces.openstack.api_client import ApiClient
from tacker_lite.tests.unit.pop.open_lab import TIMEOUT, OpenLab

TOPOLOGY = """
name: unit
quotas: {demo: {instances: 6}}
flavors: [{name: of-the-file, vcpus: 1, ram_mib: 64, disk_gib: 1}]
capacity: {vcpus: 8, ram_mib: 8192, disk_gib: 100}
pops:
  - name: pop1
    networks: [{name: net0, cidr: 10.1.0.0/24}]
  - name: pop2
    networks: [{name: net0, cidr: 10.2.0.0/24}]
"""
#: Ports of a chain by name, with whose they are.
PORTS = {"from": "client", "a": "one", "b": "one", "c": "two", "d": "two"}


class SlowRuntime(SimulatedRuntime):
    """Starts servers when it is let, and never one called ``broken``."""

    def __init__(self, lab, directory):
        super().__init__(lab, directory)
        self.starting = threading.Event()
        self.starting.set()

    def start(self, server):
        if not self.starting.wait(TIMEOUT) or server.name == "broken":
            raise RuntimeFault("it does not start")
        super().start(server)


def template(resources, **more):
    return {"heat_template_version": "2018-08-31", "resources": resources, **more}


def server(**properties):
    network = [{"network": "net0"}]
    properties = {"image": "host", "flavor": "m1.tiny", **properties}
    return {
        "type": "OS::Nova::Server",
        "properties": {"networks": network, **properties},
    }


class EmulatorLessonsTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.fixture = self.useFixture(OpenLab(TOPOLOGY, SlowRuntime))
        self.demo = ApiClient(self.fixture)
        self.stacks = f"orchestration/v1/{self.demo.project_id}/stacks"

    def ask(self, method, path, body=None, status=200, by=None):
        answer = (by or self.demo).ask(method, path, body)
        self.assertEqual(status, answer.status_code, answer.text)
        return answer.json

    def stack(self, name, described, state="CREATE_COMPLETE", **more):
        """A stack once it has a state."""
        body = {"stack_name": name, "template": described, **more}
        self.ask("POST", self.stacks, body, 201)
        return self.stack_in(name, state)

    def stack_in(self, name, *states):
        deadline = time.monotonic() + TIMEOUT
        while True:
            found = self.demo.ask("GET", f"{self.stacks}/{name}")
            if found.status_code == 302:
                found = self.demo.ask("GET", found.location.split("/pop1/", 1)[1])
            stack = found.json["stack"]
            if stack["stack_status"] in states:
                return stack
            waiting = stack["stack_status"].endswith("IN_PROGRESS")
            if not waiting or time.monotonic() > deadline:
                self.fail(f"{stack['stack_status']}: {stack['stack_status_reason']}")
            time.sleep(0.01)

    def outputs(self, stack):
        return {one["output_key"]: one["output_value"] for one in stack["outputs"]}

    def port(self, server_id):
        owner = {"device_owner": "compute:nova", "device_id": server_id}
        body = {"port": {"network_id": self.fixture.network(), **owner}}
        return self.ask("POST", "network/v2.0/ports", body, 201)["port"]["id"]

    def sfc(self, kind, status=201, **attrs):
        made = self.ask("POST", f"network/v2.0/sfc/{kind}s", {kind: attrs}, status)
        return made[kind]["id"] if status == 201 else made["NeutronError"]

    def paths(self):
        self.fixture.cloud.network.chaining.steering.settle()
        return self.fixture.runtime.chains.paths["pop1"]

    def test_1_log_in_is_where_clients_look_for_it(self):
        versions = self.ask("GET", "identity/", status=300)["versions"]["values"]
        self.assertEqual(["v3"], [one["id"].partition(".")[0] for one in versions])
        [link] = versions[0]["links"]
        self.assertTrue(link["href"].endswith("/pop1/identity/v3/"))
        self.assertTrue(self.demo.token)
        catalog = self.ask("GET", "identity/v3/auth/catalog")["catalog"]
        for service in catalog:
            found = {endpoint["interface"] for endpoint in service["endpoints"]}
            self.assertEqual({"public", "internal", "admin"}, found, service["type"])

    def test_2_a_stack_is_complete_when_all_in_it_is(self):
        self.fixture.runtime.starting.clear()
        self.addCleanup(self.fixture.runtime.starting.set)
        self.stack("s", template({"one": server()}), "CREATE_IN_PROGRESS")
        self.fixture.runtime.starting.set()
        self.stack_in("s", "CREATE_COMPLETE")
        broken = template({"fine": server(), "one": server(name="broken")})
        stack = self.stack("t", broken, "CREATE_FAILED")
        self.assertIn("resources.one", stack["stack_status_reason"])
        self.assertIn("it does not start", stack["stack_status_reason"])
        path = f"{self.stacks}/t/{stack['id']}/resources/one"
        shown = self.ask("GET", path)["resource"]
        self.assertEqual("CREATE_FAILED", shown["resource_status"])

    def test_3_templates_mean_what_they_say(self):
        described = """
heat_template_version: 2018-08-31
parameters: {who: {type: string}, more: {type: boolean, default: false}}
conditions: {wanted: {get_param: more}}
resources:
  words: {type: OS::Heat::Value, properties: {value: {get_file: words.txt}}}
  one:
    type: OS::Nova::Server
    depends_on: words
    properties:
      name: {str_replace: {template: vm-WHO, params: {WHO: {get_param: who}}}}
      image: host
      flavor: m1.tiny
      networks: [{network: net0}]
  two: {type: OS::Heat::Value, condition: wanted, properties: {value: x}}
outputs:
  name: {value: {get_attr: [one, name]}}
  words: {value: {get_attr: [words, value]}}
"""
        stack = self.stack(
            "s",
            described,
            environment={"parameters": {"who": "amy"}},
            files={"words.txt": "hello"},
        )
        self.assertEqual({"name": "vm-amy", "words": "hello"}, self.outputs(stack))
        found = self.ask("GET", f"{self.stacks}/s/{stack['id']}/resources")
        names = {one["resource_name"] for one in found["resources"]}
        self.assertEqual({"one", "words"}, names)

    def test_4_groups_have_their_size_and_types_are_known_or_refused(self):
        member = {"type": "OS::Heat::Value", "properties": {"value": "v-%index%"}}
        group = {
            "type": "OS::Heat::ResourceGroup",
            "properties": {"count": 3, "resource_def": member},
        }
        values = {"values": {"value": {"get_attr": ["group", "value"]}}}
        stack = self.stack("s", template({"group": group}, outputs=values))
        self.assertEqual(["v-0", "v-1", "v-2"], self.outputs(stack)["values"])
        for kind in ("OS::Nova::Servers", "My::OS::Neutron::Net", "OS::Neutron::Por"):
            body = {"stack_name": "t", "template": template({"x": {"type": kind}})}
            refused = self.ask("POST", self.stacks, body, 400)
            self.assertIn(kind, refused["error"]["message"])

    def test_5_an_update_changes_what_is_different(self):
        given = {"parameters": {"note": {"type": "string"}}}
        one = server(metadata={"note": {"get_param": "note"}})
        described = template(
            {"one": one, "two": server()},
            outputs={
                name: {"value": {"get_resource": name}} for name in ("one", "two")
            },
            **given,
        )
        stack = self.stack("s", described, parameters={"note": "first"})
        before = self.outputs(stack)
        body = {"parameters": {"note": "second"}}
        self.ask("PATCH", f"{self.stacks}/s/{stack['id']}", body, 202)
        stack = self.stack_in("s", "UPDATE_COMPLETE")
        self.assertEqual(before, self.outputs(stack))
        path = f"compute/v2.1/servers/{before['one']}/metadata"
        self.assertEqual({"note": "second"}, self.ask("GET", path)["metadata"])

    def test_6_chains_tell_flows_by_all_that_classifiers_say(self):
        ports = {name: self.port(owner) for name, owner in PORTS.items()}
        pairs = [
            self.sfc("port_pair", ingress=ports[one], egress=ports[other])
            for one, other in (("a", "b"), ("c", "d"))
        ]
        group = self.sfc("port_pair_group", port_pairs=pairs)
        flow = {"protocol": "udp", "logical_source_port": ports["from"]}
        wide = self.sfc(
            "flow_classifier",
            source_port_range_min=7,
            source_port_range_max=9,
            destination_port_range_min=100,
            destination_port_range_max=200,
            source_ip_prefix="10.1.0.0/25",
            **flow,
        )
        newer = self.sfc(
            "flow_classifier",
            ethertype="IPv6",
            destination_ip_prefix="fd00::/8",
            **flow,
        )
        self.sfc("port_chain", port_pair_groups=[group], flow_classifiers=[wide, newer])
        found = {path.first.version: path.first for path in self.paths()}
        self.assertEqual({4, 6}, set(found))
        self.assertEqual({17}, {flow.protocol for flow in found.values()})
        self.assertEqual((7, 9), found[4].source_ports)
        self.assertEqual((100, 200), found[4].destination_ports)
        self.assertEqual(("10.1.0.0/25",), found[4].sources)
        self.assertEqual(("fd00::/8",), found[6].destinations)
        hops = {len(hop) for path in self.paths() for hop in path.hops}
        self.assertEqual({2}, hops)

    def test_7_each_hop_is_led_and_none_after_the_end(self):
        ports = {name: self.port(owner) for name, owner in PORTS.items()}
        groups = [
            self.sfc(
                "port_pair_group",
                port_pairs=[
                    self.sfc("port_pair", ingress=ports[one], egress=ports[other])
                ],
            )
            for one, other in (("a", "b"), ("c", "d"))
        ]
        flow = self.sfc("flow_classifier", logical_source_port=ports["from"])
        chain = self.sfc("port_chain", port_pair_groups=groups, flow_classifiers=[flow])
        for path in self.paths():
            ends = [(hop[0].ingress.id, hop[0].egress.id) for hop in path.hops]
            self.assertEqual([(ports["a"], ports["b"]), (ports["c"], ports["d"])], ends)
        where = f"network/v2.0/sfc/port_chains/{chain}"
        self.ask("PUT", where, {"port_chain": {"port_pair_groups": groups[1:]}})
        self.assertEqual({1}, {len(path.hops) for path in self.paths()})
        self.ask("DELETE", where, status=204)
        self.assertEqual((), self.paths())

    def test_8_there_is_one_table_of_flavors(self):
        listed = self.ask("GET", "compute/v2.1/flavors")["flavors"]
        self.assertIn("of-the-file", [flavor["name"] for flavor in listed])
        admin = ApiClient(self.fixture, "admin", "admin")
        flavor = {"name": "of-the-api", "vcpus": 1, "ram": 64, "disk": 1}
        self.ask("POST", "compute/v2.1/flavors", {"flavor": flavor}, by=admin)
        used = template(
            {name[7:]: server(flavor=name) for name in ("of-the-file", "of-the-api")}
        )
        self.stack("s", used)

    def boot(self, status=202, **more):
        body = {"server": self.fixture.server_body(**more)}
        return self.ask("POST", "compute/v2.1/servers", body, status)

    def test_9_no_room_is_an_answer(self):
        admin = ApiClient(self.fixture, "admin", "admin")
        flavor = {"name": "huge", "vcpus": 99, "ram": 64, "disk": 1, "id": "huge"}
        self.ask("POST", "compute/v2.1/flavors", {"flavor": flavor}, by=admin)
        ident = self.boot(flavorRef="huge")["server"]["id"]
        shown = self.ask("GET", f"compute/v2.1/servers/{ident}")["server"]
        self.assertEqual("ERROR", shown["status"])
        self.assertIn("No valid host was found", shown["fault"]["message"])
        refused = self.boot(403, min_count=6)["forbidden"]["message"]
        self.assertIn("Quota exceeded for instances", refused)

    def test_10_names_people_give_may_be_long_and_alike(self):
        for name in ("x" * 255, "x" * 255, "a/b c:d;$(e)"):
            ident = self.boot(name=name)["server"]["id"]
            self.fixture.settled(ident, "ACTIVE")
            shown = self.ask("GET", f"compute/v2.1/servers/{ident}")["server"]
            self.assertEqual(name, shown["name"])

    def test_11_used_up_addresses_come_back(self):
        body = {"network": {"name": "small"}}
        network = self.ask("POST", "network/v2.0/networks", body, 201)["network"]["id"]
        body = {"network_id": network, "cidr": "10.9.0.0/29", "ip_version": 4}
        self.ask("POST", "network/v2.0/subnets", {"subnet": body}, 201)
        body = {"port": {"network_id": network}}
        ports = [
            self.ask("POST", "network/v2.0/ports", body, 201)["port"] for _ in range(5)
        ]
        for _ in range(3):
            refused = self.ask("POST", "network/v2.0/ports", body, 409)
            kind = refused["NeutronError"]["type"]
            self.assertEqual("IpAddressGenerationFailure", kind)
        self.ask("DELETE", f"network/v2.0/ports/{ports[2]['id']}", status=204)
        again = self.ask("POST", "network/v2.0/ports", body, 201)["port"]
        self.assertEqual(ports[2]["fixed_ips"], again["fixed_ips"])

    def test_12_pops_share_no_addresses_names_or_objects(self):
        other = ApiClient(self.fixture, pop="pop2")
        made = []
        for client in (self.demo, other):
            body = {"network": {"name": "same"}}
            network = self.ask("POST", "network/v2.0/networks", body, 201, client)
            ident = network["network"]["id"]
            body = {"network_id": ident, "cidr": "10.9.0.0/29", "ip_version": 4}
            self.ask("POST", "network/v2.0/subnets", {"subnet": body}, 201, client)
            body = {"port": {"network_id": ident, "name": "same"}}
            port = self.ask("POST", "network/v2.0/ports", body, 201, client)["port"]
            made.append((ident, port["fixed_ips"][0]["ip_address"]))
        (first, address), (second, same) = made
        self.assertEqual(address, same)
        self.assertNotEqual(first, second)
        self.ask("GET", f"network/v2.0/networks/{first}", status=404, by=other)
        self.assertEqual(401, self._with_token_of(other).status_code)

    def _with_token_of(self, client):
        """What a PoP answers to a token of another."""
        return self.demo.ask(
            "GET", "compute/v2.1/servers", **{"X-Auth-Token": client.token}
        )
