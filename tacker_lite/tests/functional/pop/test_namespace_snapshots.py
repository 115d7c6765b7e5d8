"""Real servers held, copied and logged in to."""

import dataclasses
import os
import time

from tacker_lite.pop.runtime.base import Power, RuntimeFault
from tacker_lite.tests.functional.pop.namespace_case import NamespaceCase

COUNTER = """\
(while :; do echo tick; sleep 0.02; done) &
while :; do date +%N > /dev/null; sleep 0.01; done
"""


class SnapshotTest(NamespaceCase):
    pops = ("west",)
    links = ()

    def length(self, server):
        return len(self.runtime.console(server.id))

    def test_a_held_server_does_nothing_and_then_goes_on(self):
        self.open()
        server = self.server("west", text=COUNTER)
        self.runtime.start(server)
        self.wait_console(server, "tick")
        for _ in range(2):
            self.runtime.pause(server.id)
        time.sleep(0.05)
        held = self.length(server)
        time.sleep(0.2)
        self.assertEqual(held, self.length(server))
        self.assertEqual(Power.RUNNING, self.runtime.power(server.id))
        self.runtime.unpause(server.id)
        self.wait_for(lambda: self.length(server) > held, True)
        self.runtime.pause(server.id)
        # Another lab process finds it as it is, and can end it.
        again = self.new_runtime()
        again.open(self.pops, [])
        again.unpause(server.id)
        again.pause(server.id)
        again.delete(server.id)
        self.assertRaises(RuntimeFault, again.pause, server.id)
        again.destroy()
        self.assert_nothing_left()

    def test_a_snapshot_is_what_another_server_begins_with(self):
        self.open()
        first = self.server(
            "west",
            text="echo precious > /srv/mark; rm /etc/hostname; rm -r /usr/share/doc;"
            " mkdir /usr/share/doc; echo saved; sleep 60",
        )
        self.runtime.start(first)
        self.wait_console(first, "saved\n")
        path = os.path.join(self.directory, "snapshot")
        self.runtime.snapshot(first.id, path)
        self.runtime.delete(first.id)
        text = "cat /srv/mark; ls /usr/share/doc | wc -l; echo new >> /srv/mark; echo ."
        second = self.server("west", 13, text=text, snapshot=path)
        self.runtime.start(second)
        seen = self.wait_console(second, "\n.\n")
        self.assertTrue(seen.startswith("precious\n0\n"), seen)
        self.runtime.stop(second.id)
        os.unlink(path)
        # Its disk is its own from then on.
        self.runtime.start(dataclasses.replace(second, snapshot=""))
        self.wait_console(second, "new\n")
        missing = self.server("west", 14, snapshot=path)
        self.assertRaises(RuntimeFault, self.runtime.start, missing)
        self.assertRaises(RuntimeFault, self.runtime.snapshot, "never-ran", path)
        self.assertFalse(os.path.exists(path))

    def test_the_public_key_is_where_sshd_looks(self):
        self.open()
        server = self.server(
            "west",
            text="stat -c '%a %U' /root/.ssh/authorized_keys; "
            "cat /root/.ssh/authorized_keys; echo done",
            public_key="ssh-ed25519 AAAA amy",
        )
        self.runtime.start(server)
        seen = self.wait_console(server, "done\n")
        self.assertIn("600 root\nssh-ed25519 AAAA amy\n", seen)
