"""A look at what has not changed reads nothing; every change is looked at."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detector.pipeline import ingest as module
from detector.service import stillness
from detector.service.stillness import Stillness
from detector.service.worker import Options, Worker
from detector.sources.place import LocalPlace
from detector.state import Store

LONG_AGO = time.time_ns() - 10**12


class Clock:
    """A clock, and a processor that takes ten milliseconds between any two questions."""

    def __init__(self) -> None:
        self.now, self.used = 1_000.0, 0.0

    def monotonic(self) -> float:
        return self.now

    def process_time(self) -> float:
        self.used += 0.01
        return self.used

    def time_ns(self) -> int:
        return time.time_ns()


@pytest.fixture
def inbox(inbox_files: Callable[..., dict[str, str]], tmp_path: Path) -> Path:
    for path, text in inbox_files(days=1, ring=False, accounts=3).items():
        (tmp_path / "inbox" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "inbox" / path).write_text(text)
    return tmp_path / "inbox"


def let_time_pass(*roots: Path) -> None:
    """Set the times of folders back, as if they had not changed for a while."""
    for root in roots:
        for folder in (root, *(p for p in root.rglob("*") if p.is_dir())):
            os.utime(folder, ns=(LONG_AGO, LONG_AGO))


@pytest.fixture
def looks(inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """``looks()``: let a worker look once; how often a folder was listed in full so far."""
    worker = Worker(Options(str(inbox), str(tmp_path / "state")))
    monkeypatch.setattr(worker, "_score", lambda _: False)
    # A busy machine would come to the next look in full before the test does.
    monkeypatch.setattr(stillness, "time", Clock())
    listed: list[Any] = []
    find = module.find_files
    monkeypatch.setattr(module, "find_files", lambda *given: listed.append(given) or find(*given))

    def look() -> int:
        assert worker.look().failed == {}
        return len(listed)

    for _ in range(2):
        look()
    let_time_pass(inbox, tmp_path / "state")
    for file in (tmp_path / "state" / "manifest.json",):
        os.utime(file, ns=(LONG_AGO, LONG_AGO))
    look()
    listed.clear()
    return look


def test_what_has_not_changed_is_not_listed_again(looks: Callable[[], int]) -> None:
    assert [looks() for _ in range(3)] == [0, 0, 0]


def add(inbox: Path) -> None:
    (inbox / "usage" / "new.csv").write_text((inbox / "usage" / "1.csv").read_text())


def edit(inbox: Path) -> None:
    file = inbox / "accounts.csv"
    before = file.stat()
    file.write_text(file.read_text().replace("0001", "0009"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def remove(inbox: Path) -> None:
    (inbox / "usage" / "1.csv").unlink()


def lose_a_part(inbox: Path) -> None:
    state = inbox.parent / "state"
    part = next((state / "parts").iterdir())
    for file in part.iterdir():
        file.unlink()
    part.rmdir()


def store_anew(inbox: Path) -> None:
    store = Store(inbox.parent / "state")
    with store.writing(1):
        store.publish(store.manifest().following())


@pytest.mark.parametrize("change", [remove, lose_a_part, store_anew])
def test_names_that_go_are_seen_at_the_next_look(
    looks: Callable[[], int], inbox: Path, change: Callable[[Path], None]
) -> None:
    assert looks() == 0
    change(inbox)
    assert looks() == 1


@pytest.mark.parametrize("change", [edit, lambda _: None], ids=["an edit", "nothing"])
def test_what_is_written_in_place_is_seen_once_the_marks_are_asked(
    inbox: Path, tmp_path: Path, change: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(stillness, "time", clock)
    let_time_pass(inbox)
    still = looked_at(inbox, tmp_path)
    change(inbox)
    clock.now += 3
    assert still.news() == {}, "it is not asked at every look"
    clock.now += 1
    assert still.news() == (None if change is edit else {})
    clock.now += 60
    assert still.news() is None, "all is looked at in full now and then"


def looked_at(inbox: Path, tmp_path: Path) -> Stillness:
    still = Stillness(LocalPlace(inbox), tmp_path / "state")
    still.begin()
    still.looked({}, changed=False)
    return still


def test_a_folder_that_changed_just_now_is_listed_again(
    inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = time.time_ns()
    monkeypatch.setattr(stillness, "_times", lambda _: (1, at, at))
    still = looked_at(inbox, tmp_path)
    add(inbox)
    assert list(still.news() or {}) == ["usage/new.csv"], "its times are what they were"
    monkeypatch.setattr(stillness, "_times", lambda _: (1, LONG_AGO, LONG_AGO))
    still = looked_at(inbox, tmp_path)
    remove(inbox)
    assert still.news() == {}


def test_files_that_come_are_told_until_they_are_taken(inbox: Path, tmp_path: Path) -> None:
    still = looked_at(inbox, tmp_path)
    add(inbox)
    (inbox / "usage" / "deep" / "deeper").mkdir(parents=True)
    (inbox / "usage" / "deep" / "deeper" / "1.csv").write_text("")
    told = ["usage/deep/deeper/1.csv", "usage/new.csv"]
    assert sorted(still.news() or {}) == told
    assert sorted(still.news() or {}) == told
    still.took(told[1:])
    assert sorted(still.news() or {}) == told[:1]
    (inbox / told[0]).unlink()
    assert still.news() is None


def top(inbox: Path) -> None:
    (inbox / "events.csv").write_text("")


def instead(inbox: Path) -> None:
    (inbox / "usage" / "new").write_text("another")
    (inbox / "usage" / "new").rename(inbox / "usage" / "1.csv")


def governed(inbox: Path) -> None:
    (inbox / "usage" / "manifest.json").write_text("{}")


@pytest.mark.parametrize("change", [remove, top, instead, governed])
def test_all_else_than_files_that_come_is_looked_at_in_full(
    inbox: Path, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    still = looked_at(inbox, tmp_path)
    add(inbox)
    change(inbox)
    assert still.news() is None


def test_a_look_that_did_not_end_is_made_again(inbox: Path, tmp_path: Path) -> None:
    still = looked_at(inbox, tmp_path)
    assert still.news() == {}
    still.begin()
    assert still.news() is None
