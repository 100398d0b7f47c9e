"""Facts of the whole population: the same from its parts and from rows that stand for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from features.landmarks import Landmarks
from features.rollups import SHAPES, Rollups
from features.shapes import DATING

Table = Callable[..., pl.DataFrame]
Rolled = Callable[..., Rollups]


def call(account: str, model: str, at: datetime) -> dict[str, Any]:
    return {"account_id": account, "model_id": model, "start": at, "end": at + timedelta(hours=1)}


def made(rolled: Rolled, table: Table, as_of: datetime, *calls: tuple[str, str, int]) -> Rollups:
    """Rollups of calls (account, model, days ago), and of one event ten days ago."""
    rows = [call(account, model, as_of - timedelta(days=days)) for account, model, days in calls]
    event = {"account_id": "e", "time": as_of - timedelta(days=10)}
    return rolled(as_of, model_usage=table("model_usage", *rows), events=table("events", event))


def test_parts_and_stand_ins_show_what_the_whole_shows(
    rolled: Rolled, table: Table, as_of: datetime
) -> None:
    frames = made(rolled, table, as_of, ("b", "m", 9), ("a", "m", 9), ("c", "n", 3)).frames
    whole = Landmarks.of(frames)
    assert whole.seen.select("rollup", "model_id", "account_id").rows() == [
        ("events", None, "e"), ("model", "m", "a"), ("model", "n", "c"),
    ]  # fmt: skip
    parts = [
        {name: frames[name].filter(pl.col("account_id") == account) for name in DATING}
        for account in "abce"
    ]
    assert Landmarks.earliest(Landmarks.of(part).seen for part in parts).seen.equals(whole.seen)
    rows = whole.rows("witness")
    assert {name: frame.schema for name, frame in rows.items()} == {
        name: SHAPES[name].schema() for name in DATING
    }
    again = Landmarks.of(rows)
    assert again.seen.drop("account_id").equals(whole.seen.drop("account_id"))
    assert again.stand(whole)


def test_they_stand_until_a_beginning_or_a_models_first_sight_moves(
    rolled: Rolled, table: Table, as_of: datetime
) -> None:
    calls = ("a", "m", 9), ("c", "n", 3)
    before = Landmarks.of(made(rolled, table, as_of, *calls).frames)

    def stands(*more: tuple[str, str, int]) -> bool:
        return before.stand(Landmarks.of(made(rolled, table, as_of, *calls, *more).frames))

    assert stands(("b", "m", 5), ("b", "new", 2))
    assert not stands(("b", "n", 4))
    assert not stands(("b", "new", 20))
    assert not before.stand(Landmarks.of({}))
    assert not before.stand(Landmarks.of(made(rolled, table, as_of, ("c", "n", 3)).frames))


@pytest.mark.parametrize(
    "more",
    [
        # Who showed it goes, or comes later: somebody else is the first.
        [("b", "m", 7), ("c", "n", 3)],
        [("a", "m", 2), ("b", "m", 7), ("c", "n", 3)],
        # Who showed it does so still, or another does earlier.
        [("a", "m", 9), ("a", "m", 1), ("b", "m", 7), ("c", "n", 3)],
        [("a", "m", 9), ("a", "n", 5), ("b", "m", 7), ("c", "n", 3)],
        [("a", "m", 9), ("a", "o", 5), ("b", "m", 7), ("c", "n", 3)],
    ],
)
def test_they_are_followed_where_one_account_has_other_rows(
    rolled: Rolled, table: Table, as_of: datetime, more: list[tuple[str, str, int]]
) -> None:
    calls = ("a", "m", 9), ("b", "m", 7), ("c", "n", 3)
    before = Landmarks.of(made(rolled, table, as_of, *calls).frames)
    frames = made(rolled, table, as_of, *more).frames
    found = before.again(frames, pl.DataFrame({"account_id": ["a"]})).seen
    assert found.sort("rollup", "model_id").equals(Landmarks.of(frames).seen)
