"""A ring on a terminal, and how decided accounts and injured holders are told of."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import polars as pl
import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType

from detector.dossier import case_keys
from detector.errors import UsageError
from detector.explain import explain, explain_json
from detector.results import Results

WIDTHS = range(50, 161, 10)


def shown(results: Results, name: str, width: int = 100) -> str:
    out = io.StringIO()
    Console(file=out, width=width, markup=False, emoji=False).print(explain(results, name))
    return out.getvalue()


def told(results: Results, account: str, **columns: Any) -> Results:
    """The run with other values in some columns of an account."""
    scores = results.scores.with_columns(
        pl.when(pl.col("account_id") == account)
        .then(pl.lit(value))
        .otherwise(name)
        .cast(results.scores.schema[name])
        .alias(name)
        for name, value in columns.items()
    )
    return replace(results, scores=scores)


@pytest.fixture(scope="module")
def single(small: Results) -> str:
    """An account in queue proxy and in no ring."""
    proxy = (pl.col("queue").cast(pl.String) == "proxy") & pl.col("ring_id").is_null()
    return str(small.scores.filter(proxy)["account_id"][0])


@pytest.mark.parametrize(
    "words",
    [
        "ring-001, 12 accounts",
        "4 of 12 accounts in a queue",
        "Looks like T03 Account farm.",
        "What ties it",
        "Kinds of tie, and accounts that each reaches:",
        "Ties between whom, strongest first",
        "Members, those in a queue first",
        "core",
        "Against ",
        "What speaks for an innocent reading",
        "Innocent look-alikes: ",
        "What to ask",
        "One member with all that is known: enduse explain OUT slate-delta-009",
    ],
)
def test_the_page_of_a_ring_says(results: Results, words: str) -> None:
    assert words in shown(results, "ring-001")


def test_findings_of_the_strongest_members_are_there(results: Results) -> None:
    page = shown(results, "ring-001", 160)
    first = results.scores.filter(pl.col("ring_id") == "ring-001").row(0, named=True)
    assert first["reasons"][0]["text"] in page


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_the_terminal_and_no_id_is_broken(
    results: Results, width: int
) -> None:
    lines = shown(results, "ring-001", width).splitlines()
    assert max(map(cell_len, lines)) <= width
    members = results.scores.filter(pl.col("ring_id") == "ring-001").sort("rank", "account_id")
    for account in members["account_id"].head(10):
        assert any(line.startswith(account) for line in lines)


def test_a_ring_as_json_has_all_members_with_their_part(results: Results) -> None:
    found = json.loads(json.dumps(explain_json(results, "ring-003"), allow_nan=False))
    assert found["ring"]["ring_id"] == "ring-003"
    assert len(found["members"]) == 28
    assert {row["part"] for row in found["members"]} <= {"core", "fringe"}
    assert found["ties"][0]["bits"] >= found["ties"][-1]["bits"]
    assert found["questions"]


@pytest.mark.long
def test_a_ring_of_two_thousand_stays_short(maker: ModuleType) -> None:
    large = maker.make_results(2_100, sizes=(2_000,), singles=2)
    assert len(shown(large, "ring-001", 80).splitlines()) < 150


def test_a_number_is_that_of_a_case_where_no_id_is_written_like_it(small: Results) -> None:
    for number, key in enumerate(case_keys(small), start=1):
        found = explain_json(small, str(number))
        if key.ring_id is None:
            assert found["account"]["account_id"] == key.lead_id
        else:
            assert found["ring"]["ring_id"] == key.ring_id
    last = small.scores["account_id"][-1]
    renamed = replace(
        small, scores=small.scores.with_columns(pl.col("account_id").replace(last, "1"))
    )
    assert explain_json(renamed, "1")["account"]["account_id"] == "1"


@pytest.mark.parametrize("name", ["0", "23", "00000000000000000000001", "ring-0O1", "\x1b[2J"])
def test_what_is_no_case_is_refused_with_both_kinds_of_ids(small: Results, name: str) -> None:
    with pytest.raises(UsageError, match=r"200 accounts and 2 rings.*a case in a queue, 1 to 10"):
        explain(small, name)


def test_ids_near_a_ring_are_named(small: Results) -> None:
    with pytest.raises(UsageError, match="near it: ring ring-001"):
        explain(small, "ring-0O1")


def test_a_closed_account_says_why_and_when(small: Results, single: str) -> None:
    closed = told(
        small, single, standing="closed", standing_since=datetime(2026, 3, 25, tzinfo=UTC),
        standing_note="fraud", queue="none", queue_reason="Not in a queue: closed.",
    )  # fmt: skip
    page = shown(closed, single)
    assert "Closed on 2026-03-25: fraud." in page
    assert "Looks like" not in page
    ring = small.scores.filter(pl.col("ring_id") == "ring-001")["account_id"][1]
    member = told(small, ring, standing="closed", queue="none")
    assert (
        "closed"
        in shown(member, "ring-001").split("Members, those in a queue first")[1].split("Against")[0]
    )


def test_a_decision_is_told_with_its_reviewer_and_note_and_what_ends_when(
    small: Results, single: str
) -> None:
    cleared = told(
        small, single, standing="cleared", standing_since=datetime(2026, 3, 25, tzinfo=UTC),
        standing_until=datetime(2026, 9, 21, tzinfo=UTC), queue="none",
        standing_note="decided by rho: papers \x1b[31mseen", queue_reason="Not in a queue.",
    )  # fmt: skip
    page = shown(cleared, single)
    assert "2026-09-21" in page
    assert "decided by rho: papers \\x1b[31mseen" in page


def test_the_reason_for_the_queue_is_told_and_nothing_where_a_run_has_none(
    small: Results, single: str
) -> None:
    reason = "In queue proxy because F03 and F11 speak (F05-MODEL-RECON, p 0.0011)."
    named = (
        "In queue proxy because F03 payer and instrument and F11 linkage speak "
        "(F05-MODEL-RECON, p 0.0011)."
    )
    assert named in shown(told(small, single, queue_reason=reason), single)
    assert "None" not in shown(small, single)


def test_an_injured_holder_is_helped_and_never_threatened(small: Results, single: str) -> None:
    victim = told(small, single, queue="victim", standing="open")
    page = shown(victim, single)
    assert "What helps, each by a person" in page
    assert "holder is likely the injured" in page
    assert "Do you recognise these sessions and this volume?" in page
    for word in ("suspend", "limit", "verify →", "Looks like T03"):
        assert word not in page
    assert explain_json(victim, single)["help"]


def test_an_account_of_no_score_is_not_explained_as_a_typology(small: Results, single: str) -> None:
    nothing = told(small, single, score=0.0, queue="none", typology="T03")
    page = shown(nothing, single)
    assert "Nothing speaks against this account." in page
    assert "T03" not in page
    assert "suspend" not in page
    assert explain_json(nothing, single)["typology_name"] is None


def test_weak_signs_are_said_with_care(small: Results, single: str) -> None:
    weak = told(small, single, queue="none", speaking=["F03"], typology="T03", standing="open")
    page = " ".join(shown(weak, single).split())
    assert "a likeness, not a finding" in page
    assert "Looks like T03" not in page
    silent = told(small, single, queue="none", speaking=[], typology="T03", standing="open")
    assert "Nothing speaks against this account." in shown(silent, single)


def test_no_likeness_calls_the_signs_of_whoever_is_decided_too_few(
    small: Results, single: str
) -> None:
    known = told(small, single, queue="none", standing="confirmed_proxy", typology="T03")
    page = " ".join(shown(known, single).split())
    assert "nearest to T03 Account farm: a likeness, not a finding." in page
    assert "too few" not in page


def test_commands_name_the_folder_as_a_shell_takes_it(results: Results) -> None:
    page = _printed(explain(results, "ring-001", "a b/$(id)\x1b[2J"))
    first = page.partition("One member with all that is known: ")[2].splitlines()[0]
    lead = next(key.lead_id for key in case_keys(results) if key.ring_id == "ring-001")
    assert first.split() == ["enduse", "explain", "'a", "b/$(id)\\x1b[2J'", lead]
    assert "OUT" not in page
    assert "enduse explain out ring-001" in _printed(explain(results, lead, "out"))


def _printed(page: RenderableType) -> str:
    told = io.StringIO()
    Console(file=told, width=300, markup=False, emoji=False).print(page)
    return told.getvalue()


def test_what_differs_between_members_in_one_number_is_said_once_with_the_range(
    small: Results,
) -> None:
    ring = small.rings["ring_id"][0]
    members = small.scores.filter(pl.col("ring_id") == ring)["account_id"].to_list()
    notes = {
        name: [{"code": "F16-STEADY-CLIENT", "text": f"The same client: {days} days."}]
        for name, days in zip(members, (53, 1_055, 56, 55, 56, 53), strict=True)
    }
    scores = small.scores.with_columns(
        counter_evidence=pl.Series(
            [notes.get(name, []) for name in small.scores["account_id"]],
            dtype=small.scores.schema["counter_evidence"],
        )
    )
    page = _printed(explain(replace(small, scores=scores), ring))
    assert "The same client: 53 to 1,055 days (6 of 6 accounts)." in page.replace("1055", "1,055")
    assert page.count("The same client") == 1


def test_a_closed_member_says_why_and_when(small: Results) -> None:
    ring = small.rings["ring_id"][0]
    closed = small.scores.filter(
        pl.col("ring_id") == ring, pl.col("standing").cast(pl.String) == "closed"
    )["account_id"][0]
    assert f"1 closed ({closed}: fraud on 2026-09-01)" in _printed(explain(small, ring))
