"""The published schema and the parser take and refuse the same topology files."""

import json

import jsonschema
import testtools
import yaml

from tacker_lite.pop import topology_file
from tacker_lite.pop.errors import TopologyError
from tacker_lite.pop.faces.openstack.app import SERVICES
from tacker_lite.pop.topology_file import schema

#: Says everything that can be said, each kind of fault among it.
COMPLETE = """
name: complete
fault_seed: 7
capacity: {vcpus: 8, ram_mib: 8192, disk_gib: 100, hosts: 2, overcommit: none}
quotas: {art: {%s}}
default_security_group: closed
load_balancer_seconds: 0.5
flavors: [{name: big, vcpus: 4, ram_mib: 4096, disk_gib: 40}]
images: [plain, {name: web, docker: "nginx:1"}, {name: disk, file: disk.tar}]
projects: [art]
users: [{name: amy, project: art, roles: [member], password: secret}]
catalog: [{type: t, name: n, url: "http://127.0.0.1:1"}]
faults:
  - {kind: latency, name: late, for_seconds: 60, service: compute, method: GET,
     path: "/v2.1/*", delay_ms: 10, jitter_ms: 2}
  - {kind: error, name: e, for_seconds: 1, service: network, method: POST, path: x,
     status: 500, percent: 10}
  - {kind: unreachable, name: u, for_seconds: 1, mode: hang, cut_links: true}
  - {kind: slow-boot, name: s, for_seconds: 1, seconds: 1, jitter_seconds: 0.5}
  - {kind: failing-boot, name: f, for_seconds: 1, percent: 10}
  - {kind: death, name: d, for_seconds: 1, per_minute: 2}
pops:
  - name: p
    region: r
    networks: [{name: n, cidr: 10.0.0.0/24, gateway: 10.0.0.9}]
    external: {name: out, cidr: 203.0.113.0/24, gateway: 203.0.113.9}
    capacity: {overcommit: {vcpus: 4, ram: 1.5, disk: none}}
    quotas: {art: {instances: -1}}
    default_security_group: open
    load_balancer_seconds: 0
    flavors: [{name: small}]
    images: [other]
    projects: [craft]
    users: [{name: bob, project: craft}]
    catalog: []
    faults: [{kind: death, per_minute: 1}]
  - {name: q}
links:
  - {left: p, right: q, delay_ms: 5, jitter_ms: 1, loss_percent: 0.1, rate_mbit: 10}
"""
ONE = "name: a\npops:\n- name: p\n"
TWO = "name: a\npops: [{name: p}, {name: q}]\n"
#: Each is refused by the schema as well as by the parser.
WRONG = (
    "5",
    "[a]",
    "name: a",
    "pops: [{name: p}]",
    "name: ''\npops: [{name: p}]",
    "name: UPPER\npops: [{name: p}]",
    "name: 5\npops: [{name: p}]",
    'name: "a\\n"\npops: [{name: p}]',
    f"name: {'a' * 33}\npops: [{{name: p}}]",
    "name: a\npops: []",
    "name: a\npops: {name: p}",
    "name: a\npops: [p]",
    "name: a\npops: [{}]",
    "name: a\npops: [{name: lab}]",
    "name: a\npops: [{name: metrics}]",
    "name: a\npops: [{name: a b}]",
    "name: a\npops: [{name: null}]",
    "name: a\npops: [{name: true}]",
    f"{ONE}  region: -x",
    f"{ONE}  size: 3",
    f"{ONE}  networks: 5",
    f"{ONE}  networks: [{{name: n}}]",
    f"{ONE}  networks: [{{cidr: 10.0.0.0/24}}]",
    f"{ONE}  networks: [{{name: n, cidr: 10}}]",
    f"{ONE}  networks: [{{name: n, cidr: 10.0.0.0/24, dns: x}}]",
    f"{ONE}  external: {{name: x}}",
    f"{ONE}  external: [x]",
    f"{ONE}  capacity: 5",
    f"{ONE}  capacity: {{cpus: 5}}",
    f"{ONE}  capacity: {{vcpus: 0}}",
    f"{ONE}  capacity: {{vcpus: -1}}",
    f"{ONE}  capacity: {{vcpus: 1.5}}",
    f"{ONE}  capacity: {{vcpus: many}}",
    f'{ONE}  capacity: {{vcpus: "8"}}',
    f"{ONE}  capacity: {{vcpus: true}}",
    f"{ONE}  capacity: {{hosts: 10000000000}}",
    f"{ONE}  capacity: {{overcommit: 2}}",
    f"{ONE}  capacity: {{overcommit: all}}",
    f"{ONE}  capacity: {{overcommit: {{vcpus: 0}}}}",
    f"{ONE}  capacity: {{overcommit: {{vcpus: lots}}}}",
    f"{ONE}  capacity: {{overcommit: {{cores: 2}}}}",
    f"{ONE}  quotas: [demo]",
    f"{ONE}  quotas: {{demo: 5}}",
    f"{ONE}  quotas: {{demo: {{apples: 5}}}}",
    f"{ONE}  quotas: {{demo: {{cores: -2}}}}",
    f"{ONE}  quotas: {{demo: {{cores: 1.5}}}}",
    f"{ONE}  default_security_group: ajar",
    f"{ONE}  load_balancer_seconds: -1",
    f"{ONE}  flavors: [big]",
    f"{ONE}  flavors: [{{vcpus: 1}}]",
    f"{ONE}  flavors: [{{name: x, vcpus: 0}}]",
    f"{ONE}  flavors: [{{name: x, swap: 1}}]",
    f"{ONE}  images: ['']",
    f"{ONE}  images: [5]",
    f"{ONE}  images: [{{docker: x}}]",
    f"{ONE}  images: [{{name: x, docker: d, file: f}}]",
    f"{ONE}  images: [{{name: x, url: u}}]",
    f"{ONE}  projects: ['a b']",
    f"{ONE}  users: [{{name: x}}]",
    f"{ONE}  users: [{{name: x, project: y, roles: member}}]",
    f"{ONE}  users: [{{name: x, project: y, password: 1234}}]",
    f"{ONE}  catalog: [{{type: t, name: n, url: me}}]",
    f"{ONE}  catalog: [{{type: t, name: n}}]",
    f"{TWO}links: {{left: p, right: q}}",
    f"{TWO}links: [{{left: p}}]",
    f"{TWO}links: [{{left: p, right: q, delay: 5}}]",
    f"{TWO}links: [{{left: p, right: q, delay_ms: -1}}]",
    f"{TWO}links: [{{left: p, right: q, delay_ms: 5 ms}}]",
    f"{TWO}links: [{{left: p, right: q, delay_ms: 60001}}]",
    f"{TWO}links: [{{left: p, right: q, jitter_ms: -1}}]",
    f"{TWO}links: [{{left: p, right: q, loss_percent: 100.5}}]",
    f"{TWO}links: [{{left: p, right: q, rate_mbit: 0}}]",
    f"{TWO}faults: [latency]",
    f"{TWO}faults: [{{delay_ms: 5}}]",
    f"{TWO}faults: [{{kind: gremlin}}]",
    f"{TWO}faults: [{{kind: latency}}]",
    f"{TWO}faults: [{{kind: latency, delay_ms: -1}}]",
    f"{TWO}faults: [{{kind: latency, delay_ms: 1, service: post}}]",
    f"{TWO}faults: [{{kind: latency, delay_ms: 1, status: 500}}]",
    f"{TWO}faults: [{{kind: error, status: 200}}]",
    f"{TWO}faults: [{{kind: error, percent: 101}}]",
    f"{TWO}faults: [{{kind: error, method: get}}]",
    f"{TWO}faults: [{{kind: unreachable, mode: away}}]",
    f"{TWO}faults: [{{kind: unreachable, cut_links: 1}}]",
    f"{TWO}faults: [{{kind: slow-boot}}]",
    f"{TWO}faults: [{{kind: failing-boot, percent: -1}}]",
    f"{TWO}faults: [{{kind: death}}]",
    f"{TWO}faults: [{{kind: death, per_minute: 0}}]",
    f"{TWO}faults: [{{kind: death, per_minute: 1, for_seconds: 0}}]",
    f"{TWO}faults: [{{kind: death, per_minute: 1, name: a b}}]",
    f"{TWO}fault_seed: -1",
    f"{TWO}flavours: []",
)
#: Fit the schema, and are refused because parts of them contradict each other.
CONTRADICTING = (
    "name: a\npops: [{name: p}, {name: p}]",
    f"{ONE}  networks: [{{name: n, cidr: 10.0.0.1/24}}]",
    f"{ONE}  networks: [{{name: n, cidr: nowhere}}]",
    f"{ONE}  networks: [{{name: n, cidr: 10.0.0.0/31}}]",
    f"{ONE}  networks: [{{name: n, cidr: 10.0.0.0/24, gateway: 10.0.1.1}}]",
    f"{ONE}  external: {{name: n, cidr: 'fd00::/64'}}",
    f"{ONE}  flavors: [{{name: x}}, {{name: x}}]",
    f"{ONE}  quotas: {{nobody: {{cores: 1}}}}",
    f"{TWO}links: [{{left: p, right: x}}]",
    f"{TWO}links: [{{left: p, right: p}}]",
    f"{TWO}links: [{{left: p, right: q}}, {{left: q, right: p}}]",
    f"{TWO}links: [{{left: p, right: q, delay_ms: 1, jitter_ms: 2}}]",
    f"{TWO}faults: [{{kind: error, name: x}}, {{kind: error, name: x}}]",
)


def complete():
    limits = schema.validator().schema["definitions"]["quotas"]
    names = limits["additionalProperties"]["properties"]
    return COMPLETE % ", ".join(f"{name}: 3" for name in names)


def keys_of(part, definitions, path=""):
    """Every key that a schema knows, as a path."""
    if "$ref" in part:
        part = definitions[part["$ref"].rpartition("/")[2]]
    cases = [part, *(case["then"] for case in part.get("allOf", ()))]
    for case in cases:
        for key, value in case.get("properties", {}).items():
            yield f"{path}.{key}"
            if isinstance(value, dict):
                yield from keys_of(value, definitions, f"{path}.{key}")
        for key in ("items", "additionalProperties"):
            if isinstance(case.get(key), dict):
                yield from keys_of(case[key], definitions, f"{path}.*")


def keys_in(data, path=""):
    """Every key that a document has, as a path."""
    if isinstance(data, dict):
        for key, value in data.items():
            name = "*" if path.endswith("quotas") else key
            yield f"{path}.{name}"
            yield from keys_in(value, f"{path}.{name}")
    elif isinstance(data, list):
        for value in data:
            yield from keys_in(value, f"{path}.*")


class TopologySchemaTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        published = json.loads(schema.text())
        jsonschema.Draft7Validator.check_schema(published)
        self.published = published
        self.validator = jsonschema.Draft7Validator(published)

    def test_the_corpus_says_everything_that_can_be_said(self):
        wanted = set(keys_of(self.published, self.published["definitions"]))
        said = set(keys_in(yaml.safe_load(complete())))
        # What may stand in a PoP or at the top is the same thing.
        in_pop = {path.replace(".pops.*", "") for path in said}
        self.assertEqual(
            set(), {path.replace(".pops.*", "") for path in wanted} - in_pop
        )

    def test_both_take_what_is_right(self):
        for text in (complete(), ONE, TWO, "name: no\npops: [{name: yes}]"):
            found = topology_file.parse(text)
            self.assertNotEqual((), found.pops)
            if "no" not in text[:9]:
                self.assertTrue(self.validator.is_valid(yaml.safe_load(text)), text)

    def test_nothing_that_is_said_is_ignored(self):
        found = topology_file.parse(complete())
        pop, other = found.pops
        self.assertEqual((7, 7), (found.fault_seed, len(found.faults)))
        self.assertEqual(
            (4.0, 1.5, None),
            (
                pop.capacity.overcommit.vcpus,
                pop.capacity.overcommit.ram,
                pop.capacity.overcommit.disk,
            ),
        )
        self.assertEqual({None}, set(vars(other.capacity.overcommit).values()))
        self.assertEqual({"art": {"instances": -1}}, pop.quotas)
        self.assertEqual({3}, set(other.quotas["art"].values()))
        self.assertEqual(
            {"late", "e", "u", "s", "f", "d", ""}, {one.name for one in found.faults}
        )
        self.assertEqual(
            {"service": "compute", "method": "GET", "path": "/v2.1/*"}
            | {"delay_ms": 10, "jitter_ms": 2},
            found.faults[0].settings,
        )
        self.assertEqual(60.0, found.faults[0].for_seconds)
        self.assertEqual("p", found.faults[-1].pop)
        (link,) = found.links
        self.assertEqual(
            {"delay_ms": 5.0, "jitter_ms": 1.0, "loss_percent": 0.1, "rate_mbit": 10.0},
            vars(link.impairment),
        )

    def test_both_refuse_what_is_wrong(self):
        for text in WRONG:
            self.assertFalse(self.validator.is_valid(yaml.safe_load(text)), text)
            error = self.assertRaises(TopologyError, topology_file.parse, text, "f")
            self.assertRegex(str(error), r"^f, line \d+: ", text)

    def test_the_parser_refuses_what_contradicts_itself(self):
        for text in CONTRADICTING:
            self.assertTrue(self.validator.is_valid(yaml.safe_load(text)), text)
            error = self.assertRaises(TopologyError, topology_file.parse, text, "f")
            self.assertRegex(str(error), r"^f, line \d+: ", text)

    def test_faults_are_of_services_that_there_are(self):
        for kind in ("latency", "error"):
            service = schema.fault_kinds()[kind]["service"]
            self.assertEqual({one.SERVICE for one in SERVICES}, set(service["enum"]))
