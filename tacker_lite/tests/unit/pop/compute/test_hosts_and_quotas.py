import dataclasses

import testtools

from tacker_lite.pop import errors
from tacker_lite.tests.unit.pop.compute.action_case import (
    ActionCase,
)
from tacker_lite.tests.unit.pop.open_lab import OpenLab


class HostsTest(ActionCase):
    def test_zones_and_aggregates(self):
        first, second, _ = self.compute.hosts()
        made = self.compute.create_aggregate(
            {"name": "racks", "availability_zone": "east"}
        )
        self.assertRaises(
            errors.Conflict, self.compute.create_aggregate, {"name": "racks"}
        )
        ident = str(made.number)
        self.compute.add_host(ident, second)
        self.assertRaises(errors.Conflict, self.compute.add_host, ident, second)
        self.assertRaises(errors.NotFound, self.compute.add_host, ident, "none")
        self.assertEqual({"nova", "east"}, set(self.compute.zones()))
        server = self.active(availability_zone="east")
        self.assertEqual((second, "east"), (server.host, server.availability_zone))
        self.assertRaises(
            errors.BadRequest, self.fixture.create_server, availability_zone="west"
        )
        self.assertRaises(
            errors.Forbidden,
            self.fixture.create_server,
            availability_zone=f"nova:{first}",
        )
        other = self.compute.create_aggregate(
            {"name": "more", "availability_zone": "west"}
        )
        self.assertRaises(errors.Conflict, self.compute.add_host, other.id, second)
        self.assertRaises(errors.BadRequest, self.compute.delete_aggregate, ident)
        self.fixture.restart()
        self.compute = self.fixture.cloud.compute
        self.assertEqual("east", self.compute.zone_of(second))
        self.compute.remove_host(ident, second)
        self.compute.delete_aggregate(ident)
        self.assertEqual({"nova"}, set(self.compute.zones()))

    def test_disabled_hosts_get_no_servers(self):
        first, second, third = self.compute.hosts()
        reason = {"status": "disabled", "disabled_reason": "repair"}
        self.compute.change_host(first, reason)
        self.compute.change_host(second, {"forced_down": True})
        hosts = {self.active(name=f"s{n}").host for n in range(3)}
        self.assertEqual({third}, hosts)
        self.compute.change_host(third, {"status": "disabled"})
        server = self.fixture.create_server()
        self.assertEqual("ERROR", server.status)
        self.assertIn("No valid host", server.fault["message"])
        self.compute.change_host(first, {"status": "enabled"})
        self.assertEqual(first, self.active(name="last").host)


class QuotaTest(ActionCase):
    def test_servers(self):
        self.compute.set_quota(self.project, {"instances": 2, "cores": "3"})
        self.active()
        create = self.fixture.create_server
        error = self.assertRaises(errors.Forbidden, create, min_count=2)
        self.assertEqual(
            "Quota exceeded for instances: Requested 2, but already used 1 of 2"
            " instances",
            str(error),
        )
        create(min_count=1, max_count=5)
        self.assertEqual(2, len(self.compute.list_servers(self.project)))
        self.fixture.restart()
        self.compute = self.fixture.cloud.compute
        self.assertRaises(errors.Forbidden, create)
        self.compute.reset_quota(self.project)
        create()

    def test_what_is_resized(self):
        server = self.active()
        self.compute.set_quota(self.project, {"ram": 600})
        resize = self.compute.resize_server
        error = self.assertRaises(
            errors.Forbidden, resize, self.project, server.id, self.flavor()
        )
        self.assertIn("Quota exceeded for ram: Requested 512", str(error))

    def test_other_limits(self):
        limits = {"metadata_items": 1, "server_groups": 1, "key_pairs": 0}
        self.compute.set_quota(self.project, limits)
        create = self.fixture.create_server
        two = {"a": "1", "b": "2"}
        self.assertRaises(errors.Forbidden, create, metadata=two)
        server = self.active()
        self.assertRaises(
            errors.Forbidden, self.compute.set_metadata, self.project, server.id, two
        )
        group = {"name": "g", "policy": "affinity"}
        self.compute.create_server_group(self.project, group)
        self.assertRaises(
            errors.Forbidden, self.compute.create_server_group, self.project, group
        )
        key = {"name": "k", "public_key": "ssh-ed25519 AAAA"}
        self.assertRaises(
            errors.Forbidden, self.compute.create_keypair, self.project, "amy", key
        )

    def test_below_what_is_used(self):
        self.active()
        few = {"instances": 0}
        self.assertRaises(errors.BadRequest, self.compute.set_quota, self.project, few)
        self.compute.set_quota(self.project, {**few, "force": True})
        for wrong in ({"cores": -2}, {"cores": "x"}, {"nonsense": 1}):
            self.assertRaises(
                errors.BadRequest, self.compute.set_quota, self.project, wrong
            )


class TopologyTest(testtools.TestCase):
    def lab(self, **more):
        fixture = self.useFixture(OpenLab())
        cloud = fixture.cloud
        cloud.pop = dataclasses.replace(cloud.pop, **more)
        return fixture

    def statuses(self, fixture, count):
        return [fixture.create_server(name=f"s{n}").status for n in range(count)]

    def test_quotas_of_the_topology(self):
        fixture = self.lab(quotas={"demo": {"instances": 1, "network": 3}})
        fixture.create_server()
        self.assertRaises(errors.Forbidden, fixture.create_server)
        self.assertEqual(1, fixture.cloud.compute.quota(fixture.project())["instances"])
        self.assertNotIn("network", fixture.cloud.compute.quota(fixture.project()))

    def test_over_commit(self):
        capacity = self.lab().cloud.pop.capacity
        for vcpus, count in ((None, 5), (1.25, 5), (1.0, 4)):
            given = dataclasses.replace(capacity.overcommit, vcpus=vcpus)
            fixture = self.lab(capacity=dataclasses.replace(capacity, overcommit=given))
            wanted = ["BUILD"] * count + ["ERROR"] * (5 - count)
            self.assertEqual(wanted, self.statuses(fixture, 5))
