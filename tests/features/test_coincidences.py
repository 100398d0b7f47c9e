"""Coincidences stand beside one rare identifier, and say nothing alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from features.evidence import accepted
from features.population import Population
from features.rings import ring_table
from features.rollups import Rollups
from features.totals import totals

Table = Callable[..., pl.DataFrame]
Rolled = Callable[..., Rollups]
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 40
SOME = 120


def people(table: Table, days: tuple[float, float], number: int = 1000) -> pl.DataFrame:
    """One account opened each day, and ``a`` and ``b`` on theirs."""
    rows = [
        {"account_id": f"n{k:03}", "created_at": NEW_YEAR - timedelta(days=k)}
        for k in range(number)
    ]
    own = [
        {"account_id": i, "created_at": NEW_YEAR - timedelta(days=at)}
        for i, at in zip("ab", days, strict=True)
    ]
    return table("accounts", *rows, *own)


def links(table: Table, *accounts: str, kind: str = "form_text") -> pl.DataFrame:
    return table("account_links", *({"account_id": i, "kind": kind, "value_hash": "x"}
                                    for i in accounts))  # fmt: skip


def calls(account: str, requests: list[int]) -> list[dict[str, object]]:
    start = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=k) for k in range(len(requests))]
    return [
        {"start": at, "end": at + timedelta(hours=1), "account_id": account, "model_id": "m",
         "requests": n, "input_tokens": 1, "output_tokens": 1}
        for at, n in zip(start, requests, strict=True)
    ]  # fmt: skip


@pytest.mark.parametrize(("apart", "tied"), [(2.0, True), (9.0, False)])
def test_a_sign_up_as_near_as_one_in_a_hundred_stands_beside_an_identifier(
    rolled: Rolled, table: Table, apart: float, tied: bool
) -> None:
    accounts = people(table, (500.5, 500.5 + apart))
    found = Population.of(rolled(accounts=accounts, account_links=links(table, "a", "b")))
    assert found.pairs.select(accepted()).item() == tied
    alone = Population.of(rolled(accounts=accounts))
    assert alone.pairs.is_empty()


def test_where_everybody_signs_up_on_one_day_nobody_signs_up_together(
    rolled: Rolled, table: Table
) -> None:
    rows = ({"account_id": i} for i in ("a", "b", *(f"n{k:03}" for k in range(1000))))
    rollups = rolled(accounts=table("accounts", *rows), account_links=links(table, "a", "b"))
    assert not Population.of(rollups).pairs.select(accepted()).item()


def worked(
    rolled: Rolled, table: Table, work: Callable[[int], list[int]]
) -> tuple[Rollups, Population]:
    """Accounts that share a text, two and two; account k works as ``work(k)`` says."""
    names = [f"m{k:03}" for k in range(SOME)]
    pairs = ({"account_id": n, "kind": "form_text", "value_hash": str(k // 2)}
             for k, n in enumerate(names))  # fmt: skip
    made = ({"account_id": f"{n}", "created_at": NEW_YEAR - timedelta(days=k * 379 % 1000)}
            for k, n in enumerate([*names, *(f"n{k:03}" for k in range(1000 - SOME))]))  # fmt: skip
    used = [row for k, n in enumerate(names) for row in calls(n, work(k))]
    rollups = rolled(
        accounts=table("accounts", *made),
        account_links=table("account_links", *pairs),
        model_usage=table("model_usage", *used),
    )
    return rollups, Population.of(rollups)


def test_two_that_move_as_one_are_tied_and_a_rhythm_of_all_ties_nobody(
    rolled: Rolled, table: Table
) -> None:
    rng = np.random.default_rng(0)
    common = rng.integers(10, 1000, DAYS)
    own = rng.integers(10, 1000, (SOME, DAYS))
    own[1] = own[0] * 3
    rollups, alone = worked(rolled, table, lambda k: own[k].tolist())
    tied = alone.pairs.filter(accepted())
    assert tied.select("a", "b").rows() == [("m000", "m001")]
    assert alone.pairs["firm"].any() is False
    noisy = rng.integers(90, 110, (SOME, DAYS))
    _, all_alike = worked(rolled, table, lambda k: (noisy[k] * common // 100).tolist())
    assert all_alike.pairs.filter(accepted()).is_empty()
    assert alone.moves["moves_together"].max() > 0.9
    assert all_alike.moves["moves_together"].min() > 0.9
    # Who reads the ring sees why it is one.
    edges = ring_table(alone, totals(rollups))["edges"].item()
    assert sorted(edge["kind"] for edge in edges) == ["form_text", "synchrony"]


def test_one_that_begins_where_another_ends_is_tied_to_it_unless_many_do(
    rolled: Rolled, table: Table
) -> None:
    rng = np.random.default_rng(1)
    always = rng.integers(10, 1000, (SOME, DAYS))
    half = np.arange(DAYS) < DAYS // 2

    def taking_over(pairs: int, idle: int) -> list[tuple[str, str]]:
        work = always.copy()
        work[0 : 2 * pairs : 2, ~half] = 0
        work[1 : 2 * pairs : 2, np.arange(DAYS) < DAYS // 2 + idle] = 0
        _, found = worked(rolled, table, lambda k: work[k].tolist())
        return found.pairs.filter(accepted() & ~pl.col("firm")).select("a", "b").rows()

    assert taking_over(1, idle=2) == [("m000", "m001")]
    assert taking_over(1, idle=6) == []
    assert taking_over(5, idle=2) == []
