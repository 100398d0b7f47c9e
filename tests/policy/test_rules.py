"""What may be said: the table of states and conditions, row by row, and each condition."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.policy.packs import NOT_YET, STATES, Packs, State, load_packs
from detector.policy.packs.shape import OwnershipRule, PlaceRule, Rule
from detector.policy.rules import (
    Condition,
    Held,
    Used,
    applies,
    chip_class,
    headquartered,
    in_class,
    listed,
    outcome,
    outside,
    owned,
)  # fmt: skip

CONDITIONS: tuple[Condition, ...] = get_args(Condition)
SINCE = date(2026, 11, 10)
RULE = Rule(id="R")
FLAGGED = Rule(id="R", keeps_red_flag="29")
ASKING = Rule(id="R", at_most="inquire")
WANTING = Rule(id="R", unknown_share="inquire")
ON = date(2026, 3, 1)


@pytest.fixture(scope="module")
def packs() -> Packs:
    return load_packs()


def said(state: str, verified: bool, rule: Rule) -> list[str | None]:
    """Met, possible, data missing, not met."""
    when = State(state, verified, SINCE)  # type: ignore[arg-type]
    told = [outcome(when, c, rule) for c in ("met", "possible", "unknown", "not_met")]
    return [None if one is None else one.word for one in told]


@pytest.mark.parametrize(
    ("state", "verified", "rule", "words"),
    [
        ("in_force", True, RULE, ["match", "inquire", "unknown", "clear"]),
        ("in_force", True, WANTING, ["match", "inquire", "inquire", "clear"]),
        ("in_force", True, ASKING, ["inquire", "inquire", "unknown", "clear"]),
        ("in_force", False, RULE, ["inquire", "inquire", "unknown", "clear"]),
        ("in_force", False, WANTING, ["inquire", "inquire", "unknown", "clear"]),
        ("suspended", True, RULE, ["clear", "clear", "clear", "clear"]),
        ("suspended", True, FLAGGED, ["inquire", "clear", "clear", "clear"]),
        ("suspended", False, FLAGGED, ["inquire", "clear", "clear", "clear"]),
        ("not_enforced", True, RULE, ["clear", "clear", "clear", "clear"]),
        ("not_enforced", True, FLAGGED, ["inquire", "clear", "clear", "clear"]),
        ("proposed", True, RULE, [None] * 4),
        ("proposed", False, FLAGGED, [None] * 4),
        ("ended", True, RULE, [None] * 4),
        (NOT_YET, True, RULE, [None] * 4),
    ],
)
def test_the_table_of_outcomes(
    state: str, verified: bool, rule: Rule, words: list[str | None]
) -> None:
    assert said(state, verified, rule) == words


@given(
    st.sampled_from([*STATES, NOT_YET]), st.booleans(), st.sampled_from(CONDITIONS),
    st.sampled_from([RULE, FLAGGED, ASKING, WANTING]),
)  # fmt: skip
def test_only_a_rule_that_is_verified_in_force_and_met_ever_matches(
    state: str, verified: bool, condition: Condition, rule: Rule
) -> None:
    found = outcome(State(state, verified, SINCE), condition, rule)  # type: ignore[arg-type]
    if found is not None and found.word == "match":
        assert (state, verified, condition, rule.at_most) == ("in_force", True, "met", "match")
    if condition == "not_applicable":
        assert found is None


def test_a_note_says_since_when_nobody_verified() -> None:
    found = outcome(State("in_force", False, SINCE), "met", RULE)
    assert found is not None
    assert found.note == "in force since 2026-11-10, status not verified since 2026-11-10"


def test_a_note_says_until_when_a_rule_is_suspended_and_what_stays() -> None:
    found = outcome(State("suspended", True, SINCE, date(2027, 1, 1)), "met", FLAGGED)
    assert found is not None
    assert found.note == "suspended since 2026-11-10 until 2027-01-01; red flag 29 stays"


def test_what_is_supposed_is_called_so(packs: Packs) -> None:
    supposed = packs.supposing({"EAR-50": "in_force"})
    _, rule = packs.find("EAR-50")
    assert rule is not None
    found = outcome(supposed.state("EAR-50", date(2026, 11, 28)), "met", rule)
    assert found is not None
    assert (found.word, found.note) == ("match", "supposed in force")


def ownership(compare: str, minority: str = "ignore") -> OwnershipRule:
    return OwnershipRule.model_validate(
        {"id": "O", "threshold": "0.5", "compare": compare, "minority": minority}
    )


@pytest.mark.parametrize(
    ("compare", "lower", "upper", "condition"),
    [
        (">=", "0.5", "0.5", "met"),
        (">", "0.5", "0.5", "not_met"),
        (">", "0.5000000001", "0.5000000001", "met"),
        (">=", "0.4999999999", "0.4999999999", "not_met"),
        (">=", "0.25", "0.5", "possible"),
        (">", "0.25", "0.5", "not_met"),
        (">=", "0", "0", "not_met"),
    ],
)
def test_shares_against_a_threshold(
    compare: str, lower: str, upper: str, condition: Condition
) -> None:
    held = Held(Decimal(lower), Decimal(upper))
    assert owned(held, ownership(compare)) == condition
    if condition == "not_met" and Decimal(upper) > 0:
        assert owned(held, ownership(compare, "inquire")) == "possible"


def test_an_unknown_share_is_missing_data_unless_the_known_ones_suffice() -> None:
    assert owned(Held(Decimal(0), Decimal(1), unknown=True), ownership(">=")) == "unknown"
    assert owned(Held(Decimal("0.6"), Decimal(1), unknown=True), ownership(">=")) == "met"


@given(st.decimals(0, 1, places=10), st.decimals(0, 1, places=10), st.sampled_from([">=", ">"]))
def test_more_ownership_never_weakens_a_condition(a: Decimal, b: Decimal, compare: str) -> None:
    order = ["not_met", "possible", "met"]
    less, more = sorted([a, b])
    rule = ownership(compare, "inquire")
    found = [order.index(owned(Held(share, share), rule)) for share in (less, more)]
    assert found == sorted(found)


def test_owners_do_not_matter_where_the_form_is_place() -> None:
    assert owned(Held(Decimal(1), Decimal(1)), ownership(">"), "place") == "not_met"


def test_a_name_alone_never_meets_and_a_person_never_does() -> None:
    assert listed(same_name=True, place_agrees=True) == "met"
    assert listed(same_name=True, place_agrees=False) == "possible"
    assert listed(same_name=False, place_agrees=True) == "possible"
    assert listed(same_name=True, place_agrees=True, organisation=False) == "possible"
    assert listed(same_name=True, place_agrees=True, current=False) == "not_met"


def test_headquarters_by_the_groups_of_the_day(packs: Packs) -> None:
    pack, rule = packs.find("EAR-HQ")
    assert isinstance(rule, PlaceRule)
    places = packs[rule.places]
    assert headquartered(["SG", "CN"], rule, places, ON) == "met"
    assert headquartered(["MO", None], rule, places, ON) == "met"
    assert headquartered(["HK"], rule, places, ON) == "met"  # counts as China since 2020-12-23
    assert headquartered([" cn "], rule, places, ON) == "met"
    assert headquartered(["SG", None], rule, places, ON) == "unknown"
    assert headquartered([None, None], rule, places, ON) == "unknown"
    assert headquartered([], rule, places, ON) == "unknown"
    assert headquartered(["NI"], rule, places, ON) == "possible"
    assert headquartered(["SG", "US"], rule, places, date(2026, 10, 1)) == "not_met"
    assert pack.state(date(2023, 11, 16)).state == NOT_YET


def test_a_place_that_is_not_served(packs: Packs) -> None:
    regions = packs["anthropic-regions"]
    assert outside("CN", regions, ON) == "met"
    assert outside("XK", regions, ON) == "possible"
    assert outside("SG", regions, ON) == "not_met"
    assert outside(None, regions, ON) == "unknown"
    assert outside("CN", regions, date(2025, 1, 1)) == "possible"
    assert outside("CN", regions, date(2020, 1, 1)) == "unknown"


def test_who_does_not_use_what_a_rule_is_about_gets_no_row(packs: Packs) -> None:
    for name, used, meant in [
        ("EAR-50", Used(controlled_compute=True), True),
        ("EAR-50", Used(products={("anthropic", "claude")}), False),
        ("OAI-REGION", Used(products={("openai", "gpt")}), True),
        ("OAI-REGION", Used(products={("azure", "gpt")}), False),
        ("ANT-OWNERSHIP", Used(products={("vertex", "claude")}), True),
        ("ANT-OWNERSHIP", Used(controlled_compute=True), False),
        ("CSL-EL", Used(), True),
    ]:
        _, rule = packs.find(name)
        assert rule is not None
        assert applies(rule, used) is meant, name


@pytest.mark.parametrize(
    ("form", "tpp", "density", "speed", "found"),
    [
        ("interconnect", 4992, 6.04, 600, "a"),
        ("interconnect", 4992, 6.04, 400, "none"),
        ("interconnect", 4799, 9.0, 900, "none"),
        ("interconnect", 4992, 6.04, None, "unknown"),
        ("interconnect", None, None, 400, "none"),
        ("interconnect", None, None, 600, "unknown"),
        ("tpp", 4992, 6.04, 400, "a"),
        ("tpp", 2394, 3.81, None, "b"),
        (None, 1000, 1.0, 900, "none"),
    ],
)
def test_the_class_of_a_chip_by_the_formula_of_the_day(
    form: str | None, tpp: float | None, density: float | None, speed: float | None, found: str
) -> None:
    assert chip_class(form, tpp=tpp, performance_density=density, interconnect_gbs=speed) == found
    assert in_class("a") == in_class("b") == "met"
    assert (in_class("none"), in_class("unknown")) == ("not_met", "unknown")
