"""Volumes: records that count against the disk and belong to servers."""

import testtools

from tacker_lite.pop import errors
from tacker_lite.pop.volume.service import NoSpace
from tacker_lite.tests.unit.pop.open_lab import OpenLab


class VolumeTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.fixture = self.useFixture(OpenLab())
        self.project = self.fixture.project()

    @property
    def service(self):
        return self.fixture.cloud.volume

    def volume(self, size=1, **attrs):
        return self.service.create_volume(self.project, {"size": size, **attrs})

    def server(self):
        server = self.fixture.create_server()
        return self.fixture.settled(server.id, "ACTIVE")

    def test_bad_requests_leave_nothing(self):
        for attrs in (
            {},
            {"size": 0},
            {"size": "many"},
            {"size": 1, "volume_type": "none"},
            {"size": 1, "imageRef": "none"},
            {"size": 1, "snapshot_id": "x"},
            {"size": 1, "availability_zone": "moon"},
            {"size": 1, "colour": "red"},
        ):
            create = self.service.create_volume
            self.assertRaises(errors.BadRequest, create, self.project, attrs)
        self.assertRaises(NoSpace, self.volume, 101)
        self.assertEqual([], self.service.list_volumes(None))

    def test_volumes_and_servers_share_the_disk(self):
        self.server()
        self.assertRaises(NoSpace, self.volume, 100)
        volume = self.volume(99)
        extend = self.service.extend_volume
        self.assertRaises(NoSpace, extend, self.project, volume.id, 100)
        self.assertRaises(errors.BadRequest, extend, self.project, volume.id, 99)
        refused = self.fixture.create_server()
        self.assertEqual("ERROR", refused.status)

    def test_one_server_at_a_time(self):
        first, second, volume = self.server(), self.server(), self.volume()
        attach, wanted = self.service.attach, {"volumeId": volume.id}
        entry = attach(self.project, first.id, wanted)
        self.assertEqual("/dev/vdb", entry["device"])
        self.assertRaises(errors.Conflict, attach, self.project, second.id, wanted)
        self.assertRaises(
            errors.BadRequest, self.service.delete_volume, self.project, volume.id
        )
        self.assertRaises(
            errors.NotFound, self.service.detach, self.project, second.id, volume.id
        )
        self.fixture.crash()
        self.fixture.cloud.compute.delete_server(self.project, first.id)
        self.fixture.settled(first.id, None)
        left = self.service.get_volume(self.project, volume.id)
        self.assertEqual(("available", []), (left.status, left.attachments))

    def test_others_see_nothing(self):
        volume, other = self.volume(), self.fixture.project("service")
        self.assertEqual([], self.service.list_volumes(other))
        self.assertRaises(errors.NotFound, self.service.get_volume, other, volume.id)
