import testtools
from oslo_messaging._drivers import common

from tacker_lite import exceptions
from tacker_lite.conductor import client, manager
from tacker_lite.vim import credentials

RAISED = (
    exceptions.NotFound(kind="vnf", ident="web"),
    exceptions.InvalidTemplate("no such node", file="web.yaml", line=3),
    exceptions.MissingParameter("input image has no value"),
    exceptions.AlreadyExists(kind="vim", name="a"),
    exceptions.Conflict("Default VIM already exists x", public_type="SomeType"),
    exceptions.InvalidState(kind="VNF", ident="i", status="ACTIVE", event="done"),
    exceptions.InvalidInput("too long", public_type="InvalidAPIAttributeType"),
    exceptions.NoWorker(),
    exceptions.VimUnreachable(vim="v", reason="connection refused"),
)


class TestErrorsOverRpc(testtools.TestCase):
    def _cross(self, raised):
        """What the client raises of what the manager's method raised."""

        def method():
            raise raised

        try:
            manager.answer(method)()
        except Exception as error:  # noqa: BLE001 - oslo.messaging's wrapper of any
            text = common.serialize_remote_exception(error.exc_info)
        remote = common.deserialize_remote_exception(text, [exceptions.__name__])
        self.assertIsInstance(remote, exceptions.TackerLiteError)
        return client.restored(remote)

    def test_type_text_status_and_public_type_survive(self):
        for raised in RAISED:
            got = self._cross(raised)
            self.assertIs(type(raised), type(got))
            self.assertEqual(raised.message, got.message)
            self.assertEqual(raised.status, got.status)
            self.assertEqual(raised.public_type, got.public_type)

    def test_a_class_from_elsewhere_crosses_as_its_base(self):
        got = self._cross(credentials.CredentialKeyError(reason="no key"))
        self.assertIs(exceptions.TackerLiteError, type(got))
        self.assertEqual("no key", got.message)
