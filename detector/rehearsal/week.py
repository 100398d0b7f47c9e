"""A week of a team: looks, answers, second looks, disputes, letters, and appeals of holders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from typing import Final

import numpy as np

from detector.cases.contact import appeals, drafting, letters
from detector.cases.deciding import claiming
from detector.cases.deciding.opened import the_case
from detector.cases.errors import Refused
from detector.cases.record.moments import text_of, time_of
from detector.cases.record.store import Actor
from detector.rehearsal.desk import Desk, sitting_of
from detector.rehearsal.team import Reviewer

_MORNING: Final = timedelta(hours=9)
_DAY: Final = timedelta(days=1)
#: Of holders that were confirmed, those who object: the wronged ones mostly do.
_OBJECT: Final = {True: 0.7, False: 0.1}
_OBJECTION: Final = "Rehearsal: the holder says that nobody else uses the account."
_CONFIRMED: Final = """
SELECT s.case_id, s.settlement_id, a.account_id FROM settlements s
JOIN settlement_accounts a USING (settlement_id) JOIN cases c ON c.case_id = s.case_id
WHERE s.superseded_by IS NULL AND s.basis = 'review' AND a.outcome = 'confirmed_proxy'
AND c.state = 'closed' AND s.at < ?
AND NOT EXISTS (SELECT 1 FROM appeals p WHERE p.case_id = s.case_id) ORDER BY a.account_id"""
_UNTOLD: Final = """
SELECT s.case_id, min(a.account_id) AS account_id FROM settlements s
JOIN settlement_accounts a USING (settlement_id)
WHERE s.superseded_by IS NULL AND a.outcome = ?1 AND NOT EXISTS (
    SELECT 1 FROM letters l WHERE l.case_id = s.case_id AND l.kind = ?2)
GROUP BY s.case_id ORDER BY s.case_id"""
#: The letter that an outcome asks for, what its drafter says, and of how many cases one has it.
_DRAFTED: Final[Mapping[str, tuple[str, Mapping[str, str], int]]] = {
    "confirmed_victim": ("victim_notice", {}, 1),
    "confirmed_proxy": ("statement_of_reasons", {
        "measure": "Rehearsal: we limit the account.", "duration": "Until we hear from you.",
        "facts": "Rehearsal: others than those you named use the account.",
        "found_by": "own_means", "ground": "Rehearsal: our terms of service.",
    }, 2),
}  # fmt: skip


@dataclass
class Staff:
    """Everybody who works in a rehearsal, and who is next."""

    reviewers: Sequence[Reviewer]
    lead: Reviewer
    office: Actor
    counsel: Reviewer
    seed: int
    #: Judgements that a reviewer has time for in a week.
    capacity: int = 40


@dataclass
class Happened:
    """What was counted while a week went on."""

    asked: int = 0
    disputes: int = 0
    appeals: int = 0
    granted: int = 0


def work(desk: Desk, staff: Staff, begin: datetime) -> Happened:
    """Let everybody do a week's work on the cases as the week's run left them."""
    told = Happened()
    desk.until(begin + _MORNING)
    with desk.turn() as tx:
        claiming.sweep(tx)
    _answers(desk, staff)
    _appeals(desk, staff, told)
    left = {who.actor.person: staff.capacity for who in (*staff.reviewers, staff.lead)}
    _first(desk, staff, left, told)
    desk.until(begin + 2 * _DAY + _MORNING)
    _second(desk, staff, left, told)
    desk.until(begin + 4 * _DAY + _MORNING)
    _disputed(desk, staff)
    _letters(desk, staff)
    return told


def _first(desk: Desk, staff: Staff, left: dict[str, int], told: Happened) -> None:
    turns = cycle(staff.reviewers)
    # Whoever asked goes on with the case himself: an answer waits for him.
    for case_id in desk.waiting("new", "in_review"):
        [row] = desk.rows("SELECT * FROM cases WHERE case_id = ?", case_id)
        mine = [who for who in staff.reviewers if who.actor.person == row["assignee"]]
        who = mine[0] if mine else next(turns)
        if left[who.actor.person] < 1:
            continue
        left[who.actor.person] -= 1
        if row["state"] == "new" and row["size"] and who.asks(sitting_of(row)):
            desk.asks(who, case_id)
            told.asked += 1
        else:
            desk.judges(who, case_id)


def _second(desk: Desk, staff: Staff, left: dict[str, int], told: Happened) -> None:
    turns = cycle(staff.reviewers)
    for case_id in desk.waiting("second"):
        before = _judged(desk, case_id)
        others = [next(turns) for _ in staff.reviewers]
        free = [who for who in others if who.actor.person not in before]
        who = next((one for one in free if left[one.actor.person] > 0), None)
        if who is None:
            continue
        left[who.actor.person] -= 1
        told.disputes += desk.judges(who, case_id).state == "disputed"


def _disputed(desk: Desk, staff: Staff) -> None:
    for case_id in desk.waiting("disputed"):
        if staff.lead.actor.person not in _judged(desk, case_id):
            desk.judges(staff.lead, case_id)


def _judged(desk: Desk, case_id: str) -> set[str]:
    rows = desk.rows(
        "SELECT person FROM judgements JOIN cases USING (case_id) WHERE case_id = ? "
        "AND judgements.reopened = cases.reopened AND undone = 0", case_id,
    )  # fmt: skip
    return {row["person"] for row in rows}


def _answers(desk: Desk, staff: Staff) -> None:
    """Holders answered what they were asked a week ago."""
    for case_id in desk.waiting("waiting"):
        with desk.turn() as tx:
            claiming.answer(tx, staff.office, case_id, "Rehearsal: the holder names his staff.")


def _letters(desk: Desk, staff: Staff) -> None:
    """Questions go out; what else holders are to be told is drafted in part, and waits."""
    for row in desk.rows("SELECT letter_id FROM letters WHERE state = 'draft' AND kind = 'rfi'"):
        with desk.turn() as tx:
            letters.approve(tx, staff.office, row["letter_id"])
            letters.sent(tx, staff.office, row["letter_id"], "mail")
    for outcome, (kind, parts, every) in _DRAFTED.items():
        for row in desk.rows(_UNTOLD, outcome, kind)[::every]:
            with desk.turn() as tx:
                said = drafting.Draft(kind, (row["account_id"],), parts)
                drafting.draft(tx, staff.lead.actor, row["case_id"], said)


def _appeals(desk: Desk, staff: Staff, told: Happened) -> None:
    """Holders object to what was settled before this week, and somebody else decides."""
    for row in desk.rows(_CONFIRMED, text_of(desk.now)):
        [case] = desk.rows("SELECT * FROM cases WHERE case_id = ?", row["case_id"])
        wronged = desk.truth.of_account(row["account_id"]) != "confirmed_proxy"
        draw = np.random.default_rng((staff.seed, row["settlement_id"], 4))
        if case["state"] != "closed" or draw.random() >= _OBJECT[wronged]:
            continue
        told.appeals += 1
        with desk.turn() as tx:
            number = appeals.file(
                tx, staff.office, row["case_id"], [row["account_id"]], _OBJECTION, time_of(tx.at)
            )
            appeals.acknowledge(tx, staff.office, number)
        told.granted += _decided(desk, staff, number, wronged=wronged)


def _decided(desk: Desk, staff: Staff, number: int, *, wronged: bool) -> bool:
    """The first who had no part decides; counsel had none in any."""
    [case] = desk.rows(
        "SELECT * FROM cases WHERE case_id = (SELECT case_id FROM appeals WHERE appeal_id = ?)",
        number,
    )
    for who in (*staff.reviewers, staff.lead, staff.counsel):
        granted = who.grants(sitting_of(case), right=wronged)
        words = "Rehearsal: we looked anew at what the accounts share and how they are used."
        said = appeals.Decision("upheld" if granted else "rejected", words)
        try:
            with desk.turn(who.seconds(sitting_of(case))) as tx:
                version = the_case(tx, case["case_id"])["version"]
                appeals.decide(tx, who.actor, number, version, said)
        except Refused:  # he judged something of it: another's to decide
            continue
        return granted
    return False
