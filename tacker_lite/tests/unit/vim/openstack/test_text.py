import random

import testtools
import yaml

from tacker_lite.tests.unit.vim.openstack import test_samples
from tacker_lite.tosca import loader
from tacker_lite.vim.openstack import hot, text

PIECES = (
    *"azAZ09 _-./:#'\"{}[]&*!|>%@`,?~=<\n\t\\",
    "yes", "No", "null", "1", "0x1f", "1e3", "12:30", "2024-01-01", ": ", " #", "- ",
    "OS::Nova::Server", "\u00e9", "\u2028", "\x7f", "\x85", "\r", "  ", "\n\n", "a\n",
)  # fmt: skip
VALUES = (None, True, False, 0, -7, 10**20, 1.5, 1e-9, [], {}, [[]], [{}], {"a": []})


class TestDump(testtools.TestCase):
    def assert_read_back(self, value):
        document = {"resources": value, "list": [value, [value], {"key": value}]}

        self.assertEqual(document, yaml.safe_load(text.dump(document)))

    def test_every_text_comes_back(self):
        letters = random.Random(3)  # noqa: S311 - no secret
        for _ in range(1000):
            pieces = letters.choices(PIECES, k=letters.randint(0, 6))
            self.assert_read_back("".join(pieces))

    def test_texts_that_look_like_something_else(self):
        for value in (
            "yes", "Off", "y", "N", "NULL", "~", "", " ", "-", "?", "=", "<<", "0755",
            "1_000", ".inf", "a:", "a: b", "a #b", "a:#b", "::", "a::", "/:/ ", "_",
            "{ get_resource: X }", "key: |", "---", "...", "%TAG", "http://a/b?c=d",
        ):  # fmt: skip
            self.assert_read_back(value)

    def test_other_values_come_back(self):
        for value in VALUES:
            self.assert_read_back(value)

    def test_keys_come_back(self):
        for key in (
            "",
            "yes",
            "a: b",
            "k" * 2000,
            "two\nlines",
            "-",
            "hw:cpu",
            5,
            None,
        ):
            document = {"a": {key: {"b": key}}, "list": [{key: 1, "other": [2]}]}

            self.assertEqual(document, yaml.safe_load(text.dump(document)))

    def test_scripts_are_blocks(self):
        self.assertEqual(
            "a:\n  script: |\n    #!/bin/sh\n\n    echo 'x'\n"
            "  b:\n  - c: 1\n    d: x\n",
            text.dump(
                {"a": {"script": "#!/bin/sh\n\necho 'x'\n", "b": [{"c": 1, "d": "x"}]}}
            ),
        )

    def test_samples_need_no_library(self):
        for sample in test_samples.samples():
            document = loader.read(sample.read_text("utf-8"), sample.name)
            inputs = test_samples.values(sample)[0]
            for found in (hot.render(test_samples.prepared(document, inputs)).text,):
                self.assertNotIn("!!", found)
                self.assertNotIn("&id", found)
                self.assertEqual(found, text.dump(yaml.safe_load(found)), sample.name)
