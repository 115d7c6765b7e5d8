import base64
import contextlib

from tacker_lite.pop import errors
from tacker_lite.pop.runtime.simulated import SimulatedRuntime
from tacker_lite.tests.unit.pop.compute.action_case import (
    BY,
    ActionCase,
)
from tacker_lite.tests.unit.pop.open_lab import TIMEOUT


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
