"""The built-in server over real sockets, and the command that runs it."""

from __future__ import annotations

import concurrent.futures
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import testtools

from tacker_lite import conf as tacker_lite_conf
from tacker_lite.api.server import ApiServer
from tacker_lite.tests.functional.api import base


class TestServer(base.ApiTestCase):
    with_conductor = False

    def serve(self):
        self.conf.set_override("bind_port", 0, "api")
        server = ApiServer(self.conf, self.app)
        server.start()
        self.addCleanup(server.stop)
        return server

    def test_many_callers_at_once(self):
        server = self.serve()
        host, port = server.address
        self.make_vnfd()

        def ask(number):
            connection = http.client.HTTPConnection(host, port, timeout=10)
            statuses = []
            for _ in range(5):
                connection.request("GET", "/v1.0/vnfds.json")
                response = connection.getresponse()
                statuses.append((response.status, len(json.load(response)["vnfds"])))
            connection.close()
            return statuses

        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            results = list(pool.map(ask, range(24)))
        self.assertEqual([[(200, 1)] * 5] * 24, results)
        self.assertIn('127.0.0.1 noauth "GET /v1.0/vnfds.json" 200', self.log.output)

    def test_a_chunked_request(self):
        host, port = self.serve().address
        connection = http.client.HTTPConnection(host, port, timeout=10)
        self.addCleanup(connection.close)
        body = json.dumps(self.vnfd_body()).encode()
        parts = iter([body[:10], body[10:]])
        connection.request("POST", "/v1.0/vnfds", parts, encode_chunked=True)
        self.assertEqual(201, connection.getresponse().status)

    def test_an_unread_body_does_not_spoil_the_next_request(self):
        host, port = self.serve().address
        connection = http.client.HTTPConnection(host, port, timeout=10)
        self.addCleanup(connection.close)
        for method, path, status in (
            ("DELETE", "/v1.0/vims/none", 404),
            ("POST", "/v1.0/nothing", 404),
            ("DELETE", "/v1.0/vnfs/none", 404),
            ("GET", "/v1.0/vims", 200),
        ):
            connection.request(method, path, b"{}")
            response = connection.getresponse()
            response.read()
            self.assertEqual(status, response.status)

    def test_slashes_before_the_path(self):
        """A client joins its path to an endpoint that ends in a slash."""
        host, port = self.serve().address
        headers = "Host: h\r\nConnection: close\r\n\r\n"
        for path in ("//v1.0/vims.json", "///v1.0//vims.json", "//v1.0/vims?name=a"):
            with socket.create_connection((host, port), 5) as connection:
                connection.sendall(f"GET {path} HTTP/1.1\r\n{headers}".encode())
                answer = connection.makefile("rb").read()
            self.assertTrue(answer.startswith(b"HTTP/1.1 200"), answer)
            self.assertTrue(answer.endswith(b'{"vims": []}'), answer)

    def test_a_port_in_use(self):
        _host, port = self.serve().address
        conf = tacker_lite_conf.new([], [])
        conf.set_override("bind_port", port, "api")
        self.assertRaises(OSError, ApiServer(conf, self.app).bind)

    def test_stop(self):
        server = self.serve()
        address = server.address
        started = time.monotonic()
        server.stop()
        self.assertLess(time.monotonic() - started, 8)
        self.assertRaises(OSError, socket.create_connection, address, 1)


class TestCommand(testtools.TestCase):
    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def start(self, *lines):
        path = os.path.join(self.directory, "tacker-lite.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"[DEFAULT]\nstate_path = {self.directory}\n")
            file.write("transport_url = fake://\n[api]\n")
            file.write(f"bind_port = {self.port}\n")
            file.writelines(f"{line}\n" for line in lines)
        process = subprocess.Popen(
            [sys.executable, "-m", "tacker_lite.cmd.api", "--config-file", path],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def fetch(self):
        deadline = time.monotonic() + 30
        while True:
            try:
                url = f"http://127.0.0.1:{self.port}/"
                with urllib.request.urlopen(url, timeout=5) as answer:
                    return json.load(answer)
            except urllib.error.URLError:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.05)

    def test_runs_until_told_to_end(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            process = self.start("auth_strategy = noauth")
            self.assertEqual("v1.0", self.fetch()["versions"][0]["id"])
            process.send_signal(number)
            self.assertEqual(0, process.wait(15))

    def test_says_what_is_wrong_with_its_configuration(self):
        for lines, word in (
            (["auth_strategy = none"], "auth_strategy"),
            (["auth_strategy = http_basic"], "Password file"),
            (["auth_strategy = keystone"], "auth_type"),
            (["[keystone_authtoken]", "auth_type = password"], "auth_url"),
            (["auth_strategy = noauth", "bind_host = 203.0.113.1"], "203.0.113.1"),
        ):
            process = self.start(
                "http_basic_auth_user_file = /nonexistent/htpasswd", *lines
            )
            _, text = process.communicate(timeout=30)
            self.assertEqual(1, process.returncode)
            self.assertIn(word, text)
            self.assertNotIn("Traceback", text)
