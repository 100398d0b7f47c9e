"""The registry refuses what lane B must be blind to, and says everything about a feature."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import polars as pl
import pytest

from features.build import REGISTRY
from features.families import FAMILY_NAMES
from features.registry import (
    Family,
    ForbiddenInput,
    Reach,
    check_base,
    refuse_forbidden,
)
from features.tables import SCHEMAS

TYPOLOGIES = {f"T{k:02}" for k in range(1, 22)}
FORBIDDEN_COLUMNS = [
    "org_name", "org_address", "owner_name", "buyer_name", "declared_use", "declared_country",
    "billing_country", "phone_country", "src_country", "instrument_country", "email_domain",
    "language", "locale", "script", "keyboard", "time_zone", "timezone", "phone_prefix",
    "nationality", "passport", "birth_country", "religion", "holiday", "school", "prompt",
    "currency", "country_code",
]  # fmt: skip


def family() -> Family:
    return Family("F99", lambda population: population.rollups["accounts"], Reach.OWN)


@pytest.mark.parametrize("column", FORBIDDEN_COLUMNS)
def test_an_expression_over_a_forbidden_column_is_refused(column: str) -> None:
    with pytest.raises(ForbiddenInput, match="blind"):
        refuse_forbidden("f99_thing", pl.col(column).is_null())


@pytest.mark.parametrize("column", FORBIDDEN_COLUMNS)
def test_a_base_frame_may_not_hand_on_a_forbidden_column(column: str) -> None:
    with pytest.raises(ForbiddenInput):
        check_base(family(), pl.DataFrame({"account_id": ["a"], column: [1.0]}))


@pytest.mark.parametrize(
    "values", [["text"], [datetime(2026, 1, 1, tzinfo=UTC)], [["a"]], [datetime(2026, 1, 1).date()]]
)
def test_a_base_frame_hands_on_numbers_and_flags_only(values: list[object]) -> None:
    with pytest.raises(ForbiddenInput, match="numbers and flags"):
        check_base(family(), pl.DataFrame({"account_id": ["a"], "fact": values}))


@pytest.mark.parametrize("name", ["declared_use_class", "subscription", "description", "places"])
def test_harmless_words_that_hold_a_forbidden_one_pass(name: str) -> None:
    refuse_forbidden("f99_thing", pl.col(name))
    frame = pl.DataFrame({"account_id": ["a"], name: [1]})
    assert check_base(family(), frame) is frame


def test_a_feature_is_named_after_its_family_and_says_a_sentence() -> None:
    options = {"unit": "u", "direction": 1, "inputs": ("usage",), "typologies": ("T01",)}

    def wrong() -> pl.Expr:
        """Says something."""
        return pl.col("x")

    def f99_silent() -> pl.Expr:
        return pl.col("x")

    with pytest.raises(ValueError, match="f99_"):
        family().feature(**options)(wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="sentence"):
        family().feature(**options)(f99_silent)  # type: ignore[arg-type]


def test_there_are_eighty_features_or_more_in_all_families_but_our_own_process() -> None:
    assert len(REGISTRY) >= 80
    assert {f.family for f in REGISTRY} == set(FAMILY_NAMES) - {"F15"}
    assert len(set(REGISTRY.names())) == len(REGISTRY)


@pytest.mark.parametrize("feature", list(REGISTRY), ids=lambda f: f.name)
def test_every_feature_is_fully_described(feature: object) -> None:
    f = REGISTRY[getattr(feature, "name")]  # noqa: B009
    assert f.sentence.endswith(".")
    assert len(f.sentence) <= 120
    assert f.unit
    assert set(f.typologies) <= TYPOLOGIES
    assert bool(f.typologies) != f.both  # what speaks for an account is the sign of nothing
    assert set(f.inputs) <= set(SCHEMAS)
    assert f.inputs
    assert f.bounds[0] < f.bounds[1]
    assert re.fullmatch(r"F\d\d-[A-Z0-9-]+", f.code)


def test_sentences_differ() -> None:
    sentences = [f.sentence for f in REGISTRY]
    assert len(set(sentences)) == len(sentences)


def test_an_unknown_name_is_an_error_that_lists_those_like_it() -> None:
    with pytest.raises(KeyError, match="f01_first_thing"):
        REGISTRY["f01_nothing"]
