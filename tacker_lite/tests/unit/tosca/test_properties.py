"""Any descriptor is refused with a reason, or becomes a template that Heat takes."""

import copy

import testtools
import yaml
from hypothesis import HealthCheck, given, settings

from tacker_lite import exceptions
from tacker_lite.tests.unit.tosca import generated_descriptors, heat_parser
from tacker_lite.tests.unit.tosca.corpus import cases
from tacker_lite.tosca import loader
from tacker_lite.vim.openstack import hot

BOUNDED = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
BASE = yaml.load((cases.HERE / cases.BASE).read_text("utf-8"), yaml.CSafeLoader)
FEWEST_ACCEPTED = 40


def render(document):
    """The template, or None for a descriptor that is refused with a reason."""
    before = copy.deepcopy(document)
    try:
        loader.load(document)
        found = hot.render(loader.load(document, {}))
    except exceptions.InvalidTemplate as error:
        if not error.message or "%" in error.message:
            raise AssertionError(f"not a message: {error.message}") from error
        found = None
    if repr(document) != repr(before):
        raise AssertionError("the descriptor was changed")
    return found


class TestProperties(testtools.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.heat = None
        if heat_parser.interpreter():
            cls.heat = heat_parser.Parser(heat_parser.interpreter())
            cls.addClassCleanup(cls.heat.close)

    def setUp(self):
        super().setUp()
        self.accepted = 0

    def show_to_heat(self, document):
        found = render(document)
        if found is None:
            return
        self.accepted += 1
        for text in (found.text, *found.files.values()):
            yaml.safe_load(text)
        if self.heat is not None:
            self.assertEqual("", self.heat.refusal(found), found.text)

    def test_descriptors_made_from_the_type_definitions(self):
        @BOUNDED
        @given(generated_descriptors.descriptors())
        def check(document):
            self.show_to_heat(document)

        check()
        self.assertGreater(self.accepted, FEWEST_ACCEPTED)

    def test_descriptors_with_something_replaced_by_anything(self):
        @BOUNDED
        @given(generated_descriptors.mutations(BASE))
        def check(document):
            self.show_to_heat(document)

        check()

    def test_heat_is_there(self):
        """Skips loudly where the templates above were not shown to Heat."""
        if self.heat is None:
            self.skipTest(
                f"NOT PROVEN HERE: no Python with Heat; set {heat_parser.VARIABLE}"
            )
        document = loader.read((cases.HERE / cases.BASE).read_text("utf-8"))
        found = hot.render(loader.load(document, {}))

        self.assertEqual("", self.heat.refusal(found))
        broken = hot.Hot(found.text.replace("fixed_ips:", "fixed_ipz:"), found.files)
        self.assertIn("fixed_ipz", self.heat.refusal(broken))
        nested = {
            name: text.replace("image:", "imagee:")
            for name, text in found.files.items()
        }
        broken = hot.Hot(found.text, nested)
        self.assertIn("imagee", self.heat.refusal(broken))
