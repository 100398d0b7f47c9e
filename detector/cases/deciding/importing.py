"""Decisions that were made elsewhere come in as first judgements, never as a second voice.

A row is a judgement of the round ``1`` of whoever it names, about its account in the open case
that holds the account (or about a whole case), and its event says `judgement.imported`. Nothing
is settled by it: the case waits for another person, who judges it as a second; where two people
contradict each other about an account it is disputed, and a lead decides. Only ``take_over``, by a
lead and counsel together, settles what an older system had decided.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from detector.cases.deciding.heard import IMPORTED
from detector.cases.deciding.importfile import Given
from detector.cases.deciding.judgement import preselected
from detector.cases.deciding.opened import members_of, moved
from detector.cases.deciding.settling import settle
from detector.cases.errors import Refused
from detector.cases.record.store import SEQ, Actor, Writing, as_json
from detector.cases.record.tables import Put

_JUDGES: Final = frozenset({"reviewer", "lead"})
_INTO: Final = ("new", "second", "disputed")


@dataclass(frozen=True)
class Line:
    """What becomes of a row: `judgement`, `held` (there already), `settled` or `refused`."""

    row: int
    what: str
    sentence: str
    case_id: str | None = None
    person: str | None = None
    state: str | None = None


@dataclass(frozen=True)
class _Aimed:
    """A row that fits: into which case it goes, as whose, and what it says of which account."""

    given: Given
    case: sqlite3.Row
    person: str
    words: Mapping[str, str]


def import_decisions(
    tx: Writing, by: Actor, rows: Sequence[Given], *, source: str
) -> list[Line]:  # fmt: skip
    """Store rows as imported first judgements; what became of each.

    A dry run is the same in a transaction that is given up.

    Parameters
    ----------
    source
        SHA-256 of the file.
    """
    role = by.acting_as("lead", "counsel")
    people = _people(tx)
    return [_one(tx, by, role, people, given, source) for given in rows]


def take_over(
    tx: Writing, lead: Actor, counsel: Actor, rows: Sequence[Given], *, reason: str, source: str
) -> list[Line]:  # fmt: skip
    """Settle what an older system had decided, on the word of a lead and counsel together.

    Raises
    ------
    Refused
        Where they are one person, or nobody said why.
    """
    role = lead.acting_as("lead")
    counsel.acting_as("counsel")
    if lead.person == counsel.person:
        raise Refused(
            "taking decisions over as settled takes two people: a lead, and another as counsel"
        )
    if not reason.strip():
        raise Refused("say why the decisions of another system are taken over as settled")
    people = _people(tx)
    told, aimed = [], dict[str, list[_Aimed]]()
    for given in rows:
        try:
            found = _aimed(tx, people, given)
        except Refused as error:
            told.append(Line(given.row, "refused", str(error)))
        else:
            aimed.setdefault(found.case["case_id"], []).append(found)
    for case_id in sorted(aimed):
        told += _settle(tx, lead, counsel, role, aimed[case_id], reason, source)
    return sorted(told, key=lambda line: line.row)


def _one(
    tx: Writing, by: Actor, role: str, people: Mapping[str, frozenset[str]], given: Given,
    source: str,
) -> Line:  # fmt: skip
    try:
        aimed = _aimed(tx, people, given)
        standing = _standing(tx, aimed.case)
        mine = {key: word for person, key, word in standing if person == aimed.person}
        if mine and aimed.words.keys() <= mine.keys():
            return _again(aimed, mine)
        _refuse_partly(aimed, mine)
    except Refused as error:
        return Line(given.row, "refused", str(error))
    others = [(key, word) for person, key, word in standing if person != aimed.person]
    differ = sorted(key for key, word in others if aimed.words.get(key, word) != word)
    disputed = bool(differ) or aimed.case["state"] == "disputed"
    to = "disputed" if disputed else "second"
    _store(tx, by, role, aimed, to, source)
    said = f"{given.outcome} by {aimed.person} on {_named(given)}"
    why = f"; another says otherwise of {differ[0]}" if differ else ""
    return Line(
        given.row, "judgement", f"{said}: case {aimed.case['case_id']} is then {to}{why}",
        aimed.case["case_id"], aimed.person, to,
    )  # fmt: skip


def _named(given: Given) -> str:
    return f"account {given.account_id}" if given.account_id else f"case {given.case_id}"


def _again(aimed: _Aimed, mine: Mapping[str, str]) -> Line:
    same = all(mine[key] == word for key, word in aimed.words.items())
    if not same:
        raise Refused(
            f"{aimed.person} has judged {_named(aimed.given)} otherwise in case "
            f"{aimed.case['case_id']}; nobody changes that but {aimed.person}"
        )
    return Line(
        aimed.given.row, "held", f"{aimed.person} has said so of {_named(aimed.given)} already",
        aimed.case["case_id"], aimed.person, aimed.case["state"],
    )  # fmt: skip


def _refuse_partly(aimed: _Aimed, mine: Mapping[str, str]) -> None:
    if mine.keys() & aimed.words.keys():
        raise Refused(
            f"{aimed.person} has judged some accounts of case {aimed.case['case_id']} already"
        )


def _aimed(tx: Writing, people: Mapping[str, frozenset[str]], given: Given) -> _Aimed:
    if given.fault is not None:
        raise Refused(given.fault)
    person = _person(people, given.reviewer)
    case = _case(tx, given)
    if case["queue"] == "policy":
        raise Refused(f"case {case['case_id']} is in queue policy: counsel judges it here")
    if case["state"] not in _INTO:
        raise Refused(
            f"case {case['case_id']} is {case['state']}: decisions come into cases that are "
            f"{', '.join(_INTO)}"
        )
    members = members_of(tx, case["case_id"])
    words = (
        {given.account_id: given.outcome} if given.account_id
        else preselected(members, given.outcome)
    )  # fmt: skip
    return _Aimed(given, case, person, words)


def _person(people: Mapping[str, frozenset[str]], name: str) -> str:
    if not name:
        raise Refused("it has no reviewer: nobody stands for it")
    if name not in people:
        raise Refused(f"reviewer {name!r} is no person of these cases")
    if not people[name] & _JUDGES:
        raise Refused(f"{name} is neither reviewer nor lead, and judges no case")
    return name


def _people(tx: Writing) -> dict[str, frozenset[str]]:
    """Everybody and his roles, also who left."""
    rows = tx.all("SELECT person, roles FROM people")
    return {row["person"]: frozenset(json.loads(row["roles"])) for row in rows}


def _case(tx: Writing, given: Given) -> sqlite3.Row:
    if given.case_id is not None:
        row = tx.one(
            "SELECT * FROM cases WHERE case_id = ? AND kind NOT IN ('golden', 'training')",
            given.case_id,
        )
        if row is None:
            raise Refused(f"there is no case {given.case_id!r}")
        return row
    rows = tx.all(
        "SELECT cases.* FROM cases JOIN case_accounts USING (case_id) WHERE account_id = ? "
        "AND left_run IS NULL AND kind NOT IN ('golden', 'training') "
        "AND state NOT IN ('merged', 'erased') "
        "ORDER BY queue = 'policy', state IN ('closed', 'appealed'), case_id", given.account_id,
    )  # fmt: skip
    if not rows:
        raise Refused(f"account {given.account_id!r} is in no case")
    return rows[0]


def _standing(tx: Writing, case: sqlite3.Row) -> list[tuple[str, str, str]]:
    """What everybody says of each account since the case was opened: person, account, word."""
    rows = tx.all(
        "SELECT person, account_id, a.outcome AS word FROM judgements j "
        "JOIN judgement_accounts a USING (judgement_id) WHERE j.case_id = ? AND j.reopened = ? "
        "AND undone = 0 ORDER BY judgement_id", case["case_id"], case["reopened"],
    )  # fmt: skip
    last = {(row["person"], row["account_id"]): row["word"] for row in rows}
    return [(person, account, word) for (person, account), word in last.items()]


def _store(
    tx: Writing, by: Actor, role: str, aimed: _Aimed, to: str, source: str
) -> int:  # fmt: skip
    case, given = aimed.case, aimed.given
    row = {
        "judgement_id": SEQ, "case_id": case["case_id"], "case_version": case["version"],
        "snapshot": case["snapshot"], "person": aimed.person, "round": "1",
        "outcome": given.outcome, "step": "none", "codes": as_json([]),
        "note": given.note or f"imported, row {given.row}", "revealed": 0,
        "reopened": case["reopened"], "undone": 0, "at": tx.at,
    }  # fmt: skip
    accounts: Iterable[Put] = (
        ("judgement_accounts", {
            "case_id": case["case_id"], "judgement_id": SEQ, "account_id": key, "outcome": word,
        }) for key, word in sorted(aimed.words.items())
    )  # fmt: skip
    facts = {"file_sha256": source, "row": given.row, "decided_at": given.decided_at}
    return tx.record(
        IMPORTED, by, role, case["case_id"], facts,
        [("judgements", row), *accounts, moved(case, "import", to, assignee=None)],
    )  # fmt: skip


def _settle(
    tx: Writing, lead: Actor, counsel: Actor, role: str, aimed: Sequence[_Aimed], reason: str,
    source: str,
) -> list[Line]:  # fmt: skip
    case = aimed[0].case
    words: dict[str, str] = {}
    for one in aimed:
        words |= one.words
    contradicted = {
        key for one in aimed for key, word in one.words.items() if words[key] != word
    }  # fmt: skip
    if contradicted:
        named = sorted(contradicted)[0]
        said = f"the file contradicts itself about {named}; nothing of case {case['case_id']} came"
        return [Line(one.given.row, "refused", said) for one in aimed]
    whole = words.keys() == members_of(tx, case["case_id"]).keys()
    to = "closed" if whole else case["state"]
    changes = {"assignee": None, "closed_at": tx.at} if whole else {}
    tx.record(
        "case.taken_over", lead, role, case["case_id"],
        {"reason": reason, "counsel": counsel.person, "file_sha256": source,
         "rows": [[one.given.row, one.person, one.given.decided_at] for one in aimed]},
    )  # fmt: skip
    settle(
        tx, lead, role, case["case_id"], _worst(words.values()), words, basis="import",
        judgements=[], people=[lead.person, counsel.person],
        also=[moved(case, "take_over", to, **changes)],
    )  # fmt: skip
    return [
        Line(one.given.row, "settled", f"{_named(one.given)} is settled as {one.given.outcome}",
             case["case_id"], one.person, to) for one in aimed
    ]  # fmt: skip


def _worst(words: Iterable[str]) -> str:
    order = ("confirmed_proxy", "confirmed_victim", "unresolved", "cleared")
    return min(words, key=order.index)
