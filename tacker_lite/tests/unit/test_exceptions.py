"""The exceptions, here and after their way over RPC."""

from __future__ import annotations

import inspect
import sys

import testtools
from oslo_messaging._drivers import common

from tacker_lite import exceptions
from tacker_lite.conductor import manager


def sent_over_rpc(error: exceptions.TackerLiteError) -> Exception:
    """What a caller in another process gets when an endpoint raises ``error``."""

    def endpoint():
        raise error

    try:
        manager.answer(endpoint)()
    except Exception:  # noqa: BLE001 - oslo.messaging wraps what is expected
        kind, value, trace = sys.exc_info()
        kind, value, trace = getattr(value, "exc_info", (kind, value, trace))
        data = common.serialize_remote_exception((kind, value, trace))
    return common.deserialize_remote_exception(data, [exceptions.__name__])


class TestExceptions(testtools.TestCase):
    def test_an_error_says_the_same_in_another_process(self):
        for error in (
            exceptions.NotFound(kind="vnf", ident="a"),
            exceptions.InvalidInput("wrong", public_type="InvalidInfraDriver"),
            exceptions.InvalidTemplate("no type", file="a.yaml", line=3),
            exceptions.AlreadyExists(kind="vim", name="a"),
            exceptions.InUse(
                kind="VIM", ident="a", user="VNF", public_type="VimInUseException"
            ),
            exceptions.InvalidState(
                kind="VNF", ident="a", status="ERROR", event="update"
            ),
            exceptions.NoWorker(),
            exceptions.VimUnreachable(vim="a", reason="timed out"),
        ):
            there = sent_over_rpc(error)
            self.assertIsInstance(there, type(error))
            self.assertEqual(
                (error.message, error.public_type, error.status),
                (there.message, there.public_type, there.status),
            )
            self.assertNotIn("Traceback", there.message)

    def test_every_class_has_a_4xx_or_5xx_status_and_a_type(self):
        for _, cls in inspect.getmembers(exceptions, inspect.isclass):
            if issubclass(cls, exceptions.TackerLiteError):
                self.assertIn(cls.status, (400, 401, 403, 404, 409, 500, 501, 502, 503))
                self.assertTrue(cls.public_type)
