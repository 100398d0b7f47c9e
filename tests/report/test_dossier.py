"""From results to cases: what is one case, where it stands and what is looked up of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import ModuleType

import polars as pl
import pytest

from detector.cases.runs.known import candidates_of
from detector.cli.caserows import case_rows
from detector.dossier import case_keys, key_of, key_of_ring, open_cases
from detector.report.likeness import likeness
from detector.results import Results


def _with_queue(results: Results, **queues: str) -> Results:
    scores = results.scores
    for account, queue in queues.items():
        hit = pl.col("account_id") == account.replace("_", "-")
        value = pl.when(hit).then(pl.lit(queue)).otherwise(pl.col("queue").cast(pl.String))
        scores = scores.with_columns(value.cast(scores.schema["queue"]).alias("queue"))
    return Results(
        scores, results.rings, results.features, results.quarantine, results.timelines, results.run
    )


def test_accounts_of_one_ring_are_one_case_and_others_their_own(results: Results) -> None:
    queued = results.scores.filter(pl.col("queue").cast(pl.String) != "none")
    expected = queued["ring_id"].drop_nulls().n_unique() + queued["ring_id"].null_count()
    assert len(case_keys(results)) == expected


def test_cases_stand_by_best_rank_and_those_of_victims_come_later(results: Results) -> None:
    keys = case_keys(results)
    assert [k.rank for k in keys if k.queue == "proxy"] == sorted(
        k.rank for k in keys if k.queue == "proxy"
    )
    assert keys[0].queue == "proxy"
    assert keys[-1].queue in ("victim", "other")


def test_a_ring_with_one_victim_stays_a_proxy_case(results: Results) -> None:
    first = case_keys(results)[0]
    changed = _with_queue(results, **{first.lead_id.replace("-", "_"): "victim"})
    again = next(key for key in case_keys(changed) if key.ring_id == first.ring_id)
    assert again.queue == "proxy"
    assert again.lead_id != first.lead_id


def test_the_lead_decides_the_typology_where_members_disagree_evenly(results: Results) -> None:
    key = next(k for k in case_keys(results) if k.ring_id == "ring-008")
    halves = pl.when(pl.col("account_id") == key.lead_id).then(pl.lit("T21"))
    changed = Results(
        results.scores.with_columns(halves.otherwise("typology").alias("typology")),
        results.rings, results.features, results.quarantine, results.timelines, results.run,
    )  # fmt: skip
    assert open_cases(changed, [key])[0].typology == "T21"


def test_daily_use_adds_up_to_what_the_timelines_hold(results: Results) -> None:
    key = case_keys(results)[0]
    case = open_cases(results, [key])[0]
    ids = [row["account_id"] for row in case.members]
    held = results.timelines.filter(pl.col("account_id").is_in(ids))["tpp_hours"].sum()
    assert sum(sum(series.tpp_hours) for series in case.series) == pytest.approx(held)


def test_days_outside_the_window_are_left_out(results: Results) -> None:
    key = case_keys(results)[0]
    early = results.timelines.with_columns(pl.col("day") - timedelta(days=400))
    late = results.timelines.with_columns(pl.col("day") + timedelta(days=400))
    for lines in (early, late):
        moved = Results(
            results.scores, results.rings, results.features, results.quarantine, lines, results.run
        )
        assert not any(any(s.tpp_hours) for s in open_cases(moved, [key])[0].series)


def test_a_ring_missing_from_the_ring_table_is_pieced_together(results: Results) -> None:
    key = case_keys(results)[0]
    bare = Results(
        results.scores, results.rings.clear(), results.features, results.quarantine,
        results.timelines, results.run,
    )  # fmt: skip
    assert open_cases(bare, [key])[0].size == open_cases(results, [key])[0].size


def test_an_account_in_no_queue_can_be_opened(results: Results, maker: ModuleType) -> None:
    quiet = results.scores.filter(pl.col("ring_id").is_null()).row(-1, named=True)
    case = open_cases(results, [key_of(results, quiet["account_id"])])[0]
    assert case.key.queue == "none"
    assert case.size == 1
    assert case.silent_families == ("F06",)


def test_members_in_a_queue_come_before_those_of_better_rank_in_none(results: Results) -> None:
    ring = next(key for key in case_keys(results) if key.ring_id and key.queued > 1)
    scored = results.scores.filter(pl.col("ring_id") == ring.ring_id).sort("rank", "account_id")
    queued = [row["account_id"] for row in scored.iter_rows(named=True) if row["queue"] != "none"]
    changed = _with_queue(results, **{name.replace("-", "_"): "none" for name in queued[:-1]})
    key = key_of_ring(changed, ring.ring_id or "")
    (case,) = open_cases(changed, [key])
    assert case.members[0]["account_id"] == queued[-1] == case.lead["account_id"]
    ranks = [row["rank"] for row in case.members[1:]]
    assert ranks == sorted(ranks)
    assert ranks[0] <= case.lead["rank"]


def test_a_ring_whose_holder_is_injured_is_not_explained_as_what_its_others_look_like(
    results: Results,
) -> None:
    ring = next(key for key in case_keys(results) if key.ring_id and key.queued > 1)
    scored = results.scores.filter(pl.col("ring_id") == ring.ring_id)
    names = {name.replace("-", "_"): "none" for name in scored["account_id"]}
    changed = _with_queue(results, **names)
    changed = _with_queue(changed, **{ring.lead_id.replace("-", "_"): "victim"})
    (before, after) = (
        open_cases(run, [key_of_ring(run, ring.ring_id or "")])[0] for run in (results, changed)
    )
    assert before.typology == "T03"
    assert (after.key.queue, after.typology) == ("victim", "T07")
    (row,) = case_rows(changed, [(1, after.key)])
    assert row["typology"] == "T07"
    found, _ = candidates_of(changed)
    assert next(one for one in found if one.name == ring.lead_id).typology == "T07"


def test_the_likeness_of_a_ring_is_told_apart_from_that_of_its_first_account(
    results: Results,
) -> None:
    key = next(key for key in case_keys(results) if key.ring_id and key.queue == "proxy")
    case = open_cases(results, [key])[0]
    assert case.typology == "T03"
    whose = f"So the ring as a whole; {key.lead_id} by itself is nearest to T08 "
    assert whose in likeness(replace(case, lead=case.lead | {"typology": "T08"}))[1]
    assert "by itself" not in likeness(replace(case, lead=case.lead | {"typology": "T03"}))[1]
