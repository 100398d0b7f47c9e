"""No client holds a place for longer than the bound, whatever it does or leaves undone."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from detector.exporter.server import MetricsServer
from detector.http import BOUNDS, Bounds, Page, PageServer, Reply, Request, Web
from detector.http.address import home_of, is_among
from detector.service.api import Shown
from detector.service.server import LiveServer
from tests.examples import first as first_of

Serve = Callable[..., PageServer]
Connect = Callable[[PageServer], Any]
SHORT = Bounds(request_seconds=0.6, reply_seconds=0.6)
LOOPBACK = (ip_network("127.0.0.0/8"),)
LARGE = b"x" * 30_000_000
GET = b"GET /hello HTTP/1.1\r\n\r\n"


def free(server: PageServer) -> bool:
    """Whether every place is free again; a thread needs a moment to leave."""
    until = time.monotonic() + 5
    while len(server._clients) and time.monotonic() < until:
        time.sleep(0.01)
    return len(server._clients) == 0


def test_the_bounds_of_every_port_are_these() -> None:
    assert Bounds(15.0, 15.0, 65_536, 32_768, 1_048_576, 512, 64, 384) == BOUNDS
    with (
        MetricsServer("127.0.0.1:0", lambda: b"") as exporter,
        LiveServer("127.0.0.1:0", Web(), lambda: Shown(b"", None)) as service,
    ):
        assert exporter.bounds is service.bounds is BOUNDS


@pytest.mark.parametrize(
    "first",
    [
        b"G",
        b"GET /hello HTTP/1.1\r\nX: ",
        b"POST /echo HTTP/1.1\r\nContent-Length: 1000\r\n\r\n",
    ],
    ids=["request line", "headers", "body"],
)
def test_a_request_that_comes_byte_by_byte_is_cut_at_the_bound(
    serve: Serve, client: Connect, first: bytes
) -> None:
    server = serve(bounds=SHORT)
    slow = client(server)
    slow.say(first)
    assert 0.5 < slow.dripped(b"x", 0.1) < 2.0
    assert free(server)


@pytest.mark.parametrize(
    "first", first_of([b"", b"POST /echo HTTP/1.1\r\nContent-Length: 9\r\n\r\n", b"GET /hel"], 2)
)
def test_a_client_that_falls_silent_is_cut_at_the_bound(
    serve: Serve, client: Connect, first: bytes
) -> None:
    server = serve(bounds=SHORT)
    silent = client(server)
    silent.say(first)
    assert 0.5 < silent.held() < 2.0
    assert free(server)


def test_a_handshake_that_never_comes_is_cut_at_the_bound(
    serve: Serve, client: Connect, certificate: Path
) -> None:
    web = Web(certificate / "cert.pem", certificate / "key.pem")
    server = serve(web=web, bounds=SHORT)
    silent, half = client(server), client(server)
    half.say(b"\x16\x03\x01\x02\x00\x01\x00")
    assert 0.5 < silent.held() < 2.0
    assert 0.5 < half.held() < 2.0
    assert free(server)


def test_a_client_that_never_reads_its_reply_is_gone_after_the_bound(
    serve: Serve, client: Connect
) -> None:
    page = Page(lambda _request: Reply(HTTPStatus.OK, "text/plain", LARGE))
    server = serve({"/hello": page}, bounds=Bounds(reply_seconds=0.6, reply_rate=10**12))
    deaf = client(server)
    deaf.say(GET)
    time.sleep(0.3)
    assert len(server._clients) == 1
    assert free(server)
    assert time.monotonic() - deaf.began < 3.0


def test_a_client_that_reads_a_byte_now_and_then_is_gone_too(serve: Serve, client: Connect) -> None:
    page = Page(lambda _request: Reply(HTTPStatus.OK, "text/plain", LARGE))
    server = serve({"/hello": page}, bounds=Bounds(reply_seconds=0.6, reply_rate=10**12))
    slow = client(server)
    slow.say(GET)
    while len(server._clients) or time.monotonic() - slow.began < 0.3:
        assert time.monotonic() - slow.began < 3.0
        slow.socket.recv(1)
        time.sleep(0.05)


def test_a_large_reply_on_a_slow_line_is_not_cut(serve: Serve, client: Connect) -> None:
    page = Page(lambda _request: Reply(HTTPStatus.OK, "text/plain", LARGE))
    server = serve({"/hello": page}, bounds=Bounds(reply_seconds=0.2, reply_rate=5_000_000))
    slow = client(server)
    slow.say(GET)
    time.sleep(1.0)
    assert len(slow.said()) > len(LARGE)


def test_time_that_the_page_takes_is_not_the_clients(serve: Serve, client: Connect) -> None:
    def long(_request: Request) -> Reply:
        time.sleep(1.2)
        return Reply(HTTPStatus.OK, "text/plain", b"done")

    patient = client(serve({"/hello": Page(long)}, bounds=SHORT))
    patient.say(GET)
    assert patient.said().endswith(b"done")


@pytest.mark.parametrize("port", first_of(["exporter", "service"]))
def test_slow_clients_neither_stop_a_scrape_nor_stay(port: str) -> None:
    bounds = Bounds(request_seconds=3.0)
    server: PageServer = (
        MetricsServer("127.0.0.1:0", lambda: b"x 1\n", bounds=bounds)
        if port == "exporter"
        else LiveServer("127.0.0.1:0", Web(), lambda: Shown(b"x 1\n", None), bounds)
    )
    address = ("127.0.0.1", server.server_port)
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        slow = [socket.create_connection(address) for _ in range(200)]
        try:
            for one in slow[:100]:
                one.sendall(b"GET /metrics HTTP/1.1\r\nX")
            with socket.create_connection(address, timeout=5) as scrape:
                scrape.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
                assert scrape.recv(1000).startswith(b"HTTP/1.0 200")
            # It did not wait for them: they are all still here.
            assert len(server._clients) >= 200
            for one in slow:
                one.settimeout(10)
                assert one.recv(100) == b""
            assert free(server)
        finally:
            for one in slow:
                one.close()
            server.shutdown()
            thread.join()


@pytest.mark.long
def test_a_byte_every_three_seconds_is_gone_after_the_bound_on_both_ports() -> None:
    def held(server: PageServer, told: dict[str, float]) -> None:
        with socket.create_connection(("127.0.0.1", server.server_port), timeout=3) as slow:
            began = time.monotonic()
            while time.monotonic() - began < 40:
                try:
                    slow.sendall(b"G")
                    slow.recv(1)
                    break
                except TimeoutError:
                    continue
                except ConnectionError:
                    break
            told[type(server).__name__] = time.monotonic() - began

    told: dict[str, float] = {}
    with (
        MetricsServer("127.0.0.1:0", lambda: b"") as exporter,
        LiveServer("127.0.0.1:0", Web(), lambda: Shown(b"", None)) as service,
    ):
        serving = [threading.Thread(target=s.serve_forever) for s in (exporter, service)]
        asking = [threading.Thread(target=held, args=(s, told)) for s in (exporter, service)]
        for thread in (*serving, *asking):
            thread.start()
        for thread in asking:
            thread.join()
        exporter.shutdown()
        service.shutdown()
        for thread in serving:
            thread.join()
    assert set(told) == {"MetricsServer", "LiveServer"}
    assert all(14.9 < seconds < 17 for seconds in told.values()), told


def test_more_clients_than_places_are_hung_up_on(serve: Serve, client: Connect) -> None:
    server = serve(bounds=Bounds(clients=2))
    first, _second = client(server), client(server)
    while len(server._clients) < 2:
        time.sleep(0.01)
    assert client(server).held() < 5
    assert server.counts.refusals.read()["places"] == 1
    first.say(GET)
    assert first.status() == 200


def held_by(server: PageServer, count: int) -> None:
    until = time.monotonic() + 10
    while len(server._clients) != count:
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize(("proxies", "share"), [((), 2), (LOOPBACK, 4)])
def test_one_address_leaves_places_to_others(
    serve: Serve, client: Connect, proxies: Any, share: int
) -> None:
    server = serve(web=Web(proxies=proxies), bounds=Bounds(clients=8, of_one=2, of_proxy=4))
    first, *_others = [client(server) for _ in range(share)]
    held_by(server, share)
    assert client(server).held() < 5
    assert server.counts.refusals.read()["address"] == 1
    with socket.create_connection(
        ("127.0.0.1", server.server_port), source_address=("127.0.0.2", 0), timeout=5
    ) as other:
        other.sendall(GET)
        assert other.recv(100).startswith(b"HTTP/1.0 200")
    # A place that is left is there for the next of the same address.
    first.say(GET)
    assert first.status() == 200
    held_by(server, share - 1)
    late = client(server)
    late.say(GET)
    assert late.status() == 200


def test_a_customer_of_ipv6_is_one_address() -> None:
    assert home_of("2001:db8:0:1::7") == home_of("2001:db8:0:1:ffff::%eth0")
    assert home_of("2001:db8:0:1::7") != home_of("2001:db8:0:2::7")
    assert home_of("::ffff:192.0.2.1") == home_of("192.0.2.1") != home_of("192.0.2.2")
    assert home_of("::1") == "::1"
    assert is_among("::ffff:10.1.2.3", (ip_network("10.0.0.0/8"),))
    assert not is_among("2001:db8::1", (ip_network("10.0.0.0/8"),))


def test_addresses_that_left_are_forgotten(serve: Serve, client: Connect) -> None:
    server = serve()
    asking = client(server)
    asking.say(GET)
    assert asking.status() == 200
    held_by(server, 0)
    assert not server._clients._of
    assert not server._clients._homes


def test_a_thread_that_cannot_be_started_costs_no_place(
    serve: Serve, client: Connect, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    server = serve(bounds=Bounds(clients=2))
    real = threading.Thread.start

    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    for _ in range(5):
        assert client(server).held() < 5
    monkeypatch.setattr(threading.Thread, "start", real)
    assert len(server._clients) == 0
    late = client(server)
    late.say(GET)
    assert late.status() == 200
    assert server.counts.refusals.read()["thread"] == 5
    # One line for all five.
    (told,) = caplog.messages
    assert "can't start new thread" in told


def test_a_server_that_closes_lets_go_of_everybody(serve: Serve, client: Connect) -> None:
    server = serve()
    held = client(server)
    while not len(server._clients):
        time.sleep(0.01)
    server.server_close()
    assert held.held() < 5
