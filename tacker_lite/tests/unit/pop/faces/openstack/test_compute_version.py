"""Which microversion of the compute API a request gets."""

import types
import unittest

from werkzeug.test import EnvironBuilder

from tacker_lite.pop import errors
from tacker_lite.pop.faces.openstack import compute_version
from tacker_lite.pop.faces.openstack.request import Context


def asked(headers):
    request = EnvironBuilder(path="/v2.1/servers", headers=headers).get_request()
    ctx = Context(types.SimpleNamespace(), "compute", "http://lab/pop1", request)
    return compute_version.asked(ctx)


class MicroversionTest(unittest.TestCase):
    def test_headers(self):
        cases = [
            ({}, (2, 1)),
            ({"OpenStack-API-Version": "compute 2.47"}, (2, 47)),
            ({"OpenStack-API-Version": "compute latest"}, (2, 96)),
            ({"OpenStack-API-Version": "volume 3.5"}, (2, 1)),
            ({"OpenStack-API-Version": "volume 3.5, compute 2.9"}, (2, 9)),
            ({"X-OpenStack-Nova-API-Version": "2.10"}, (2, 10)),
        ]
        for headers, wanted in cases:
            self.assertEqual(wanted, asked(headers), headers)

    def test_not_offered(self):
        for text in ("2.0", "2.97", "3.1", "1.1"):
            with self.assertRaises(compute_version.UnknownVersion) as caught:
                asked({"OpenStack-API-Version": f"compute {text}"})
            self.assertEqual(406, caught.exception.status)
            self.assertIn("2.96", str(caught.exception))

    def test_malformed(self):
        for text in ("2", "two.one", "2.1.1", "2.", "-2.1", "2.99999999999"):
            with self.assertRaises(errors.BadRequest):
                asked({"OpenStack-API-Version": f"compute {text}"})
