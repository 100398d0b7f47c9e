"""What was read of a file is held no longer than by whoever asked for it."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from detector.sources import filebyfile, read_logs
from detector.sources.ledger import FileRecord
from detector.sources.listing import InputFile
from detector.sources.normalise import Normalised
from detector.sources.reading import Reading, read_file


@pytest.mark.parametrize(
    ("table", "account"), [("usage", "BillingAccountId"), ("labels", "account_id")]
)
def test_rows_of_a_file_are_let_go_before_the_next_file_is_read(
    folder: Path, table: str, account: str, usage: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = pl.DataFrame({"decision": ["cleared"], "decided_at": ["2026-01-01"]})
    rows = usage if table == "usage" else labels
    (folder / f"{table}.csv").unlink(missing_ok=True)
    (folder / table).mkdir()
    for number in range(3):
        mine = rows.with_columns(pl.lit(f"account {number}").alias(account))
        mine.write_csv(folder / table / f"{number}.csv")
    given: list[weakref.ref[pl.DataFrame]] = []
    held: list[int] = []

    def watched(reading: Reading, file: InputFile, record: FileRecord) -> Iterator[Normalised]:
        held.append(sum(one() is not None for one in given))
        yield from read_file(reading, file, record)

    def seen(part: pl.DataFrame) -> None:
        given.append(weakref.ref(part))

    parts = read_logs(folder, "2026-02-01").parts(table)
    monkeypatch.setattr(filebyfile, "read_file", watched)
    deque(map(seen, parts), maxlen=0)
    assert len(given) >= 3
    assert not any(held)
