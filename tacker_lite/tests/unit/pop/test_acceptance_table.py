"""The contributor's guide names tests that there are, for every check."""

import ast
import pathlib
import re

import testtools

import tacker_lite

_TOP = pathlib.Path(tacker_lite.__file__).parent.parent
_GUIDE = _TOP / "doc/source/contributor/testing.rst"
_TESTS = _TOP / "tacker_lite/tests/functional/pop"
_NAME = re.compile(r"``(test_\w+)\.(\w+)\.(test_\w+)``")
_CHECK = re.compile(r"^   \* - (\d+)$", re.MULTILINE)


def _methods(module, class_name):
    """Names of the test methods of a class, and of its bases in the same module."""
    tree = ast.parse((_TESTS / f"{module}.py").read_text(encoding="utf-8"))
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    found, wanted = set(), [class_name]
    while wanted:
        node = classes.get(wanted.pop())
        if node is not None:
            found |= {n.name for n in node.body if isinstance(n, ast.FunctionDef)}
            wanted += [base.id for base in node.bases if isinstance(base, ast.Name)]
    return found


class AcceptanceTableTest(testtools.TestCase):
    def test_each_check_names_tests_that_there_are(self):
        if not _GUIDE.is_file():
            self.skipTest("NOT CHECKED: the documents are not beside the package")
        rows = _CHECK.split(_GUIDE.read_text(encoding="utf-8"))[1:]
        checks = dict(zip(map(int, rows[::2]), rows[1::2], strict=True))
        self.assertEqual(list(range(1, 11)), list(checks))
        for number, text in checks.items():
            named = _NAME.findall(text)
            self.assertNotEqual([], named, f"check {number} names no test")
            for module, class_name, method in named:
                found = _methods(module, class_name)
                self.assertIn(method, found, f"check {number}: {module}.{class_name}")
