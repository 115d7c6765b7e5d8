import os

import testtools

from tacker_lite.pop import errors
from tacker_lite.tests.unit.pop.open_lab import OpenLab


class ImageTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.fixture = self.useFixture(OpenLab())
        self.project = self.fixture.project()
        self.image = self.fixture.cloud.image

    def test_upload(self):
        image = self.image.create_image(self.project, {"name": "i", "x": "y"})
        self.assertEqual(("queued", {"x": "y"}), (image.status, image.properties))
        image = self.image.upload(self.project, image.id, [b"ab", b"c"])
        self.assertEqual(("active", 3), (image.status, image.size))
        self.assertEqual("900150983cd24fb0d6963f7d28e17f72", image.checksum)
        with self.image.data(self.project, image.id) as stream:
            self.assertEqual(b"abc", stream.read())
        self.assertRaises(
            errors.Conflict, self.image.upload, self.project, image.id, [b""]
        )
        self.image.delete_image(self.project, image.id)
        self.assertRaises(errors.NotFound, self.image.get_image, self.project, image.id)

    def test_interrupted_upload(self):
        image = self.image.create_image(self.project, {})

        def chunks():
            yield b"x"
            raise ConnectionError

        self.assertRaises(
            ConnectionError, self.image.upload, self.project, image.id, chunks()
        )
        image = self.image.get_image(self.project, image.id)
        self.assertEqual("queued", image.status)
        folder = os.path.join(self.fixture.directory, "images", "pop1")
        self.assertEqual([], os.listdir(folder))

    def test_data_of_a_crash_is_removed(self):
        folder = os.path.join(self.fixture.directory, "images", "pop1")
        os.makedirs(folder)
        image = self.image.create_image(self.project, {})
        self.image.images.change(image.id, status="saving")
        for name in (image.id, "lost"):
            with open(os.path.join(folder, name), "wb"):
                pass
        self.fixture.restart()
        self.assertEqual([], os.listdir(folder))
        again = self.fixture.cloud.image.get_image(self.project, image.id)
        self.assertEqual("queued", again.status)

    def test_web_image(self):
        image = self.image.create_image(
            self.project, {"location": "http://images.test/i"}
        )
        self.assertEqual("active", image.status)
        self.assertRaises(errors.NotFound, self.image.data, self.project, image.id)

    def test_patch(self):
        image = self.image.create_image(self.project, {"old": "1"})
        image = self.image.update_image(
            self.project,
            image.id,
            [
                {"op": "replace", "path": "/name", "value": "new"},
                {"op": "add", "path": "/a~1b", "value": "2"},
                {"op": "remove", "path": "/old"},
            ],
        )
        self.assertEqual(("new", {"a/b": "2"}), (image.name, image.properties))
        for error, change in (
            (errors.Conflict, {"op": "remove", "path": "/none"}),
            (errors.Forbidden, {"op": "replace", "path": "/status", "value": "x"}),
            (
                errors.Forbidden,
                {"op": "replace", "path": "/visibility", "value": "public"},
            ),
            (errors.BadRequest, {"op": "move", "path": "/name"}),
            (errors.BadRequest, {"op": "add", "path": "name", "value": "x"}),
            (errors.BadRequest, "x"),
        ):
            self.assertRaises(
                error, self.image.update_image, self.project, image.id, [change]
            )

    def test_ids_cannot_lead_elsewhere(self):
        self.assertRaises(
            errors.BadRequest, self.image.create_image, None, {"id": "../../x"}
        )

    def test_others_images(self):
        image = self.image.create_image(self.project, {})
        other = self.fixture.project("service")
        self.assertRaises(errors.NotFound, self.image.get_image, other, image.id)
        host = self.image.list_images(other)[0].id
        self.assertRaises(errors.Forbidden, self.image.delete_image, other, host)
