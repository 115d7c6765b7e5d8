"""What the pages say a descriptor may contain, held against what the service knows."""

import importlib
import pathlib
import re

import testtools
import yaml

from tacker_lite.mgmt import openwrt
from tacker_lite.tosca import nodes, policies, structure

ROOT = pathlib.Path(__file__).parents[3]
DEFINITIONS = ROOT / "tacker_lite" / "tosca" / "definitions"
SOURCE = ROOT / "doc" / "source"
TYPE_SECTIONS = (
    "node_types",
    "data_types",
    "capability_types",
    "relationship_types",
    "policy_types",
)
LOAD_BALANCER_SECTIONS = {
    "tosca.datatypes.nfv.HealthMonitor": "health_monitor",
    "tosca.datatypes.nfv.SessionPersistence": "session_persistence",
}


def definitions(*names):
    """Every type in some definition files, or in all."""
    for path in sorted(DEFINITIONS.glob("*.yaml")):
        if names and path.name not in names:
            continue
        document = yaml.safe_load(path.read_text("utf-8"))
        for section in TYPE_SECTIONS:
            yield from (document.get(section) or {}).items()


def sections(path):
    """The text of a page by heading."""
    parts = re.split(r"^(\S.*)\n(?:=+|-+)\n", path.read_text("utf-8"), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows(text):
    """The cells of each row of the tables in a text, headings left out."""
    for row in re.split(r"^   \* - ", text, flags=re.M)[1:]:
        cells = re.split(r"^     -(?: |$)", row, flags=re.M)
        yield [" ".join(cell.split()) for cell in cells]


def literals(text):
    return set(re.findall(r"``(.*?)``", text))


class TestCompatibility(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.path = SOURCE / "reference" / "compatibility.rst"
        self.text = self.path.read_text("utf-8")
        self.sections = sections(self.path)

    def test_every_type_and_property_has_its_row(self):
        for name, definition in definitions():
            self.assertIn(name, self.text)
            properties = definition.get("properties") or {}
            if not properties or name.startswith("tosca.policies.tacker.Monitoring."):
                continue
            self.assertIn(name, self.sections)
            first = [cells[0] for cells in rows(self.sections[name])]
            told = set().union(*map(literals, first))
            self.assertEqual(set(), set(properties) - told, name)

    def test_every_requirement_has_its_row(self):
        for name, definition in definitions():
            for requirement in definition.get("requirements") or []:
                for key in requirement:
                    self.assertIn(key, literals(self.sections[name]), name)

    def test_what_the_service_knows_is_there(self):
        known = {*nodes.BUILDERS, *policies.BUILDERS, *structure.MGMT_DRIVERS}
        known |= {*structure.SECTIONS, *openwrt.INIT_SCRIPTS}
        known -= {"topology_template"}
        self.assertEqual(set(), known - literals(self.text) - set(self.sections))

    def test_every_row_has_a_verdict(self):
        verdict = re.compile(r"\*\*(same|better|not yet|no|ours)\*\*|see ")
        for heading, text in self.sections.items():
            if heading != "Traps":
                for construct, here in list(rows(text))[1:]:
                    self.assertTrue(verdict.match(here), construct)

    def test_every_trap_is_guarded(self):
        found = list(rows(self.sections["Traps"]))[1:]
        self.assertEqual([f"T-{n}" for n in range(1, 27)], [row[0] for row in found])
        for number, _, tests in found:
            self.assertTrue(literals(tests), number)
            for name in literals(tests):
                module, case, method = name.rsplit(".", 2)
                place = importlib.import_module(f"tacker_lite.tests.{module}")
                self.assertTrue(hasattr(getattr(place, case), method), name)


class TestLoadBalancers(testtools.TestCase):
    def test_every_property_with_type_and_default(self):
        found = sections(SOURCE / "user" / "load-balancers.rst")
        for name, definition in definitions("load_balancer.yaml"):
            if "properties" not in definition:
                continue
            heading = LOAD_BALANCER_SECTIONS.get(name, name)
            table = {
                row[0].strip("`"): row[1:] for row in list(rows(found[heading]))[1:]
            }
            self.assertEqual(set(definition["properties"]), set(table), name)
            for key, schema in definition["properties"].items():
                kind, default, meaning = table[key]
                expected = schema["type"]
                if expected == "list":
                    expected = f"list of {schema['entry_schema']['type']}"
                if expected.startswith("tosca."):
                    expected = "map"
                self.assertEqual(expected, kind, key)
                if "default" in schema:
                    self.assertEqual(str(schema["default"]), default.strip("`"), key)
                self.assertEqual(bool(schema["required"]), default == "needed", key)
                for constraint in schema.get("constraints") or []:
                    for value in constraint.get("valid_values") or []:
                        self.assertIn(value, literals(meaning), key)
