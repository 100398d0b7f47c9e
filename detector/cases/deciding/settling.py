"""Settlements: what was decided of each account, by whom; the only source of labels."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import timedelta

from detector.cases.deciding.states import ADVERSE_OUTCOMES
from detector.cases.errors import Refused
from detector.cases.record.moments import later
from detector.cases.record.store import SEQ, Actor, Writing, as_json
from detector.cases.record.tables import Put
from detector.cases.settings import read_settings

_PAIR = 2


def settle(
    tx: Writing,
    by: Actor,
    role: str,
    case_id: str,
    outcome: str,
    members: Mapping[str, str],
    *,
    basis: str,
    judgements: Sequence[int],
    people: Sequence[str],
    also: Sequence[Put] = (),
    until: str | None = None,
) -> int:
    """Settle a case: settlements before it are superseded.

    An appeal settles the accounts that it concerns; of the others holds what was settled before.

    Parameters
    ----------
    outcome, members
        Of the case, and of each account.
    judgements, people
        The judgements it rests on, and whose they are.
    also
        Rows that change with it, in the same event: the case's own state.
    until
        When a clearing ends; None for the setting's days from now.

    Raises
    ------
    Refused
        Where an adverse outcome of an account is not what two people judged.
    """
    home = home_of(tx.connection, case_id)
    for account, word in members.items():
        if word in ADVERSE_OUTCOMES and basis != "import":
            _refuse_single(tx, account, word, judgements)
    days = timedelta(days=read_settings(tx.connection).clear_days)
    put: list[Put] = [
        (f"{home}settlements", {
            "settlement_id": SEQ, "case_id": case_id, "at": tx.at, "outcome": outcome,
            "basis": basis, "judgements": as_json(list(judgements)),
            "people": as_json(sorted(set(people))),
        }),
        *((f"{home}settlement_accounts", {
            "case_id": case_id, "settlement_id": SEQ, "account_id": account, "outcome": word,
            "expires_at": (until or later(tx.at, days)) if word == "cleared" else None,
        }) for account, word in sorted(members.items())),
        *(superseded(tx, case_id, SEQ) if basis != "appeal" else ()),
        *also,
    ]  # fmt: skip
    return tx.record("case.settled", by, role, case_id, {"outcome": outcome}, put)


def home_of(connection: sqlite3.Connection, case_id: str) -> str:
    """What the names of the tables begin with that hold the settlements of a case.

    A golden case is settled as any other, or it would tell itself apart, and a training case to
    be learnt from; but in tables of their own, where no label comes from.
    """
    kind = connection.execute("SELECT kind FROM cases WHERE case_id = ?", (case_id,)).fetchone()
    return "golden_" if kind is not None and kind["kind"] in ("golden", "training") else ""


def superseded(tx: Writing, case_id: str, by: int | str) -> list[Put]:
    """The rows that take back what is settled of a case."""
    home = home_of(tx.connection, case_id)
    rows = tx.all(
        f"SELECT settlement_id FROM {home}settlements WHERE case_id = ? "  # noqa: S608
        "AND superseded_by IS NULL ORDER BY settlement_id", case_id,
    )  # fmt: skip
    return [
        (f"{home}settlements", {
            "settlement_id": row["settlement_id"], "case_id": case_id, "superseded_by": by,
        }) for row in rows
    ]  # fmt: skip


def current_of(tx: Writing, case_id: str) -> sqlite3.Row | None:
    """The settlement of a case that holds now."""
    home = home_of(tx.connection, case_id)
    return tx.one(
        f"SELECT * FROM {home}settlements WHERE case_id = ? AND superseded_by IS NULL "  # noqa: S608
        "ORDER BY settlement_id DESC LIMIT 1", case_id,
    )  # fmt: skip


def _refuse_single(tx: Writing, account: str, word: str, judgements: Sequence[int]) -> None:
    row = tx.one(
        "SELECT count(DISTINCT person) AS people FROM judgements JOIN judgement_accounts "
        "USING (judgement_id) WHERE judgement_id IN (SELECT value FROM json_each(?)) "
        "AND account_id = ? AND judgement_accounts.outcome = ? AND undone = 0",
        as_json(list(judgements)), account, word,
    )  # fmt: skip
    if row is None or row["people"] < _PAIR:
        raise Refused(
            f"{word} of account {account} takes two people, and {row['people'] if row else 0} "
            "judged so"
        )
