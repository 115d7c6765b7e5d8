"""Links between PoPs do to packets what they are to, by every means of this machine."""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time

import testtools

from tacker_lite.pop.runtime import (
    capability,
    kernel,
    link_means,
    link_shaping,
    names,
)
from tacker_lite.pop.runtime.base import (
    LinkSpec,
    RuntimeFault,
)
from tacker_lite.pop.runtime.namespace import NamespaceRuntime
from tacker_lite.pop.topology import Impairment
from tacker_lite.tests.functional.pop import link_traffic, machine
from tacker_lite.tests.functional.pop.link_case import PATIENCE, PLAIN, POPS, LinkCase


class NumbersTest(LinkCase):
    def test_what_this_machine_can_is_told(self):
        told = {one.name: one for one in self.runtime.capabilities()}
        for name, means in (
            *(("link delay", "relay"), ("link jitter", "relay")),
            *(("link loss", "bpf"), ("link rate", "tbf")),
        ):
            self.assertEqual(means, told[name].means)
            self.assertIn("no netem", told[name].reason)
        self.assertEqual("namespaces, overlayfs", told["servers"].means)

    def test_delay(self):
        self.set(delay_ms=20)
        self.assertEqual("relay", self.state().means)
        self.near(40, 1, self.way().round_trip)
        self.set(delay_ms=2.5)
        self.near(5, 1, self.way().round_trip)

    def test_delays_of_several_links_add_up(self):
        self.open(Impairment(delay_ms=5), Impairment(delay_ms=10))
        self.near(30, 1.5, self.way("edge", "core").round_trip)
        self.near(30, 1.5, self.way("core", "edge").round_trip)
        self.open(PLAIN, PLAIN)
        self.near(0, 1, self.way("edge", "core").round_trip)

    def test_loss_alone(self):
        self.set(loss_percent=5)
        self.assertEqual("bpf", self.state().means)
        before = self.state().forth
        self.near(5, 1, self.way().loss)
        after = self.state().forth
        lost = after.lost - before.lost
        passed = after.packets - before.packets
        self.assertAlmostEqual(0.05, lost / (lost + passed), delta=0.01)
        self.set(loss_percent=0)
        self.assertEqual(0, self.way().loss(2000))

    def test_loss_with_delay(self):
        self.set(delay_ms=3, loss_percent=5)
        self.assertEqual("relay", self.state().means)
        self.near(5, 1, self.way().loss)
        self.assertGreater(self.state().forth.lost, 500)

    def test_rate_alone(self):
        self.set(rate_mbit=20)
        self.assertEqual("tbf", self.state().means)
        self.near(20, 1, lambda: self.way().rate(20))
        self.assertGreater(self.state().forth.dropped, 100)
        self.set(rate_mbit=50)
        self.near(50, 2.5, lambda: self.way().rate(50))

    def test_rate_with_delay(self):
        self.set(rate_mbit=20, delay_ms=10)
        self.assertEqual("relay, tbf", self.state().means)
        self.near(20, 1, lambda: self.way("metro", "edge").rate(20))
        self.near(20, 1, self.way().round_trip)

    def test_jitter_keeps_the_order(self):
        self.set(delay_ms=10, jitter_ms=5)
        numbers = [number for number, _ in self.way().received(500, pause=0.005)]
        self.assertEqual(list(range(500)), numbers)
        trips = self.way().round_trips(40)
        self.assertGreater(min(trips), 10)
        self.assertGreater(max(trips) - min(trips), 4)


class RelayOnlyTest(LinkCase):
    """A machine that has nothing but TAP devices."""

    means = (link_means.RELAY,)

    def test_rate(self):
        self.set(rate_mbit=20, delay_ms=2)
        self.assertEqual("relay", self.state().means)
        self.near(20, 1, lambda: self.way().rate(20))
        self.assertGreater(self.state().forth.dropped, 100)

    def test_loss_alone(self):
        self.set(loss_percent=5)
        self.assertEqual("relay", self.state().means)
        self.near(5, 1, self.way().loss)


class NetemTest(LinkCase):
    means = (link_means.NETEM,)

    def setUp(self):
        super().setUp()
        reason = link_means.probe(self.means)[link_means.NETEM]
        if reason:
            self.skipTest("NETEM WAS NOT TRIED: " + reason)

    def test_numbers(self):
        for values, wanted, tolerance, measure in (
            ({"delay_ms": 20}, 40, 1, self.way().round_trip),
            ({"loss_percent": 5}, 5, 1, self.way().loss),
            ({"rate_mbit": 20}, 20, 1, lambda: self.way().rate(20)),
        ):
            self.set(**values)
            self.assertEqual("netem", self.state().means)
            self.near(wanted, tolerance, measure)

    def test_jitter_keeps_the_order(self):
        self.set(delay_ms=10, jitter_ms=5)
        numbers = [number for number, _ in self.way().received(500, pause=0.005)]
        self.assertEqual(list(range(500)), numbers)


class SyntaxTest(testtools.TestCase):
    """Whether the kernel has netem or not, ``tc`` understands what it is told."""

    def test_netem(self):
        reasons = capability.check()
        if reasons:
            self.skipTest("TC WAS NOT ASKED: " + "; ".join(reasons))
        impairment = Impairment(20, 5, 1, 100)
        said = []

        def work():
            for line in link_shaping.lines("lo", impairment, None, 0):
                done = subprocess.run(["tc", *line], capture_output=True, text=True)
                said.append(done.stderr.strip())

        kernel.in_new_netns(work)
        # It is the kernel that answers, and of the kind only.
        self.assertIn(said, ([""], ["Error: Specified qdisc kind is unknown."]))


class Stream:
    """A connection over a link that carries numbers while the link changes."""

    def __init__(self, way):
        (near, source), (far, target) = way.source, way.target
        listener = link_traffic.open_socket(far, (target, 0), socket.SOCK_STREAM)
        listener.listen()
        self._near = link_traffic.open_socket(near, (source, 0), socket.SOCK_STREAM)
        self._near.connect(listener.getsockname())
        self._far, _ = listener.accept()
        listener.close()
        self._stop = threading.Event()
        self.sent = self.received = 0
        self._threads = [
            threading.Thread(target=work) for work in (self._send, self._receive)
        ]
        for thread in self._threads:
            thread.start()

    def _send(self):
        with self._near:
            while not self._stop.is_set():
                self._near.sendall(bytes(4096))
                self.sent += 4096
                time.sleep(0.001)

    def _receive(self):
        with self._far:
            while data := self._far.recv(65536):
                self.received += len(data)

    def finish(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE)


class ChangeTest(LinkCase):
    def routes(self):
        shown = subprocess.run(
            ["ip", "-n", names.router(self.lab, "edge"), "-o", "route", "show"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        return sorted(line.split(" dev ")[0] for line in shown.splitlines())

    def test_connections_go_on_over_every_change(self):
        self.set()
        before = self.routes()
        stream = Stream(self.way("edge", "core"))
        for values in (
            {"delay_ms": 10},
            {"delay_ms": 10, "rate_mbit": 100},
            {"rate_mbit": 100},
            {"loss_percent": 0.5},
            {"delay_ms": 5, "jitter_ms": 2, "loss_percent": 0.5},
            {},
        ):
            had = stream.received
            self.set(**values)
            self.wait_until(lambda had=had: stream.received > had)
            self.assertEqual(before, self.routes())
        stream.finish()
        self.assertEqual(stream.sent, stream.received)
        self.assertEqual("plain", self.state().means)
        self.assertEqual([], self.runtime.links._relays.keys())

    def test_what_is_on_its_way_arrives(self):
        self.set(delay_ms=400)
        changed = threading.Timer(0.15, self.set, kwargs={"delay_ms": 1})
        changed.start()
        found = self.way().received(100, pause=0.01, wait=1.5)
        changed.join()
        self.assertEqual(list(range(100)), [number for number, _ in found])

    def test_a_refused_change_leaves_the_link_as_it_was(self):
        self.set(delay_ms=5)
        self.runtime.links.restrict([link_means.TBF])
        self.addCleanup(self.runtime.links.restrict, self.means)
        fault = self.assertRaises(RuntimeFault, self.set, delay_ms=7)
        for part in ("link edge - metro", "delay_ms 7", "relay", "--link-means"):
            self.assertIn(part, str(fault))
        self.near(10, 1, self.way().round_trip)

    def test_there_is_no_other_link(self):
        link = LinkSpec("edge", "core", Impairment(delay_ms=1))
        fault = self.assertRaises(RuntimeFault, self.runtime.links.set, link)
        self.assertIn("no link edge - core", str(fault))


class KillTest(LinkCase):
    def setUp(self):
        super().setUp()
        # Others take the lab over, and take it down.
        self.open(PLAIN, PLAIN)

    def test_a_relay_that_ended_is_started_again(self):
        self.set(delay_ms=20)
        for _ in range(2):
            self.told.clear()
            pid, _ = self.relay_process()
            os.kill(pid, signal.SIGKILL)
            self.wait_until(lambda: len(self.told) == 2)
            self.assertEqual([False, True], [up for _, _, up, _ in self.told])
            self.assertEqual({"edge", "metro"}, set(self.told[0][:2]))
            self.assertNotEqual(pid, self.relay_process()[0])
            self.near(40, 1, self.way().round_trip)
        self.assertTrue(self.state().up)

    def test_a_router_that_somebody_removed_is_made_again(self):
        self.open(Impairment(delay_ms=5), PLAIN)
        process = self.relay_process()
        kernel.delete_netns(names.router(self.lab, "metro"))
        self.open(Impairment(delay_ms=5), PLAIN)
        self.assertIsNone(kernel.start_time(process[0]))
        self.near(10, 1, self.way("edge", "core").round_trip)

    def test_relays_outlive_the_lab_and_are_adopted(self):
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            with contextlib.suppress(BaseException):
                runtime = self.unowned_runtime()
                self.open(Impairment(delay_ms=20), PLAIN, runtime)
                os.write(writer, b"r")
                time.sleep(PATIENCE)
            os._exit(1)
        os.close(writer)
        self.assertEqual(b"r", os.read(reader, 1))
        os.close(reader)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        process = self.relay_process()
        self.assertEqual(process[1], kernel.start_time(process[0]))
        self.near(40, 1, self.way().round_trip)
        self.open(Impairment(delay_ms=10), PLAIN)
        self.assertEqual(process, self.relay_process())
        self.near(20, 1, self.way().round_trip)
        # Now a relay that dies is noticed, though it is no child of this process.
        os.kill(process[0], signal.SIGKILL)
        self.wait_until(lambda: len(self.told) == 2)
        self.near(20, 1, self.way().round_trip)

    def test_a_kill_amid_changes_leaves_nothing_behind(self):
        def work():
            runtime = self.unowned_runtime()
            self.open(PLAIN, PLAIN, runtime)
            for number in range(1, 100):
                for values in ({"delay_ms": number}, {"rate_mbit": number}, {}):
                    link = LinkSpec("edge", "metro", Impairment(**values))
                    runtime.links.set(link)

        # Only one process at a time looks after the relays of a lab.
        self.runtime.links.close()
        for moment in range(5):
            pid = os.fork()
            if pid == 0:
                with contextlib.suppress(BaseException):
                    work()
                os._exit(1)
            time.sleep(0.1 + 0.06 * moment)
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            runtime = self.new_runtime()
            self.addCleanup(runtime.links.close)
            delay = 5 if moment % 2 else 0
            self.open(Impairment(delay_ms=delay), PLAIN, runtime)
            way = self.way("edge", "core")
            self.near(2 * delay, 1, way.round_trip)
            self.assertEqual(delay > 0, bool(runtime.links._relays.keys()))
            runtime.links.close()
        runtime.destroy()
        self.assertEqual(machine.NOTHING, machine.everything(self.lab, self.directory))


class RefusalTest(testtools.TestCase):
    def test_before_anything_is_made(self):
        reasons = capability.check()
        if reasons:
            self.skipTest("NOTHING WAS REFUSED: " + "; ".join(reasons))
        made = tempfile.TemporaryDirectory(prefix="tacker-lite-test-")
        self.addCleanup(made.cleanup)
        directory = os.path.join(made.name, "state")
        lab = f"refused{os.getpid()}"
        runtime = NamespaceRuntime(lab, directory)
        runtime.links.restrict([link_means.TBF, link_means.BPF])
        links = [
            LinkSpec("edge", "metro", Impairment(rate_mbit=10)),
            LinkSpec("metro", "core", Impairment(delay_ms=20)),
        ]
        fault = self.assertRaises(RuntimeFault, runtime.open, POPS, links)
        for part in (
            *("link metro - core", "delay_ms 20", "netem", "relay"),
            *("--link-means", "leave delay_ms out"),
        ):
            self.assertIn(part, str(fault))
        self.assertEqual(machine.NOTHING, machine.everything(lab, directory))
