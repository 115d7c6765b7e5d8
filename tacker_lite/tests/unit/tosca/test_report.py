import testtools

from tacker_lite import exceptions
from tacker_lite.tests.unit.tosca import descriptors
from tacker_lite.tosca import loader, report

PATH = ("topology_template", "node_templates", "CP1", "properties", "management")


def shown(error, document=None, file=""):
    return [
        (each.file, each.line, each.node, each.reason)
        for each in report.findings(error, document, file)
    ]


class TestFindings(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.document = loader.read(descriptors.TEXT)

    def test_of_rendering(self):
        error = exceptions.InvalidTemplate(
            "both",
            findings=[
                (("topology_template", "policies"), "a policy", ""),
                (PATH, 'node "CP1": not so', "Special"),
                (PATH, 'node "CP1", property management: no', ""),
            ],
        )
        self.assertEqual(
            [
                ("f", 5, "", "a policy"),
                ("f", 23, "CP1", "not so"),
                ("f", 23, "CP1", "property management: no"),
            ],
            shown(error, self.document, "f"),
        )
        self.assertEqual(
            ["ToscaParserFailed", "Special", "ToscaParserFailed"],
            [each.public_type for each in report.told(error)],
        )

    def test_of_loading(self):
        error = exceptions.InvalidTemplate(
            "both",
            file="own",
            problems=[(23, 'node "CP1" is wrong'), (0, "the whole is wrong")],
            places=[PATH, ()],
        )
        self.assertEqual(
            [("own", 1, "", "the whole is wrong"), ("own", 23, "CP1", "is wrong")],
            shown(error, self.document, "f"),
        )

    def test_of_one_node(self):
        error = exceptions.InvalidTemplate(
            'node "CP1": no', node="CP1", path=("properties", "management")
        )
        self.assertEqual([("f", 23, "CP1", "no")], shown(error, self.document, "f"))

    def test_of_one_line(self):
        error = exceptions.InvalidTemplate("not YAML", file="f", line=7)
        self.assertEqual([("f", 7, "", "not YAML")], shown(error))

    def test_as_text(self):
        for finding, text in (
            (report.Finding("f", 7, "A", "wrong"), 'f:7: node "A": wrong'),
            (report.Finding("f", 7, "A", 'x of node "A"'), 'f:7: x of node "A"'),
            (report.Finding("f", 0, "", "wrong"), "f:1: wrong"),
            (report.Finding("", 7, "", "wrong"), "line 7: wrong"),
        ):
            self.assertEqual(text, str(finding))

    def test_of_what_crossed_rpc(self):
        rows = [{"path": list(PATH), "line": 0, "reason": 'node "CP1": no'}]
        (found,) = report.of_rows(rows, self.document, "f")
        self.assertEqual(
            {"file": "f", "line": 23, "node": "CP1", "reason": "no"}, found.row()
        )
