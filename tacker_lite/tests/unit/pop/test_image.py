import errno
import os

import testtools

from tacker_lite.pop import errors
from tacker_lite.pop.image_attributes import LimitExceeded
from tacker_lite.pop.image_data import StorageFull
from tacker_lite.tests.unit.pop.open_lab import OpenLab

FORMATS = {"disk_format": "raw", "container_format": "bare"}


class ImageTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.fixture = self.useFixture(OpenLab())
        self.project = self.fixture.project()
        self.image = self.fixture.cloud.image

    def test_upload(self):
        image = self.image.create_image(
            self.project, {"name": "i", "x": "y", **FORMATS}
        )
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
        image = self.image.create_image(self.project, FORMATS)

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

    def active(self, **more):
        image = self.image.create_image(self.project, {**FORMATS, **more})
        return self.image.upload(self.project, image.id, [b"data"])

    def test_an_upload_needs_formats_and_room(self):
        image = self.image.create_image(self.project, {"disk_format": "raw"})
        upload = self.image.upload
        self.assertRaises(errors.BadRequest, upload, self.project, image.id, [b"x"])
        image = self.image.create_image(self.project, FORMATS)

        def chunks():
            yield b"x"
            raise OSError(errno.ENOSPC, "full")

        self.assertRaises(StorageFull, upload, self.project, image.id, chunks())
        again = self.image.get_image(self.project, image.id)
        self.assertEqual("queued", again.status)

    def test_sharing(self):
        image = self.active()
        other = self.fixture.project("service")
        third = self.fixture.project("admin")

        def listed(status="accepted"):
            found = self.image.list_images(other, None, status)
            return image.id in [row.id for row in found]

        self.image.add_member(self.project, image.id, other)
        again = (self.project, image.id, other)
        self.assertRaises(errors.Conflict, self.image.add_member, *again)
        self.assertEqual(image, self.image.get_image(other, image.id))
        self.assertRaises(errors.NotFound, self.image.get_image, third, image.id)
        self.assertFalse(listed())
        self.assertTrue(listed("all"))
        status = self.image.set_member_status
        self.assertRaises(errors.Forbidden, status, *again, "accepted")
        self.assertRaises(errors.BadRequest, status, other, image.id, other, "yes")
        status(other, image.id, other, "accepted")
        self.assertTrue(listed())
        self.fixture.restart()
        self.image = self.fixture.cloud.image
        self.assertTrue(listed())
        self.assertRaises(
            errors.Forbidden, self.image.remove_member, other, image.id, other
        )
        self.image.remove_member(self.project, image.id, other)
        self.assertRaises(errors.NotFound, self.image.get_image, other, image.id)

    def test_only_shared_images_have_members(self):
        image = self.active(visibility="private")
        other = self.fixture.project("service")
        add = self.image.add_member
        self.assertRaises(errors.Forbidden, add, self.project, image.id, other)

    def test_community_images_are_listed_to_those_who_ask(self):
        image = self.active(visibility="community")
        other = self.fixture.project("service")
        self.assertEqual(image, self.image.get_image(other, image.id))
        found = [row.id for row in self.image.list_images(other)]
        self.assertNotIn(image.id, found)
        found = [row.id for row in self.image.list_images(other, "community")]
        self.assertEqual([image.id], found)

    def test_deactivated(self):
        image = self.active()
        self.image.set_active(self.project, image.id, False)
        data = self.image.data
        self.assertRaises(errors.Forbidden, data, self.project, image.id)
        with data(None, image.id) as stream:
            self.assertEqual(b"data", stream.read())
        create = self.fixture.create_server
        self.assertRaises(errors.BadRequest, create, imageRef=image.id)
        self.image.set_active(self.project, image.id, True)
        with data(self.project, image.id) as stream:
            self.assertEqual(b"data", stream.read())
        queued = self.image.create_image(self.project, {})
        self.assertRaises(
            errors.Forbidden, self.image.set_active, self.project, queued.id, False
        )

    def test_limits_of_an_image(self):
        many = {f"p{n}": "x" for n in range(129)}
        create = self.image.create_image
        self.assertRaises(LimitExceeded, create, self.project, many)
        tags = [f"t{n}" for n in range(129)]
        self.assertRaises(LimitExceeded, create, self.project, {"tags": tags})

    def test_formats_and_owner_stay(self):
        image = self.active()
        for path, value in (("/disk_format", "qcow2"), ("/owner", "other")):
            change = {"op": "replace", "path": path, "value": value}
            self.assertRaises(
                errors.Forbidden,
                self.image.update_image,
                self.project,
                image.id,
                [change],
            )
        change = {"op": "replace", "path": "/owner", "value": "other"}
        changed = self.image.update_image(None, image.id, [change])
        self.assertEqual("other", changed.project_id)
