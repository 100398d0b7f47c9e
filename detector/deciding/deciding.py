"""One decision of one reviewer: from the case to the rows that say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from detector.deciding import held
from detector.deciding.appending import LabelsFile, locked
from detector.deciding.case import Decided, open_case
from detector.deciding.files import Row
from detector.deciding.outcomes import VICTIM, Asked, Outcome, ends, outcomes
from detector.sources.listing import extension
from features.tables.decisions import LABELS
from features.tables.usage import USAGE


@dataclass(frozen=True)
class Told:
    """What a decision came to; ``before`` are rows that the file held about these accounts.

    ``logs`` is the log folder that the file is a part of, where it is.
    """

    case: Decided
    outcomes: Sequence[Outcome]
    rows: Sequence[Row]
    before: pl.DataFrame
    labels: Path
    is_new: bool
    unread: int
    logs: Path | None
    decided_at: datetime

    @property
    def about_a_victim(self) -> bool:
        """Whether somebody is likely the injured party, by the run or by the decision."""
        queues = {member.queue for member in self.case.members}
        return "victim" in queues or any(row["decision"] == VICTIM for row in self.rows)


def decide(out: Path, name: str, asked: Asked, labels: Path, *, dry_run: bool = False) -> Told:
    """Add a decision about a case of a run to a file of decisions.

    Parameters
    ----------
    out
        Folder of the run.
    name
        Id of a ring or of an account.
    asked
        What the reviewer says.
    labels
        The file; it is made where there is none.
    dry_run
        Whether to write nothing.

    Raises
    ------
    UsageError
        There is no such case, the words do not go together, or the file contradicts.
    DataError
        The folder is no run, or the file is no table of decisions.
    """
    case = open_case(out, name)
    with locked(labels) as file:
        told = _told(case, asked, file)
        if not dry_run and told.rows:
            file.add(told.rows)
    return told


def _told(case: Decided, asked: Asked, file: LabelsFile) -> Told:
    found = outcomes(case, asked, held.standing(file.rows, asked.decided_at))
    decisions = {
        each.member.account_id: each.decision for each in found if each.decision is not None
    }
    against = held.against(file.rows, decisions, asked.decided_at)
    held.refuse(against, asked.decided_at, overrule=asked.overrule)
    rows = [
        _row(case, asked, each.member.account_id, each.member.ring_id, each.decision, against)
        for each in found
        if each.decision is not None
    ]
    return Told(
        case, found, rows, held.about(file.rows, case.ids), file.path, file.is_new, file.unread,
        logs_of(file.path), asked.decided_at,
    )  # fmt: skip


def _row(
    case: Decided, asked: Asked, account: str, ring: str | None, decision: str,
    against: Sequence[Row],
) -> Row:  # fmt: skip
    other = next((row for row in against if row["account_id"] == account), None)
    return {
        "account_id": account,
        "decision": decision,
        "decided_at": asked.decided_at,
        "ring_id": case.name if case.is_ring else ring,
        "reviewer": asked.reviewer,
        "note": held.overruling(other, asked.note),
        "expires_at": ends(decision, asked),
        "basis": "review",
    }


def logs_of(labels: Path) -> Path | None:
    """The log folder of which a file is the table of decisions, or a part of it."""
    for folder, name in ((labels.parent, labels.name), (labels.parent.parent, labels.parent.name)):
        stem = name.removesuffix(f".{extension(name)}").casefold()
        if stem == LABELS.name and _holds_usage(folder):
            return folder
    return None


def _holds_usage(folder: Path) -> bool:
    return any(
        each.name.removesuffix(f".{extension(each.name)}") == USAGE.name
        for each in folder.glob(f"{USAGE.name}*")
    )
