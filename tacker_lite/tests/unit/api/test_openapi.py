"""The OpenAPI document and the modules of the nouns."""

from __future__ import annotations

import importlib
import json
import pkgutil

import jsonschema
import testtools

from tacker_lite import rbac
from tacker_lite.api import openapi, schemas, v1
from tacker_lite.api import v1 as nouns


def parts(value):
    """Every object inside the document."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from parts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from parts(inner)


class TestDocument(testtools.TestCase):
    def setUp(self):
        super().setUp()
        text = json.dumps(openapi.document("http://nfv.example:9890"))
        self.document = json.loads(text)

    def operations(self):
        for path, operations in self.document["paths"].items():
            for method, operation in operations.items():
                yield method, path, operation

    def test_every_schema_is_one(self):
        found = [part["schema"] for part in parts(self.document) if "schema" in part]
        self.assertGreater(len(found), 50)
        for schema in found:
            jsonschema.Draft202012Validator.check_schema(schema)

    def test_references_lead_somewhere(self):
        for part in parts(self.document):
            if "$ref" in part:
                name = part["$ref"].removeprefix("#/components/schemas/")
                self.assertIn(name, self.document["components"]["schemas"])

    def test_path_parameters_are_declared(self):
        for _, path, operation in self.operations():
            declared = {
                parameter["name"]
                for parameter in operation.get("parameters", ())
                if parameter["in"] == "path"
            }
            wanted = {part[1:-1] for part in path.split("/") if part.startswith("{")}
            self.assertEqual(wanted, declared, path)

    def test_operations_have_a_rule_of_that_method_and_path(self):
        rules = {rule.name: rule for rule in rbac.list_rules()}
        idents = [
            (method, path, operation["operationId"])
            for method, path, operation in self.operations()
            if "operationId" in operation
        ]
        self.assertEqual(len(idents), len({ident for _, _, ident in idents}))
        for method, path, ident in idents:
            self.assertIn(
                {"method": method.upper(), "path": path}, rules[ident].operations
            )

    def test_every_rule_guards_an_operation(self):
        known = {operation.get("operationId") for _, _, operation in self.operations()}
        extra = {"vnf:force_delete"}
        names = {rule.name for rule in rbac.list_rules() if ":" in rule.name}
        self.assertEqual(names, (known - {None}) | extra)

    def test_the_caller_cannot_change_it(self):
        openapi.document("http://a")["servers"].append(1)
        self.assertEqual([{"url": "http://b"}], openapi.document("http://b")["servers"])


class TestNouns(testtools.TestCase):
    def test_each_noun_has_its_file_everywhere(self):
        names = {noun.singular for noun in nouns.NOUNS}
        for package, others in (
            (v1, {"views"}),
            (schemas, {"base"}),
            (rbac, {"base"}),
        ):
            files = {module.name for module in pkgutil.iter_modules(package.__path__)}
            self.assertEqual(names, files - others, package.__name__)

    def test_schemas_have_their_parts(self):
        for noun in nouns.NOUNS:
            module = importlib.import_module(f"tacker_lite.api.schemas.{noun.singular}")
            attributes = set(module.ANSWER["properties"])
            self.assertEqual(
                set(),
                set(module.COLUMNS) - attributes - {"tenant_id", "project_id", "name"},
            )
