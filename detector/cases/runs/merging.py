"""Two cases that came to be one: proposed by a run, confirmed or declined by a lead, undone.

Nothing is deleted: a merged case keeps its events and judgements, its accounts go on in the other,
and what both were before stands in the events of the merge.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any, Final

from detector.cases.deciding.opened import the_case
from detector.cases.deciding.states import DONE
from detector.cases.errors import Refused, Unknown
from detector.cases.record.store import SEQ, Actor, Writing
from detector.cases.record.tables import Put

MERGED: Final = "case.merged"
JOINED: Final = "case.joined"


def propose(tx: Writing, by: Actor, role: str, case_id: str, other: str, run: int) -> int:
    """Ask a lead whether two cases are one; the number of the proposal."""
    row = {"proposal_id": SEQ, "case_id": case_id, "kind": "merge", "other_id": other, "run": run,
           "state": "open", "reason": f"run {run} has accounts of both in one case"}  # fmt: skip
    return tx.record("merge.proposed", by, role, case_id, {"with": other}, [("proposals", row)])


def merge(tx: Writing, by: Actor, proposal_id: int) -> str:
    """Do what a proposal asks; the case in which both go on.

    Raises
    ------
    Refused
        Where somebody is no lead, the proposal is answered, or a case is closed by now.
    """
    proposal = _open_proposal(tx, proposal_id)
    join(tx, by, by.acting_as("lead"), proposal["case_id"], proposal["other_id"],
         [("proposals", _answered(proposal, "merged"))])  # fmt: skip
    return str(proposal["case_id"])


def decline(tx: Writing, by: Actor, proposal_id: int) -> None:
    """Say that two cases are two; runs do not ask again.

    Raises
    ------
    Refused
        Where somebody is no lead, or the proposal is answered.
    """
    proposal = _open_proposal(tx, proposal_id)
    tx.record(
        "merge.declined", by, by.acting_as("lead"), proposal["case_id"],
        {"with": proposal["other_id"]}, [("proposals", _answered(proposal, "declined"))],
    )  # fmt: skip


def _open_proposal(tx: Writing, proposal_id: int) -> sqlite3.Row:
    row = tx.one("SELECT * FROM proposals WHERE proposal_id = ?", proposal_id)
    if row is None:
        raise Unknown(f"there is no proposal {proposal_id}; see: enduse cases proposals")
    if row["state"] != "open":
        raise Refused(f"proposal {proposal_id} is {row['state']}; nothing is left to answer")
    return row


def _answered(proposal: sqlite3.Row, state: str) -> dict[str, Any]:
    return {"proposal_id": proposal["proposal_id"], "case_id": proposal["case_id"], "state": state}


def join(
    tx: Writing, by: Actor, role: str, case_id: str, other: str, also: list[Put] | None = None
) -> None:
    """Let ``other`` go on in a case: an event of each, with what was before.

    Raises
    ------
    Refused
        Where one of them is closed.
    """
    into, away = the_case(tx, case_id), the_case(tx, other)
    for case in (into, away):
        if case["state"] in (*DONE, "appealed"):
            raise Refused(
                f"case {case['case_id']} is {case['state']}; cases are merged while both are open"
            )
    tx.record(
        MERGED, by, role, other, {"into": case_id, "before": dict(away)},
        [("cases", {"case_id": other, "state": "merged", "merged_into": case_id, "in_queue": 0,
                    "assignee": None, "version": away["version"] + 1})],
    )  # fmt: skip
    tx.connection.execute("DELETE FROM leases WHERE case_id = ?", (other,))
    held = {row["account_id"]: dict(row) for row in _accounts(tx, case_id)}
    came = [dict(row) for row in _accounts(tx, other) if row["left_run"] is None]
    put: list[Put] = [
        ("case_accounts", {**row, "case_id": case_id}) for row in came
        if row["account_id"] not in held or held[row["account_id"]]["left_run"] is not None
    ]  # fmt: skip
    stayed = {name for name, row in held.items() if row["left_run"] is None}
    size = len(stayed | {row["account_id"] for row in came})
    row = {"case_id": case_id, "version": into["version"] + 1, "size": size,
           "kind": "ring" if size > 1 and into["kind"] == "account" else into["kind"]}  # fmt: skip
    before = {"case": dict(into), "accounts": [held.get(one["account_id"]) or one["account_id"]
                                               for _, one in put]}  # fmt: skip
    tx.record(JOINED, by, role, case_id, {"other": other, "before": before},
              [("cases", row), *put, *(also or ())])  # fmt: skip


def _accounts(tx: Writing, case_id: str) -> list[sqlite3.Row]:
    return tx.all("SELECT * FROM case_accounts WHERE case_id = ? ORDER BY account_id", case_id)


def unmerge(tx: Writing, by: Actor, case_id: str) -> str:
    """Take a merge back: the merged case's rows are as they were; the case it was merged into.

    The other loses the accounts that came with it; where nothing else has happened to it since,
    its rows are as they were, too.

    Raises
    ------
    Refused
        Where somebody is no lead, or the case is not merged.
    """
    role, away = by.acting_as("lead"), the_case(tx, case_id)
    if away["state"] != "merged":
        raise Refused(f"case {case_id} is {away['state']}, not merged; nothing was done")
    merged = _facts(tx, MERGED, case_id)
    into = merged["into"]
    joined = _facts(tx, JOINED, into, case_id)
    tx.record("case.unmerged", by, role, case_id, {"from": into}, [("cases", merged["before"])])
    _part(tx, by, role, into, case_id, joined["before"])
    return str(into)


def _facts(tx: Writing, action: str, case_id: str, other: str | None = None) -> dict[str, Any]:
    """What the last such event of a case says."""
    rows = tx.all(
        "SELECT payload FROM events WHERE case_id = ? AND action = ? AND payload IS NOT NULL "
        "ORDER BY seq DESC", case_id, action,
    )  # fmt: skip
    for row in rows:
        facts: dict[str, Any] = json.loads(row["payload"])["facts"]
        if other is None or facts["other"] == other:
            return facts
    raise Refused(f"what case {case_id} was before its merge is erased; it cannot be taken back")


def _part(
    tx: Writing, by: Actor, role: str, case_id: str, other: str, before: dict[str, Any]
) -> None:
    """Take from a case what came to it by a merge."""
    case = the_case(tx, case_id)
    came = [one if isinstance(one, str) else one["account_id"] for one in before["accounts"]]
    put: list[Put] = [("case_accounts", one) for one in before["accounts"]
                      if not isinstance(one, str)]  # fmt: skip
    gone: list[Put] = [("case_accounts", {"case_id": case_id, "account_id": one})
                       for one in before["accounts"] if isinstance(one, str)]  # fmt: skip
    now = {row["account_id"] for row in _accounts(tx, case_id) if row["left_run"] is None}
    if case["version"] == before["case"]["version"] + 1:
        row = before["case"]
    else:
        row = {"case_id": case_id, "version": case["version"] + 1, "size": len(now - set(came))}
    # A run would join them again: what a lead took apart stays so.
    put.append(("proposals", {
        "proposal_id": SEQ, "case_id": case_id, "kind": "merge", "other_id": other,
        "run": case["last_run"] or 0, "state": "declined", "reason": "the merge was taken back",
    }))  # fmt: skip
    tx.record("case.parted", by, role, case_id, {"other": other}, [("cases", row), *put], gone)
