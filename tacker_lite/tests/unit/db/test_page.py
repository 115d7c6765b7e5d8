"""Pages of lists, against the same cut in Python."""

from __future__ import annotations

import itertools

from tacker_lite import exceptions
from tacker_lite.db import event, vnfd
from tacker_lite.db.page import Page
from tacker_lite.tests.unit.db.test_rows import DatabaseTestCase

NAMES = (("b", "x"), ("a", None), ("d", None), ("c", "y"), ("e", "x"), ("f", None))
"""Name and mgmt_driver, which may be NULL, of each descriptor."""

ORDERS = (
    (),
    (("name", False),),
    (("name", True),),
    (("mgmt_driver", False),),
    (("mgmt_driver", True),),
    (("mgmt_driver", True), ("name", True)),
    (("template", False), ("mgmt_driver", False)),
)


def cut(rows, page):
    """What a page must be, one row more where there is one."""
    for column, descending in reversed(page.order):
        rows = sorted(
            rows,
            key=lambda row, of=column: (row[of] is not None, row[of]),
            reverse=descending,
        )
    idents = [row["id"] for row in rows]
    start, end = 0, len(rows)
    if page.marker:
        place = idents.index(page.marker)
        start, end = (0, place) if page.backwards else (place + 1, end)
    if page.limit and page.backwards:
        start = max(start, end - page.limit - 1)
    elif page.limit:
        end = min(end, start + page.limit + 1)
    return idents[start:end]


class TestPage(DatabaseTestCase):
    def setUp(self):
        super().setUp()
        with self.database.writer() as session:
            for name, driver in NAMES:
                row = self.add_vnfd(session, name)
                vnfd.update(session, row["id"], {"mgmt_driver": driver})
            self.add_vnfd(session, "a", "p2")

    def test_every_page_of_every_order(self):
        with self.database.reader() as session:
            rows = vnfd.list_rows(session, "p1")
            markers = ["", *(row["id"] for row in rows)]
            pages = itertools.product(ORDERS, (0, 1, 2, 6, 9), markers, (False, True))
            for page in itertools.starmap(Page, pages):
                found = vnfd.list_rows(session, "p1", None, page)
                idents = [row["id"] for row in found]
                self.assertEqual(cut(list(rows), page), idents, page)

    def test_filters_hold_within_pages(self):
        with self.database.reader() as session:
            filters = {"name": ["a", "c", "d"]}
            page = Page((("name", True),), 1)
            found = vnfd.list_rows(session, "p1", filters, page)
            self.assertEqual(["d", "c"], [row["name"] for row in found])
            page = Page((("name", True),), 1, found[-1]["id"])
            (last,) = vnfd.list_rows(session, "p1", filters, page)
            self.assertEqual("a", last["name"])

    def test_marker_of_another_list(self):
        with self.database.reader() as session:
            (foreign,) = vnfd.list_rows(session, "p2")
            for marker, filters in (
                ("no-such", None),
                (foreign["id"], None),
                (vnfd.list_rows(session, "p1")[0]["id"], {"name": ["z"]}),
            ):
                arguments = (session, "p1", filters, Page(marker=marker))
                self.assertRaises(exceptions.InvalidInput, vnfd.list_rows, *arguments)

    def test_events(self):
        with self.database.reader() as session:
            idents = [row["id"] for row in event.list_rows(session)]
            page = Page(limit=2, marker=str(idents[2]))
            found = event.list_rows(session, None, None, page)
            self.assertEqual(idents[3:6], [row["id"] for row in found])
            for marker in ("x", "9" * 30, "-1"):
                arguments = (session, None, None, Page(marker=marker))
                self.assertRaises(exceptions.InvalidInput, event.list_rows, *arguments)
            self.assertEqual([], event.list_rows(session, None, {"id": ["9" * 30]}))
