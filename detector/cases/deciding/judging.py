"""Judgements in rounds: a first, independent of it a second, and a third where they differ.

==== ==================================================================================
1    the first judgement; what is adverse goes to another person, the rest is settled,
     unless the case was drawn for a second look
2    another person, who saw neither outcome nor note of the first: the same outcome for
     the case and every account settles it
qa   the same of a case that was drawn, whatever the first outcome
3    a lead who was in neither; an account is confirmed only where two of three say so
==== ==================================================================================
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from detector.cases.deciding.claiming import claim, end_lease, lease, lease_of, refuse_again
from detector.cases.deciding.heard import agrees, alone, heard, said_of, was_adverse, was_imported
from detector.cases.deciding.judgement import MOST_NOTE, Judgement, checked, keep_judgement
from detector.cases.deciding.opened import guarded, moved, the_case, unchanged
from detector.cases.deciding.settling import settle, superseded
from detector.cases.deciding.states import ADVERSE_OUTCOMES, is_adverse
from detector.cases.errors import Refused
from detector.cases.record.moments import later
from detector.cases.record.store import SEQ, Actor, Writing, as_json
from detector.cases.record.tables import Put
from detector.cases.settings import read_settings

UNDO: Final = timedelta(minutes=10)


@dataclass(frozen=True)
class Stored:
    """What became of a judgement: its number, the case's state, the settlement if one came."""

    judgement_id: int
    state: str
    settlement_id: int | None = None


def judge(tx: Writing, by: Actor, case_id: str, version: int, said: Judgement) -> Stored:
    """Store a judgement in the round that the case is in.

    Raises
    ------
    Conflict
        Where the case is not what was looked at.
    Refused
        Where this person may not judge it now, or something is missing.
    """
    case = the_case(tx, case_id)
    if said.step == "ask":
        raise Refused("to ask the holder is no judgement; ask first, judge what comes back")
    holder = lease_of(tx, case_id)
    if case["state"] == "new" or (holder is None and case["version"] == version):
        unchanged(tx, case, version)
        claim(tx, by, case_id)
        case = the_case(tx, case_id)
        version = case["version"]
    role = guarded(case, "judge", by)
    refuse_again(tx, case, by)
    unchanged(tx, case, version)
    if case["assignee"] != by.person:
        raise Refused(f"case {case_id} is not yours: {case['assignee'] or 'nobody'} has it")
    members = checked(tx, case, said)
    if case["state"] == "in_review":
        return _first(tx, by, role, case, said, members)
    if case["state"] == "second":
        return _second(tx, by, role, case, said, members)
    return _third(tx, by, role, case, said, members)


def ask(tx: Writing, by: Actor, case_id: str, version: int, note: str) -> int:
    """Put questions to the holder: the case waits for an answer until it is due."""
    case = the_case(tx, case_id)
    role = guarded(case, "ask", by)
    unchanged(tx, case, version)
    if case["assignee"] != by.person:
        raise Refused(f"case {case_id} is not yours: {case['assignee'] or 'nobody'} has it")
    if not note.strip():
        raise Refused("say what the holder is to be asked")
    days = timedelta(days=read_settings(tx.connection).ask_days)
    seq = tx.record(
        "case.asked", by, role, case_id, {"note": note},
        [moved(case, "ask", "waiting", snoozed_until=later(tx.at, days))],
    )  # fmt: skip
    end_lease(tx, case_id)
    return seq


def amend(tx: Writing, by: Actor, judgement_id: int, said: Judgement) -> Stored:
    """Change one's own judgement while nobody else has judged; both stay.

    Raises
    ------
    Refused
        Where it is another's, or another has judged since.
    """
    old, case = _own(tx, by, judgement_id)
    role = guarded(case, "amend", by)
    members = checked(tx, case, said)
    return _first(tx, by, role, case, said, members, amends=old)


def undo(tx: Writing, by: Actor, judgement_id: int) -> None:
    """Take back one's own judgement within ten minutes; it stays in the record as taken back.

    Raises
    ------
    Refused
        Where it is another's, another has judged since, or the time is over.
    """
    row = _mine(tx, by, judgement_id)
    if row["round"] == "appeal":
        raise Refused("a decision on an appeal is not taken back; a lead opens the case again")
    case = the_case(tx, row["case_id"])
    role = guarded(case, "undo", by)
    if was_imported(tx, judgement_id):
        raise Refused("this judgement was imported; judge anew when a lead has opened the case")
    last = tx.one(
        "SELECT max(judgement_id) AS last FROM judgements WHERE case_id = ? AND undone = 0",
        row["case_id"],
    )
    if last is None or last["last"] != judgement_id:
        raise Refused("somebody has judged this case since; nothing was taken back")
    if tx.at > later(row["at"], UNDO):
        raise Refused("a judgement is taken back within ten minutes; amend it, or ask a lead")
    back = {"1": "in_review", "2": "second", "qa": "second", "3": "disputed"}[row["round"]]
    mine = {"case_id": row["case_id"], "judgement_id": judgement_id}
    tx.record(
        "judgement.undone", by, role, row["case_id"], {"judgement": judgement_id},
        [("judgements", {**mine, "undone": 1}), *superseded(tx, row["case_id"], SEQ),
         moved(case, "undo", back, closed_at=None, assignee=by.person)],
    )  # fmt: skip
    lease(tx, row["case_id"], by.person)


def comment(tx: Writing, by: Actor, case_id: str, text: str) -> int:
    """Say something about a case."""
    the_case(tx, case_id)
    role = by.acting_as("reviewer", "lead", "counsel", "letters")
    if not text.strip() or len(text) > MOST_NOTE:
        raise Refused(f"a comment has 1 to {MOST_NOTE} characters")
    row = {"comment_id": SEQ, "case_id": case_id, "person": by.person, "at": tx.at, "text": text}
    return tx.record("comment.added", by, role, case_id, put=[("comments", row)])


def _first(
    tx: Writing,
    by: Actor,
    role: str,
    case: sqlite3.Row,
    said: Judgement,
    members: Mapping[str, tuple[str, str]],
    amends: sqlite3.Row | None = None,
) -> Stored:
    action = "judge" if amends is None else "amend"
    to_second = case["queue"] != "policy" and (
        is_adverse(said.outcome, said.step) or bool(case["qa_drawn"])
        or any(word in ADVERSE_OUTCOMES for word, _ in members.values())
    )  # fmt: skip
    if to_second:
        seq = keep_judgement(
            tx, by, role, case, said, members, "1", amends,
            [moved(case, action, "second", assignee=None, closed_at=None),
             *superseded(tx, case["case_id"], SEQ)],
        )  # fmt: skip
        return Stored(seq, "second")
    seq = keep_judgement(tx, by, role, case, said, members, "1", amends, [])
    closed = moved(case, action, "closed", assignee=None, closed_at=tx.at)
    settled = _settled(tx, by, role, case, said.outcome, _words(members), [seq], closed)
    return Stored(seq, "closed", settled)


def _second(
    tx: Writing,
    by: Actor,
    role: str,
    case: sqlite3.Row,
    said: Judgement,
    members: Mapping[str, tuple[str, str]],
) -> Stored:
    firsts = heard(tx, case, ("1",))
    round_ = "2" if any(was_adverse(tx, row) for row in firsts) else "qa"
    same = all(agrees(tx, row, said.outcome, _words(members)) for row in firsts)
    if not same or alone(tx, firsts, _words(members)):
        move = moved(case, "judge", "disputed", assignee=None)
        return Stored(
            keep_judgement(tx, by, role, case, said, members, round_, None, [move]), "disputed"
        )
    seq = keep_judgement(tx, by, role, case, said, members, round_, None, [])
    closed = moved(case, "judge", "closed", assignee=None, closed_at=tx.at)
    both = [*(row["judgement_id"] for row in firsts), seq]
    return Stored(
        seq, "closed", _settled(tx, by, role, case, said.outcome, _words(members), both, closed)
    )


def _third(
    tx: Writing,
    by: Actor,
    role: str,
    case: sqlite3.Row,
    said: Judgement,
    members: Mapping[str, tuple[str, str]],
) -> Stored:
    rows = heard(tx, case, ("1", "2", "qa"))
    seq = keep_judgement(tx, by, role, case, said, members, "3", None, [])
    voices = [said_of(tx, row) for row in rows]
    words = {
        key: word if word not in ADVERSE_OUTCOMES or any(one.get(key) == word for one in voices)
        else "unresolved"
        for key, word in _words(members).items()
    }  # fmt: skip
    outcome = said.outcome
    if outcome in ADVERSE_OUTCOMES and outcome not in words.values():
        outcome = "unresolved"
    closed = moved(case, "judge", "closed", assignee=None, closed_at=tx.at)
    ids = [*(row["judgement_id"] for row in rows), seq]
    return Stored(seq, "closed", _settled(tx, by, role, case, outcome, words, ids, closed))


def _settled(
    tx: Writing, by: Actor, role: str, case: sqlite3.Row, outcome: str,
    members: Mapping[str, str], judgements: list[int], closed: Put,
) -> int:  # fmt: skip
    end_lease(tx, case["case_id"])
    rows = tx.all(
        "SELECT person FROM judgements WHERE judgement_id IN (SELECT value FROM json_each(?))",
        as_json(judgements),
    )
    return settle(
        tx, by, role, case["case_id"], outcome, members,
        basis="policy" if case["queue"] == "policy" else "review", judgements=judgements,
        people=[row["person"] for row in rows], also=[closed],
    )  # fmt: skip


def standing(tx: Writing, case: sqlite3.Row) -> dict[str, sqlite3.Row]:
    """The judgements that count since the case was opened, by round: the last of each."""
    rows = tx.all(
        "SELECT * FROM judgements WHERE case_id = ? AND reopened = ? AND undone = 0 "
        "ORDER BY judgement_id", case["case_id"], case["reopened"],
    )  # fmt: skip
    return {row["round"]: row for row in rows}


def _mine(tx: Writing, by: Actor, judgement_id: int) -> sqlite3.Row:
    row = tx.one("SELECT * FROM judgements WHERE judgement_id = ?", judgement_id)
    if row is None or row["person"] != by.person or row["undone"]:
        raise Refused(f"judgement {judgement_id} is not one of {by.person} that holds")
    return row


def _own(tx: Writing, by: Actor, judgement_id: int) -> tuple[sqlite3.Row, sqlite3.Row]:
    """One's own first judgement that holds, and its case."""
    row = _mine(tx, by, judgement_id)
    case = the_case(tx, row["case_id"])
    held = standing(tx, case)
    others = any(one["person"] != by.person for one in heard(tx, case, ("1", "2", "qa", "3")))
    held_now = held.get("1")
    if (
        row["round"] != "1"
        or set(held) != {"1"}
        or others
        or held_now is None
        or held_now["judgement_id"] != judgement_id
    ):
        raise Refused(
            "a first judgement is amended while nobody else has judged the case; now ask a lead"
        )
    return row, case


def _words(members: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    return {key: word for key, (word, _) in members.items()}
