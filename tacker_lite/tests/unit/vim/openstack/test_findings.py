import testtools

from tacker_lite import exceptions
from tacker_lite.tests.unit.vim.openstack.rendered import template
from tacker_lite.vim.openstack import checks, hot
from tacker_lite.vim.openstack.findings import Findings

DOCUMENT = {
    "topology_template": {"node_templates": {}, "policies": [{"first": {}}, {"SP": {}}]}
}


class TestFindings(testtools.TestCase):
    def collected(self, *errors):
        findings = Findings(DOCUMENT)
        for error in errors:
            with findings.collecting():
                raise error
        return findings

    def test_paths_from_the_top(self):
        top = "topology_template"
        for error, path in (
            (
                checks.invalid("VDU1", "x", path=("properties", "image")),
                (top, "node_templates", "VDU1", "properties", "image"),
            ),
            (
                checks.invalid_policy("SP", "x", path=("targets",)),
                (top, "policies", 1, "SP", "targets"),
            ),
            (checks.invalid_input("image", "x"), (top, "inputs", "image")),
            (exceptions.InvalidTemplate("x"), ()),
        ):
            self.assertEqual(path, self.collected(error).found[0][0])

    def test_one_error_tells_all_of_them_once(self):
        first = checks.invalid("VDU1", "no image", "ImageMissing")
        second = checks.invalid("VDU2", "no flavor")
        findings = self.collected(first, second, first)

        error = self.assertRaises(exceptions.InvalidTemplate, findings.raise_if_any)

        self.assertEqual(
            'node "VDU1": no image; also node "VDU2": no flavor', error.message
        )
        self.assertEqual("ImageMissing", error.public_type)
        self.assertEqual(2, len(error.fields["findings"]))

    def test_many_and_long_ones_are_cut(self):
        errors = [checks.invalid(f"VDU{index}", "no image") for index in range(300)]
        findings = self.collected(*errors)

        error = self.assertRaises(exceptions.InvalidTemplate, findings.raise_if_any)

        self.assertEqual(100, len(error.fields["findings"]))
        self.assertTrue(error.message.endswith('"VDU9": no image; and 290 more'))
        compute = "{num_cpus: 1, mem_size: '" + "9" * 4000 + "'}"
        loaded = template(
            "VDU1: {type: tosca.nodes.nfv.VDU.Tacker, properties: {image: a}, "
            f"capabilities: {{nfv_compute: {{properties: {compute}}}}}}}"
        )
        error = self.assertRaises(exceptions.InvalidTemplate, hot.render, loaded)
        self.assertIn('9 ..."', error.message)
        self.assertLess(len(error.message), 400)

    def test_nothing_found(self):
        self.assertIsNone(Findings(DOCUMENT).raise_if_any())

    def test_other_errors_are_not_kept(self):
        def fail():
            with Findings(DOCUMENT).collecting():
                raise KeyError("x")

        self.assertRaises(KeyError, fail)

    def test_problems_of_every_section_at_once(self):
        loaded = template(
            """
VDU1:
  type: tosca.nodes.nfv.VDU.Tacker
  capabilities: {nfv_compute: {properties: {num_cpus: 1, mem_size: 1 XB}}}
CP1:
  type: tosca.nodes.nfv.CP.Tacker
  properties: {ip_address: 10.0.0}
  requirements: [{virtualLink: VL1}, {virtualBinding: VDU1}]
VB1: {type: tosca.nodes.BlockStorage.Tacker, properties: {size: 2 XB}}
"""
        )

        error = self.assertRaises(exceptions.InvalidTemplate, hot.render, loaded)

        self.assertEqual(
            {
                ("CP1", "properties", "ip_address"),
                ("VDU1", "capabilities", "nfv_compute", "properties", "mem_size"),
                ("VDU1",),
                ("VB1", "properties", "size"),
            },
            {path[2:] for path, _, _ in error.fields["findings"]},
        )
