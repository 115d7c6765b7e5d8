from tacker_lite.pop import errors
from tacker_lite.tests.unit.pop.compute.action_case import (
    TOPOLOGY,
    ActionCase,
)
from tacker_lite.tests.unit.pop.open_lab import TIMEOUT


class SnapshotTest(ActionCase):
    def test_a_server_of_a_snapshot(self):
        server = self.active()
        ident = self.compute.create_server_image(
            self.project, server.id, {"name": "copy", "metadata": {"a": "b"}}
        )
        with self.fixture.cloud.changed:
            self.fixture.cloud.changed.wait_for(
                lambda: not self.compute.servers.get(server.id).task_state, TIMEOUT
            )
        images = self.fixture.cloud.image
        image = images.get_image(self.project, ident)
        self.assertEqual(("active", "private"), (image.status, image.visibility))
        self.assertEqual(server.id, image.properties["instance_uuid"])
        with images.data(self.project, ident) as stream:
            self.assertEqual(image.size, len(stream.read()))
        self.active(imageRef=ident, name="second")
        again = self.fixture.create_server(imageRef=ident, name="third")
        self.settled(again, "ACTIVE")
        self.assertEqual(
            ("start", 1, "", images.files.path(ident)), self.runtime.told[-1]
        )

    def test_what_users_upload_is_never_unpacked(self):
        images = self.fixture.cloud.image
        body = {
            "disk_format": "raw",
            "container_format": "bare",
            "image_type": "snapshot",
            "of_server": "True",
        }
        image = images.create_image(self.project, body)
        images.upload(self.project, image.id, [b"x"])
        self.assertEqual("", images.snapshot_path(image.id))

    def begun_copy(self):
        """A server whose disk is being copied until the runtime is let go."""
        server = self.active()
        self.runtime.copying.clear()
        self.addCleanup(self.runtime.copying.set)
        ident = self.compute.create_server_image(
            self.project, server.id, {"name": "copy"}
        )
        return server, ident

    def assert_no_image(self, ident):
        images = self.fixture.cloud.image
        self.assertRaises(errors.NotFound, images.get_image, None, ident)
        self.assertFalse(images.files.exists(ident))

    def test_an_image_that_goes_while_it_is_made_harms_no_server(self):
        server, ident = self.begun_copy()
        self.fixture.cloud.image.delete_image(self.project, ident)
        self.runtime.copying.set()
        with self.fixture.cloud.changed:
            self.fixture.cloud.changed.wait_for(
                lambda: not self.compute.servers.get(server.id).task_state, TIMEOUT
            )
        self.assertEqual("ACTIVE", self.compute.get_server(None, server.id).status)
        self.assertIn(("createImage", "Error"), self.done(server))
        self.assert_no_image(ident)

    def test_an_image_of_what_is_gone_is_not_waited_for(self):
        for end in (
            lambda server: self.compute.delete_server(self.project, server.id),
            lambda server: self.compute.reset_state(server.id, "active"),
        ):
            server = self.active()
            # Nothing is copied before the turn is given back.
            with self.compute.lifecycle.turn(server.id):
                ident = self.compute.create_server_image(
                    self.project, server.id, {"name": "copy"}
                )
                end(server)
            with self.fixture.cloud.changed:
                ended = self.fixture.cloud.changed.wait_for(
                    lambda i=ident: i not in self.fixture.cloud.image.images, TIMEOUT
                )
            self.assertTrue(ended)
            self.assert_no_image(ident)

    def test_a_crash_leaves_no_half_image(self):
        server, ident = self.begun_copy()
        self.fixture.crash()
        compute = self.fixture.cloud.compute
        with self.fixture.cloud.changed:
            self.fixture.cloud.changed.wait_for(
                lambda: not compute.servers.get(server.id).task_state, TIMEOUT
            )
        found = compute.get_server(None, server.id)
        self.assertEqual(("ACTIVE", None), (found.status, found.task_state))
        images = self.fixture.cloud.image
        self.assertRaises(errors.NotFound, images.get_image, None, ident)


class RefusedSnapshotTest(ActionCase):
    topology = TOPOLOGY.replace("name: unit", "name: full")

    def test_the_image_goes_and_the_server_stays(self):
        server = self.active()
        ident = self.compute.create_server_image(
            self.project, server.id, {"name": "copy"}
        )
        with self.fixture.cloud.changed:
            self.fixture.cloud.changed.wait_for(
                lambda: not self.compute.servers.get(server.id).task_state, TIMEOUT
            )
        self.assertEqual("ACTIVE", self.compute.get_server(None, server.id).status)
        self.assertIn(("createImage", "Error"), self.done(server))
        images = self.fixture.cloud.image
        self.assertRaises(errors.NotFound, images.get_image, None, ident)
