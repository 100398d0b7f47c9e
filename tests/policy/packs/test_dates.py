"""The dated cases beside the repository: which rule was what, and what may be said."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from detector.policy.packs import Packs
from detector.policy.packs.shape import OwnershipRule
from detector.policy.rules import (
    Condition,
    Held,
    Used,
    applies,
    chip_class,
    outcome,
    owned,
)  # fmt: skip
from features.catalogue import Catalogue

REPOSITORY = Path(__file__).resolve().parents[3]
CASES = REPOSITORY.parent / "shared" / "cases" / "lanes" / "policy" / "dates.json"
CLAUDE = Used(products={("bedrock", "claude")})


def share(lower: str, upper: str | None = None) -> Callable[[OwnershipRule, str | None], Condition]:
    held = Held(Decimal(lower), Decimal(upper or lower))
    return lambda rule, form: owned(held, rule, form)


OWNERSHIP: dict[str, Callable[[OwnershipRule, str | None], Condition]] = {
    "60 % owned by an Entity List party": share("0.6"),
    "unlisted subsidiary in a supported region, 100 % owned by a company headquartered in an "
    "unsupported one": share("1"),
    "same": share("1"),
    "exactly 50 %": share("0.5"),
    "50.01 %": share("0.5001"),
    "share unknown": lambda rule, form: owned(
        Held(Decimal(0), Decimal(1), unknown=True), rule, form
    ),
    "owner is a person who lives in or comes from an unsupported place": share("0"),
}


def cases() -> list[dict[str, Any]]:
    return list(json.loads(CASES.read_text())) if CASES.is_file() else []


def _said(packs: Packs, case: dict[str, Any]) -> str:
    """What the product says, in the words of the cases."""
    when = datetime.fromisoformat(case["as_of"])
    pack, rule = packs.find(case["rule"])
    assert rule is not None
    state = pack.state(when, rule.id)
    if case["rule"] == "3A090":
        return _class_of("A800", packs, when)
    if case["facts"] == "the account never used the model":
        assert not applies(rule, Used(products={("openai", "gpt")}))
        assert outcome(state, "not_applicable", rule) is None
        return "not applicable: no row"
    assert applies(rule, CLAUDE) or rule.applies_to == "controlled_compute"
    assert isinstance(rule, OwnershipRule)
    found = outcome(state, OWNERSHIP[case["facts"]](rule, state.form), rule)
    told = state.state.replace("_", " ", 2) if found is None else f"{state.state}: {found.word}"
    return told + ("" if state.verified or found is None else f", {found.note}")


def _class_of(model: str, packs: Packs, when: datetime) -> str:
    pack = packs["us-ear-3a090"]
    book = Catalogue.load()
    row = book.gpus.filter(book.gpus["gpu_model"] == model).row(0, named=True)
    speed = next(f.interconnect_gbs for f in pack.figures if f.gpu_model == model)
    found = chip_class(
        pack.state(when).form, tpp=row["tpp"], interconnect_gbs=speed,
        performance_density=row["performance_density"],
    )  # fmt: skip
    return f"3A090.{found}" if found in ("a", "b") else "not in class"


@pytest.mark.skipif(not CASES.is_file(), reason=f"{CASES} is no part of the repository")
@pytest.mark.parametrize(
    "case", cases(), ids=lambda c: f"{c['rule']} {c['as_of']} {c['facts'][:20]}"
)
def test_a_dated_case_is_told_as_expected(packs: Packs, case: dict[str, Any]) -> None:
    said = _said(packs, case)
    expected = case.get("outcome") or case["state"]
    for part in ("match", "inquire", "clear", "no row", "not yet", "in_force", "3A090.a", "class"):
        if part in expected:
            assert part in said, said
    if "unverified" in expected:
        assert "status not verified since 2026-11-10" in said
        assert "match" not in said
    if "suspended" in expected:
        assert said.startswith("suspended")


def test_the_cases_hold_here_too_where_the_folder_is_absent(packs: Packs) -> None:
    """The heart of the dated cases, for whoever has the repository alone."""
    pack, rule = packs.find("ANT-OWNERSHIP")
    assert isinstance(rule, OwnershipRule)
    whole, half = Held(Decimal(1), Decimal(1)), Held(Decimal("0.5"), Decimal("0.5"))
    told = []
    for day, held in [(4, whole), (5, whole), (5, half), (5, Held())]:
        state = pack.state(date(2025, 9, day))
        found = outcome(state, owned(held, rule, state.form), rule)
        told.append(found.word if found else None)
    assert told == ["clear", "match", "inquire", "clear"]
