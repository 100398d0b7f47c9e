"""A service manager hears at its socket when the service is ready, reads again, lives and ends."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from detector.errors import EnduseError
from detector.http import PageServer, Web, serve_until
from detector.http.manager import Manager

Heard = Callable[[], list[str]]


@pytest.fixture(params=["in a folder", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "s") if request.param == "in a folder" else f"@enduse-{os.getpid()}"


@pytest.fixture
def heard(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    """``heard()``: the datagrams so far; the environment names the socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(address.replace("@", "\0", 1))
        receiver.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        found: list[str] = []

        def read() -> list[str]:
            try:
                while True:
                    found.append(receiver.recv(4096).decode())
            except BlockingIOError:
                return found

        yield read


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_it_hears_of_every_step_from_ready_to_the_end(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "300000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    server, stop, before = PageServer("127.0.0.1:0", {}, Web()), threading.Event(), []

    def work(_stop: threading.Event) -> None:
        until(lambda: heard().count("WATCHDOG=1") >= 2)
        os.kill(os.getpid(), signal.SIGHUP)
        until(lambda: heard().count("READY=1") == 2)
        stop.set()
        stop.wait(5)

    serve_until(
        stop, server, work, status=lambda: "shows run 3\nREADY=1\x1b[2J",
        started=lambda *_: before.extend(heard()),
    )  # fmt: skip
    said = heard()
    assert before == []
    assert said[0] == "READY=1"
    assert said[-1] == "STOPPING=1"
    assert "STATUS=shows run 3\\nREADY=1\\x1b[2J" in said
    (again,) = (line for line in said if line.startswith("RELOADING=1\nMONOTONIC_USEC="))
    assert said[said.index(again) + 1] == "READY=1"
    assert sum(line.startswith("STATUS") for line in said) == 1


def test_there_is_no_beat_once_the_looks_have_ended(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "3000")
    dead = threading.Event()
    real = threading.Thread.is_alive
    # Its end is seen at once, and the loop goes on: a beat would be one of a service without looks.
    monkeypatch.setattr(
        threading.Thread, "is_alive",
        lambda one: not (one.name == "looks" and dead.is_set()) and real(one),
    )  # fmt: skip

    def work(_stop: threading.Event) -> None:
        until(lambda: "WATCHDOG=1" in heard())
        dead.set()
        heard().clear()
        time.sleep(0.5)

    stop = threading.Event()
    late = threading.Timer(5, stop.set)
    late.start()
    with pytest.raises(EnduseError, match="'looks'"):
        serve_until(stop, PageServer("127.0.0.1:0", {}, Web()), work)
    late.cancel()
    assert heard()[-1] == "STOPPING=1"
    assert heard().count("WATCHDOG=1") <= 1


def test_the_watchdog_of_another_process_gets_no_beat(heard: Heard, address: str) -> None:
    theirs = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}
    for environ in (theirs, {**theirs, "WATCHDOG_USEC": "soon", "WATCHDOG_PID": ""}):
        Manager.of(environ).alive(str)
    assert heard() == []


def test_a_manager_that_has_gone_is_told_of_once_and_ends_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    manager = Manager(str(tmp_path / "none"))
    manager.ready()
    manager.stopping()
    assert caplog.text.count("cannot be told") == 1


def test_without_a_manager_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", None)
    Manager.of({}).ready()
