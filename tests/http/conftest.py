"""A small site on a real port, and a client that speaks raw bytes."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path

import pytest

from detector.http import BOUNDS, Bounds, Page, PageServer, Reply, Request, Site, Web, text


def _hello(_request: Request) -> Reply:
    return text(HTTPStatus.OK, "hello")


def _echo(request: Request) -> Reply:
    return Reply(HTTPStatus.OK, "application/octet-stream", request.body.read())


SITE: Site = {
    "/hello": Page(_hello),
    "/open": Page(_hello, open=True),
    "/echo": Page(_echo, methods=("POST",)),
}


@contextmanager
def running(server: PageServer) -> Iterator[PageServer]:
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def serve() -> Iterator[Callable[..., PageServer]]:
    """``serve(site, web, bounds)``: a server that runs until the test ends."""
    with ExitStack() as ends:

        def start(site: Site = SITE, web: Web | None = None, bounds: Bounds = BOUNDS) -> PageServer:
            return ends.enter_context(
                running(PageServer("127.0.0.1:0", site, web or Web(), bounds))
            )

        yield start


class Client:
    """A connection on which a test says what it likes."""

    def __init__(self, server: PageServer) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.server_port))
        self.began = time.monotonic()

    def say(self, said: bytes) -> None:
        self.socket.sendall(said)

    def said(self, seconds: float = 10.0) -> bytes:
        """All that comes back until the server hangs up."""
        self.socket.settimeout(seconds)
        parts = []
        try:
            while part := self.socket.recv(65536):
                parts.append(part)
        except ConnectionError:
            pass
        return b"".join(parts)

    def status(self) -> int:
        return int(self.said().split(b" ", 2)[1])

    def held(self) -> float:
        """Seconds until the server hung up, without a word."""
        assert self.said() == b""
        return time.monotonic() - self.began

    def dripped(self, byte: bytes, pause: float) -> float:
        """The same, while a byte is sent again and again."""
        self.socket.settimeout(pause)
        while time.monotonic() - self.began < 10:
            try:
                self.socket.sendall(byte)
                assert self.socket.recv(1) == b""
            except TimeoutError:
                continue
            except ConnectionError:
                pass
            break
        return time.monotonic() - self.began


@pytest.fixture
def client() -> Iterator[Callable[[PageServer], Client]]:
    """``client(server)``: a connection that is closed when the test ends."""
    clients: list[Client] = []

    def connect(server: PageServer) -> Client:
        clients.append(Client(server))
        return clients[-1]

    yield connect
    for one in clients:
        one.socket.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of ``cert.pem`` and ``key.pem`` for 127.0.0.1.

    ``locked.pem`` is that key with a password, ``other.pem`` a key of another certificate.
    """
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate of this test")
    folder = tmp_path_factory.mktemp("certificate")
    for words in (
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", "key.pem", "-out", "cert.pem", "-days", "1", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "other.pem"],
        ["ec", "-in", "key.pem", "-aes256", "-passout", "pass:secret", "-out", "locked.pem"],
    ):  # fmt: skip
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
    return folder
