"""Place never opens a case: changing nothing but places brings nobody into the proxy queue."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pytest

from detector import Results, score_logs
from detector.pipeline import Trained
from features.build import REGISTRY
from models.combine import PLACE_FAMILY, corroborated

Tables = dict[str, pl.DataFrame]
PLACES = ("src_country", "instrument_country", "billing_country", "phone_country")
ELSEWHERE = ("QA", "QB", "QC")
FRINGE = 100


def test_the_place_family_is_the_one_that_the_registry_calls_so() -> None:
    assert [family.id for family in REGISTRY.families if family.place] == [PLACE_FAMILY]


def test_every_sign_that_compares_places_says_so() -> None:
    """Signs whose sentence speaks of a place or a region, whichever family they live in."""
    spoken = {f.name for f in REGISTRY if {"place", "places", "regions"} & set(f.sentence.split())}
    spoken |= {f.name for f in REGISTRY if f.family == PLACE_FAMILY}
    assert spoken - {f.name for f in REGISTRY if f.place} == set()


@pytest.mark.parametrize(
    ("families", "agree"),
    [("F01", False), ("F01 F06", False), ("F06 F09", False), ("F01 F09", True), ("", False),
     ("F01 F06 F09", True)],
)  # fmt: skip
def test_two_families_must_speak_that_are_not_about_place(families: str, agree: bool) -> None:
    known = ("F01", "F06", "F09", "F11")
    speaks = np.array([[name in families.split() for name in known]])
    assert corroborated(speaks, known).tolist() == [agree]


def moved(tables: Tables, ids: pl.Series) -> Tables:
    """The same tables with some accounts everywhere but where they say they are."""
    inside, number = pl.col("account_id").is_in(ids.implode()), pl.int_range(pl.len()) % 3
    there = {name: pl.lit(list(ELSEWHERE)).list.get(number) for name in PLACES}
    there["src_asn_class"] = pl.lit("hosting")
    return {
        name: table.with_columns(
            pl.when(inside)
            .then(value)
            .otherwise(pl.col(column))
            .cast(table.schema[column])
            .alias(column)
            for column, value in there.items()
            if column in table.columns
        )
        for name, table in tables.items()
    }


def scored(tables: Tables, as_of: datetime, model: Trained, prior: str) -> Results:
    lazy = {name: table.lazy() for name, table in tables.items()}
    return score_logs(lazy, model, as_of, prior=prior)


@pytest.mark.long
@pytest.mark.parametrize("prior", ["simulated", pytest.param("none", marks=pytest.mark.long)])
def test_changing_places_of_the_fringe_moves_none_into_the_queue(
    world: Any, trained: Trained, prior: str
) -> None:
    before = scored(world.tables, world.as_of, trained, prior)
    truth = pl.read_parquet(world.path.with_name("logs.truth.parquet"))
    innocent = truth.filter(~pl.col("is_proxy"))["account_id"]
    fringe = before.scores.filter(
        (pl.col("queue") == "none") & pl.col("account_id").is_in(innocent.implode())
    ).head(FRINGE)["account_id"]
    assert len(fringe) == FRINGE
    after = scored(moved(world.tables, fringe), world.as_of, trained, prior)
    by_id = [run.scores.sort("account_id") for run in (before, after)]
    assert not by_id[0]["score"].equals(by_id[1]["score"]), "places do raise ranks"
    assert by_id[0]["p_value"].equals(by_id[1]["p_value"])
    entered = by_id[1].filter((by_id[0]["queue"] != "proxy") & (by_id[1]["queue"] == "proxy"))
    assert entered["account_id"].to_list() == []
