"""A small file cannot become a large one by rows that each cover years."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import Unreadable
from detector.pipeline.ingest import ingest
from detector.sources.covered import FREE_DAYS, MONTH_DAYS, note_days
from detector.sources.ledger import FileRecord, TableCounts

START = datetime(2023, 1, 1, tzinfo=UTC)
YEARS = 1_096
HEAD = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter,EffectiveCost,BillingCurrency\n"
)


def is_read(days: list[int], pieces: int) -> bool:
    """Whether rows of so many days are read, where they come in pieces."""
    record = FileRecord()
    try:
        for rows in (days[at::pieces] for at in range(pieces)):
            start = pl.lit(START, dtype=pl.Datetime("us", "UTC"))
            frame = pl.DataFrame({"days": rows}, schema={"days": pl.Int64}).select(
                start=start + pl.duration(days=pl.col("days") * 0),
                end=start + pl.duration(days="days"),
            )
            record.add(TableCounts(ok=len(rows)), pl.DataFrame())
            note_days(record, frame, "model_usage", "x")
    except Unreadable:
        return False
    return True


@given(
    st.dictionaries(st.sampled_from([0, 1, 31, 32, 365, YEARS]), st.integers(0, 500)),
    st.integers(1, 3),
)
def test_a_file_is_read_where_its_rows_cover_a_month_each_and_what_is_free(
    counts: dict[int, int], pieces: int
) -> None:
    days = [n for n, times in sorted(counts.items()) for _ in range(times)]
    assert is_read(days, pieces) == (sum(days) <= MONTH_DAYS * len(days) + FREE_DAYS)


def test_rows_of_months_are_read_however_many_and_many_rows_of_years_are_not() -> None:
    assert is_read([MONTH_DAYS] * 9_000, 1)
    assert is_read([1] * 5_600 + [YEARS] * 400, 1)
    assert not is_read([YEARS] * 400, 1)
    assert is_read([MONTH_DAYS + FREE_DAYS], 1)
    assert not is_read([MONTH_DAYS + FREE_DAYS + 1], 1)


def test_a_file_that_would_grow_a_thousandfold_is_named_and_others_are_taken(
    tmp_path: Path,
) -> None:
    usage = tmp_path / "logs" / "usage"
    usage.mkdir(parents=True)
    row = "{0},{1},{2:04d},Usage,Compute,1,Hours,p5.48xlarge,3,USD\n"
    long = (row.format("2023-01-01T00:00:00Z", "2026-01-01T00:00:00Z", n) for n in range(300))
    (usage / "long.csv").write_text(HEAD + "".join(long))
    (usage / "sound.csv").write_text(
        HEAD + row.format("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", 1)
    )
    done = ingest(tmp_path / "logs", tmp_path / "state", reject=True)
    assert done.added == ("usage/sound.csv",)
    assert [refused.path for refused in done.rejected] == ["usage/long.csv"]
    assert "its rows cover 328,800 days" in done.rejected[0].reason
