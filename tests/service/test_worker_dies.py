"""A worker that dies, at any moment, is told of and replaced; the service ends when it is told."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from detector.service import Options, Serving, live
from detector.service.live import LiveService, WorkerDied, WorkerProcess, serve_live
from detector.service.worker import Told

ANSWERS = "import sys\nsys.stdin.readline()\nfor line in sys.stdin: print('{}', flush=True)"
HALF = "import sys\nsys.stdin.readline(); sys.stdin.readline(); print('{\"run\": nu', end='')"
NONSENSE = "import sys\nfor line in sys.stdin: print('[3]', flush=True)"
UNKNOWN = "import sys\nfor line in sys.stdin: print('{\"x\": 3}', flush=True)"
DEAF = (
    "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint('x', flush=True)\ntime.sleep(60)"
)


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What the next workers are: a program, or what is raised instead; the last one stays.

    Every one started is dead, and its pipes are closed, when the test ends.
    """
    wanted: list[Any] = []
    started: list[subprocess.Popen[str]] = []

    def start(_words: list[str], **named: Any) -> subprocess.Popen[str]:
        program = wanted.pop(0) if len(wanted) > 1 else wanted[0]
        if isinstance(program, Exception):
            raise program
        process = subprocess.Popen([sys.executable, "-c", program], **named)
        started.append(process)
        if program == "":
            process.wait()  # dead before its options are written, as on a busy machine
        return process

    stand_in = SimpleNamespace(
        Popen=start, PIPE=subprocess.PIPE, TimeoutExpired=subprocess.TimeoutExpired
    )
    monkeypatch.setattr(live, "subprocess", stand_in)
    yield wanted
    for process in started:
        assert process.poll() is not None
        assert process.stdin is not None
        assert process.stdin.closed


def worker() -> WorkerProcess:
    return WorkerProcess(Options("inbox", "state"))


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("", "with exit code 0"),
        ("raise SystemExit(3)", "with exit code 3"),
        ("import os; os.kill(os.getpid(), 9)", "by signal 9"),
        (HALF, "with exit code 0"),
        (NONSENSE, "gave an answer that is none"),
        (UNKNOWN, "gave an answer that is none"),
        (OSError(12, "Cannot allocate memory"), "could not be started: .*memory"),
    ],
    ids=["at once", "code", "killed", "half an answer", "a list", "unknown words", "no memory"],
)
def test_a_worker_that_gives_no_answer_is_told_of_and_replaced(
    workers: list[Any], program: str, sentence: str
) -> None:
    workers += [program, ANSWERS]
    process = worker()
    with pytest.raises(WorkerDied, match=sentence):
        process.look()
    assert process.look() == Told()
    assert process.look() == Told()
    process.end()
    assert process.look() is None


def test_a_worker_that_asks_for_it_gives_way_to_a_fresh_one_and_no_death_is_told(
    workers: list[Any],
) -> None:
    workers[:] = [ANSWERS.replace("{}", '{"worn": true}'), ANSWERS]
    process = worker()
    try:
        assert (process.look() or Told()).worn
        assert not (process.look() or Told(worn=True)).worn
        assert not (process.look() or Told(worn=True)).worn
    finally:
        process.end()


def test_a_worker_killed_between_two_looks_is_replaced(workers: list[Any]) -> None:
    workers += [ANSWERS]
    process = worker()
    assert process.look() == Told()
    assert process._process is not None
    process._process.kill()
    process._process.wait()
    with pytest.raises(WorkerDied, match="signal 9"):
        process.look()
    assert process.look() == Told()
    process.end()


@pytest.mark.parametrize("program", ["", ANSWERS])
def test_an_end_with_a_broken_pipe_raises_nothing(workers: list[Any], program: str) -> None:
    workers += [program]
    process = worker()
    running, _ = process._running()
    assert running is not None
    assert running.stdin is not None
    # Words that nobody reads any more wait in the pipe's buffer.
    running.stdin.write("{}")
    process.end()
    process.end()


def test_an_end_in_the_middle_of_a_look_is_quick(
    workers: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_END_SECONDS", 0.5)
    workers += ["import time\ntime.sleep(60)"]
    process, told = worker(), []
    look = threading.Thread(target=lambda: told.append(process.look()))
    look.start()
    while process._process is None:
        time.sleep(0.01)
    began = time.monotonic()
    process.end()
    look.join(5)
    assert time.monotonic() - began < 2
    assert told == [None]


def test_a_worker_that_will_not_go_is_killed(
    workers: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_END_SECONDS", 0.3)
    monkeypatch.setattr(live, "_GRACE_SECONDS", 0.1)
    workers += [DEAF]
    process = worker()
    with pytest.raises(WorkerDied, match="none"):
        process.look()
    process.end()


class Paces(threading.Event):
    """A stop that is set after some looks; keeps how long was waited between them."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.waited: list[float] = []
        self._looks = looks

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout or 0.0)
        if len(self.waited) == self._looks:
            self.set()
        return self.is_set()


def test_one_that_dies_again_and_again_is_started_ever_less_often_and_told_each_time(
    workers: list[Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    workers += [""]
    service = LiveService(Serving(Options("inbox", str(tmp_path)), "127.0.0.1:0", b"k" * 32))
    stop = Paces(looks=6)
    live._keep_looking(service, worker(), 5.0, stop)
    assert stop.waited == [10, 20, 40, 60, 60, 60]
    told = [message for message in caplog.messages if "worker" in message]
    assert len(told) == 6
    assert told[0] == (
        "worker failed: it ended before its time, with exit code 0; a new one is started in 10 s"
    )
    assert "2 times in a row; a new one is started in 20 s" in told[1]
    shown = service.shown()
    assert shown.failing == ("worker",)
    assert b'enduse_collector_success{collector="results"} 0.0' in shown.metrics


def test_one_that_works_again_is_looked_to_as_before(workers: list[Any], tmp_path: Path) -> None:
    workers += ["", "", ANSWERS]
    service = LiveService(Serving(Options("inbox", str(tmp_path)), "127.0.0.1:0", b"k" * 32))
    stop, process = Paces(looks=4), worker()
    live._keep_looking(service, process, 0.5, stop)
    process.end()
    assert stop.waited == [1, 2, 0.5, 0.5]
    assert service.shown().failing == ()


def test_a_service_whose_worker_cannot_live_looks_on_and_ends_when_told(
    workers: list[Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    workers += [""]
    stop = threading.Event()
    serving = Serving(Options("inbox", str(tmp_path)), "127.0.0.1:0", b"k" * 32, poll=0.05)
    service = threading.Thread(target=serve_live, args=(serving, stop))
    service.start()
    until = time.monotonic() + 20
    while "3 times in a row" not in caplog.text:
        assert time.monotonic() < until
        time.sleep(0.02)
    stop.set()
    service.join(5)
    assert not service.is_alive()
    assert not [t for t in threading.enumerate() if t.name in ("http", "looks")]


def test_a_last_run_that_is_damaged_is_told_of_and_stops_no_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "runs" / "00000001-00000001"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text('{"model_id": "m"}')
    (tmp_path / "latest").symlink_to("runs/00000001-00000001")
    service = LiveService(Serving(Options("inbox", str(tmp_path)), "127.0.0.1:0", b"k" * 32))
    assert service.shown().published is None
    assert service.shown().failing == ("publish",)
    for _ in range(3):
        service.tell(Told(run=str(folder)))
    assert len(caplog.messages) == 1
    assert os.fspath(folder) in caplog.text
