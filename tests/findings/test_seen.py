"""How much is counted of what, in which window, and of whom."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl

from detector.findings.finding import Seen, sentence
from detector.findings.said import SAID
from detector.findings.seen import by_account, counted, seen_in, subjects
from detector.findings.subjects import API_KEY, PAYMENT
from features.catalogue import Catalogue
from features.rollups import Rollups, complete, merge, rollup
from features.tables import SCHEMAS

AS_OF = datetime(2026, 4, 1, tzinfo=UTC)


def rollups() -> Rollups:
    """Two accounts: payments of which one is too old and one no payment, and calls by day."""
    paid = [
        {"time": AS_OF - timedelta(days=days), "account_id": account, "kind": kind,
         "amount": 5, "currency": "X"}
        for account, days, kind in [
            ("a", 200, "top_up"), ("a", 30, "top_up"), ("a", 10, "invoice"), ("a", 5, "refund"),
            ("b", 1, "top_up"),
        ]
    ]  # fmt: skip
    day = datetime(2026, 3, 3, tzinfo=UTC)
    calls = [
        {"start": day, "end": day + timedelta(days=1), "account_id": "a", "model_id": "m",
         "requests": 1, "input_tokens": 1, "output_tokens": 1, "key_hash": key}
        for key in ("k1", "k2")
    ]  # fmt: skip
    frames = merge(
        rollup(table, _typed(table, rows), AS_OF, Catalogue.load())
        for table, rows in (("payments", paid), ("model_usage", calls))
    )
    return complete(frames, ("payments", "model_usage"), AS_OF, Catalogue.load())


def _typed(table: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    schema = SCHEMAS[table].create_empty().schema
    return pl.DataFrame(rows, schema=schema)


def test_what_lies_in_the_window_is_counted_with_its_days() -> None:
    seen = by_account(seen_in(rollups(), pl.Series(["a"])))
    assert seen["a", PAYMENT] == Seen(2, date(2026, 3, 2), date(2026, 3, 22))
    assert {account for account, _ in seen} == {"a"}


def test_what_ends_at_midnight_is_no_part_of_the_next_day() -> None:
    seen = by_account(seen_in(rollups(), pl.Series(["a"])))
    assert seen["a", API_KEY] == Seen(2, date(2026, 3, 3), date(2026, 3, 3))


def test_of_some_accounts_is_counted_what_is_counted_of_all() -> None:
    whole = counted(rollups(), subjects())
    some = seen_in(rollups(), pl.Series(["b", "nobody"]))
    assert some.equals(whole.filter(pl.col("account_id") == "b"))


def test_every_subject_is_counted_once() -> None:
    assert len(set(subjects())) == len(subjects())
    assert PAYMENT in subjects()


def test_a_time_that_spans_more_than_the_sentence_says_is_not_told() -> None:
    said = SAID["f05_model_recon"]
    near, far = date(2026, 4, 9), date(2026, 3, 4)
    within = sentence(said, "", 1, 1.0, None, Seen(3, near, near))
    assert within.endswith("took 2 within 72 hours (2026-04-09).")
    assert sentence(said, "", 1, 1.0, None, Seen(3, far, near)).endswith("2 within 72 hours.")
