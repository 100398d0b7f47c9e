"""What ties two accounts is followed too where others' rows make or break it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from detector.pipeline.live.links import Links, follow_links
from features.blocks import each
from features.catalogue import Catalogue
from features.evidence import accepted
from features.population import Population
from features.rollups import Rollups, complete, merge, rollup
from features.tables import SCHEMAS

AS_OF = datetime(2026, 3, 10, tzinfo=UTC)
SOME = 60
DAYS = 20
Row = dict[str, Any]
Tables = dict[str, list[Row]]


def ago(days: float) -> datetime:
    return AS_OF - timedelta(days=days)


def name(number: int) -> str:
    return f"m{number:03}"


def event(account: str, agent: str, days: float) -> Row:
    return {"time": ago(days), "account_id": account, "class_uid": 6003, "operation": "o",
            "user_agent_hash": agent}  # fmt: skip


def call(account: str, days: float, requests: int) -> Row:
    return {"start": ago(days), "end": ago(days - 0.02), "account_id": account, "model_id": "m",
            "requests": requests, "input_tokens": 1, "output_tokens": 1}  # fmt: skip


def morning() -> Tables:
    """Pairs that share a text: the first moves as one, the second signed up at once, the third
    shares a user agent, and the fourth a tax id."""
    rng = np.random.default_rng(0)
    work = rng.integers(10, 1000, (SOME, DAYS))
    work[1] = work[0] + rng.integers(0, 30, DAYS)
    signed = [100.0 + k * 379 % 1000 for k in range(1000)]
    signed[3] = signed[2] + 0.1
    links = [(k, "form_text", str(k // 2)) for k in range(SOME) if k not in (6, 7)]
    links += [(k, "tax_id", "x") for k in (6, 7)]
    return {
        "accounts": [
            {"account_id": name(k), "created_at": ago(at), "partner_id": "p" if k == 6 else None}
            for k, at in enumerate(signed)
        ],
        "account_links": [
            {"account_id": name(k), "kind": kind, "value_hash": value, "first_seen": ago(50),
             "last_seen": ago(2)}
            for k, kind, value in links
        ],
        "model_usage": [
            call(name(k), DAYS - day, int(work[k, day])) for k in range(SOME) for day in range(DAYS)
        ],
        "events": [
            *(event(name(4), agent, day) for day in (9, 7) for agent in ("rare", "own")),
            event(name(5), "rare", 8),
        ],
    }  # fmt: skip


def rolled(tables: Tables, catalogue: Catalogue) -> Rollups:
    frames = {
        table: pl.DataFrame(rows, schema=SCHEMAS[table].create_empty().schema)
        for table, rows in tables.items()
    }
    parts = [rollup(table, rows, AS_OF, catalogue) for table, rows in frames.items()]
    return complete(merge(parts), tables, AS_OF, catalogue)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load()


@pytest.fixture(scope="module")
def before(catalogue: Catalogue) -> Links:
    return Links.of(rolled(morning(), catalogue))


def many_more_sign_up(tables: Tables) -> list[str]:
    made = tables["accounts"][2]["created_at"]
    tables["accounts"] += [{"account_id": f"new{k}", "created_at": made} for k in range(20)]
    return [f"new{k}" for k in range(20)]


def another_comes_in_between(tables: Tables) -> list[str]:
    tables["events"] += [event(name(4), "own", 8) for _ in range(40)]
    return [name(4)]


def all_move_as_the_first(tables: Tables) -> list[str]:
    first = [row for row in tables["model_usage"] if row["account_id"] == name(0)]
    others = [name(k) for k in range(2, SOME)]
    tables["model_usage"] += [
        {**row, "account_id": who, "requests": row["requests"] * 100}
        for row in first for who in others
    ]  # fmt: skip
    return others


def one_partner_names_both(tables: Tables) -> list[str]:
    tables["accounts"][7]["partner_id"] = "p"
    return [name(7)]


@pytest.mark.parametrize(
    ("pair", "change"),
    [(0, all_move_as_the_first), (2, many_more_sign_up), (4, another_comes_in_between),
     (6, one_partner_names_both)],
)  # fmt: skip
def test_live_ties_are_a_batchs(
    pair: int, change: Callable[[Tables], list[str]], before: Links, catalogue: Catalogue
) -> None:
    tables = morning()
    touched = change(tables)
    after = rolled(tables, catalogue)
    batch = Population.of(after)
    links, relinked = follow_links(before, after, pl.DataFrame({"account_id": touched}))
    live, was = links.population, before.population
    for frame in ("edges", "pairs", "moves"):
        assert_frame_equal(getattr(live, frame), getattr(batch, frame), check_exact=True)

    def told(population: Population) -> list[object]:
        mine = pl.col("a") == name(pair)
        return [population.pairs.filter(mine).rows(), population.moves.filter(mine).rows()]

    assert told(was) != told(batch)
    assert was.pairs.filter((pl.col("a") == name(pair)) & accepted()).height == 1
    assert {name(pair), name(pair + 1)} <= set(relinked["account_id"])


def appealed(tables: Tables, number: int, days: float) -> None:
    tables["labels"] = [
        {"account_id": name(number), "decision": "cleared", "basis": "appeal",
         "decided_at": ago(days)}
    ]  # fmt: skip


def held(number: int, kind: str, value: str, since: float) -> Row:
    return {"account_id": name(number), "kind": kind, "value_hash": value,
            "first_seen": ago(since), "last_seen": ago(2)}  # fmt: skip


def it_was_there_before_the_appeal(tables: Tables) -> list[str]:
    tables["account_links"].append(held(8, "form_text", "4", 70))
    return [name(8)]


def a_third_holds_it_no_more(tables: Tables) -> list[str]:
    tables["account_links"] = [
        row for row in tables["account_links"]
        if (row["account_id"], row["kind"]) != (name(12), "form_text")
    ]  # fmt: skip
    return [name(12)]


@pytest.mark.parametrize(
    ("days", "change"),
    [(60, it_was_there_before_the_appeal), (10, a_third_holds_it_no_more)],
)
def test_what_an_appeal_answers_is_followed(
    days: float, change: Callable[[Tables], list[str]], catalogue: Catalogue
) -> None:
    """The first moves no edge; the second moves those of an account that shows what it did."""
    tables = morning()
    appealed(tables, 8, days)
    tables["account_links"].append(held(12, "form_text", "4", 50))
    kept = Links.of(rolled(tables, catalogue))
    touched = change(tables)
    after = rolled(tables, catalogue)
    batch = Population.of(after)
    links, _ = follow_links(kept, after, pl.DataFrame({"account_id": touched}))
    edges = [pl.concat(each(population.edges)) for population in (kept.population, batch)]
    assert not edges[0].equals(edges[1])
    for frame in ("edges", "pairs"):
        assert_frame_equal(
            getattr(links.population, frame), getattr(batch, frame), check_exact=True
        )
