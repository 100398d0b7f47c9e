"""Reasons of whoever is looked at say what was seen; nothing else of the scores changes."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from detector.findings.said import SAID
from detector.findings.seen import seen_in
from detector.pipeline import findings
from detector.pipeline.findings import in_view, in_words
from detector.pipeline.prepare import Prepared
from detector.pipeline.scoring import Assessed, Scored, assemble
from features import REGISTRY
from features.blocks import Blocks


@pytest.fixture(scope="module")
def scores(prepared: Prepared, scored: Scored) -> pl.DataFrame:
    return assemble(prepared, Assessed(scored, 0.01))[0]


@pytest.fixture(scope="module")
def told(prepared: Prepared, scores: pl.DataFrame) -> pl.DataFrame:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(findings, "FIRST", 100)
        return pl.concat(in_words(prepared, scores))


def bare(scores: pl.DataFrame) -> pl.DataFrame:
    """The scores without the texts of reasons."""
    fields = ["code", "feature", "value", "peer_median", "tail", "contribution"]
    return scores.with_columns(
        pl.col("reasons").list.eval(pl.struct(pl.element().struct.field(fields))),
        pl.col("counter_evidence").list.eval(pl.element().struct.field("code")),
    )


def test_texts_alone_change(scores: pl.DataFrame, told: pl.DataFrame) -> None:
    assert not told["reasons"].equals(scores["reasons"])
    assert_frame_equal(bare(told), bare(scores))


def test_who_is_in_no_view_keeps_the_general_sentences(
    scores: pl.DataFrame, told: pl.DataFrame
) -> None:
    queued = (pl.col("queue").cast(pl.String) != "none") | pl.col("ring_id").is_not_null()
    view = queued | (pl.col("rank") <= 100)
    texts = pl.col("reasons").list.eval(pl.element().struct.field("text"))
    assert told.filter(~view).select(texts).equals(scores.filter(~view).select(texts))
    both = zip(told.filter(view)["reasons"], scores.filter(view)["reasons"], strict=True)
    for now, before in both:
        for after, was in zip(now, before, strict=True):
            known = after["feature"] in SAID and after["value"] is not None
            assert (after["text"] != was["text"]) == known, after
            assert "half of its peers" in after["text"] or not known or was["peer_median"] is None


def test_what_speaks_for_an_account_says_how_much(prepared: Prepared, scores: pl.DataFrame) -> None:
    code = REGISTRY["f16_age"].code
    notes = pl.Series([[{"code": code, "text": "old"}, {"code": "CLEARED", "text": "stays"}]])
    head = scores.head(1).with_columns(
        counter_evidence=notes.cast(scores.schema["counter_evidence"])
    )
    age, other = pl.concat(in_words(prepared, head))["counter_evidence"].to_list()[0]
    assert age["text"].startswith("The account has been there for ")
    assert other == {"code": "CLEARED", "text": "stays"}


def test_accounts_of_equal_rank_are_all_in_view_or_none() -> None:
    ranks = [1, *[2] * 600, 602]
    frame = pl.DataFrame(
        {"rank": ranks, "queue": "none", "ring_id": pl.Series([None] * 602, dtype=pl.String)}
    )
    assert frame.filter(in_view())["rank"].to_list() == [1]


def test_what_was_counted_elsewhere_gives_the_same_texts(
    prepared: Prepared, scores: pl.DataFrame
) -> None:
    head = scores.head(40)
    seen = seen_in(prepared.rollups, prepared.table["account_id"])
    elsewhere = replace(prepared, seen=seen.sample(fraction=1.0, shuffle=True, seed=1))
    here = pl.concat(in_words(prepared, head))
    assert_frame_equal(pl.concat(in_words(elsewhere, head)), here)
    dated = (
        here.explode("reasons").unnest("reasons").filter(pl.col("text").str.contains(r"\(2026-"))
    )
    assert dated.height > 20


def test_words_of_some_accounts_after_the_others_are_the_same(
    prepared: Prepared, scores: pl.DataFrame, told: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "FIRST", 100)
    monkeypatch.setattr(findings, "VIEW_ROWS", 50)
    monkeypatch.setattr(findings, "HELD_ROWS", 68)
    parts = list(in_words(prepared, Blocks(list(scores.iter_slices(17)))))
    assert_frame_equal(pl.concat(parts), told)
    # Three blocks are held where all are in view, four where few are.
    heights = {part.height for part in parts[:-1]}
    assert heights == {51, 68}


def test_a_run_without_accounts_is_left_as_it_is(prepared: Prepared, scores: pl.DataFrame) -> None:
    assert pl.concat(in_words(prepared, scores.clear())).is_empty()


def test_words_name_features_that_there_are() -> None:
    assert set(SAID) <= set(REGISTRY.names())
