"""Paths of alarms, as alarm services and servers spell them."""

from urllib.parse import unquote_to_bytes

import testtools

from tacker_lite.api import webhook

VNF = "77aa77aa-0000-1111-2222-333333333333"


def as_wsgi(target):
    """A request's target as a WSGI server gives its path."""
    return unquote_to_bytes(target).decode("latin-1")


class TestPaths(testtools.TestCase):
    def test_spellings_of_one_url(self):
        for actions in ("SP1-out", "log%25SP1-out", "log%25ab-out", "M%C3%BC-out"):
            path = f"/v1.0/vnfs/{VNF}/t/{actions}/k3x9q0ab"
            url = f"http://nfv.example:9890{path}"
            for target in (path, path.replace("%25", "%")):
                self.assertTrue(webhook.is_path_of(as_wsgi(target), url), target)
            for target in (f"{path}c", path[:-1], path.replace("/t/", "/T/")):
                self.assertFalse(webhook.is_path_of(as_wsgi(target), url), target)

    def test_what_is_logged(self):
        key = "k3x9q0ab"
        for path in (
            f"/v1.0/vnfs/{VNF}/t/a/{key}",
            f"/v1.0/vnfs/{VNF}/t/a/{key}/",
            f"//v1.0//vnfs/{VNF}/t/a/{key}",
            f"/v1.0/vnfs/{VNF}/t/a/b/{key}",
        ):
            self.assertNotIn(key, webhook.without_key(path))
        for path in ("/", "/v1.0/vnfs", f"/v1.0/vnfs/{VNF}/resources", "/v1.0/a/b/c/d"):
            self.assertEqual(path, webhook.without_key(path))

    def test_attributes(self):
        urls = {"busy": "http://a", "maintenance": "http://b"}
        self.assertEqual(
            {"busy": "http://a", "maintenance_url": "http://b"}, webhook.shown(urls)
        )
        self.assertEqual({}, webhook.shown(None))
