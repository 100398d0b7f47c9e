"""A stage at which workers die again and again is told of, and tried ever less often."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from email.message import Message
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from detector.doctor_service import _fallen
from detector.http import Request
from detector.pipeline.ingest import ingest
from detector.service import Options, Serving, live
from detector.service.api import site_of
from detector.service.deaths import Deaths
from detector.service.live import LiveService, WorkerDied, WorkerProcess
from detector.service.stages import Fall, Falls, Fell, forget_stage, was_doing
from detector.service.worker import Told, Worker
from detector.sources.listing import Listed
from tests.service import odd

OWN = "list_id,entry_id,name\nown,1,Acme Nowhere Ltd\n"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def dies(state: Path, clock: Clock, of: str = "3") -> None:
    """A process ends in a stage: what it wrote stays."""
    with Falls(state, clock).doing("score", f"scored state {of}", of):
        written = (state / ".doing.json").read_bytes()
    (state / ".doing.json").write_bytes(written)


def score(memory: Falls, of: str = "3") -> None:
    with memory.doing("score", f"scored state {of}", of):
        pass


def test_after_the_second_death_the_same_work_waits_ever_longer_and_other_work_does_not(
    tmp_path: Path,
) -> None:
    clock = Clock()
    dies(tmp_path, clock)
    memory = Falls(tmp_path, clock)
    score(memory)
    assert memory.many() == []
    for times, pause in ((2, 30), (3, 60), (4, 120), (5, 240), (6, 300), (7, 300)):
        dies(tmp_path, clock)
        memory = Falls(tmp_path, clock)
        with pytest.raises(Fell, match=f"ended {times} times in a row while it scored state 3"):
            score(memory)
        score(memory, "4")
        with memory.doing("ingest", "looked at the inbox", "3"):
            pass
        clock.now += pause - 1
        with pytest.raises(Fell, match=f"again {pause} s after"):
            score(Falls(tmp_path, clock))
        clock.now += 1
        score(memory)
    assert [(fall.stage, fall.times) for fall in memory.many()] == [("score", 7)]


def test_a_stage_that_came_to_its_end_is_acquitted(tmp_path: Path) -> None:
    clock = Clock()
    for _ in range(2):
        dies(tmp_path, clock)
        clock.now += 31
    memory = Falls(tmp_path, clock)
    with pytest.raises(Fell):
        memory.refuse("score")
    memory.acquit("score")
    memory.refuse("score")
    assert memory.many() == Falls(tmp_path, clock).many() == []


def test_what_is_raised_or_wanted_is_no_death_and_a_death_at_a_file_is_the_files(
    tmp_path: Path,
) -> None:
    clock = Clock()
    with pytest.raises(KeyboardInterrupt), Falls(tmp_path, clock).doing("score", "scored", "3"):
        raise KeyboardInterrupt
    assert was_doing(tmp_path) is None
    dies(tmp_path, clock)
    assert was_doing(tmp_path) == "scored state 3"
    forget_stage(tmp_path)
    assert was_doing(tmp_path) is None
    memory, files = Falls(tmp_path, clock), Deaths(tmp_path, lambda _file: None)
    with memory.doing("ingest", "looked at the inbox", "3"):
        memory.at("settled rows")
        assert was_doing(tmp_path) == "settled rows"
        with files.reading(Listed("usage/a.csv", "usage", (1, 100, 1)), "s"):
            assert was_doing(tmp_path) is None
            left = {p: p.read_bytes() for p in tmp_path.iterdir()}
    for path, data in left.items():
        path.write_bytes(data)
    Falls(tmp_path, clock)
    assert not (tmp_path / ".falls.json").exists()


def test_a_clock_that_was_set_back_holds_no_stage_up(tmp_path: Path) -> None:
    clock = Clock()
    for _ in range(2):
        dies(tmp_path, clock)
    Falls(tmp_path, clock)
    clock.now -= 500
    score(Falls(tmp_path, clock))


@pytest.mark.parametrize("text", ["", "[{", "[3]", '[{"stage": 1, "doing": 2, "of": 3}]', "{}"])
def test_a_memory_that_was_cut_off_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / ".doing.json").write_text(text)
    (tmp_path / ".falls.json").write_text(text)
    assert Falls(tmp_path).many() == []


@pytest.fixture
def inbox(tmp_path: Path, inbox_files: Callable[..., dict[str, str]]) -> Path:
    for path, text in inbox_files(days=2, accounts=8, ring=False).items():
        (tmp_path / "inbox" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "inbox" / path).write_text(text)
    (tmp_path / "state").mkdir()
    return tmp_path / "inbox"


@pytest.fixture
def process(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerProcess]:
    """A real worker, started anew after each death; it dies where ``dies`` says."""
    monkeypatch.setattr(live, "_WORK", odd.FALLING)
    monkeypatch.setenv(odd.DIES, str(inbox.parent / "dies"))
    process = WorkerProcess(Options(str(inbox), str(inbox.parent / "state"), max_bad=0.5))
    yield process
    process.end()


def look(process: WorkerProcess, service: LiveService, died: list[str]) -> Told | None:
    """A look, told to the service as the service's own thread does; None where the worker died."""
    try:
        told = process.look()
    except WorkerDied as death:
        died.append(str(death))
        service.tell(Told(failed={"worker": str(death)}, reasons={"worker": "died"}))
        return None
    assert told is not None
    service.tell(told)
    return told


def status(service: LiveService) -> Any:
    page = site_of(service.shown)["/api/v1/status"]
    asked = Request("GET", "/api/v1/status", "", Message(), BytesIO(), "127.0.0.1", secure=False)
    return json.loads(page.answer(asked).body)


@pytest.mark.long
@pytest.mark.parametrize(
    ("dies", "stage", "doing"),
    [("score", "score", "scored state 1 with a model of its own"),
     # Five processes each, of which one learns a model.
     pytest.param("settle", "ingest", "settled rows", marks=pytest.mark.long)],
)  # fmt: skip
def test_workers_that_die_at_a_stage_are_told_of_wait_and_go_on_when_it_is_mended(
    process: WorkerProcess, inbox: Path, caplog: pytest.LogCaptureFixture,
    dies: str, stage: str, doing: str,
) -> None:  # fmt: skip
    state, died = inbox.parent / "state", list[str]()
    (inbox.parent / "dies").write_text(dies)
    service = LiveService(Serving(Options(str(inbox), str(state)), "127.0.0.1:0", b"k" * 32))
    told = None
    while told is None or not told.failed:
        told = look(process, service, died)
        assert len(died) < 4, died
    assert died == [f"it ended before its time, by signal 6, while it {doing}"] * 2
    assert told.reasons == {stage: "died"}
    assert f"the worker ended 2 times in a row while it {doing}" in told.failed[stage]
    assert told.failed[stage] in caplog.text
    assert f'stage="{stage}",reason="died"'.encode() in service.shown().metrics or (
        f'reason="died",stage="{stage}"'.encode() in service.shown().metrics
    )
    shown = status(service)
    assert shown["failing"] == [stage]
    assert shown["fallen"] == [{"stage": stage, "why": told.failed[stage]}]
    assert [(f.state, f.subject) for f in _fallen(shown["fallen"])] == [("fail", "worker")]
    again = look(process, service, died)
    assert (again or Told()).failed == told.failed, "it waits, and the fault is not told as over"
    since = [line for line in service.shown().metrics.splitlines() if b"failing_since" in line]
    (inbox.parent / "over").touch()
    while len(died) < 3:
        tried = look(process, service, died)
        assert tried is None or tried.failed, "a look that does not reach the work mends nothing"
    assert [line for line in service.shown().metrics.splitlines() if since[-1] == line]
    (inbox.parent / "dies").unlink()
    until = time.monotonic() + 60
    while service.shown().published is None:
        look(process, service, died)
        time.sleep(0.2)
        assert time.monotonic() < until
    assert len(died) == 3
    assert (status(service)["failing"], status(service)["fallen"]) == ([], [])


def test_a_look_that_takes_nothing_yet_is_not_told_as_a_mended_one(inbox: Path) -> None:
    (inbox / "accounts.csv").unlink()  # Nothing is scored here.
    fall = {"stage": "ingest", "doing": "settled rows", "of": "x", "times": 2, "at": 0.0}
    (inbox.parent / "state" / ".falls.json").write_text(json.dumps([fall]))
    worker = Worker(Options(str(inbox), str(inbox.parent / "state")))
    first, second = worker.look(), worker.look()
    assert (list(first.failed), first.reasons) == (["ingest"], {"ingest": "died"})
    assert [told["stage"] for told in first.fallen] == ["ingest"]
    assert (second.failed, second.fallen, second.sequence) == ({}, [], 1)


def test_an_ingest_says_what_it_does_beside_reading_files(inbox: Path) -> None:
    (inbox / "lists").mkdir()
    (inbox / "lists" / "own.csv").write_text(OWN)
    said: list[str] = []
    ingest(inbox, inbox.parent / "state", say=said.append)
    assert said == [
        "settled rows", "read restricted-party lists", "stored the state", "packed small parts"
    ]  # fmt: skip


def test_the_pause_grows_to_minutes() -> None:
    assert [Fall("score", "scored", "", times).pause for times in (1, 2, 9)] == [0, 30, 300]
