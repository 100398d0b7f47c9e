"""An object store on the loopback address: a real server, and a proxy that makes it fail."""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

INSTALL = "pip install localbucket"
# The server ends with whoever holds the other end of its standard input.
_SERVE = (
    "import os, sys, threading; "
    "threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start(); "
    "import localbucket; localbucket.main()"
)


@dataclass
class Store:
    """A server of S3's protocol: ``root`` holds a folder for each bucket."""

    root: Path
    port: int
    process: subprocess.Popen[bytes]
    faults: Faults

    def address(self, name: str, **options: str) -> str:
        """The address of a folder, through the proxy."""
        query = "".join(f"&{k}={v}" for k, v in options.items())
        return f"s3://{name}?endpoint_override=127.0.0.1:{self.faults.port}&scheme=http{query}"

    def take(self, folder: Path, name: str) -> str:
        """Copy a folder into the store and return its address."""
        shutil.copytree(folder, self.root / name, dirs_exist_ok=True)
        return self.address(name)


@dataclass
class Faults:
    """What the proxy does to requests; ``asked`` counts them by method and path."""

    port: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    cut: dict[str, int] = field(default_factory=dict)
    denied: str | None = None
    listing: bytes | None = None
    answers: int | None = None

    def count(self, method: str) -> int:
        """Requests of one method so far."""
        return sum(n for line, n in self.asked.items() if line.startswith(method))


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        port: int = plug.getsockname()[1]
        return port


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that are found before anything beyond this machine is asked."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def store(
    tmp_path: Path, credentials: None, needs_module: Callable[[str, str], object]
) -> Iterator[Store]:
    """A server of its own for each test, as small as localbucket's is."""
    needs_module("localbucket", INSTALL)
    root, port = tmp_path / "store", free_port()
    with (tmp_path / "store.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, "--host", "127.0.0.1", "--port", str(port), str(root)],
            stdin=subprocess.PIPE, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            _await(port)
            faults = Faults()
            with _proxy(port, faults):
                yield Store(root, port, process, faults)
        finally:
            process.kill()
            process.wait()
            assert process.stdin is not None
            process.stdin.close()


def _await(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the store does not answer")


class _proxy:  # noqa: N801 - used like a function
    """Passes requests on to the store, less what ``faults`` takes away."""

    def __init__(self, port: int, faults: Faults) -> None:
        handler = type("Handler", (_Handler,), {"store": port, "faults": faults})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        faults.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20
    store: int
    faults: Faults

    def log_message(self, *_: Any) -> None:
        """Be quiet."""

    def do_HEAD(self) -> None:
        self._pass_on()

    def do_GET(self) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        faults, path = self.faults, self.path.partition("?")[0]
        faults.asked[f"{self.command} {path}"] += 1
        if faults.answers is not None:
            faults.answers -= 1
            if faults.answers < 0:
                self.close_connection = True
                return
        if faults.denied is not None:
            body = b"" if self.command == "HEAD" else _error(faults.denied)
            self._answer(403, {"Content-Type": "application/xml"}, body)
        elif faults.listing is not None and "list-type=2" in self.path:
            self._answer(200, {"Content-Type": "application/xml"}, faults.listing)
        else:
            self._asked_of_store(faults.cut.get(path))

    def _asked_of_store(self, cut: int | None) -> None:
        link = http.client.HTTPConnection("127.0.0.1", self.store, timeout=20)
        try:
            link.request(self.command, self.path, headers=dict(self.headers.items()))
            answer = link.getresponse()
            body = answer.read()
            headers = {k: v for k, v in answer.getheaders() if k.lower() != "content-length"}
            length = int(answer.getheader("Content-Length") or len(body))
        except OSError:
            self.close_connection = True
            return
        finally:
            link.close()
        if cut is not None and self.command == "GET":
            body, self.close_connection = body[:cut], True
        self._answer(answer.status, headers, body, length)

    def _answer(
        self, status: int, headers: dict[str, str], body: bytes, length: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("connection", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)


def _error(code: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code>'
        "<Message>No.</Message><RequestId>1</RequestId></Error>"
    ).encode()


def listing_of(*keys: bytes) -> bytes:
    """The answer to a listing, with keys as they are given."""
    held = b"".join(
        b"<Contents><Key>%s</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
        b"<Size>%d</Size></Contents>" % (key, 0 if key.endswith(b"/") else 3)
        for key in keys
    )
    return (
        b'<?xml version="1.0" encoding="UTF-8"?>'
        b'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>'
        b"<Prefix></Prefix><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>%s"
        b"</ListBucketResult>" % held
    )


@pytest.fixture
def odd_listing() -> Callable[..., bytes]:
    """Make the answer to a listing."""
    return listing_of


@pytest.fixture
def closed_port() -> int:
    """A port on which nobody answers."""
    return free_port()
