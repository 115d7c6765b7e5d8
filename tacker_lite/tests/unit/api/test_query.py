"""Taking a query apart."""

from __future__ import annotations

import testtools

from tacker_lite import exceptions
from tacker_lite.api.query import Query
from tacker_lite.db.page import Page

COLUMNS = {"id": "id", "name": "name", "tenant_id": "project_id", "ready": "ready"}
ROWS = [{"id": str(n), "name": name} for n, name in enumerate(["b", None, "a", "b"])]


class TestQuery(testtools.TestCase):
    def test_filters(self):
        for text, expected in (
            ("", {}),
            ("name=a", {"name": ["a"]}),
            ("name=a&name=b", {"name": ["a", "b"]}),
            ("name=a&id=1", {"name": ["a"], "id": ["1"]}),
            ("name=", {}),
            ("name", {}),
            ("tenant_id=p", {"project_id": ["p"]}),
            ("secret=1", {}),
            ("limit=1&fields=name&marker=2&sort_key=id&sort_dir=asc", {}),
            ("name=%C3%A4+b%26", {"name": ["ä b&"]}),
            ("ready=1&ready=No", {"ready": ["true", "false"]}),
        ):
            self.assertEqual(expected, Query(text).filters(COLUMNS, ("ready",)), text)

    def test_fields(self):
        view = {"id": 1, "name": "a"}
        self.assertEqual(view, Query("").reduce(view))
        self.assertEqual({"id": 1}, Query("fields=id&fields=x").reduce(view))

    def test_page(self):
        keys = "sort_key=tenant_id&sort_dir=desc&sort_key=name&sort_dir=asc"
        for text, expected in (
            ("", Page()),
            ("limit=2&marker=1", Page(limit=2, marker="1")),
            ("page_reverse=true", Page(backwards=True)),
            (keys, Page(order=(("project_id", True), ("name", False)))),
        ):
            self.assertEqual(expected, Query(text).page(COLUMNS), text)

    def test_cut(self):
        for text, found, idents, before, after in (
            ("", "0123", "0123", False, False),
            ("limit=0", "0123", "0123", False, False),
            ("limit=2", "012", "01", False, True),
            ("limit=9", "0123", "0123", False, False),
            ("limit=2&marker=1", "23", "23", True, False),
            ("limit=1&marker=0", "12", "1", True, True),
            ("marker=3", "", "", True, False),
            ("limit=2&marker=3&page_reverse=true", "012", "12", True, True),
            ("limit=2&marker=2&page_reverse=1", "01", "01", False, True),
            ("limit=2&page_reverse=true", "123", "23", True, False),
        ):
            rows = [ROWS[int(ident)] for ident in found]
            page = Query(text).cut(rows)
            self.assertEqual(
                (list(idents), before, after),
                ([row["id"] for row in page[0]], page[1], page[2]),
                text,
            )

    def test_links(self):
        query = Query("limit=1&marker=1&fields=id&page_reverse=0")
        links = query.links("http://x/v1.0/vnfs.json", ROWS[2:3], True, True)
        start = "http://x/v1.0/vnfs.json?limit=1&fields=id"
        self.assertEqual(
            [
                {"rel": "next", "href": f"{start}&marker=2"},
                {"rel": "previous", "href": f"{start}&marker=2&page_reverse=True"},
            ],
            links,
        )
        self.assertEqual([], Query("").links("http://x", ROWS, True, True))

    def test_refused(self):
        for text in ("limit=a", "limit=-1", "sort_key=a", "sort_dir=asc", "name=%ff"):
            self.assertRaises(exceptions.InvalidInput, Query, text)
        query = Query("sort_key=x&sort_dir=asc")
        self.assertRaises(exceptions.InvalidInput, query.page, COLUMNS)
