"""TLS in front of a service that has none."""

from __future__ import annotations

import pathlib
import socket
import socketserver
import ssl
import threading
import urllib.parse

import fixtures

from tacker_lite.tests.unit.vim.openstack.stand_in import certificate


class TlsFront(fixtures.Fixture):
    """Ends TLS on a free port of the loopback address and passes everything on.

    :param url: of the plain HTTP service behind.
    :ivar url: the same service by HTTPS.
    :ivar authority: PEM text of the CA that signed the certificate.
    """

    def __init__(self, url: str):
        self._behind = urllib.parse.urlsplit(url)

    def _setUp(self):
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.authority = certificate(directory / "server.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(directory / "server.pem")
        target = (self._behind.hostname, self._behind.port or 80)

        class Passing(socketserver.BaseRequestHandler):
            def handle(self):
                try:
                    front = context.wrap_socket(self.request, server_side=True)
                except OSError:
                    return  # The client refused our certificate.
                with front, socket.create_connection(target, 5) as back:
                    back.settimeout(30)
                    answers = threading.Thread(target=_copy, args=(back, front))
                    answers.start()
                    _copy(front, back)
                    answers.join()

        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Passing)
        server.daemon_threads = True
        serving = threading.Thread(target=server.serve_forever, args=(0.02,))
        serving.start()
        self.addCleanup(serving.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        port = server.server_address[1]
        self.url = self._behind._replace(
            scheme="https", netloc=f"127.0.0.1:{port}"
        ).geturl()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    """Pass bytes on until either side ends."""
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return  # The other direction closed both.
