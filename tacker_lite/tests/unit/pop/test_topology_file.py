import testtools

from tacker_lite.pop import topology, topology_file
from tacker_lite.pop.errors import TopologyError


class TopologyFileTest(testtools.TestCase):
    def test_defaults(self):
        lab = topology_file.parse("name: a\npops: [{name: p}]")
        (pop,) = lab.pops
        self.assertEqual("p", pop.region)
        self.assertEqual((topology.ImageEntry("host"),), pop.images)
        self.assertEqual(
            ["m1.tiny", "m1.small", "ds512M"], [flavor.name for flavor in pop.flavors]
        )
        self.assertEqual(
            {"admin": "admin", "tacker-lite": "service", "demo": "demo"},
            {user.name: user.project for user in pop.users},
        )

    def test_pop_over_lab_over_default(self):
        lab = topology_file.parse(
            """
            name: a
            flavors: [{name: big, vcpus: 8}, {name: m1.tiny, vcpus: 2}]
            users: [{name: amy, project: art}]
            default_security_group: closed
            pops:
              - name: p
                flavors: [{name: big, vcpus: 16}]
                default_security_group: open
              - {name: q}
            """
        )
        sizes = [{f.name: f.vcpus for f in pop.flavors} for pop in lab.pops]
        self.assertEqual(
            [
                {"m1.small": 1, "ds512M": 1, "m1.tiny": 2, "big": 16},
                {"m1.small": 1, "ds512M": 1, "m1.tiny": 2, "big": 8},
            ],
            sizes,
        )
        self.assertIn("art", lab.pops[0].projects)
        groups = [pop.default_security_group for pop in lab.pops]
        self.assertEqual(["open", "closed"], groups)

    def test_where_images_come_from(self):
        lab = topology_file.parse(
            """
            name: a
            images: [plain, {name: web, docker: "nginx:1"}]
            pops: [{name: p, images: [{name: web, file: root.tar}]}]
            """
        )
        self.assertEqual(
            (
                topology.ImageEntry("host"),
                topology.ImageEntry("plain"),
                topology.ImageEntry("web", file="root.tar"),
            ),
            lab.pops[0].images,
        )
        error = self.assertRaises(
            TopologyError,
            topology_file.parse,
            "name: a\npops:\n- name: p\n  images:\n  - {name: x, file: f, docker: d}",
            "f",
        )
        self.assertIn("f, line 5: pops[0].images[0]: an image comes from", str(error))

    def test_gateway(self):
        lab = topology_file.parse(
            "name: a\npops: [{name: p, networks: [{name: n, cidr: 10.0.0.0/24},"
            " {name: o, cidr: 10.0.1.0/24, gateway: 10.0.1.254}]}]"
        )
        gateways = [network.gateway for network in lab.pops[0].networks]
        self.assertEqual(["10.0.0.1", "10.0.1.254"], gateways)

    def test_errors_name_line_and_key(self):
        two = "name: a\npops:\n- name: p\n- name: q\nlinks:\n"
        wrong = {
            "": "empty",
            "name: a": "line 1: needs the key 'pops'",
            "name: a\npops: []": "line 2: pops: needs at least one PoP",
            "name: A B\npops: [{name: p}]": "line 1: name: 'A B' must be up to 32",
            "name: a\npops: 5": "line 2: pops: must be a list",
            "name: a\npops:\n- {name: p, size: 3}": "line 3: pops[0].size: unknown key",
            "name: a\npops:\n- name: p\n- name: p": "line 4: pops[1]: PoP: 'p' is",
            "name: a\nname: b\npops: [{name: p}]": "line 2: name: is given twice",
            "name: a\npops:\n  - name: [": "f, line 4: did not find",
            two
            + "- {left: p, right: x}": "line 6: links[0].right: there is no PoP 'x'",
            two + "- {left: p, right: p}": "line 6: links[0]: links a PoP to itself",
            two + "- {left: p, right: q}\n- {left: q, right: p}": "linked already",
            two + "- {left: p, right: q, delay: 5}": (
                "line 6: links[0].delay: unknown key; known are left, right, delay_ms"
            ),
            two + "- {left: p, right: q, loss_percent: 101}": (
                "links[0].loss_percent: '101' must be a number of percent from 0 to 100"
            ),
            two + "- {left: p, right: q, delay_ms: 1, jitter_ms: 2}": (
                "links[0].jitter_ms: 2 is more than delay_ms, 1"
            ),
            "name: a\npops: [{name: lab}]": "neither 'lab' nor 'metrics'",
            "name: 5\npops: [{name: p}]": "name: must be a text: put '5' in quotes",
            "name: a\nquotas: {x: {cores: 1}}\npops: [{name: p}]": (
                "line 2: quotas.x: there is no project 'x'; there are admin, service"
            ),
            "name: a\ndefault_security_group: no\npops: [{name: p}]": (
                "line 2: default_security_group: 'no' must be open or closed"
            ),
            "name: a\npops: &p [*p]": "contains itself",
            "name: a\npops:\n- name: p\n  capacity: {vcpus: 0}": (
                "line 4: pops[0].capacity.vcpus: '0' must be a whole number above 0"
            ),
            "name: a\npops:\n- name: p\n  networks: [{name: n, cidr: 10.0.0.1/24}]": (
                "line 4: pops[0].networks[0].cidr: 10.0.0.1/24 has host bits set"
            ),
            "name: a\ncatalog: [{type: t, name: n, url: me}]\npops: [{name: p}]": (
                "line 2: catalog[0].url: 'me' must be an http or https URL"
            ),
        }
        for text, expected in wrong.items():
            error = self.assertRaises(TopologyError, topology_file.parse, text, "f")
            self.assertIn(expected, str(error))

    def test_routed_networks_must_differ(self):
        text = (
            "name: a\npops:\n"
            "- {name: p, networks: [{name: n, cidr: 10.0.0.0/16}]}\n"
            "- {name: q}\n"
            "- {name: r, networks: [{name: n, cidr: 10.0.5.0/24}]}\n"
        )
        self.assertEqual(3, len(topology_file.parse(text).pops))
        text += "links: [{left: p, right: q}, {left: q, right: r}]"
        error = self.assertRaises(TopologyError, topology_file.parse, text)
        self.assertIn("p/n (10.0.0.0/16) and r/n (10.0.5.0/24)", str(error))

    def test_external_network(self):
        pop = "name: a\npops:\n- name: p\n  networks: [{name: n, cidr: 10.0.0.0/24}]\n"
        external = "  external: {name: out, cidr: 203.0.113.0/24}"
        entry = topology_file.parse(pop + external).pops[0].external
        self.assertEqual(
            ("out", "203.0.113.0/24", "203.0.113.1"),
            (entry.name, entry.cidr, entry.gateway),
        )
        self.assertIsNone(topology_file.parse(pop).pops[0].external)
        for text, reason in (
            ("{name: n, cidr: 203.0.113.0/24}", "line 5: pops[0].external: 'n' is the"),
            ("{name: out, cidr: 'fd00::/64'}", "is not IPv4"),
            ("{name: out, cidr: 10.0.0.0/16}", "share addresses"),
            ("{name: out}", "needs the key 'cidr'"),
        ):
            error = self.assertRaises(
                TopologyError, topology_file.parse, f"{pop}  external: {text}", "f"
            )
            self.assertIn(reason, str(error))

    def test_unreadable_file(self):
        error = self.assertRaises(TopologyError, topology_file.read, "/nowhere.yaml")
        self.assertIn("/nowhere.yaml: cannot be read", str(error))
