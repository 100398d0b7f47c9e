"""Sums over the blocks of the file: taken anew where a fold changed it, and kept elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from detector.cases.record import sums
from detector.cases.record.store import SYSTEM, Store
from tests.cases.planted import NOW


@pytest.fixture
def write(bare: Store) -> Callable[..., None]:
    """``write(*sizes)``: an event of each size."""

    def write(*sizes: int) -> None:
        with bare.writing(NOW) as tx:
            for size in sizes:
                tx.record("x", SYSTEM, "system", facts={"filling": "x" * size})

    return write


def damaged(store: Store) -> list[int] | None:
    return sums.damaged_blocks(store.folder, store.folder / "cases.db")


def test_after_each_fold_the_sums_are_those_of_the_file(
    bare: Store, write: Callable[..., None]
) -> None:
    for turn in range(6):
        write(*(3_000 * (1 + turn % 3) for _ in range(40)))
        if turn == 4:
            assert bare.rewrite()
        bare.fold()
        assert damaged(bare) == []


def test_who_reads_an_older_state_is_not_waited_for_by_who_writes(
    bare: Store, write: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(9_000)
    bare.fold()
    monkeypatch.setattr(bare, "_fold_at", 1)
    with bare.reading() as connection:
        connection.execute("SELECT count(*) FROM events").fetchone()
        began = time.monotonic()
        write(9_000)
        assert time.monotonic() - began < 4.0
        # Not all of the log could be folded in, and the sums are those of what could.
        assert (bare.folder / "cases.db-wal").stat().st_size > 0
        assert damaged(bare) == []
        assert connection.execute("SELECT count(*) FROM events").fetchone()[0] == 1
    bare.fold()
    assert (bare.folder / "cases.db-wal").stat().st_size == 0
    assert damaged(bare) == []


def test_a_bit_that_flipped_is_still_found_after_a_fold_elsewhere(
    bare: Store, write: Callable[..., None]
) -> None:
    write(*[5_000] * 100)
    bare.fold()
    path: Path = bare.folder / "cases.db"
    held = bytearray(path.read_bytes())
    held[200_000] ^= 1
    with path.open("r+b") as stream:
        stream.write(held)
    write(10)
    bare.fold()
    assert damaged(bare) == [200_000 >> 16]
