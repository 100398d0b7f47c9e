"""What changed of a case between two runs: each part in sentences, nothing that is sealed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from detector.cases.showing.differing import MOST, Change, difference, difference_json
from detector.dossier import Case, CaseKey
from tests.cases.rings import START, case_of, edge, link

NOTE = {"code": "KYC-VERIFIED", "text": "The holder was verified."}


def _reason(code: str, value: float, text: str = "The payer pays for others.") -> dict[str, Any]:
    return {"code": code, "feature": code.lower(), "value": value, "text": text}


def _row(account: str, queue: str = "none", **given: Any) -> dict[str, Any]:
    return {
        "account_id": account, "rank": 1, "score": 0.9, "p_value": 0.001, "queue": queue,
        "typology": "T04", "model_id": "m1", "as_of": START, "counter_evidence": [],
        "reasons": [_reason("F03", 2.0), _reason("OTHER", 0.0)],
    } | given  # fmt: skip


def _case(*rows: dict[str, Any], links: list[dict[str, Any]] | None = None,
          edges: list[dict[str, Any]] | None = None, **given: Any) -> Case:  # fmt: skip
    return replace(case_of(list(rows), links or [], edges or []), **given)


def _told(before: Case, after: Case, part: str) -> list[str]:
    found = difference(before, after)
    return [change.sentence for change in found.changes.get(part, ())]


BEFORE = _case(_row("a", "proxy"), _row("b"))


def test_nothing_changed_tells_nothing() -> None:
    found = difference(BEFORE, BEFORE)
    assert (found.count, found.changes, found.comparable) == (0, {}, True)


def test_who_joined_and_who_left_with_the_queues_they_are_in() -> None:
    after = _case(_row("a", "proxy"), _row("c", "proxy"))
    assert _told(BEFORE, after, "members") == ["c joined, in queue proxy itself.", "b left."]


def test_queues_of_the_case_and_of_accounts() -> None:
    after = replace(_case(_row("a", "victim"), _row("b", "proxy")),
                    key=CaseKey("victim", 1, "ring-1", "a", 1))  # fmt: skip
    assert _told(BEFORE, after, "queues") == [
        "The case is in queue victim, before in proxy.",
        "a is in queue victim itself, before in proxy.",
        "b is in queue proxy itself, before in none.",
    ]


def test_score_and_rank_have_the_values_before_and_after() -> None:
    after = replace(_case(_row("a", "proxy", score=0.95, p_value=None), _row("b")),
                    key=CaseKey("proxy", 1_204, "ring-1", "a", 1))  # fmt: skip
    assert _told(BEFORE, after, "place") == [
        "Score 0.950, before 0.900.", "P-value none, before 0.0010.", "Rank 1,204, before 1.",
    ]  # fmt: skip
    [score, *_] = difference(BEFORE, after).changes["place"]
    assert (score.subject, score.before, score.after) == ("score", 0.9, 0.95)


def test_scores_of_another_model_are_not_set_side_by_side() -> None:
    after = replace(_case(_row("a", "proxy", score=0.2, model_id="m2"), _row("b")),
                    key=CaseKey("proxy", 77, "ring-1", "a", 1))  # fmt: skip
    found = difference(BEFORE, after)
    assert not found.comparable
    assert [change.sentence for change in found.changes["place"]] == [
        "Scores of another model (m2, before m1): not comparable."
    ]
    assert "0.2" not in json.dumps(difference_json(found))


def test_reasons_that_came_went_and_moved_with_their_values() -> None:
    after = _case(_row("a", "proxy", reasons=[
        _reason("F03", 5.0), _reason("F09", 1234.0, "Nearly all tokens."), _reason("OTHER", 1.0),
    ]), _row("b"))  # fmt: skip
    assert _told(BEFORE, after, "reasons") == [
        "The payer pays for others. Now 5, before 2.",
        "Came among the strongest: Nearly all tokens. Now 1,234.",
    ]
    assert _told(after, BEFORE, "reasons")[1] == (
        "No longer among the strongest: Nearly all tokens. Before 1,234."
    )


def test_reasons_are_those_of_the_account_that_leads_now() -> None:
    swapped = _case(_row("b", "proxy"), _row("a"))
    assert _told(BEFORE, swapped, "reasons") == []
    assert _told(BEFORE, swapped, "place") == ["b leads, before a."]


def test_ties_that_came_went_and_grew() -> None:
    device = [link(name, "device", "d1", 3) for name in "ab"]
    phone = [link(name, "phone", "p1", 2) for name in "ab"]
    before = _case(*map(_row, "abc"), links=device + phone, edges=[edge("a", "b", "device")])
    grown = [*device, link("c", "device", "d1", 3), *(link(n, "payment", "x", 2) for n in "bc")]
    after = _case(*map(_row, "abc"), links=grown,
                  edges=[edge("a", "b", "ip"), edge("a", "b", "payment")])  # fmt: skip
    assert _told(before, after, "ties") == [
        "Tied by means of payment too.",
        "device d1 is shared by 3 accounts, before by 2; now c.",
        "Came: means of payment x, shared by b and c.",
        "Gone: phone number p1, shared before by a and b.",
    ]


def test_counter_evidence_typology_ring_and_totals() -> None:
    after = _case(
        _row("a", "proxy", typology="T01"), _row("b", typology="T01", counter_evidence=[NOTE]),
        totals={"tpp_hours": 1500.0, "h100_hours": 2.5},
    )  # fmt: skip
    ring = {"edges": [], "reasons": [{"code": "RING-EVEN", "text": "Equal shares."}]}
    after = replace(after, ring=ring)
    assert _told(BEFORE, after, "against") == ["b: Came: The holder was verified."]
    assert _told(BEFORE, after, "typology") == ["Looks like T01, before T04."]
    assert _told(BEFORE, after, "reasons") == ["Came: Equal shares."]
    assert _told(BEFORE, after, "totals") == [
        "1,500 TPP-h, before 0.0.", "2.5 H100-h, before 0.0.",
    ]  # fmt: skip


def test_texts_from_data_are_one_printable_line() -> None:
    after = _case(_row("a", "proxy"), _row("x\n\u202egpj"))
    assert _told(BEFORE, after, "members")[0] == "x\\n\\u202egpj joined."


def test_of_very_many_changes_the_rest_is_counted() -> None:
    after = _case(_row("a", "proxy"), _row("b"), *(_row(f"c{n}") for n in range(MOST + 5)))
    found = difference(BEFORE, after)
    assert (len(found.changes["members"]), found.left, found.count) == (MOST, {"members": 5}, 105)


def test_nothing_sealed_is_compared() -> None:
    secret = {"rule": "secret", "account_id": "a"}
    after = replace(BEFORE, policy=(secret,), leads=(secret,), identity=(secret,))
    assert difference(BEFORE, after).count == 0


@pytest.mark.parametrize("swap", [False, True])
def test_the_json_has_the_plain_values(swap: bool) -> None:
    after = _case(_row("a", "proxy", score=0.5), _row("b"))
    two = (after, BEFORE) if swap else (BEFORE, after)
    told = json.loads(json.dumps(difference_json(difference(*two))))
    [change] = told["changes"]["place"]
    values = [change["before"], change["after"]]
    assert values == ([0.5, 0.9] if swap else [0.9, 0.5])
    assert set(change) == set(Change.__dataclass_fields__)
