"""Copies are bounded, fetched once where they stay, ahead in order, and retried after a failure."""

from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path
from typing import BinaryIO

import pytest

from detector.sources import copies
from detector.sources.copies import Copies


class Source:
    """Files of ten bytes; counts what is fetched, and fails where it is told to."""

    def __init__(self) -> None:
        self.fetched: Counter[str] = Counter()
        self.fails: set[str] = set()
        self.guard = threading.Lock()

    def __call__(self, path: str, size: int, sink: BinaryIO | None) -> str:
        with self.guard:
            self.fetched[path] += 1
        if path in self.fails:
            raise OSError(path)
        assert sink is not None
        sink.write(path.encode().ljust(size))
        return f"hash of {path}"


FILES = [(f"usage/{n:02}.csv", 10) for n in range(60)]


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def held(disk: Path) -> int:
    return sum(1 for path in disk.rglob("*") if path.is_file())


def read_all(made: Copies) -> None:
    for path, size in FILES:
        with made.open(path, size) as copy:
            assert copy.path.read_bytes().rstrip() == path.encode()
            assert copy.sha256 == f"hash of {path}"


def test_copies_that_fit_are_fetched_once(source: Source, disk: Path) -> None:
    made = Copies(source, most=600)
    made.expect(FILES)
    read_all(made)
    read_all(made)
    assert set(source.fetched.values()) == {1}


def test_what_stays_is_bounded_and_the_rest_is_fetched_again(source: Source, disk: Path) -> None:
    made = Copies(source, most=105)
    made.expect(FILES)
    for _ in range(2):
        for path, size in FILES:
            with made.open(path, size):
                assert held(disk) <= 10 + 1 + copies.AHEAD_FILES + 1
    assert Counter(source.fetched.values()) == {1: 10, 2: 50}


def test_the_files_that_come_next_are_fetched_before_they_are_asked_for(
    source: Source, disk: Path
) -> None:
    made = Copies(source, most=1000)
    made.expect(FILES)
    with made.open(*FILES[20]):
        pass
    until = time.monotonic() + 10
    while len(source.fetched) < 1 + copies.AHEAD_FILES and time.monotonic() < until:
        time.sleep(0.01)
    assert set(source.fetched) == {path for path, _ in FILES[20 : 21 + copies.AHEAD_FILES]}


def test_nothing_is_fetched_ahead_of_a_caller_who_told_no_order(source: Source, disk: Path) -> None:
    made = Copies(source, most=1000)
    with made.open(*FILES[0]):
        pass
    assert len(source.fetched) == 1


def test_a_copy_that_two_read_stays_until_the_last_has_done(source: Source, disk: Path) -> None:
    made = Copies(source, most=0)
    with made.open(*FILES[0]) as first:
        with made.open(*FILES[0]) as second:
            assert first == second
        assert first.path.exists()
    assert not first.path.exists()
    assert source.fetched[FILES[0][0]] == 1


def test_a_fetch_that_failed_is_tried_again_and_takes_no_room(source: Source, disk: Path) -> None:
    made = Copies(source, most=10)
    source.fails.add(FILES[0][0])
    for _ in range(2):
        with pytest.raises(OSError, match="usage"), made.open(*FILES[0]):
            pass
    source.fails.clear()
    with made.open(*FILES[0]) as copy:
        pass
    assert copy.path.exists()
    assert source.fetched[FILES[0][0]] == 3


def test_copies_that_are_let_go_wait_for_nobody_and_leave_nothing(
    source: Source, disk: Path
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(path: str, size: int, sink: BinaryIO | None) -> str:
        if path != FILES[0][0]:
            begun.set()
            assert go_on.wait(30)
        return source(path, size, sink)

    made = Copies(slow, most=1000)
    made.expect(FILES)
    with made.open(*FILES[0]):
        pass
    assert begun.wait(30)
    began = time.monotonic()
    del made  # The collector ends it, in any thread and under any lock: it must not wait.
    assert time.monotonic() - began < 10
    go_on.set()
    until = time.monotonic() + 10
    while list(disk.iterdir()) and time.monotonic() < until:
        time.sleep(0.01)
    assert list(disk.iterdir()) == []


def test_a_block_that_ends_under_the_guard_is_settled_later(source: Source, disk: Path) -> None:
    made = Copies(source, most=0)
    block = made.open(*FILES[0])
    copy = block.__enter__()
    with made._guard:
        block.__exit__(None, None, None)
    assert copy.path.exists()
    with made.open(*FILES[1]):
        assert not copy.path.exists()


def test_no_name_of_a_store_becomes_a_path_here(source: Source, disk: Path) -> None:
    made = Copies(source, most=100)
    with made.open("usage/../../../etc/odd\n.csv.gz", 40) as copy:
        assert copy.path.name == "0.csv.gz"
        assert copy.path.parent.parent == disk
    del made
    assert held(disk) == 0
