"""A lab of real servers, watched in a real browser and as Prometheus does."""

import json
import os
import signal
import time
import urllib.error
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from tacker_lite.pop.runtime import capability
from tacker_lite.tests.functional.pop import browser, machine
from tacker_lite.tests.functional.pop.lab_command import WEB_SERVER, LabCommandCase

TOPOLOGY = """
name: {name}
pops:
  - name: pop1
    networks: [{{name: net0, cidr: {0}}}]
  - name: pop2
    networks: [{{name: net0, cidr: {1}}}]
links:
  - {{left: pop1, right: pop2}}
"""
CLIENT = """#!/bin/sh
exec python3 - <<'END'
import time, urllib.request
while True:
    try:
        urllib.request.urlopen("http://{address}/", timeout=2).read()
    except OSError:
        pass
    time.sleep(0.05)
END
"""
#: A name as somebody gives it who means harm.
MARKUP = "<img src=x onerror=\"document.body.id='broken'\">"
PATIENCE = 30.0
RX = "tacker_lite_pop_port_receive_bytes_total"


class WatchedLabTest(LabCommandCase):
    runtime = "namespace"

    def setUp(self):
        super().setUp()
        reasons = capability.check()
        if reasons:
            self.skipTest("NO REAL SERVER WAS STARTED: " + "; ".join(reasons))
        cidrs = machine.free_networks(2)
        self.write(TOPOLOGY.format(*cidrs, name=self.name))
        self.up()
        self.url = self.process()["url"]
        pop = self.pop()
        pop.create_server("web", WEB_SERVER)
        self.address = self.settled(pop)[0][0][3][0]
        pop.create_server("client", CLIENT.format(address=self.address))
        pop.create_server(MARKUP, "#!/bin/sh\nsleep 1000\n")
        self.settled(pop)

    def samples(self):
        """Values by metric and name of instance; the parser refuses what is wrong."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        found = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                self.assertTrue(sample.name.startswith("tacker_lite_pop_"))
                self.assertEqual(self.name, sample.labels["lab"])
                key = (sample.name, sample.labels.get("name"))
                found[key] = found.get(key, 0) + sample.value
        return found

    def wait_growth(self, key, least):
        first = self.samples().get(key, 0)
        end = time.monotonic() + PATIENCE
        while (now := self.samples().get(key, 0)) < first + least:
            self.assertLess(time.monotonic(), end, f"{key}: {first}, then {now}")
            time.sleep(0.3)

    def test_what_is_measured(self):
        self.wait_growth((RX, "client"), 2000)
        self.wait_growth(("tacker_lite_pop_instance_cpu_seconds_total", "client"), 0.01)
        found = self.samples()
        self.assertEqual(0, found[RX, MARKUP] // 100000)
        self.assertGreater(found["tacker_lite_pop_instance_memory_bytes", "web"], 1e5)
        self.assertEqual(3, found["tacker_lite_pop_boot_duration_seconds_count", None])
        self.see_the_page()

    def see_the_page(self):
        lacking = browser.missing()
        if lacking:
            self.skipTest("THE PAGE WAS NOT LOOKED AT: install " + ", ".join(lacking))
        page = self.useFixture(browser.Browser())
        page.open(self.url)
        page.wait("both PoPs", "return document.querySelectorAll('.pop').length === 2")
        page.wait(
            "three instances",
            "return document.querySelectorAll('#rows tr[data-id]').length === 3",
        )
        moving = """
            const row = [...document.querySelectorAll('#rows tr[data-id]')].find(
                (row) => row.querySelector('.who').textContent === 'client');
            const points = row.querySelectorAll('.spark')[1]
                .querySelector('.line').getAttribute('points') ?? '';
            return points.split(' ').length > 3
                && !/^(–|0 bit)/.test(row.querySelectorAll('.measure')[2].textContent)
        """
        page.wait("traffic of the client", moving)
        self.assertIn(MARKUP, page.texts(".who"))
        self.assertNotEqual("broken", page.run("return document.body.id"))
        self.choose_by_keyboard(page)
        self.kill_web(page)
        self.assertEqual([], page.complaints())

    def choose_by_keyboard(self, page):
        """The PoP without instances, and back to all."""
        page.run("document.querySelector('[data-pop=pop1]').focus()")
        keys = page.driver.switch_to.active_element
        keys.send_keys("\ue014")  # the right arrow
        page.driver.switch_to.active_element.send_keys("\ue007")  # enter
        page.wait(
            "no instance of pop2",
            "return /No instance in pop2/.test(document.body.innerText)",
        )
        page.driver.switch_to.active_element.send_keys("\ue007")
        page.wait(
            "all", "return document.querySelectorAll('#rows tr[data-id]').length === 3"
        )

    def kill_web(self, page):
        pids = machine.first_processes(self.name)
        (web,) = [pid for pid in pids if "http.server" in _commands(pid)]
        os.kill(web, signal.SIGKILL)
        page.wait(
            "the end of web among the events",
            """
            return [...document.querySelectorAll('#events li')].some((item) =>
                item.querySelector('b').textContent === 'web'
                && !/active|created/i.test(item.querySelector('p').textContent))
            """,
        )
        page.wait(
            "its status",
            """
            return [...document.querySelectorAll('#rows tr')].some((row) =>
                /web/.test(row.textContent) && /SHUTOFF/.test(row.textContent))
            """,
        )


def _commands(pid):
    """What the processes of a server's network namespace were started as."""
    own = os.readlink(f"/proc/{pid}/ns/net")
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{name}/ns/net") == own:
                with open(f"/proc/{name}/cmdline", encoding="utf-8") as file:
                    found.append(file.read())
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return " ".join(found)


class SimulatedPageTest(LabCommandCase):
    """What needs no real server."""

    def setUp(self):
        super().setUp()
        self.write(TOPOLOGY.format("10.1.0.0/24", "10.2.0.0/24", name=self.name))
        self.up()
        self.url = self.process()["url"]

    def get(self, path, **headers):
        request = urllib.request.Request(f"{self.url}{path}", headers=headers)
        return urllib.request.urlopen(request, timeout=10)

    def test_the_page_is_for_browsers_and_asks_nobody_else(self):
        with self.get("/", Accept="text/html,*/*;q=0.8") as answer:
            self.assertIn(b"<!DOCTYPE html>", answer.read())
            policy = answer.headers["Content-Security-Policy"]
        self.assertTrue(policy.startswith("default-src 'self';"), policy)
        with self.get("/") as answer:
            self.assertEqual(self.name, json.load(answer)["lab"])
        for name in ("app.js", "style.css", "icon.svg"):
            with self.get(f"/lab/page/{name}") as answer:
                text = answer.read().decode().replace("http://www.w3.org/", "")
                self.assertNotIn("//www", text)
                self.assertNotIn("http", text.lower().replace("https://", "http"))
        for path in ("/lab/page/../page.py", "/lab/page/page.py", "/lab/page/%2e%2e"):
            error = self.assertRaises(urllib.error.HTTPError, self.get, path)
            self.assertEqual(404, error.code)

    def test_only_changes_are_sent(self):
        with self.get("/lab/v1/live") as answer:
            first, etag = json.load(answer), answer.headers["ETag"]
        self.assertEqual({"pop1", "pop2"}, set(first["pops"]))
        self.assertTrue(first["full"])
        path = f"/lab/v1/live?since={first['mark']}"
        error = self.assertRaises(
            urllib.error.HTTPError, self.get, path, **{"If-None-Match": etag}
        )
        self.assertEqual(304, error.code)
        ident = self.pop().create_server("new")
        time.sleep(1.0)
        with self.get(path) as answer:
            second = json.load(answer)
        self.assertEqual([ident], list(second["instances"]))
        self.assertEqual({"pop1"}, set(second["pops"]))
        self.assertEqual({}, second["links"])
        self.assertEqual({"new"}, {event[4] for event in second["events"]})
        self.pop().delete_server(ident)
        time.sleep(1.0)
        with self.get(f"/lab/v1/live?since={second['mark']}") as answer:
            third = json.load(answer)
        self.assertEqual([ident], third["gone"]["instances"])
        for mark in ("nonsense", "a.b.c", f"{'9' * 99}.1.1"):
            with self.get(f"/lab/v1/live?since={mark}") as answer:
                self.assertTrue(json.load(answer)["full"])
