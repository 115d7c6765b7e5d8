"""Checking bodies, in order."""

from __future__ import annotations

import json

import testtools

from tacker_lite import exceptions
from tacker_lite.api import body
from tacker_lite.api.schemas import base
from tacker_lite.context import RequestContext

SCHEMA = base.request(
    {
        "name": base.NAME,
        "tenant_id": base.TENANT_ID,
        "project_id": base.PROJECT_ID,
        "note": {"type": ["string", "null"], "default": ""},
        "count": {"type": "integer"},
        "nested": {"type": "object", "properties": {"key": {"type": "string"}}},
    },
    ("name",),
)
CREATE = body.BodySpec("thing", "things", SCHEMA, frozenset({"id"}), creates=True)
UPDATE = body.BodySpec("thing", "things", {**SCHEMA, "required": []})
OPTIONAL = body.BodySpec("thing", "things", {**SCHEMA, "required": []}, required=False)


def caller(is_admin=False):
    return RequestContext(project_id="p1", is_admin=is_admin, overwrite=False)


def read(values, spec=CREATE, is_admin=False):
    return body.read(json.dumps({"thing": values}).encode(), spec, caller(is_admin))


class TestRead(testtools.TestCase):
    def test_defaults(self):
        self.assertEqual({"name": "a", "note": ""}, read({"name": "a"}))
        self.assertEqual({"name": "a", "note": ""}, read({"name": "a", "note": None}))
        self.assertEqual({}, read({}, UPDATE))
        self.assertEqual({"note": ""}, read({"note": None}, UPDATE))
        self.assertEqual(
            {"name": "a", "note": ""}, read({"name": "a", "project_id": 1})
        )

    def test_a_default_is_not_shared(self):
        schema = base.request({"list": {"default": {}}})
        spec = body.BodySpec("thing", "things", schema, creates=True)
        read({}, spec)["list"]["a"] = 1
        self.assertEqual({"list": {}}, read({}, spec))

    def test_an_optional_body(self):
        for raw in (b"", b"{}", b" null "):
            self.assertEqual({}, body.read(raw, OPTIONAL, caller()))
        self.assertEqual({"count": 1}, read({"count": 1}, OPTIONAL))

    def test_the_first_complaint_wins(self):
        """Owner, then unknown, then unsettable, then missing, then values."""
        steps = (
            ("tenant_id", {"tenant_id": "p2", "x": 1, "id": 1, "count": "a"}),
            ("x", {"x": 1, "id": 1, "count": "a"}),
            ("id", {"id": 1, "count": "a"}),
            ("name", {"count": "a"}),
            ("count", {"name": "a", "count": "a"}),
        )
        for word, values in steps:
            error = self.assertRaises(exceptions.InvalidInput, read, values)
            self.assertIn(word, error.message)

    def test_owner(self):
        for owner, is_admin in (
            ("p1", False),
            ("p2", True),
            ("", False),
            (None, False),
        ):
            read({"name": "a", "tenant_id": owner}, is_admin=is_admin)
        self.assertRaises(
            exceptions.InvalidInput, read, {"name": "a", "tenant_id": "p2"}
        )

    def test_a_message_names_the_place_and_never_the_value(self):
        values = {"name": "a", "nested": {"key": ["hunter2"]}}
        error = self.assertRaises(exceptions.SchemaError, read, values)
        self.assertIn("nested.key: must be text", error.message)
        self.assertNotIn("hunter2", error.message)
