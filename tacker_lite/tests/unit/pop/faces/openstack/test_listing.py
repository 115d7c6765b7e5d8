"""Filters, order, fields and pages of collections."""

import types
import unittest
import urllib.parse

from werkzeug.test import EnvironBuilder

from tacker_lite.pop import errors
from tacker_lite.pop.faces.openstack import listing, network_views
from tacker_lite.pop.faces.openstack.request import Context

ITEMS = [
    {"id": "1", "name": "b", "size": 10, "shared": True, "tags": ["x", "y"]},
    {"id": "2", "name": "a", "size": 9, "shared": False, "tags": ["x"]},
    {"id": "3", "name": "c", "size": None, "shared": False, "tags": []},
]


def context(query):
    request = EnvironBuilder(path="/things", query_string=query).get_request()
    return Context(types.SimpleNamespace(), "network", "http://lab/pop1", request)


def ids(items):
    return "".join(item["id"] for item in items)


class ListingTest(unittest.TestCase):
    def test_filters(self):
        cases = {
            "": "123",
            "name=a": "2",
            "name=a&name=c": "23",
            "name=zz": "",
            "shared=True": "1",
            "shared=0": "23",
            "size=9": "2",
            "size=": "3",
            "tags=x": "12",
            "unknown=1": "123",
            "limit=1": "123",
        }
        for query, wanted in cases.items():
            found = listing.filtered(context(query), ITEMS)
            self.assertEqual(wanted, ids(found), query)

    def test_skipped_filters_are_left_to_the_caller(self):
        found = listing.filtered(context("name=a"), ITEMS, skip=("name",))
        self.assertEqual("123", ids(found))

    def test_order(self):
        cases = {
            "": "123",
            "sort_key=name": "213",
            "sort_key=name&sort_dir=desc": "312",
            "sort=name:desc": "312",
            "sort_key=size": "213",
            "sort=shared,name:desc": "321",
        }
        for query, wanted in cases.items():
            self.assertEqual(wanted, ids(listing.sort(context(query), ITEMS)), query)

    def test_order_by_nothing_known_is_refused(self):
        for query in ("sort_key=colour", "sort_key=name&sort_dir=up", "sort=name:x"):
            with self.assertRaises(errors.BadRequest):
                listing.sort(context(query), ITEMS)

    def test_pages_follow_one_another_and_end(self):
        seen, marker = [], ""
        while marker is not None:
            query = f"limit=2&marker={marker}" if marker else "limit=2"
            part, marker = listing.page(context(query), ITEMS)
            seen.append(ids(part))
        self.assertEqual(["12", "3"], seen)

    def test_ceiling_holds_with_and_without_a_limit(self):
        for query in ("", "limit=3"):
            part, marker = listing.page(context(query), ITEMS, ceiling=2)
            self.assertEqual(("12", "2"), (ids(part), marker))

    def test_unknown_marker_is_refused(self):
        with self.assertRaises(errors.BadRequest):
            listing.page(context("marker=9"), ITEMS)

    def test_next_query_keeps_all_but_the_marker(self):
        query = listing.next_query(context("limit=2&marker=1&name=a&name=b"), "2")
        self.assertEqual(
            {"limit": ["2"], "marker": ["2"], "name": ["a", "b"]},
            urllib.parse.parse_qs(query),
        )

    def test_fields(self):
        item = ITEMS[0]
        self.assertEqual(item, listing.fields(context(""), item))
        wanted = {"id": "1", "name": "b"}
        for query in ("fields=id&fields=name", "fields=id,name", "fields=id,name,no"):
            self.assertEqual(wanted, listing.fields(context(query), item))


class NetworkFilterTest(unittest.TestCase):
    PORTS = [
        {"id": "1", "tags": ["x", "y"], "fixed_ips": [{"ip_address": "10.0.0.1"}]},
        {"id": "2", "tags": ["x"], "fixed_ips": [{"ip_address": "10.0.0.2"}]},
    ]

    def test_addresses_and_tags(self):
        cases = {
            "fixed_ips=ip_address%3D10.0.0.2": "2",
            "fixed_ips=ip_address%3D10.0.0.9": "",
            "fixed_ips=subnet_id%3Ds": "",
            "tags=x": "12",
            "tags=x,y": "1",
        }
        for query, wanted in cases.items():
            found = network_views.filtered(context(query), self.PORTS)
            self.assertEqual(wanted, ids(found), query)

    def test_address_filter_must_name_its_key(self):
        for query in ("fixed_ips=10.0.0.2", "fixed_ips=mac%3D1"):
            with self.assertRaises(errors.BadRequest):
                network_views.filtered(context(query), self.PORTS)
