"""What a whole run puts out: columns, order, sums, queues and totals of the contract."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from detector import Results, read_logs, score_logs
from detector.findings.said import SAID
from detector.pipeline import Trained
from features.build import REGISTRY

TEXT, NUMBER, WHOLE = pl.String(), pl.Float64(), pl.Int64()
NOTES = pl.List(pl.Struct({"code": TEXT, "text": TEXT}))
# Spelt out here, so that a change of the product's own schema is noticed.
TIME = pl.Datetime("us", "UTC")
SCORES = {
    "account_id": TEXT, "rank": WHOLE, "score": NUMBER, "raw_score": NUMBER, "base": NUMBER,
    "ring_score": NUMBER, "p_value": NUMBER, "q_value": NUMBER,
    "standing": pl.Enum(["open", "closed", "confirmed_proxy", "confirmed_victim", "cleared"]),
    "standing_since": TIME, "standing_until": TIME, "standing_note": TEXT, "queue_reason": TEXT,
    "speaking": pl.List(TEXT),
    "queue": pl.Enum(["proxy", "victim", "policy", "other", "none"]), "ring_id": TEXT,
    "change": TEXT, "typology": TEXT, "families": pl.List(TEXT),
    "reasons": pl.List(pl.Struct({
        "code": TEXT, "family": TEXT, "feature": TEXT, "value": NUMBER, "peer_median": NUMBER,
        "tail": NUMBER, "contribution": NUMBER, "text": TEXT,
    })),
    "counter_evidence": NOTES, "coverage": NUMBER,
    "lane_l": pl.List(pl.Struct({
        "rule": TEXT, "instrument": TEXT, "version": TEXT, "as_of": TEXT, "outcome": TEXT,
        "evidence": TEXT,
    })),
    "lane_e": pl.List(pl.Struct({"source": TEXT, "evidence": TEXT})),
    "model_id": TEXT, "as_of": TIME,
}  # fmt: skip
RINGS = {
    "ring_id": TEXT, "rank": WHOLE, "score": NUMBER, "size": WHOLE, "account_ids": pl.List(TEXT),
    "edges": pl.List(pl.Struct({"a": TEXT, "b": TEXT, "kind": TEXT, "weight": NUMBER})),
    "tpp_hours": NUMBER, "tokens": WHOLE, "reasons": NOTES,
}  # fmt: skip
TOTALS = {
    "a100_hours": NUMBER, "h100_hours": NUMBER, "controlled_gpu_hours": NUMBER,
    "tpp_hours": NUMBER, "input_tokens": WHOLE, "output_tokens": WHOLE,
}  # fmt: skip


@pytest.fixture(scope="module")
def written(scored: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("written") / "out"
    scored.write(out)
    return out


@pytest.mark.parametrize(("name", "schema"), [("scores", SCORES), ("rings", RINGS)])
def test_columns_and_types_on_disk_are_those_of_the_contract(
    written: Path, name: str, schema: dict[str, pl.DataType]
) -> None:
    assert dict(pl.read_parquet(written / f"{name}.parquet").schema) == schema


def test_the_feature_table_holds_every_feature_and_the_plain_totals(written: Path) -> None:
    schema = pl.read_parquet(written / "features.parquet").schema
    expected = {"account_id": TEXT, **dict.fromkeys(REGISTRY.names(), NUMBER), **TOTALS}
    assert dict(schema) == expected


def test_there_is_one_row_for_each_account(world: Any, scored: Results) -> None:
    expected = sorted(world.tables["accounts"]["account_id"])
    assert sorted(scored.scores["account_id"]) == expected
    assert sorted(scored.features["account_id"]) == expected


@pytest.mark.parametrize("table", ["scores", "rings"])
def test_rows_stand_by_rank_and_equal_scores_share_the_smaller_rank(
    scored: Results, table: str
) -> None:
    rows = getattr(scored, table)
    key = "account_id" if table == "scores" else "ring_id"
    assert_frame_equal(rows, rows.sort("rank", key))
    score = rows["score"].to_list()
    assert rows["rank"].to_list() == [1 + sum(other > own for other in score) for own in score]
    # Members led by their ring have its score, so that the rule on equal scores is asked.
    assert table == "rings" or len(set(score)) < len(score)


def test_scores_and_shares_lie_within_0_and_1(scored: Results) -> None:
    for column in ("score", "p_value", "ring_score", "coverage"):
        known = scored.scores[column].drop_nulls()
        assert known.len() > 0
        assert known.is_between(0.0, 1.0).all(), column
        assert known.is_finite().all(), column
    assert (
        scored.scores.select("score", "raw_score", "base", "coverage")
        .null_count()
        .sum_horizontal()
        .item()
        == 0
    )


def test_a_member_never_stands_below_its_ring(scored: Results) -> None:
    members = scored.scores.filter(pl.col("ring_id").is_not_null())
    assert members.height > 0
    assert (members["score"] >= members["ring_score"]).all()
    lone = scored.scores.filter(pl.col("ring_id").is_null())
    assert lone["ring_score"].null_count() == lone.height


def test_members_and_rings_name_each_other(scored: Results) -> None:
    of_rings = scored.rings.select("ring_id", "size", account_id="account_ids")
    assert (of_rings["account_id"].list.len() == of_rings["size"]).all()
    told = of_rings.explode("account_id").select("account_id", "ring_id").sort("account_id")
    found = scored.scores.filter(pl.col("ring_id").is_not_null()).select("account_id", "ring_id")
    assert_frame_equal(told, found.sort("account_id"))


def test_contributions_and_base_add_up_to_the_raw_score(scored: Results) -> None:
    total = pl.col("reasons").list.eval(pl.element().struct.field("contribution")).list.sum()
    off = scored.scores.select((total + pl.col("base") - pl.col("raw_score")).abs().max()).item()
    assert off <= 1e-9


def test_reasons_are_the_seven_strongest_and_other(scored: Results) -> None:
    features = {feature.name: feature for feature in REGISTRY}
    for reasons in scored.scores["reasons"].to_list():
        assert len(reasons) == 8
        *shown, rest = reasons
        assert [r["code"] == "OTHER" for r in reasons] == [False] * 7 + [True]
        assert rest["feature"] is None
        parts = [(r["contribution"] <= 0, (r["tail"] or 0) > 0.1) for r in shown]
        order = [(nothing, common and not nothing) for nothing, common in parts]
        keys = [(*o, -r["contribution"]) for o, r in zip(order, shown, strict=True)]
        assert keys == sorted(keys)
        for reason in shown:
            feature = features[reason["feature"]]
            assert reason["code"] == feature.code
            assert reason["family"] == feature.family
            said = feature.name in SAID and reason["value"] is not None
            assert (reason["text"] == feature.sentence) != said


def test_a_reason_gives_the_value_of_the_feature_table(scored: Results) -> None:
    table = {row["account_id"]: row for row in scored.features.to_dicts()}
    for account, reasons in scored.scores.select("account_id", "reasons").head(50).iter_rows():
        for reason in reasons[:-1]:
            assert reason["value"] == table[account][reason["feature"]]


def test_the_totals_are_the_books_of_the_world(world: Any, scored: Results) -> None:
    told = world.books.pivot("quantity", index="account_id", values="amount")
    both = scored.features.join(told, on="account_id", how="left", suffix="_told").sort(
        "account_id"
    )
    assert {"input_tokens", "output_tokens"} <= set(told.columns)
    for column in ("input_tokens", "output_tokens"):
        assert both[column].to_list() == [int(v or 0) for v in both[f"{column}_told"]]


def test_lanes_l_and_e_are_empty_until_they_come(scored: Results) -> None:
    assert scored.run["lanes"]["B"] is True
    for lane in ("L", "E"):
        if not scored.run["lanes"][lane]:
            assert (scored.scores[f"lane_{lane.lower()}"].list.len() == 0).all()
    if not scored.run["lanes"]["L"]:
        assert (scored.scores["queue"] != "policy").all()


def test_run_json_counts_the_queues(scored: Results) -> None:
    counted = dict(scored.scores["queue"].cast(pl.String).value_counts().iter_rows())
    queues = scored.run["accounts"]["queues"]
    assert {name: n for name, n in queues.items() if n} == counted
    assert scored.run["accounts"]["total"] == scored.scores.height


# --- queues ---------------------------------------------------------------------------------


def test_the_proxy_queue_holds_the_improbable_with_two_families_one_beyond_place(
    scored: Results,
) -> None:
    queued = scored.scores.filter(pl.col("queue") == "proxy")
    assert queued.height > 0
    assert (queued["p_value"] <= scored.run["alpha"]).all()
    for families, ring in queued.select("families", "ring_id").iter_rows():
        assert len(families) >= 2 or ring is not None
        assert set(families) - {"F06"}


@pytest.mark.long
def test_alpha_0_empties_the_proxy_queue_and_moves_no_rank(
    world: Any, trained: Trained, scored: Results
) -> None:
    logs = {name: rows.lazy() for name, rows in world.tables.items()}
    none = score_logs(logs, trained, world.as_of, alpha=0.0)
    assert (none.scores["queue"] != "proxy").all()
    for column in ("account_id", "rank", "score"):
        assert none.scores[column].equals(scored.scores[column])


DECISIONS = {
    "confirmed_proxy": (None, "none"),
    "confirmed_victim": (None, "none"),
    "cleared": (timedelta(days=30), "none"),
    "closed": (None, "none"),
    "cleared, but no more": (timedelta(days=-1), "queued"),
    "unresolved": (None, "queued"),
}


@pytest.mark.long
def test_decided_and_closed_accounts_leave_the_queues_and_keep_their_scores(
    world: Any, trained: Trained
) -> None:
    # Alone, so that a decision about one says nothing about another.
    logs = {name: rows.lazy() for name, rows in world.tables.items()}
    before = score_logs(logs, trained, world.as_of, alpha=0.2).scores
    queued = before.filter(pl.col("queue") != "none")
    by_case = queued.unique(pl.coalesce("ring_id", "account_id"), keep="first", maintain_order=True)
    chosen = dict(zip(by_case["account_id"].to_list(), DECISIONS, strict=False))
    assert len(chosen) == len(DECISIONS)
    tables = dict(world.tables)
    tables["labels"] = pl.concat([tables["labels"], _labels(world, chosen)])
    shut = [account for account, word in chosen.items() if word == "closed"]
    tables["accounts"] = tables["accounts"].with_columns(
        closed_at=pl.when(pl.col("account_id").is_in(shut))
        .then(pl.lit(world.as_of - timedelta(days=1)))
        .otherwise("closed_at")
    )
    logs = {name: rows.lazy() for name, rows in tables.items()}
    after = score_logs(logs, trained, world.as_of, alpha=0.2).scores
    assert after.height == before.height
    queue = dict(after.select("account_id", pl.col("queue").cast(pl.String)).iter_rows())
    for account, word in chosen.items():
        assert (queue[account] == "none") == (DECISIONS[word][1] == "none"), word


def _labels(world: Any, chosen: dict[str, str]) -> pl.DataFrame:
    as_of: datetime = world.as_of
    labelled = {a: w for a, w in chosen.items() if w != "closed"}
    lasts = [DECISIONS[word][0] for word in labelled.values()]
    schema = world.tables["labels"].schema
    columns = {
        "account_id": list(labelled),
        "decision": [word.split(",")[0] for word in labelled.values()],
        "decided_at": [as_of - timedelta(days=2)] * len(labelled),
        "expires_at": [None if last is None else as_of + last for last in lasts],
    }
    full = {name: columns.get(name, [None] * len(labelled)) for name in schema}
    return pl.DataFrame(full, schema=schema)


def test_reasons_of_promoted_accounts_are_shapley_values(world: Any, trained: Trained) -> None:
    from detector.modelfolder import UNTAUGHT
    from detector.pipeline.prepare import Stages, prepare
    from detector.pipeline.run import Asked, assess
    from detector.pipeline.scoring import assemble, promoted
    from models.forest.treeshap import shapley_values

    prepared = prepare(read_logs(world.path), None, Stages())
    case = trained.cases[UNTAUGHT]
    scores, _ = assemble(prepared, assess(case, prepared, Asked(threads=2)))
    queued = scores.filter(pl.col("queue") != "none")
    assert 0 < queued.height < 500
    by_row = prepared.table.select("account_id").join(
        scores, on="account_id", maintain_order="left"
    )
    rows = promoted(by_row)
    assert set(by_row["account_id"].gather(rows)) == set(queued["account_id"])
    read = case.accounts.joint_rows(prepared.values[rows], prepared.peers[rows])
    exact = shapley_values(case.accounts.joint, read)
    names = case.accounts.joint_names
    for row, reasons in zip(exact, by_row["reasons"].gather(rows).to_list(), strict=True):
        for reason in reasons[:-1]:
            assert abs(reason["contribution"] - row[names.index(reason["feature"])]) < 1e-8
