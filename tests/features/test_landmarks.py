"""Facts of the whole population: the same from its parts and from rows that stand for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import polars as pl

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
