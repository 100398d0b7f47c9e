"""A server and its work begin and end together, and nothing that fails is left standing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from detector.errors import EnduseError
from detector.http import PageServer, Web, serve_until
from detector.http.kept import told_in_a_line


class Stop(threading.Event):
    """A stop that comes by itself in the end, so that a fault fails a test and hangs none."""

    def __init__(self) -> None:
        super().__init__()
        self._end = time.monotonic() + 10

    def wait(self, timeout: float | None = None) -> bool:
        if time.monotonic() > self._end:
            self.set()
        return super().wait(timeout)


@pytest.fixture
def server() -> PageServer:
    return PageServer("127.0.0.1:0", {}, Web())


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def until_told(stop: threading.Event) -> None:
    stop.wait(30)


def closed(server: PageServer) -> bool:
    return server.socket.fileno() == -1


def test_it_serves_until_it_is_told_to_stop(server: PageServer) -> None:
    stop, where = Stop(), []

    def started(host: str, port: int) -> None:
        where.append((host, port))
        threading.Timer(0.3, stop.set).start()

    began = time.monotonic()
    serve_until(stop, server, until_told, started=started)
    assert where == [("127.0.0.1", server.server_port)]
    assert 0.2 < time.monotonic() - began < 2.0
    assert closed(server)
    time.sleep(0.05)


def test_work_that_ends_by_a_fault_ends_the_service(server: PageServer) -> None:
    stop = Stop()

    def fails(_stop: threading.Event) -> None:
        raise KeyError("\x1b[2J")

    with pytest.raises(EnduseError, match=r"'looks' .* by KeyError: .*x1b.*test_running") as told:
        serve_until(stop, server, fails)
    assert str(told.value).isprintable()
    assert isinstance(told.value.__cause__, KeyError)
    assert told.value.exit_code == 1
    assert stop.is_set()
    assert closed(server)


def test_work_that_ends_without_a_word_ends_the_service_too(server: PageServer) -> None:
    with pytest.raises(EnduseError, match="ended before it was asked to"):
        serve_until(Stop(), server, lambda _stop: None)
    assert closed(server)


def test_a_server_that_ends_by_a_fault_ends_the_service(
    server: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_self: PageServer) -> None:
        raise MemoryError

    monkeypatch.setattr(PageServer, "service_actions", fails)
    with pytest.raises(EnduseError, match=r"'http' .* by MemoryError"):
        serve_until(Stop(), server, until_told)


@pytest.mark.parametrize("thread", ["http", "looks"])
def test_a_thread_that_cannot_be_started_leaves_nothing_behind(
    server: PageServer, monkeypatch: pytest.MonkeyPatch, thread: str
) -> None:
    real = threading.Thread.start

    def start(self: threading.Thread) -> None:
        if self.name == thread:
            raise RuntimeError("can't start new thread")
        real(self)

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(RuntimeError, match="new thread"):
        serve_until(Stop(), server, until_told)
    assert closed(server)


def test_whatever_fails_at_the_end_the_server_is_closed(server: PageServer) -> None:
    def fails() -> None:
        raise BrokenPipeError("the worker's pipe")

    def started(_host: str, _port: int) -> None:
        raise BrokenPipeError("nobody reads what it says")

    with pytest.raises(BrokenPipeError, match="worker's pipe"):
        serve_until(Stop(), server, until_told, interrupt=fails, started=started)
    assert closed(server)


def test_work_that_does_not_return_keeps_nobody_waiting(server: PageServer) -> None:
    let_go, stop = Stop(), threading.Event()
    began = time.monotonic()
    serve_until(
        stop, server, lambda _stop: (let_go.wait(30), None)[1], started=lambda *_: stop.set()
    )
    assert time.monotonic() - began < 3.0
    let_go.set()
    time.sleep(0.1)


def test_signals_are_given_back(server: PageServer) -> None:
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    stop = Stop()
    serve_until(stop, server, until_told, started=lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    assert stop.is_set()
    assert [signal.getsignal(number) for number in numbers] == before


_UNTIL_TOLD = """
import threading
from detector.http import PageServer, Web, serve_until
serve_until(
    threading.Event(), PageServer("127.0.0.1:0", {}, Web()), lambda stop: (stop.wait(), None)[1],
    started=lambda *_: print("here", flush=True),
)
"""


def test_however_often_and_fast_signals_come_it_ends() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _UNTIL_TOLD], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"here\n"
            for number in range(4_000):
                os.kill(process.pid, signal.SIGHUP)
                if number % 10 == 0:
                    time.sleep(0.00002)
            for _ in range(100):
                os.kill(process.pid, signal.SIGTERM)
            # The very last of them may find a process that has given its signals back.
            assert process.wait(10) in (0, -signal.SIGTERM, -signal.SIGHUP)
        finally:
            process.kill()


def test_a_signal_that_interrupts_whoever_holds_the_lock_of_the_event_ends_it_too() -> None:
    program = _UNTIL_TOLD.replace("threading.Event()", "stop").replace(
        "serve_until(\n", "stop = threading.Event()\nserve_until(\n"
    )
    program = program.replace(
        'started=lambda *_: print("here", flush=True)', "started=lambda *_: interrupted()"
    )
    interrupted = """
import os, signal
def interrupted():
    with stop._cond:
        os.kill(os.getpid(), signal.SIGTERM)
"""
    done = subprocess.run([sys.executable, "-c", interrupted + program], timeout=10, check=False)
    assert done.returncode == 0


def test_a_hang_up_reads_the_web_configuration_again(
    server: PageServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config, stop = tmp_path / "web.toml", Stop()
    caplog.set_level("INFO")

    def hang_up(until: Callable[[], bool]) -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        end = time.monotonic() + 10
        while not until():
            assert time.monotonic() < end
            time.sleep(0.01)

    def work(stop: threading.Event) -> None:
        config.write_text(f"[authentication]\nbearer_sha256 = ['{'0' * 64}']\n")
        hang_up(lambda: not server.gate.admits(None))
        config.write_text("[nonsense]\n")
        hang_up(lambda: "stays" in caplog.text)
        stop.set()

    serve_until(stop, server, work, web_config=config)
    assert not server.gate.admits(None)
    assert "unknown entry 'nonsense'" in caplog.text


_PROGRAM = """
import sys, threading
from detector.exporter import ResultsPage, serve_results
def fails(self):
    raise ZeroDivisionError("a fault")
ResultsPage.refresh = fails
from pathlib import Path
from detector.cli.app import main
sys.argv = ["enduse", "serve", "--results", sys.argv[1], "--listen", "127.0.0.1:0"]
sys.exit(main())
"""


def test_a_process_whose_work_fails_says_so_and_exits_with_1(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}")
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1, done.stderr
    assert "'looks' of the service ended" in done.stderr
    assert "ZeroDivisionError: a fault" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_failure_is_told_in_one_safe_line() -> None:
    assert told_in_a_line(None) == "nothing that was told"
    assert told_in_a_line(ValueError("a\nb")) == "ValueError: a\\nb"
    assert len(told_in_a_line(ValueError("x" * 9999))) < 400
