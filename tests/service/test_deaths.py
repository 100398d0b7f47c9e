"""A file at which a worker dies is named and set aside; every other file is taken."""

from __future__ import annotations

import json
from collections.abc import Callable
from email.message import Message
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from detector.errors import Unreadable
from detector.http import Request
from detector.service import LiveService, Options, Serving, live
from detector.service.api import site_of
from detector.service.deaths import MOST_DEATHS, Deaths, Suspect, forget
from detector.service.live import WorkerDied, WorkerProcess
from detector.service.worker import Told
from detector.sources.listing import Listed
from detector.state import Store
from tests.service import odd

FILE = Listed("usage/a.csv", "usage", (1, 100, 1))


def deaths(state: Path, how: str | None = None) -> Deaths:
    return Deaths(state, lambda _file: how)


def dies(state: Path, file: Listed = FILE, sha256: str = "s") -> None:
    """A process ends while it reads: what it wrote stays."""
    with deaths(state).reading(file, sha256):
        written = {path: path.read_bytes() for path in state.iterdir()}
    for path, data in written.items():
        path.write_bytes(data)


def reads(memory: Deaths, sha256: str = "s") -> None:
    with memory.reading(FILE, sha256):
        pass


def test_a_file_is_a_suspect_after_one_death_and_set_aside_when_it_ends_another_process(
    tmp_path: Path,
) -> None:
    dies(tmp_path)
    memory = deaths(tmp_path, "by signal 6")
    assert memory.suspects == [Suspect("usage", "usage/a.csv", "s", 1)]
    assert deaths(tmp_path).suspects == memory.suspects, "the next worker knows it too"
    with pytest.raises(Unreadable, match=r"usage/a\.csv: .*ended, twice, now by signal 6; .*retry"):
        reads(memory)
    assert memory.suspects == deaths(tmp_path).suspects == []


def test_one_that_reads_well_alone_is_read_and_acquitted(tmp_path: Path) -> None:
    dies(tmp_path)
    memory = deaths(tmp_path)
    reads(memory)
    assert memory.suspects == deaths(tmp_path).suspects == []


def test_one_that_reads_well_alone_and_ends_each_worker_is_set_aside_in_the_end(
    tmp_path: Path,
) -> None:
    for _ in range(MOST_DEATHS):
        dies(tmp_path)
    with pytest.raises(Unreadable, match="ended, 3 times"):
        reads(deaths(tmp_path))


def test_another_content_is_no_suspect_and_nor_is_another_file(tmp_path: Path) -> None:
    dies(tmp_path)
    memory = deaths(tmp_path, "by signal 6")
    reads(memory, "another")
    with memory.reading(Listed("usage/b.csv", "usage", (1, 1, 1)), "s"):
        pass


def test_what_is_raised_or_wanted_is_no_death(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), deaths(tmp_path).reading(FILE, "s"):
        raise KeyboardInterrupt
    assert deaths(tmp_path).suspects == []
    dies(tmp_path)
    forget(tmp_path)
    assert deaths(tmp_path).suspects == []


@pytest.mark.parametrize("text", ["", "[{", "[3]", '[{"table": 1}]', "{}"])
def test_a_memory_that_was_cut_off_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / ".reading.json").write_text(text)
    (tmp_path / ".suspects.json").write_text(text)
    assert deaths(tmp_path).suspects == []


def test_the_status_names_what_stands_aside_until_a_look_says_otherwise(tmp_path: Path) -> None:
    service = LiveService(Serving(Options("inbox", str(tmp_path)), "127.0.0.1:0", b"k" * 32))
    page = site_of(service.shown)["/api/v1/status"]
    asked = Request("GET", "/api/v1/status", "", Message(), BytesIO(), "127.0.0.1", secure=False)

    def status() -> Any:
        return json.loads(page.answer(asked).body)["aside"]

    assert status() == {"files": 0, "by_table": {}, "first": []}
    first = [{"path": "usage/a.csv", "table": "usage", "reason": "is none"}]
    service.tell(Told(aside={"usage": 1, "labels": 2}, aside_first=first))
    told = {"files": 3, "by_table": {"usage": 1, "labels": 2}, "first": first}
    assert status() == told
    service.tell(Told(failed={"ingest": "the inbox has gone"}))
    assert status() == told
    service.tell(Told(aside={}))
    assert status()["files"] == 0


@pytest.fixture
def inbox(tmp_path: Path, inbox_files: Callable[..., dict[str, str]]) -> Path:
    for path, text in inbox_files(days=2, accounts=8).items():
        (tmp_path / "inbox" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "inbox" / path).write_text(text)
    (tmp_path / "state").mkdir()
    return tmp_path / "inbox"


def looks(process: WorkerProcess, count: int) -> tuple[Told, list[str]]:
    """So many answers, and how the workers ended that gave none."""
    told, died = Told(), []
    while count:
        try:
            answer = process.look() or told
            # A look in which nothing had changed tells of no file.
            told = answer if answer.aside is not None else told
            count -= 1
        except WorkerDied as death:
            died.append(str(death))
            assert len(died) < 10, died
    return told, died


def set_aside(inbox: Path) -> dict[str, str]:
    manifest = Store(inbox.parent / "state").manifest()
    assert {p.path for p in manifest.parts} == {"usage/1.csv", "usage/2.csv", "accounts.csv"} | {
        p.name for p in inbox.glob("account_links.csv")
    }
    return {r.path: r.reason for r in manifest.rejected}


def whole_way(inbox: Path, monkeypatch: pytest.MonkeyPatch, *kinds: str) -> tuple[Told, list[str]]:
    monkeypatch.setattr(live, "_WORK", odd.WORKER)
    for kind in kinds:
        (inbox / "usage" / f"{kind}.csv").write_text(f"{kind}\n1\n")
    process = WorkerProcess(Options(str(inbox), str(inbox.parent / "state"), max_bad=0.5))
    try:
        return looks(process, 2 + len(kinds))
    finally:
        process.end()


@pytest.mark.long
def test_a_file_that_aborts_each_process_ends_one_worker_and_is_set_aside(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, died = whole_way(inbox, monkeypatch, "abort", "panic", "wrong")
    assert died == ["it ended before its time, by signal 6"]
    reasons = set_aside(inbox)
    assert reasons["usage/abort.csv"].startswith(
        "the process that read it ended, twice, now by signal 6"
    )
    assert reasons["usage/panic.csv"].startswith("cannot be read (PanicException in a library)")
    assert reasons["usage/wrong.csv"].startswith("cannot be read (TypeError in a library)")
    assert "canary" not in str(reasons)
    assert (told.aside, told.suspects, told.failed) == ({"usage": 3}, 0, {})


@pytest.mark.long
def test_a_file_without_an_end_and_one_that_takes_all_memory_are_set_aside(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, died = whole_way(inbox, monkeypatch, "endless", "greedy")
    assert died == ["it ended before its time, by signal 27"]
    reasons = set_aside(inbox)
    assert "now by signal 27" in reasons["usage/endless.csv"]
    assert "does not fit into the memory" in reasons["usage/greedy.csv"]
