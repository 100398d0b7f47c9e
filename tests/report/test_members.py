"""Core and fringe of a ring, how its members stand, and what helps an injured holder."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import polars as pl
import pytest

from detector.dossier import Case, case_keys, key_of_ring, open_cases
from detector.report import members, view
from detector.report.caseview import case_view
from detector.report.core import core_of, independent_kinds
from detector.report.render import render
from detector.report.standing import queue_reason, ring_standing, standing_words
from detector.report.steps import HELP, steps_of
from detector.report.templating import environment_of
from detector.results import Results
from features.rings import MAX_EDGES

LATER = ("standing", "standing_since", "standing_until", "standing_note", "queue_reason",
         "speaking")  # fmt: skip


@pytest.fixture(scope="module")
def ring(small: Results) -> Case:
    """The larger ring: six members, of whom two are in the queue."""
    [case] = open_cases(small, [key_of_ring(small, "ring-001")])
    return case


def _tied(case: Case, *links: tuple[int, int, str]) -> Case:
    ids = [row["account_id"] for row in case.members]
    edges = [{"a": ids[a], "b": ids[b], "kind": kind, "weight": 9.0} for a, b, kind in links]
    assert case.ring
    return replace(case, ring={**case.ring, "edges": edges})


def test_whoever_is_in_a_queue_or_tied_by_two_independent_kinds_is_core(ring: Case) -> None:
    ids = [row["account_id"] for row in ring.members]
    tied = _tied(ring, (2, 3, "payment"), (2, 3, "phone"), (4, 5, "device"), (4, 5, "ip"))
    # A device and its network address are one thing; signing up together is no identifier.
    assert independent_kinds(tied)[ids[4]] == ("device",)
    assert core_of(tied) == set(ids[:4])


def test_where_the_run_cut_its_list_of_links_shared_identifiers_count_too(ring: Case) -> None:
    ids = [row["account_id"] for row in ring.members]
    links = [{"account_id": name, "kind": kind, "value": "x", "holders": holders,
              "first": None, "last": None}
             for name in ids[4:] for kind, holders in (("payment", 2), ("phone", 2), ("email", 900))
            ]  # fmt: skip
    full = replace(_tied(ring, *[(0, 1, "payment")] * MAX_EDGES), links=tuple(links))
    assert independent_kinds(full)[ids[5]] == ("payment", "phone")
    short = replace(_tied(ring, (0, 1, "payment")), links=tuple(links))
    assert independent_kinds(short)[ids[5]] == ()


def test_the_core_comes_first_and_what_is_left_out_is_counted() -> None:
    rows = [{"id": name} for name in "abcdef"]
    kinds: dict[str, tuple[str, ...]] = dict.fromkeys("abcdef", ("payment",))
    core, fringe = members.groups(rows, {"b", "e"}, kinds, 3)
    assert [row["id"] for row in (*core.rows, *fringe.rows)] == ["b", "e", "a"]
    assert (core.size, fringe.size) == (2, 4)
    assert core.rows[0]["tied"] == "means of payment"


def test_every_member_of_a_ring_is_on_its_page_or_counted_with_the_command_that_lists_it(
    results: Results, maker: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "SHOWN", 5)
    page = render(results, maker.UNITS)
    assert "23 accounts left out here: <code>enduse report OUT --case RING</code> lists all" in page


def _row(**told: Any) -> dict[str, Any]:
    return dict.fromkeys(LATER) | told


DAY = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (_row(), ""),
        (_row(standing="open"), ""),
        (_row(standing="closed", standing_note="closed on 2026-03-08: fraud"),
         "closed on 2026-03-08: fraud"),
        (_row(standing="closed", standing_since=DAY), "closed on 2026-05-01"),
        (_row(standing="confirmed_proxy", standing_since=DAY, standing_note="decided by r: x"),
         "confirmed as access by proxy on 2026-05-01; decided by r: x"),
        (_row(standing="cleared", standing_since=DAY, standing_until=DAY.replace(year=2027)),
         "cleared on 2026-05-01, until 2027-05-01"),
    ],
)  # fmt: skip
def test_the_standing_of_an_account_reads(row: dict[str, Any], words: str) -> None:
    assert standing_words(row) == words


def test_the_head_of_a_case_says_why_it_is_in_its_queue_and_who_of_a_ring_is_decided(
    small: Results, maker: ModuleType, ring: Case
) -> None:
    page = render(small, maker.UNITS)
    decided, closed = (ring.members[place]["account_id"] for place in (2, 3))
    standing = (
        f"1 closed ({closed}: fraud on 2026-09-01); 1 confirmed as access by proxy ({decided})."
    )
    assert f"Of its 6 accounts: {standing}" in page
    assert '<td data-label="Standing">closed on 2026-09-01: fraud</td>' in page
    assert "on 2026-09-01; decided by rev-7: keys of another tenant</td>" in page
    assert page.count("because F03 payer and instrument and F11 linkage speak (p 0.0011).") == 4


def test_a_case_of_other_abuse_says_which_in_the_queue_and_on_its_page(
    small: Results, maker: ModuleType
) -> None:
    page = render(small, maker.UNITS)
    reason = "In queue other because 83 % of its device-hours look like mining."
    assert page.count(reason) == 2 * sum(key.queue == "other" for key in case_keys(small))


def test_a_run_of_an_earlier_version_says_nothing_of_standing(
    small: Results, maker: ModuleType, ring: Case
) -> None:
    nulls = [pl.lit(None, small.scores.schema[name]).alias(name) for name in LATER]
    page = render(replace(small, scores=small.scores.with_columns(nulls)), maker.UNITS)
    assert "In queue proxy because" not in page
    assert "<b>Standing:</b>" not in page
    # A case that was kept by an earlier version has no such fields at all.
    kept = tuple({k: v for k, v in row.items() if k not in LATER} for row in ring.members)
    older = replace(ring, members=kept, lead=kept[0])
    assert ring_standing(older) == queue_reason(older.lead) == ""
    assert case_view(older, 1, maker.UNITS, small.run)["any_standing"] is False


def test_the_page_of_an_injured_holder_shows_help_and_no_ladder_of_sanctions(
    small: Results, maker: ModuleType
) -> None:
    page = render(small, maker.UNITS)
    articles = page.split("<article ")[1:]
    injured = [text for text in articles if "The holder is likely the injured party" in text]
    assert len(injured) == sum(key.queue == "victim" for key in case_keys(small)) > 0
    for text in injured:
        assert all(words in text for _, words in HELP[:2])
        assert "Suspend" not in text
        assert "Limit" not in text
    assert sum("<b>Suspend</b>" in text for text in articles) == len(articles) - len(injured)


def test_who_was_confirmed_as_injured_is_helped_in_any_queue(ring: Case) -> None:
    decided = replace(ring, lead={**ring.lead, "standing": "confirmed_victim"})
    assert steps_of(decided) == HELP
    assert steps_of(ring) != HELP


@pytest.mark.parametrize(
    ("codes", "leads"),
    [
        ([], False),
        (["KYC-VERIFIED", "LONG-STANDING"], False),
        (["KYC-VERIFIED", "LONG-STANDING", "EDUCATION"], True),
        (["F16-ENTERPRISE"], True),
    ],
)
def test_counter_evidence_leads_where_it_is_rich_or_lowered_the_score(
    small: Results, maker: ModuleType, ring: Case, codes: list[str], leads: bool
) -> None:
    notes = [{"code": code, "text": f"{code} speaks for it."} for code in codes]
    assert view.counter({**ring.lead, "counter_evidence": notes}).leads is leads
    rows = small.scores.to_dicts()
    for row in rows:
        row["counter_evidence"] = notes
    page = render(
        replace(small, scores=pl.DataFrame(rows, schema=small.scores.schema)), maker.UNITS
    )
    article = page.split("<article ")[1]
    first = article.index("What speaks for an innocent") < article.index("Why it is here")
    assert first is leads
    assert "Innocent look-alikes:" in article


def test_dates_and_units_of_a_sentence_stay_whole_and_its_text_is_escaped() -> None:
    drawn = environment_of("detector.report").from_string("{{ text | keep }}")
    said = drawn.render(text="<b> from 2026-03-04 on: 5 TPP-h")
    assert said == (
        '&lt;b&gt; from <span class="nowrap">2026-03-04</span> on: '
        '5 <span class="nowrap">TPP-h</span>'
    )


def test_a_reason_that_says_its_value_and_its_peers_is_not_followed_by_them(ring: Case) -> None:
    reason = ring.lead["reasons"][0]
    plain = view.reason_lines(ring.lead | {"reasons": [reason]}, {reason["feature"]: "share"})[1]
    assert "middle of its peers" in plain.beside
    told = reason | {"text": "All 3 payments came from elsewhere; half of its peers: none."}
    assert view.reason_lines(ring.lead | {"reasons": [told]}, {})[1].beside == ""
