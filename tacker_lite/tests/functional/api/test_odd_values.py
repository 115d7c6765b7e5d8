"""Values of any kind in any place: refused or taken, never our fault."""

from __future__ import annotations

import copy

from tacker_lite.tests.functional.api import base

VALUES = (
    None,
    True,
    -1,
    1.5,
    10**400,
    "",
    "*" * 300,
    "\U0001f600",
    [],
    [1],
    [[]],
    {},
    {"a": {"b": [1]}},
    {"": ""},
    {"region_name": 5},
    {"param_values": {"a": [{}]}},
    {"config": {"1": None}},
    {"vnfd": {}},
    {"vnfd": base.VNFD},
    base.VNFD,
)

QUERIES = (
    "name=%00",
    "id=%00",
    "limit=1e3",
    "sort_key=extra&sort_dir=asc",
    "created_at=x",
    "created_at=2024-01-01",
    "timestamp=now",
    "is_default=x",
    "limit=1&marker=%00",
    "fields=%F0%9F%98%80",
    "&&==&",
)


class TestOddValues(base.ApiTestCase):
    def test_bodies(self):
        self.make_vim("v", is_default=True)
        self.make_vnfd("d")
        for plural, whole, ident in (
            ("vims", self.vim_body("q"), "none"),
            ("vnfds", self.vnfd_body("q"), "d"),
            ("vnfs", {"vnf": {"name": "q", "vnfd_id": "d", "vim_id": ""}}, "none"),
        ):
            singular = plural[:-1]
            names = [*whole[singular], "tenant_id", "attributes", "placement_attr"]
            for name in dict.fromkeys(names):
                for value in VALUES:
                    body = copy.deepcopy(whole)
                    body[singular][name] = value
                    made = self.call("POST", f"/v1.0/{plural}", body)
                    told = (plural, name, str(value)[:80], made.body)
                    self.assertLess(made.status, 500, told)
                    if made.status == 201:
                        self.remove(plural, made.json[singular]["id"])
                    put = self.call("PUT", f"/v1.0/{plural}/{ident}", body)
                    self.assertLess(put.status, 500, told)

    def remove(self, plural: str, ident: str) -> None:
        force = {"vnf": {"attributes": {"force": True}}} if plural == "vnfs" else None
        answer = self.call("DELETE", f"/v1.0/{plural}/{ident}", force)
        self.assertEqual(204, answer.status, answer.body)

    def test_queries(self):
        for plural in ("vims", "vnfds", "vnfs", "events", "extensions"):
            for query in QUERIES:
                answer = self.call("GET", f"/v1.0/{plural}?{query}")
                self.assertIn(answer.status, (200, 400), (plural, query))
