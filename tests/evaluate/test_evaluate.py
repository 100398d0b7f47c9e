"""The judge against figures worked out by hand, and its laws."""

from __future__ import annotations

import json
from io import StringIO
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from sklearn.metrics import average_precision_score, roc_auc_score

from detector.dossier import case_keys
from detector.errors import UsageError
from detector.evaluate import evaluate, judge, render, summarise
from detector.results import POLICY_SCHEMA
from tests.examples import examples

SCORE_SCHEMA = {
    "account_id": pl.String,
    "rank": pl.Int64,
    "queue": pl.String,
    "ring_id": pl.String,
    "families": pl.List(pl.String),
}
TRUTH_SCHEMA = {
    "account_id": pl.String,
    "is_proxy": pl.Boolean,
    "role": pl.String,
    "typology": pl.String,
    "ring_id": pl.String,
    "archetype": pl.String,
}


def scored(*rows: tuple[object, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCORE_SCHEMA, orient="row")


def planted(*rows: tuple[object, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=TRUTH_SCHEMA, orient="row")


# Review order: ring P (a, b, c: two of three are proxies of R1), then d (benign), then e
# (a proxy alone), then g (a benign shop); the victim f stands at rank 2 but comes last.
SCORES = scored(
    ("a", 1, "proxy", "P", ["F11", "F01", "F02", "F05"]),
    ("f", 2, "victim", None, ["F06"]),
    ("b", 3, "proxy", "P", ["F01", "F02", "F06", "F11"]),
    ("c", 4, "none", "P", ["F01"]),
    ("d", 5, "proxy", None, ["F01"]),
    ("e", 6, "none", None, ["F09", "F05", "F01"]),
    ("g", 7, "none", None, []),
)

TRUTH = planted(
    ("a", True, "proxy", "T03", "R1", None),
    ("b", True, "proxy", "T03", "R1", None),
    ("c", False, "benign", None, None, "hackathon"),
    ("d", False, "benign", None, None, "shop"),
    ("e", True, "proxy", "T02", None, None),
    ("f", False, "victim", "T07", "V1", "shop"),
    ("g", False, "benign", None, None, "shop"),
)


def test_two_cases_of_capacity_find_the_ring_and_miss_the_single_account() -> None:
    result = evaluate(SCORES, TRUTH, capacity=2)
    assert result["precision_at_capacity"] == 0.5  # ring P is right, d is wrong
    assert result["recall_at_capacity"] == pytest.approx(2 / 3)
    assert result["ring_recall"] == 0.5
    assert result["ring_recall_by_typology"] == {"T02": 0.0, "T03": 1.0}
    assert result["rings"] == 2
    assert result["cases"] == 5


def test_a_third_case_finds_the_single_account_as_its_own_ring() -> None:
    result = evaluate(SCORES, TRUTH, capacity=3)
    assert result["precision_at_capacity"] == pytest.approx(2 / 3)
    assert result["recall_at_capacity"] == 1.0
    assert result["ring_recall"] == 1.0
    assert result["ring_recall_single"] == 1.0


def test_accounts_are_ranked_in_the_order_of_review() -> None:
    # Order a b c d e g f with proxies at 1, 2 and 5.
    result = evaluate(SCORES, TRUTH)
    assert result["average_precision"] == pytest.approx((1 + 1 + 3 / 5) / 3)
    assert result["auroc"] == pytest.approx((4 + 4 + 2) / 12)


def test_the_victim_comes_last_and_is_counted_only_where_queued_as_proxy() -> None:
    assert evaluate(SCORES, TRUTH)["victims_in_proxy_queue"] == 0.0
    wronged = SCORES.with_columns(
        queue=pl.when(pl.col("account_id") == "f").then(pl.lit("proxy")).otherwise("queue")
    )
    result = evaluate(wronged, TRUTH, capacity=2)
    assert result["victims_in_proxy_queue"] == 1.0
    assert result["precision_at_capacity"] == 0.5
    assert evaluate(SCORES, TRUTH)["proxy_queue_false_share"] == pytest.approx(1 / 3)


def test_reason_hit_reads_the_first_three_families_of_found_proxies() -> None:
    # T03 is F03, F10, F11, F12: account a says F11 first, b only in fourth place.
    assert evaluate(SCORES, TRUTH, capacity=2)["reason_hit"] == 0.5
    # T02 is F01, F02, F05: account e names F05 second.
    assert evaluate(SCORES, TRUTH, capacity=3)["reason_hit"] == pytest.approx(2 / 3)


def test_half_of_the_members_is_not_more_than_half() -> None:
    half = SCORES.filter(pl.col("account_id") != "b").vstack(
        scored(("b", 3, "proxy", None, ["F01"]))
    )
    result = evaluate(half, TRUTH, capacity=1)  # ring P is now a (proxy) and c (benign)
    assert result["precision_at_capacity"] == 0.0
    assert result["ring_recall"] == 0.0


def test_one_predicted_case_can_find_two_planted_rings() -> None:
    truth = planted(
        ("a", True, "proxy", "T03", "R1", None),
        ("b", True, "proxy", "T04", "R2", None),
        ("c", False, "benign", None, None, "shop"),
    )
    result = evaluate(SCORES.filter(pl.col("ring_id") == "P"), truth, capacity=1)
    assert result["ring_recall_by_typology"] == {"T03": 1.0, "T04": 1.0}


def test_ties_across_the_capacity_count_by_expectation() -> None:
    scores = scored(*[(x, 1, "proxy", None, ["F05"]) for x in "abcd"])
    truth = planted(
        ("a", True, "proxy", "T02", "R1", None),
        ("b", True, "proxy", "T02", "R1", None),
        ("c", False, "benign", None, None, "shop"),
        ("d", False, "benign", None, None, "shop"),
    )
    result = evaluate(scores, truth, capacity=2)
    assert result["precision_at_capacity"] == 0.5
    assert result["recall_at_capacity"] == 0.5
    # Of the six pairs that two places can hold, only (c, d) misses the ring.
    assert result["ring_recall"] == pytest.approx(5 / 6)
    assert result["auroc"] == 0.5
    assert result["average_precision"] == 0.5


def test_the_worst_archetype_is_told_with_its_ratio_to_the_base_rate() -> None:
    rows = range(200)
    scores = scored(*[(f"{i:03}", i + 1, "none", None, []) for i in rows])
    truth = planted(
        *[(f"{i:03}", False, "benign", None, None, "lab" if i < 40 else "shop") for i in rows]
    )
    result = evaluate(scores, truth)
    assert result["worst_archetype"] == {
        "archetype": "lab",
        "accounts": 40,
        "flag_rate": pytest.approx(2 / 40),
        "ratio": pytest.approx(5.0),
        "proxy_queue_rate": 0.0,
    }
    assert result["flag_rate_by_archetype"]["shop"]["flag_rate"] == 0.0


def test_a_world_without_rings_has_no_recall_but_its_flags() -> None:
    result = evaluate(SCORES, TRUTH.with_columns(is_proxy=False, role=pl.lit("benign")))
    assert result["ring_recall"] is None
    assert result["average_precision"] is None
    assert result["victims_in_proxy_queue"] is None
    assert result["precision_at_capacity"] == 0.0
    assert result["proxy_queue_false_share"] == 1.0
    assert result["ci90"]["ring_recall"] is None


def test_an_account_that_was_never_scored_comes_last() -> None:
    result = evaluate(SCORES.filter(pl.col("account_id") != "e"), TRUTH, capacity=4)
    assert result["ring_recall"] == 0.5
    assert result["accounts"] == 7


def test_the_figures_as_shown_go_by_queue_and_then_by_rank() -> None:
    # The page: ring P (rank 1), d (rank 5), both in queue proxy; then victim f; e, g: nowhere.
    at = {k: evaluate(SCORES, TRUTH, capacity=k)["precision_as_shown"] for k in (1, 2, 3, 50)}
    assert at == {1: 1.0, 2: 0.5, 3: pytest.approx(1 / 3), 50: pytest.approx(1 / 3)}
    found = evaluate(SCORES, TRUTH, capacity=50)
    assert (found["ring_recall"], found["ring_recall_as_shown"]) == (1.0, 0.5)
    assert found["ci90"]["precision_as_shown"] is not None


def test_a_case_stands_on_the_page_where_the_best_queue_of_its_members_does() -> None:
    # By rank the ring comes first; its best member in queue proxy comes after d.
    later = SCORES.with_columns(
        queue=pl.when(pl.col("account_id") == "a").then(pl.lit("other")).otherwise("queue"),
        rank=pl.when(pl.col("account_id") == "d").then(2).otherwise("rank"),
    )
    result = evaluate(later, TRUTH, capacity=1)
    assert (result["precision_at_capacity"], result["precision_as_shown"]) == (0.0, 0.0)
    assert evaluate(later, TRUTH, capacity=2)["ring_recall_as_shown"] == 0.5


@pytest.mark.parametrize("seed", range(3))
def test_the_page_shows_the_cases_that_the_figures_as_shown_take(seed) -> None:
    scores, truth = _random_world(np.random.default_rng(seed), 200)
    scores = scores.with_columns(rank=pl.int_range(1, 201, dtype=pl.Int64).shuffle(seed))
    proxy = dict(truth.select("account_id", "is_proxy").iter_rows())
    cases = scores.group_by(case=pl.coalesce("ring_id", "account_id")).agg("account_id")
    members = dict(cases.iter_rows())
    run = SimpleNamespace(scores=scores, policy=POLICY_SCHEMA.to_frame())
    keys = case_keys(run)  # type: ignore[arg-type]  # reads these alone
    right = [_most(proxy, members[key.ring_id or key.lead_id]) for key in keys]
    for capacity in (1, 7, 40, len(keys), len(keys) + 9):
        told = evaluate(scores, truth, capacity)["precision_as_shown"]
        assert told == pytest.approx(np.mean(right[:capacity]))


def _most(proxy: dict[str, bool], members: list[str]) -> bool:
    return 2 * sum(proxy[member] for member in members) > len(members)


def test_scores_without_queues_have_no_figures_as_shown() -> None:
    bare = evaluate(SCORES.drop("queue"), TRUTH)
    assert bare["precision_as_shown"] is bare["ring_recall_as_shown"] is None
    nobody = evaluate(SCORES.with_columns(queue=pl.lit("none")), TRUTH)
    assert (nobody["precision_as_shown"], nobody["ring_recall_as_shown"]) == (None, 0.0)


def test_a_bare_score_column_is_enough_for_a_baseline() -> None:
    bare = SCORES.select("account_id", score=-pl.col("rank").cast(pl.Float64))
    result = evaluate(bare, TRUTH, capacity=3)
    assert result["precision_at_capacity"] == pytest.approx(2 / 3)  # a, f, b
    assert result["reason_hit"] is None


def test_rings_are_told_apart_by_two_kinds_of_rare_identifiers() -> None:
    links = pl.DataFrame(
        [
            ("a", "payment", "x"),
            ("b", "payment", "x"),
            ("a", "device", "y"),
            ("b", "device", "y"),
        ],
        schema=["account_id", "kind", "value_hash"],
        orient="row",
    )
    assert evaluate(SCORES, TRUTH, links=links)["ring_recall_linked"] == 1.0
    one_kind = evaluate(SCORES, TRUTH, links=links.filter(pl.col("kind") == "payment"))
    assert one_kind["ring_recall_linked"] is None
    assert one_kind["ring_recall_unlinked"] == 1.0


def test_an_identifier_half_the_world_shares_links_nobody() -> None:
    everyone = [f"n{i}" for i in range(40)] + ["a", "b"]
    links = pl.DataFrame(
        [(x, kind, "hub") for x in everyone for kind in ("ip", "address")],
        schema=["account_id", "kind", "value_hash"],
        orient="row",
    )
    assert evaluate(SCORES, TRUTH, links=links)["ring_recall_unlinked"] == 1.0


def test_files_and_frames_give_the_same_result(tmp_path) -> None:
    SCORES.write_parquet(tmp_path / "scores.parquet")
    TRUTH.write_parquet(tmp_path / "truth.parquet")
    TRUTH.write_csv(tmp_path / "truth.csv")
    as_text = SCORES.with_columns(
        families=pl.col("families").map_elements(
            lambda f: json.dumps(f.to_list()), return_dtype=pl.String
        )
    )
    as_text.write_csv(tmp_path / "scores.csv")
    expected = evaluate(SCORES, TRUTH, capacity=3)
    assert evaluate(tmp_path / "scores.parquet", tmp_path / "truth.parquet", 3) == expected
    assert evaluate(tmp_path / "scores.csv", tmp_path / "truth.csv", 3) == expected
    assert evaluate(tmp_path, tmp_path / "truth.csv", 3) == expected  # a run's folder
    assert evaluate(SCORES.to_pandas(), TRUTH.to_pandas(), 3) == expected


def test_a_result_is_json(tmp_path) -> None:
    result = evaluate(SCORES, TRUTH)
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_pooling_counts_rings_of_all_worlds() -> None:
    second = TRUTH.with_columns(is_proxy=pl.col("account_id") == "g")
    worlds = [judge(SCORES, TRUTH, 2), judge(SCORES, second, 2)]
    result = summarise(worlds)
    assert result["rings"] == 3
    assert result["ring_recall"] == pytest.approx(1 / 3)
    assert result["precision_at_capacity"] == 0.25
    low, high = result["ci90"]["ring_recall"]
    assert low <= 1 / 3 <= high


def test_the_interval_of_one_certain_outcome_is_a_point() -> None:
    result = evaluate(SCORES, TRUTH, capacity=3)
    assert result["ci90"]["ring_recall"] == [1.0, 1.0]


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    rng = np.random.default_rng(3)
    scores, truth = _random_world(rng, 300)
    first = evaluate(scores, truth, 20, seed=1)["ci90"]
    assert evaluate(scores, truth, 20, seed=1)["ci90"] == first
    assert evaluate(scores, truth, 20, seed=2)["ci90"] != first


def test_capacity_must_be_positive() -> None:
    with pytest.raises(UsageError, match="at least 1"):
        evaluate(SCORES, TRUTH, capacity=0)


def test_rendering_keeps_markup_and_control_characters_of_labels_out() -> None:
    hostile = TRUTH.with_columns(archetype=pl.lit("[red]\x1b[31mshop\u202e"))
    out = StringIO()
    Console(file=out, width=120).print(render(evaluate(SCORES, hostile)))
    assert "average precision" in out.getvalue()
    assert "[red]" in out.getvalue()
    assert "\x1b" not in out.getvalue()
    assert "\u202e" not in out.getvalue()


def _random_world(rng: np.random.Generator, size: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    ids = [f"a{i:04}" for i in range(size)]
    ring = rng.integers(0, size, size)
    proxy = rng.random(size) < 0.15
    scores = pl.DataFrame(
        {
            "account_id": ids,
            "rank": pl.Series(rng.integers(1, size // 2, size)).rank("min").cast(pl.Int64),
            "queue": rng.choice(["proxy", "none", "victim", "other"], size),
            "ring_id": [f"p{r % 40}" if r % 3 == 0 else None for r in ring],
            "families": [["F01", "F11"] if r % 2 else ["F06"] for r in ring],
        }
    )
    truth = pl.DataFrame(
        {
            "account_id": ids,
            "is_proxy": proxy,
            "role": np.where(proxy, "proxy", "benign"),
            "typology": [
                f"T{1 + r % 21:02}" if p else None for r, p in zip(ring, proxy, strict=True)
            ],
            "ring_id": [
                f"r{r % 25}" if p and r % 2 else None for r, p in zip(ring, proxy, strict=True)
            ],
            "archetype": [None if p else f"kind{r % 5}" for r, p in zip(ring, proxy, strict=True)],
        }
    )
    return scores, truth


@settings(max_examples=examples(20))
@given(seed=st.integers(0, 2**32 - 1), capacity=st.integers(1, 150))
def test_the_order_of_rows_changes_nothing(seed, capacity) -> None:
    rng = np.random.default_rng(seed)
    scores, truth = _random_world(rng, 120)
    shuffled = evaluate(
        scores.sample(fraction=1.0, shuffle=True, seed=seed),
        truth.sample(fraction=1.0, shuffle=True, seed=seed + 1),
        capacity,
    )
    assert shuffled == evaluate(scores, truth, capacity)


@settings(max_examples=examples(20))
@given(seed=st.integers(0, 2**32 - 1))
def test_average_precision_and_auroc_agree_with_scikit_learn(seed) -> None:
    rng = np.random.default_rng(seed)
    scores, truth = _random_world(rng, 150)
    scores = scores.with_columns(queue=pl.lit("none"))
    result = evaluate(scores, truth)
    worth = -scores["rank"].to_numpy()
    assert result["average_precision"] == pytest.approx(
        average_precision_score(truth["is_proxy"], worth)
    )
    assert result["auroc"] == pytest.approx(roc_auc_score(truth["is_proxy"], worth))


@settings(max_examples=examples(20))
@given(seed=st.integers(0, 2**32 - 1))
def test_more_capacity_never_finds_fewer_rings(seed) -> None:
    scores, truth = _random_world(np.random.default_rng(seed), 120)
    found = [evaluate(scores, truth, k)["ring_recall"] for k in (1, 5, 20, 60, 120)]
    assert all(a <= b + 1e-12 for a, b in pairwise(found))
