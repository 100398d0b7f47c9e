"""A case as one person may see it now: its evidence, its accounts, and what people said."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from detector import words
from detector.cases.deciding.judgement import shows_itself
from detector.cases.record import snapshots
from detector.cases.record.store import Actor, as_json
from detector.console.forms import field_of
from detector.dossier import Case
from detector.report.caseview import case_view
from detector.report.units import feature_units
from detector.report.view import link_kind, member_row

_EARLIER: Final = 20

Row = dict[str, Any]


@cache
def _units() -> Mapping[str, str]:
    return feature_units()


def evidence(
    connection: sqlite3.Connection, case: Row, run: int | None, *, unsealed: bool
) -> tuple[Row | None, Case | None]:
    """The report's view of a case in a run (the last without one); None where none is kept."""
    found = _told(connection, case, run)
    if found is None:
        return None, None
    text = snapshots.opened(connection, found[0])
    sealed = None
    if unsealed and found[1] is not None:
        sealed = snapshots.opened(connection, found[1])
    told, run_told, counts = snapshots.told(text, sealed)
    view = case_view(told, 1, _units(), run_told) | {"number": case["case_id"]}
    view["sealed"] = {} if unsealed else _sealed(counts)
    if view["sealed"]:
        view["not_told"] = ""
    return view, told


def _told(connection: sqlite3.Connection, case: Row, run: int | None) -> tuple[str, Any] | None:
    row: Mapping[str, Any] | None = case
    if run is not None:
        row = connection.execute(
            "SELECT snapshot, sealed FROM case_runs WHERE case_id = ? AND run = ?",
            (case["case_id"], run),
        ).fetchone()
    if row is None or row["snapshot"] is None:
        return None
    kept = snapshots.is_kept(connection, row["snapshot"])
    return (row["snapshot"], row["sealed"]) if kept else None


def _sealed(counts: Mapping[str, int]) -> dict[str, int]:
    """What is sealed and how much of it, in a reviewer's words."""
    lane_l = max(counts.get("policy", 0), counts.get("lane_l", 0))
    lane_e = max(counts.get("leads", 0), counts.get("lane_e", 0))
    return {
        "Names, addresses and countries": counts.get("identity", 0),
        "Lane L, law and policy": lane_l, "Lane E, from outside": lane_e,
    }  # fmt: skip


def runs_of(connection: sqlite3.Connection, case_id: str) -> list[Row]:
    """The runs that told of a case, the oldest first."""
    rows = connection.execute(
        "SELECT case_runs.run, change, as_of FROM case_runs LEFT JOIN runs USING (run) "
        "WHERE case_id = ? ORDER BY as_of, case_runs.run", (case_id,),
    )  # fmt: skip
    return [dict(row) for row in rows]


def member_rows(members: Sequence[Row], told: Case | None, chosen: Mapping[str, Any]) -> list[Row]:
    """The accounts of a case by rank: what each shows, and what the form says of it."""
    sums = {series.label: series for series in told.series} if told else {}
    rows = {row["account_id"]: row for row in told.members} if told else {}
    place = {name: index for index, name in enumerate(rows)}
    ordered = sorted(members, key=lambda row: (
        row["left_run"] is not None, place.get(row["account_id"], len(place)), row["account_id"],
    ))  # fmt: skip
    return [_member(row, rows, sums, chosen) for row in ordered]


def _member(
    row: Row, rows: Mapping[str, Row], sums: Mapping[str, Any], chosen: Mapping[str, Any]
) -> Row:
    account, field = row["account_id"], field_of(row["account_id"])
    told = member_row(rows[account], sums) if account in rows else None
    return {
        "id": account, "field": field, "left": row["left_run"] is not None,
        "told": told, "queue": row["own_queue"] or "none",
        "ties": words.listing(
            [link_kind(kind) for kind in json.loads(row["tie_kinds"] or "[]")], 4
        ) or words.NONE,
        "shows": shows_itself(row),
        "word": str(chosen.get(f"o.{field}", "")), "why": str(chosen.get(f"w.{field}", "")),
    }  # fmt: skip


def earlier(
    connection: sqlite3.Connection, case: Row, accounts: Sequence[str], by: Actor
) -> list[Row]:
    """Other cases that hold one of these accounts, the latest first, with what was settled."""
    # What is in queue policy is counsel's to know.
    hidden = "" if by.roles & {"counsel", "auditor"} else "policy"
    rows = connection.execute(
        "SELECT case_id, state, opened_at, count(*) AS shared, (SELECT outcome FROM settlements s "
        "WHERE s.case_id = cases.case_id AND superseded_by IS NULL "
        "ORDER BY settlement_id DESC LIMIT 1) AS outcome "
        "FROM case_accounts JOIN cases USING (case_id) "
        "WHERE account_id IN (SELECT value FROM json_each(?)) AND case_id <> ? "
        "AND kind NOT IN ('golden', 'training') AND queue IS NOT ? "
        "GROUP BY case_id ORDER BY opened_at DESC, case_id LIMIT ?",
        (as_json(list(accounts)), case["case_id"], hidden, _EARLIER),
    )
    return [dict(row) for row in rows]


def verified(connection: sqlite3.Connection) -> Row | None:
    """When the folder was last found whole, and up to which event."""
    row = connection.execute(
        "SELECT at, events FROM verifications ORDER BY verification_id DESC LIMIT 1"
    ).fetchone()
    return None if row is None else dict(row)


def side_by_side(rows: Sequence[Row], case: Mapping[str, Any]) -> Row | None:
    """Judgements that stand since the case was opened, and the accounts they differ on."""
    held = [row for row in rows if row["reopened"] == case["reopened"] and not row["undone"]]
    amended = {row["amends"] for row in held}
    held = [row for row in held if row["judgement_id"] not in amended]
    if not held:
        return None
    said = [{one["account_id"]: one for one in row["accounts"]} for row in held]
    accounts = sorted({account for one in said for account in one})
    table = [(account, [one.get(account) for one in said]) for account in accounts]
    differ = [line for line in table if len({one and one["outcome"] for one in line[1]}) > 1]
    return {"judgements": held, "differ": differ, "same": len(accounts) - len(differ),
            "why": [line for line in table if line not in differ
                    and any(one and one["why"] for one in line[1])]}  # fmt: skip
