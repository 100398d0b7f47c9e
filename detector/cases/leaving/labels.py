"""Decisions that leave: settled ones only, as the ``labels`` table, whole months at a time.

Nothing that one person alone said against an account, nothing golden and no clearing without an
end is ever among them: see ``settling``. An account that a suppressor covers leaves as cleared on
appeal until the suppressor ends. A month is one delivery; when an appeal changes a month
that had left before, the month is written again, and whoever reads it replaces the old one.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import polars as pl

from detector.cases.errors import Refused
from detector.cases.record.moments import time_of
from detector.cases.record.snapshots import opened
from detector.cases.record.store import Actor
from detector.cases.showing.rehearsing import refuse_to_leave

SOURCE: Final = "enduse-console"
#: The lowest share of golden cases that one person is to have right for his word to teach alone.
TEACHES: Final = 0.6
_UTC: Final = pl.Datetime("us", "UTC")
LABELS: Final = pl.Schema(
    {
        "account_id": pl.String(), "decision": pl.String(), "decided_at": _UTC,
        "ring_id": pl.String(), "reviewer": pl.String(), "note": pl.String(),
        "expires_at": _UTC, "basis": pl.String(), "case_id": pl.String(),
        "round": pl.String(), "people": pl.Int64(), "golden_lower": pl.Float64(),
    }
)  # fmt: skip
POLICY: Final = pl.Schema(
    {
        "decided_at": _UTC, "decision": pl.String(), "party_name": pl.String(),
        "entry_key": pl.String(), "account_id": pl.String(), "rule": pl.String(),
        "reviewer": pl.String(), "reason": pl.String(), "expires_at": _UTC,
        "case_id": pl.String(),
    }
)  # fmt: skip

#: The lower bound of a person's share of right golden cases; None where there are too few.
Lower = Callable[[sqlite3.Connection, str], float | None]


def labels_of(
    connection: sqlite3.Connection,
    lower: Lower,
    *,
    for_learning: bool = False,
    for_rehearsal: bool = False,
) -> pl.DataFrame:
    """The settled decisions that hold: the last of each account.

    Parameters
    ----------
    lower
        Gives ``golden_lower`` of a person.
    for_learning
        Only what two people settled, or one whose golden lower bound is at least ``TEACHES``.
    for_rehearsal
        They go back into the simulated world that the cases are of.

    Raises
    ------
    Refused
        Where the folder is a rehearsal, and they are to go anywhere else.
    """
    if not for_rehearsal:
        refuse_to_leave(connection)
    people = _people(connection)
    last: dict[str, dict[str, Any]] = {}
    known: dict[str, float | None] = {}
    for row in sorted((*_settled(connection), *_suppressed(connection)), key=_at):
        label = _label(connection, row, people, lower, known)
        if _replaces(label, last.get(label["account_id"])):
            last[label["account_id"]] = label
    kept = [row for row in last.values() if not for_learning or _teaches(row)]
    kept.sort(key=lambda row: (row["decided_at"], row["account_id"]))
    return pl.DataFrame(kept, schema=LABELS)


def _settled(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    return connection.execute(
        "SELECT s.*, a.account_id, a.outcome AS word, a.expires_at, c.ring_id FROM settlements s "
        "JOIN settlement_accounts a USING (settlement_id) JOIN cases c ON c.case_id = s.case_id "
        "WHERE s.superseded_by IS NULL AND s.basis <> 'policy' "
        "AND c.kind NOT IN ('golden', 'training') "
        "ORDER BY s.settlement_id"
    ).fetchall()


def _suppressed(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """What two people keep away without an appeal, in the form of settled rows.

    One of an appeal is in its settlement; one of a typology alone clears nobody.
    """
    return connection.execute(
        "SELECT confirmed_at AS at, 'appeal' AS basis, '[]' AS judgements, "
        "json_array(proposed_by, confirmed_by) AS people, case_id, value AS account_id, "
        "'cleared' AS word, until AS expires_at, NULL AS ring_id "
        "FROM suppressors, json_each(subject) WHERE scope = 'account' AND state = 'active' "
        "AND typology IS NULL AND appeal_id IS NULL ORDER BY suppressor_id"
    ).fetchall()


def _at(row: sqlite3.Row) -> str:
    return str(row["at"])


def _people(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT person, number FROM people")
    return {row["person"]: f"reviewer-{row['number']}" for row in rows}


def _label(
    connection: sqlite3.Connection,
    row: sqlite3.Row,
    people: dict[str, str],
    lower: Lower,
    known: dict[str, float | None],
) -> dict[str, Any]:
    who = json.loads(row["people"])
    rounds = connection.execute(
        "SELECT round FROM judgements WHERE judgement_id IN (SELECT value FROM json_each(?)) "
        "ORDER BY judgement_id DESC LIMIT 1", (row["judgements"],),
    ).fetchone()  # fmt: skip
    for person in who:
        if person not in known:
            known[person] = lower(connection, person)
    sure = [known[person] for person in who]
    return {
        "account_id": row["account_id"], "decision": row["word"], "decided_at": time_of(row["at"]),
        "ring_id": row["ring_id"],
        "reviewer": "+".join(people.get(person, "reviewer-0") for person in who) or SOURCE,
        "note": None,
        "expires_at": None if row["expires_at"] is None else time_of(row["expires_at"]),
        "basis": row["basis"], "case_id": row["case_id"],
        "round": None if rounds is None else rounds["round"], "people": len(set(who)),
        "golden_lower": min((one for one in sure if one is not None), default=None),
    }  # fmt: skip


def _replaces(label: dict[str, Any], before: dict[str, Any] | None) -> bool:
    """Whether a later decision counts: one person alone takes back nothing that two have said."""
    if before is None or label["basis"] != "review":
        return True
    return bool(label["people"] >= before["people"] or label["people"] > 1)


def _teaches(row: dict[str, Any]) -> bool:
    return row["people"] > 1 or (row["golden_lower"] or 0.0) >= TEACHES


def policy_of(connection: sqlite3.Connection) -> pl.DataFrame:
    """What counsel settled, as ``policy_decisions``: a row for each party, entry and rule.

    Raises
    ------
    Refused
        Where the folder is a rehearsal.
    """
    refuse_to_leave(connection)
    rows = connection.execute(
        "SELECT s.*, a.account_id, a.outcome AS word, c.sealed FROM settlements s "
        "JOIN settlement_accounts a USING (settlement_id) JOIN cases c ON c.case_id = s.case_id "
        "WHERE s.superseded_by IS NULL AND s.basis = 'policy' ORDER BY s.settlement_id"
    ).fetchall()
    people = _people(connection)
    found = [one for row in rows for one in _of_parties(connection, row, people)]
    return pl.DataFrame(found, schema=POLICY).sort("decided_at", "account_id", "party_name")


def _of_parties(
    connection: sqlite3.Connection, row: sqlite3.Row, people: dict[str, str]
) -> Iterable[dict[str, Any]]:
    if row["sealed"] is None:
        return
    who = json.loads(row["people"])
    seen = set()
    for said in json.loads(opened(connection, row["sealed"]))["case"]["policy"]:
        key = (said["party"], said["entry_key"], said["rule"])
        if said["account_id"] != row["account_id"] or None in key or key in seen:
            continue
        seen.add(key)
        yield {
            "decided_at": time_of(row["at"]), "decision": row["word"], "party_name": key[0],
            "entry_key": key[1], "account_id": row["account_id"], "rule": key[2],
            "reviewer": "+".join(people.get(person, "reviewer-0") for person in who),
            "reason": f"case {row['case_id']}", "expires_at": None, "case_id": row["case_id"],
        }  # fmt: skip


def write_labels(inbox: Path, table: str, rows: pl.DataFrame, by: Actor) -> list[str]:
    """Write decisions into an inbox, a delivery a month; those that did not change stay.

    Returns
    -------
    list[str]
        The months that were written, also those that have no rows any more.

    Raises
    ------
    Refused
        Where this person may not have decisions leave, or a file of that table stands beside
        the folder: one table is in one place.
    """
    by.acting_as("lead", "counsel", "system")
    beside = sorted(path.name for path in inbox.glob(f"{table}.*") if path.is_file())
    if beside:
        raise Refused(
            f"'{inbox}' holds {beside[0]}, and a table stands in one place; make the folder "
            f"{inbox / table} and move {beside[0]} into it, then write again"
        )
    root = inbox / table / f"source={SOURCE}"
    months = rows.with_columns(month=pl.col("decided_at").dt.strftime("%Y-%m"))
    held = {path.parent.name.removeprefix("period=") for path in root.glob(f"*/{table}.parquet")}
    written = []
    for month in sorted(held | set(months["month"].to_list())):
        one = months.filter(pl.col("month") == month).drop("month")
        path = root / f"period={month}" / f"{table}.parquet"
        if not path.is_file() or not pl.read_parquet(path).equals(one):
            _replace(path, one)
            written.append(month)
    return written


def _replace(path: Path, rows: pl.DataFrame) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}")
    rows.write_parquet(beside, compression="zstd")
    with beside.open("rb") as stream:
        os.fsync(stream.fileno())
    beside.replace(path)
