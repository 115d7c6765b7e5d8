import base64
import contextlib
import dataclasses
import threading

import testtools

from tacker_lite.pop import errors
from tacker_lite.pop.compute.action_log import Caller
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.runtime.simulated import SimulatedRuntime
from tacker_lite.tests.unit.pop.open_lab import TIMEOUT, OpenLab

TOPOLOGY = """
name: unit
capacity: {vcpus: 16, ram_mib: 32768, disk_gib: 200, hosts: 3}
pops:
  - name: pop1
    networks: [{name: net0, cidr: 10.1.0.0/28}]
"""
BY = Caller("amy", "req-1")


class TellingRuntime(SimulatedRuntime):
    """A machine that writes down what it is told, and copies disks when it is let."""

    def __init__(self, lab, directory):
        super().__init__(lab, directory)
        self.told = []
        self.copying = threading.Event()
        self.copying.set()

    def start(self, server):
        self.told.append(("start", server.vcpus, server.public_key, server.snapshot))
        super().start(server)

    def stop(self, server_id):
        self.told.append("stop")
        super().stop(server_id)

    def delete(self, server_id):
        self.told.append("delete")
        super().delete(server_id)

    def pause(self, server_id):
        self.told.append("pause")

    def unpause(self, server_id):
        self.told.append("unpause")

    def snapshot(self, server_id, path):
        if not self.copying.wait(TIMEOUT):
            raise RuntimeFault("nobody let it go")
        if "full" in self.lab:
            raise RuntimeFault("no room")
        super().snapshot(server_id, path)


class ActionCase(testtools.TestCase):
    topology = TOPOLOGY

    def setUp(self):
        super().setUp()
        self.fixture = self.useFixture(OpenLab(self.topology, TellingRuntime))
        self.project = self.fixture.project()
        self.compute = self.fixture.cloud.compute
        self.runtime = self.fixture.runtime

    def active(self, **more):
        server = self.fixture.settled(self.fixture.create_server(**more).id, "ACTIVE")
        self.runtime.told.clear()
        return server

    def flavor(self, **more):
        body = {"name": "f", "vcpus": 2, "ram": 1024, "disk": 1, **more}
        return self.compute.create_flavor(body)

    def done(self, server):
        """Names and results of what was done to a server."""
        with self.fixture.cloud.lock:
            actions = self.compute.actions.of(server.id)
        return [(action.action, action.result) for action in actions]

    def settled(self, server, status):
        return self.fixture.settled(server.id, status)


class ActionsTest(ActionCase):
    def test_pause_and_suspend(self):
        server = self.active()
        where = (self.project, server.id)
        self.compute.pause_server(*where)
        self.settled(server, "PAUSED")
        for action in ("pause", "suspend", "stop", "resume", "start"):
            refused = getattr(self.compute, f"{action}_server")
            error = self.assertRaises(errors.Conflict, refused, *where)
            self.assertEqual(
                f"Cannot '{action}' instance {server.id} while it is in vm_state"
                " paused",
                str(error),
            )
        self.compute.unpause_server(*where)
        self.settled(server, "ACTIVE")
        self.compute.suspend_server(*where)
        self.settled(server, "SUSPENDED")
        self.compute.resume_server(*where)
        self.settled(server, "ACTIVE")
        self.assertEqual(["pause", "unpause", "pause", "unpause"], self.runtime.told)
        self.compute.pause_server(*where)
        self.settled(server, "PAUSED")
        self.compute.reboot_server(*where, hard=True)
        self.settled(server, "ACTIVE")

    def test_a_paused_server_that_ended_is_shut_off(self):
        server = self.active()
        self.compute.pause_server(self.project, server.id)
        self.settled(server, "PAUSED")
        SimulatedRuntime.stop(self.runtime, server.id)
        found = self.compute.get_server(self.project, server.id)
        self.assertEqual("SHUTOFF", found.status)
        texts = [event.text for event in self.fixture.lab.events.since()]
        self.assertEqual(
            ["created", "active", "paused", "shut off: its first process has ended"],
            texts,
        )

    def test_resize_and_confirm(self):
        server = self.active()
        flavor = self.flavor()
        self.compute.resize_server(self.project, server.id, flavor, BY)
        resized = self.settled(server, "VERIFY_RESIZE")
        self.assertEqual(["stop", ("start", 2, "", "")], self.runtime.told)
        self.assertNotEqual(server.host, resized.host)
        (port,) = self.compute.list_ports(self.project, server.id)
        self.assertEqual(resized.host, port.binding_host_id)
        self.assertEqual(3, self.compute.servers.used["vcpus"])
        self.compute.confirm_resize(self.project, server.id)
        confirmed = self.settled(server, "ACTIVE")
        self.assertEqual(flavor.id, confirmed.flavor.id)
        self.assertEqual(2, self.compute.servers.used["vcpus"])
        self.assertEqual(
            [
                ("create", "Success"),
                ("resize", "Success"),
                ("confirmResize", "Success"),
            ],
            self.done(server),
        )
        action = self.compute.actions.of(server.id)[1]
        self.assertEqual(("amy", "req-1"), (action.user_id, action.request_id))

    def test_resize_and_revert_of_a_stopped_server(self):
        server = self.active()
        self.compute.stop_server(self.project, server.id)
        self.settled(server, "SHUTOFF")
        self.runtime.told.clear()
        self.compute.resize_server(self.project, server.id, self.flavor())
        self.settled(server, "VERIFY_RESIZE")
        self.fixture.crash()
        self.compute = self.fixture.cloud.compute
        self.assertEqual(
            "VERIFY_RESIZE", self.compute.get_server(None, server.id).status
        )
        self.compute.revert_resize(self.project, server.id)
        reverted = self.settled(server, "SHUTOFF")
        self.assertEqual((server.flavor, server.host), (reverted.flavor, reverted.host))
        self.assertEqual(1, self.compute.servers.used["vcpus"])
        self.assertNotIn("start", str(self.runtime.told))

    def test_a_given_up_resize_takes_no_room(self):
        server = self.active()
        self.compute.resize_server(self.project, server.id, self.flavor())
        self.settled(server, "VERIFY_RESIZE")
        self.assertEqual(2 + server.flavor.vcpus, self.compute.servers.used["vcpus"])
        self.compute.reset_state(server.id, "active")
        self.assertEqual(2, self.compute.servers.used["vcpus"])

    def test_resize_that_cannot_be(self):
        server = self.active()
        resize = self.compute.resize_server
        where = (self.project, server.id)
        self.assertRaises(errors.BadRequest, resize, *where, server.flavor)
        self.assertRaises(
            errors.BadRequest, resize, *where, self.flavor(disk=0, name="z")
        )
        resize(*where, self.flavor(vcpus=16))
        self.assertEqual("ACTIVE", self.compute.get_server(*where).status)
        self.assertIn(("resize", "Error"), self.done(server))
        self.assertRaises(errors.Conflict, self.compute.confirm_resize, *where)
        self.assertRaises(errors.Conflict, self.compute.revert_resize, *where)

    def test_rebuild(self):
        server = self.active()
        other = self.fixture.cloud.image.create_image(
            self.project, {"location": "http://images.test/i"}
        )
        body = {"imageRef": other.id, "name": "new", "metadata": {"a": "b"}}
        self.compute.rebuild_server(self.project, server.id, body, BY)
        rebuilt = self.settled(server, "ACTIVE")
        self.assertEqual(["delete", ("start", 1, "", "")], self.runtime.told)
        self.assertEqual(
            ("new", other.id, {"a": "b"}, server.port_ids),
            (rebuilt.name, rebuilt.image_id, rebuilt.metadata, rebuilt.port_ids),
        )
        for wrong in (
            {},
            {"imageRef": "none"},
            {"imageRef": other.id, "key_name": "x"},
        ):
            self.assertRaises(
                errors.BadRequest,
                self.compute.rebuild_server,
                *(self.project, server.id, wrong),
            )

    def test_locked(self):
        server = self.active()
        where = (self.project, server.id)
        self.compute.lock_server(*where, "mine")
        for action in ("stop_server", "pause_server", "delete_server"):
            refused = getattr(self.compute, action)
            self.assertRaises(errors.Conflict, refused, *where)
        self.assertRaises(
            errors.Conflict, self.compute.set_metadata, *where, {"a": "b"}
        )
        self.compute.stop_server(None, server.id)
        self.settled(server, "SHUTOFF")
        self.compute.unlock_server(*where)
        self.compute.lock_server(None, server.id)
        self.compute.lock_server(*where)
        self.assertRaises(errors.Conflict, self.compute.unlock_server, *where)

    def test_reset_state(self):
        server = self.active()
        self.compute.reset_state(server.id, "error")
        self.assertEqual("ERROR", self.compute.get_server(None, server.id).status)
        self.compute.reset_state(server.id, "active")
        self.assertEqual("ACTIVE", self.compute.get_server(None, server.id).status)
        self.assertRaises(
            errors.BadRequest, self.compute.reset_state, server.id, "built"
        )

    def test_migrations(self):
        server = self.active()
        hosts = self.compute.hosts()
        target = next(host for host in hosts if host != server.host)
        self.compute.live_migrate_server(server.id, target)
        self.assertEqual(target, self.settled(server, "ACTIVE").host)
        self.assertEqual([], self.runtime.told)
        live, cold = self.compute.live_migrate_server, self.compute.migrate_server
        for wrong in ("none", target):
            self.assertRaises(errors.BadRequest, live, server.id, wrong)
            self.assertRaises(errors.BadRequest, cold, server.id, wrong)
        cold(server.id)
        self.assertNotEqual(target, self.settled(server, "VERIFY_RESIZE").host)
        self.compute.revert_resize(None, server.id)
        self.assertEqual(target, self.settled(server, "ACTIVE").host)
        evacuate = self.compute.evacuate_server
        self.assertRaises(errors.BadRequest, evacuate, server.id)
        self.compute.change_host(target, {"forced_down": True})
        evacuate(server.id)
        self.assertNotEqual(target, self.settled(server, "ACTIVE").host)

    def test_keys_are_handed_over(self):
        key = "ssh-ed25519 " + base64.b64encode(b"key").decode()
        body = {"name": "k", "public_key": key}
        self.compute.create_keypair(self.project, "", body)
        server = self.fixture.create_server(key_name="k")
        self.settled(server, "ACTIVE")
        self.compute.delete_keypair("", "k")
        self.compute.reboot_server(self.project, server.id)
        self.settled(server, "ACTIVE")
        starts = [told[2] for told in self.runtime.told if told[0] == "start"]
        self.assertEqual([key, key], starts)

    def test_security_groups(self):
        server = self.active()
        network = self.fixture.cloud.network
        group = network.create_security_group(self.project, {"name": "web"})
        where = (self.project, server.id)
        self.compute.add_security_group(*where, "web")
        (port,) = self.compute.list_ports(*where)
        self.assertIn(group.id, port.security_groups)
        self.compute.remove_security_group(*where, group.id)
        (port,) = self.compute.list_ports(*where)
        self.assertNotIn(group.id, port.security_groups)
        for name in ("web", "none"):
            self.assertRaises(
                errors.NotFound, self.compute.remove_security_group, *where, name
            )


class CrashTest(ActionCase):
    """The lab is killed after it has promised something, before it has done it."""

    def acted_on(self):
        """What is asked of a server each; by name, with what it may be then."""
        compute = self.compute
        larger = self.flavor(ram=513)
        image = {"imageRef": self.fixture.image()}

        def resize(project, ident):
            compute.resize_server(project, ident, larger)

        def rebuild(project, ident):
            compute.rebuild_server(project, ident, image)

        def copy(project, ident):
            compute.create_server_image(project, ident, {"name": "copy"})

        return {
            "pause": (compute.pause_server, "PAUSED"),
            "suspend": (compute.suspend_server, "SUSPENDED"),
            "stop": (compute.stop_server, "SHUTOFF"),
            "reboot": (compute.reboot_server, "ACTIVE"),
            "resize": (resize, "VERIFY_RESIZE"),
            "migrate": (lambda _, i: compute.migrate_server(i), "VERIFY_RESIZE"),
            "live": (lambda _, i: compute.live_migrate_server(i), "ACTIVE"),
            "rebuild": (rebuild, "ACTIVE"),
            "copy": (copy, "ACTIVE"),
        }

    def states(self):
        """What the servers are by name, once nothing is under way."""
        compute = self.fixture.cloud.compute
        with self.fixture.cloud.changed:
            self.fixture.cloud.changed.wait_for(
                lambda: not any(row.task_state for row in compute.servers), TIMEOUT
            )
        return {
            row.name: (row.status, row.task_state) for row in compute.list_servers(None)
        }

    def test_promises_are_kept(self):
        actions = self.acted_on()
        servers = {name: self.active(name=name) for name in actions}
        with contextlib.ExitStack() as turns:
            for server in servers.values():
                turns.enter_context(self.compute.lifecycle.turn(server.id))
            for name, (act, _) in actions.items():
                act(self.project, servers[name].id)
            self.fixture.crash()
        expected = {name: (status, None) for name, (_, status) in actions.items()}
        self.assertEqual(expected, self.states())
        self.fixture.crash()
        self.assertEqual(expected, self.states())
        images = self.fixture.cloud.image.list_images(None)
        self.assertEqual({"active"}, {image.status for image in images})

    def test_held_servers_can_go_on_after_a_crash(self):
        server = self.active()
        self.compute.pause_server(self.project, server.id)
        self.settled(server, "PAUSED")
        self.fixture.crash()
        self.assertEqual({"web": ("PAUSED", None)}, self.states())
        compute = self.fixture.cloud.compute
        with compute.lifecycle.turn(server.id):
            compute.unpause_server(self.project, server.id)
            self.fixture.crash()
        self.assertEqual({"web": ("ACTIVE", None)}, self.states())


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
