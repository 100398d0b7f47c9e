"""Follow-up lists: who is on them, by what, and that they are no places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from detector.pipeline import followups
from detector.pipeline.binding import specs
from detector.pipeline.followups import LINK_FAMILY, LISTED, confirmed_cases, follow_ups
from detector.pipeline.prepare import Prepared
from detector.pipeline.scoring import Assessed, Scored, assemble
from features.build import REGISTRY
from features.evidence import accepted
from features.tables import SCHEMAS
from models.account.fitting import fit_model
from models.account.model import ProxyModel

Lists = tuple[pl.DataFrame, dict[str, int]]


def labelled(prepared: Prepared, rows: list[dict[str, Any]]) -> Prepared:
    """The population with these decisions alone, each an hour after the one before."""
    rollups = prepared.rollups
    first = rollups.as_of - timedelta(days=2)
    told = [{"decided_at": first + timedelta(hours=at), **row} for at, row in enumerate(rows)]
    table = pl.DataFrame(told, schema=rollups["labels"].schema)
    assert set(table.columns) == set(SCHEMAS["labels"].column_names())
    changed = replace(rollups, frames={**rollups.frames, "labels": table})
    return replace(prepared, population=replace(prepared.population, rollups=changed))


def confirm(*accounts: str, ring: str | None = None) -> list[dict[str, Any]]:
    return [{"account_id": a, "decision": "confirmed_proxy", "ring_id": ring} for a in accounts]


@pytest.fixture(scope="module")
def scores(prepared: Prepared, scored: Scored) -> pl.DataFrame:
    return assemble(prepared, Assessed(scored, 0.01))[0]


@pytest.fixture(scope="module")
def model(prepared: Prepared) -> ProxyModel:
    return fit_model(
        prepared.values, specs(), prepared.peers, groups=prepared.groups,
        exclude=prepared.excluded, n_estimators=50,
    )  # fmt: skip


@pytest.fixture
def lists(
    prepared: Prepared, model: ProxyModel, scores: pl.DataFrame
) -> Callable[[list[dict[str, Any]]], Lists]:
    return lambda rows: follow_ups(labelled(prepared, rows), model, scores)


def first_open(scores: pl.DataFrame, count: int) -> list[str]:
    return scores.filter(pl.col("queue") == "proxy")["account_id"].head(count).to_list()


def test_without_a_confirmed_case_there_is_no_list(lists: Callable[..., Lists]) -> None:
    table, counts = lists([])
    assert table.is_empty()
    assert not counts


def test_a_case_is_the_named_ring_else_the_predicted_one_else_the_account(
    prepared: Prepared, scores: pl.DataFrame
) -> None:
    ring = scores["ring_id"].drop_nulls()[0]
    tied = scores.filter(pl.col("ring_id") == ring)["account_id"].head(2).sort().to_list()
    alone = scores.filter(pl.col("ring_id").is_null())["account_id"].head(4).to_list()
    rows = [*confirm(*tied), *confirm(alone[0]), *confirm(alone[1], alone[2], ring="named")]
    found = dict(confirmed_cases(labelled(prepared, rows).rollups, scores).iter_rows())
    assert found == {ring: tied, alone[0]: [alone[0]], "named": sorted(alone[1:3])}


def test_an_account_that_was_cleared_since_is_no_case(
    prepared: Prepared, scores: pl.DataFrame
) -> None:
    one, other = first_open(scores, 2)
    rows = [*confirm(one, other), {"account_id": one, "decision": "cleared", "ring_id": None},
            {"account_id": other, "decision": "unresolved", "ring_id": None}]  # fmt: skip
    found = confirmed_cases(labelled(prepared, rows).rollups, scores)
    assert found["members"].to_list() == [[other]]


def test_lists_hold_open_accounts_each_once_the_most_alike_first(
    lists: Callable[..., Lists], scores: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followups, "CHANCE", 0.2)
    one, two, cleared = first_open(scores, 3)
    cleared_row = {"account_id": cleared, "decision": "cleared", "ring_id": None}
    table, counts = lists([*confirm(one, ring="x"), *confirm(two, ring="y"), cleared_row])
    assert list(counts) == ["y", "x"]
    assert table["account_id"].is_unique().all()
    assert not {one, two, cleared} & set(table["account_id"])
    for name, rows in table.group_by("case", maintain_order=True):
        assert rows.height == counts[str(name[0])] <= LISTED
        assert rows["position"].to_list() == list(range(1, rows.height + 1))
        assert rows["likeness"].is_sorted(descending=True)
        assert (rows["likeness"] >= rows["chance"]).all()
    assert sum(counts.values()) == table.height > 10
    where = scores.select("account_id", "queue", "rank")
    assert table.select("account_id", "queue", "rank").join(where, on=where.columns).height == (
        table.height
    )


def test_closed_accounts_and_upheld_appeals_are_on_no_list(
    prepared: Prepared, model: ProxyModel, scores: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followups, "CHANCE", 1.0)
    monkeypatch.setattr(followups, "LISTED", 10_000)
    rows = confirm(*first_open(scores, 1))
    before, _ = follow_ups(labelled(prepared, rows), model, scores)
    tied = prepared.population.pairs.filter(accepted()).select(pl.col("a").append("b"))["a"]
    untied = before.filter(~pl.col("account_id").is_in(tied.implode()))
    gone, appealed = untied["account_id"].head(2)
    told = labelled(prepared, rows)
    moment = pl.lit(told.rollups.as_of - timedelta(days=1))
    records = told.rollups["accounts"].with_columns(
        pl.when(pl.col("account_id") == gone).then(moment).otherwise("closed_at")
        .alias("closed_at"),
        pl.when(pl.col("account_id") == appealed).then(moment).otherwise("appeal_upheld_at")
        .alias("appeal_upheld_at"),
    )  # fmt: skip
    frames: Mapping[str, pl.DataFrame] = {**told.rollups.frames, "accounts": records}
    changed = replace(told.population, rollups=replace(told.rollups, frames=frames))
    after, _ = follow_ups(replace(told, population=changed), model, scores)
    assert {gone, appealed} & set(after["account_id"]) == set()
    assert after.height > 5


def families(row: dict[str, Any]) -> set[str]:
    tied = {LINK_FAMILY} if row["ties"] else set()
    return {sign["family"] for sign in row["shared"]} | tied


def test_two_kinds_of_evidence_are_shared_and_none_is_a_place(
    lists: Callable[..., Lists], scores: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followups, "CHANCE", 1.0)
    monkeypatch.setattr(followups, "LISTED", 10_000)
    table, _ = lists(confirm(*first_open(scores, 1)))
    places = {feature.code for feature in REGISTRY if feature.place}
    for row in table.iter_rows(named=True):
        assert len(families(row)) >= 2
        assert not places & {sign["code"] for sign in row["shared"]}
    # However low the bar, most accounts share no two kinds with a case.
    assert 0 < table.height < 0.7 * scores.height


def test_place_alone_lists_nobody(
    prepared: Prepared, model: ProxyModel, scores: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is strange in nothing but places is on no list, however strange the case's are."""
    monkeypatch.setattr(followups, "CHANCE", 1.0)
    case = first_open(scores, 1)[0]
    records = prepared.rollups["accounts"].filter(
        pl.col("closed_at").is_null() & pl.col("appeal_upheld_at").is_null()
    )
    twin = scores.join(records, on="account_id", how="semi")["account_id"][-1]
    ids = prepared.table["account_id"].to_list()
    place = np.array([feature.place for feature in REGISTRY])
    sides = np.array([feature.direction for feature in REGISTRY])
    values = prepared.values.copy()
    odd = np.where(np.isnan(values), 0.0, values).max(axis=0) + 1.0
    for one in (case, twin):
        values[ids.index(one), place & (sides > 0)] = odd[place & (sides > 0)]
    told = replace(labelled(prepared, confirm(case)), values=values)
    table, _ = follow_ups(told, model, scores)
    assert twin not in table["account_id"]
    # A copy of all of the case's signs is listed, and first.
    values[ids.index(twin)] = values[ids.index(case)]
    told = replace(told, values=values, peers=prepared.peers.copy())
    told.peers[ids.index(twin)] = prepared.peers[ids.index(case)]
    table, _ = follow_ups(told, model, scores)
    assert table["account_id"][0] == twin


def test_few_are_as_like_a_case_as_is_asked(
    lists: Callable[..., Lists], scores: pl.DataFrame
) -> None:
    table, counts = lists(confirm(*first_open(scores, 3)))
    assert table.height <= 0.1 * scores.height
    assert sum(counts.values()) == table.height
