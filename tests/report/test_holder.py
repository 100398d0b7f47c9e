"""Facts, names and identifiers of a case: what the report and the terminal show of them."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from types import ModuleType

import polars as pl
import pytest
from rich.console import Console

from detector.dossier import Case, case_keys, open_cases
from detector.explain import explain, explain_json
from detector.explain.held import NOT_KEPT
from detector.report.holder import HELD_SHOWN, NOT_TOLD, held_rows
from detector.report.render import render
from detector.results import FACTS_SCHEMA, LINKS_SCHEMA, Results


@pytest.fixture
def ring(small: Results) -> Case:
    (key,) = [key for key in case_keys(small) if key.ring_id == "ring-001"]
    return open_cases(small, [key])[0]


def shown(results: Results, account: str) -> str:
    out = io.StringIO()
    Console(file=out, width=250, markup=False, emoji=False).print(explain(results, account))
    return out.getvalue()


def test_a_case_has_the_rows_of_its_members_in_their_order(ring: Case) -> None:
    members = [row["account_id"] for row in ring.members]
    assert [row["account_id"] for row in ring.facts] == members
    assert [row["account_id"] for row in ring.identity] == members
    assert {row["account_id"] for row in ring.links} == set(members)


def test_what_two_members_share_comes_first_and_the_rarest_of_it(ring: Case) -> None:
    values = list(dict.fromkeys(row["value"] for row in ring.links))
    assert values[:2] == ["dring-001", "9c1f"]
    assert all(value.startswith("p") for value in values[2:])


def test_a_line_says_which_members_share_how_common_it_is_and_since_when(ring: Case) -> None:
    rows, left, alone = held_rows(ring)
    device, network = rows
    assert (device["kind"], device["value"], device["holders"]) == ("device", "dring-001", "6")
    assert (device["first"], device["last"]) == ("2026-02-01", "2026-05-02")
    assert device["members"].startswith(ring.links[0]["account_id"])
    assert device["members"].endswith("2 more")
    assert network["holders"] == str(6 + 3 + 8)
    assert (left, alone) == (0, 6)


def test_what_one_member_has_names_the_others_that_have_it(ring: Case) -> None:
    account = ring.members[1]["account_id"]
    rows, _, alone = held_rows(ring, account)
    assert (len(rows), alone) == (2, 1)


def test_lines_that_do_not_fit_are_counted(ring: Case) -> None:
    row = ring.links[0]
    many = tuple({**row, "value": f"{n:03d}"} for n in range(40))
    rows, left, _ = held_rows(replace(ring, links=many))
    assert (len(rows), left) == (HELD_SHOWN, 40 - HELD_SHOWN)


def test_the_page_shows_facts_open_and_names_apart(small: Results, maker: ModuleType) -> None:
    page = render(small, maker.UNITS)
    case = page[page.index('id="case-1"') : page.index('id="case-2"')]
    before, summary, after = case.partition("<summary>Names, addresses and countries</summary>")
    assert summary
    assert "Facts of record" in before
    assert "verified, 2026-" in before
    for words in (" Works", "7 Mill Road", ".example", "Frames for a film."):
        assert words not in before
        assert words in after
    assert "declared SE" in after
    assert "Holding (25 % to 50 %, entity, FI)" in page
    assert "dring-001" in after


def test_the_terminal_and_json_show_the_same_of_one_account(small: Results, ring: Case) -> None:
    account = ring.key.lead_id
    said, told = shown(small, account), explain_json(small, account)
    name = told["identity"]["org_name"]
    assert said.index("Facts of record") < said.index("Identifiers that") < said.index(name)
    assert told["facts"]["account_id"] == account
    assert {row["kind"] for row in told["links"]} == {"device", "phone", "ip"}
    assert json.loads(json.dumps(told, allow_nan=False))


def test_a_run_without_names_says_so_and_an_earlier_one_has_no_such_section(
    small: Results, maker: ModuleType, ring: Case
) -> None:
    hidden = replace(small, identity=None)
    assert NOT_TOLD in render(hidden, maker.UNITS)
    assert NOT_TOLD in shown(hidden, ring.key.lead_id)
    earlier = replace(hidden, facts=FACTS_SCHEMA.to_frame(), links=LINKS_SCHEMA.to_frame())
    page = render(earlier, maker.UNITS)
    assert "Facts of record" not in page
    assert NOT_TOLD not in page
    assert NOT_KEPT in shown(earlier, ring.key.lead_id)


def test_an_account_that_nobody_reviews_has_none(small: Results) -> None:
    quiet = small.scores.filter(
        (pl.col("queue") == "none") & pl.col("ring_id").is_null()
    )["account_id"][0]  # fmt: skip
    assert NOT_KEPT in shown(small, quiet)
    assert explain_json(small, quiet)["facts"] is None
    assert explain_json(small, quiet)["links"] == []
