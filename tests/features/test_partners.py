"""Daily moves of two linked accounts: demand that is conserved, turns, succession, failover."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from features.population import Population
from features.rings import ring_table
from features.rollups import Rollups
from features.totals import totals

Table = Callable[..., pl.DataFrame]
Rolled = Callable[..., Rollups]
START = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture
def pair(rolled: Rolled, table: Table) -> Callable[..., Population]:
    """``pair(a, b, limited)``: two surely linked accounts with these requests a day."""

    def make(a: Sequence[int], b: Sequence[int], limited: Sequence[int] = ()) -> Population:
        rows = [
            {"account_id": i, "start": START + timedelta(days=k),
             "end": START + timedelta(days=k, hours=1), "requests": n,
             "rate_limited_requests": limited[k] if i == "a" and limited else 0}
            for i, days in (("a", a), ("b", b)) for k, n in enumerate(days) if n
        ]  # fmt: skip
        links = table("account_links", *(
            {"account_id": i, "kind": kind, "value_hash": "x"}
            for i in "ab" for kind in ("payment", "tax_id", "phone")))  # fmt: skip
        people = [{"account_id": f"n{k:03}"} for k in range(98)]
        accounts = table("accounts", *people, *({"account_id": i} for i in "ab"))
        return Population.of(
            rolled(model_usage=table("model_usage", *rows), account_links=links, accounts=accounts)
        )

    return make


def measure(population: Population, name: str) -> float:
    return float(population.moves[name].item())


def test_what_one_loses_the_other_gains(pair: Callable[..., Population]) -> None:
    a = [10, 30, 5, 25, 40, 8, 22, 10]
    split = pair(a, [50 - n for n in a])
    # The window's edges, where both begin and end at once, are the only common move.
    edges = (a[0] + 50 - a[0]) ** 2
    assert edges > 0
    assert measure(split, "conserved") > 0.4
    assert measure(split, "moves_together") == 0.0
    both = pair(a, a)
    assert measure(both, "moves_together") == pytest.approx(1.0)
    assert measure(both, "conserved") == 0.0


def test_taking_turns(pair: Callable[..., Population]) -> None:
    turns = pair([5, 0] * 6, [0, 5] * 6)
    assert measure(turns, "takes_turns") == 1.0
    together = pair([5] * 12, [5] * 12)
    assert measure(together, "takes_turns") == 0.0


def test_one_stops_and_the_other_starts(pair: Callable[..., Population]) -> None:
    assert measure(pair([5] * 4 + [0] * 4, [0] * 4 + [5] * 4), "succession") == 1.0
    assert measure(pair([5] * 4 + [0] * 4, [0] * 5 + [5] * 3), "succession") == 0.5
    assert measure(pair([5] * 8, [5] * 8), "succession") == 0.0


def test_failover_on_limited_days(pair: Callable[..., Population]) -> None:
    limited = [0, 9, 0, 9, 0, 0, 0, 0]
    busy = pair([5] * 8, [0, 90, 0, 90, 0, 0, 0, 0], limited)
    assert measure(busy, "failover") == 1.0
    calm = pair([5] * 8, [9, 0, 9, 0, 9, 9, 9, 9], limited)
    assert measure(calm, "failover") == 0.0


def test_few_days_say_nothing(pair: Callable[..., Population]) -> None:
    few = pair([5, 0, 5, 0], [0, 5, 0, 5])
    assert measure(few, "takes_turns") == measure(few, "conserved") == 0.0


def test_the_ring_carries_its_moves(pair: Callable[..., Population]) -> None:
    turns = pair([5, 0] * 6, [0, 5] * 6)
    (ring,) = ring_table(turns, totals(turns.rollups)).to_dicts()
    assert ring["account_ids"] == ["a", "b"]
    assert ring["component"] == "a"
    assert ring["size"] == 2
    assert ring["takes_turns"] == 1.0
    assert ring["evenness"] == 1.0
    assert ring["instrument_share"] == 1.0
    assert ring["density"] == 1.0
    assert ring["confirmed"] == 0
    assert ring["tokens"] == 12 * 150
    assert {edge["kind"] for edge in ring["edges"]} == {"payment", "tax_id", "phone"}
