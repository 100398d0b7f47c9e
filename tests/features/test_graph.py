"""Decisions fade over steps, and several about one ring count once."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from features.graph import around, returned

DAY = datetime(2026, 1, 5, tzinfo=UTC)
SURE = 0.9


def pairs(*tied: str, posterior: float = SURE) -> pl.DataFrame:
    """Pairs named by two letters each, tied by what only its owner can present."""
    return pl.DataFrame(
        [
            {"a": min(pair), "b": max(pair), "posterior": posterior, "firm": True,
             "coincident": False}
            for pair in sorted(tied)
        ]
    )  # fmt: skip


def seeds(ids: str) -> pl.DataFrame:
    """Accounts of one letter each that were confirmed on one day."""
    rows = {"account_id": sorted(ids), "since": [DAY] * len(ids)}
    return pl.DataFrame(rows, schema_overrides={"account_id": pl.String})


def near(linked: pl.DataFrame, confirmed: pl.DataFrame) -> dict[str, tuple[float, float]]:
    return {
        one: (nearness, suspicion)
        for one, nearness, suspicion in around(linked, confirmed).iter_rows()
    }


def test_a_second_step_is_worth_half_and_there_is_no_third() -> None:
    found = near(pairs("ab", "bc", "cd"), seeds("a"))
    assert set(found) == {"b", "c"}
    assert found["b"][0] == pytest.approx(SURE)
    assert found["c"][0] == pytest.approx(SURE**2 / 2)


def test_the_best_way_counts() -> None:
    """c is two steps away over b and one step directly."""
    found = near(pairs("ab", "bc", "ac"), seeds("a"))
    assert found["c"][0] == pytest.approx(SURE)


def test_pairs_that_are_not_accepted_lead_nowhere() -> None:
    weak = pl.concat([pairs("ab"), pairs("ac", "bd", posterior=0.49)])
    assert set(near(weak, seeds("a"))) == {"b"}
    assert returned(weak, seeds("a"), created("c")).is_empty()
    assert returned(pairs("ac"), seeds("a"), created("c")).height == 1


def created(account: str) -> pl.DataFrame:
    return pl.DataFrame({"account_id": [account], "created_at": [DAY]})


def test_two_confirmed_members_of_a_ring_hand_on_what_the_one_that_says_more_does() -> None:
    triangle = pairs("ab", "ac", "bc")
    one, two = near(triangle, seeds("a"))["c"], near(triangle, seeds("ab"))["c"]
    assert one == two


def test_confirming_another_member_never_takes_suspicion_back() -> None:
    """d hangs on a alone; b is in the same ring."""
    linked = pairs("ab", "ad", "bc")
    assert near(linked, seeds("ab"))["d"] >= near(linked, seeds("a"))["d"]


def test_a_hub_shares_out_what_it_hands_on() -> None:
    star = pairs("ab", "ac", "ad")
    assert near(star, seeds("a"))["b"][1] == pytest.approx(1 / 3)
    assert near(star, seeds("a"))["b"][0] == pytest.approx(SURE)


def test_a_confirmed_account_hears_of_other_confirmed_ones_directly_alone() -> None:
    assert "a" not in near(pairs("ab"), seeds("a"))
    assert near(pairs("ab", "bc"), seeds("ac")).keys() == {"b"}
    assert near(pairs("ac"), seeds("ac"))["a"][0] == pytest.approx(SURE)


def test_nobody_confirmed_and_nobody_tied_say_nothing() -> None:
    assert near(pairs("ab"), seeds("")) == {}
    assert near(pairs("ab").clear(), seeds("a")) == {}
