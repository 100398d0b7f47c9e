"""A case as a run shows it, in the columns that the tables hold of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from detector.cases.record.snapshots import frozen, keep
from detector.cases.record.store import Writing, as_json
from detector.cases.showing.ties import brief, kinds_of, witnesses
from detector.dossier import LAST_PLACE, Case, CaseKey
from detector.results.run import Run

#: A member's cells of lane L and E, and rows of them, that make a case another one.
_POLICY: Final = ("account_id", "rule", "entry_key", "outcome", "strength", "decision")
_LEADS: Final = ("notice", "account_id", "strength")


@dataclass(frozen=True)
class Member:
    """An account of a case: the queue it is in itself, and the independent kinds that tie it."""

    own_queue: str
    tie_kinds: str


@dataclass(frozen=True)
class Seen:
    """One case of a run: columns of ``cases`` and of its accounts, and its two snapshots.

    ``gist`` is what has to change for the case to be another one; figures drift every day.
    """

    columns: Mapping[str, Any]
    members: Mapping[str, Member]
    snapshot: str
    sealed: str
    gist: tuple[Any, ...]


def seen(tx: Writing, case: Case, run: Run) -> Seen:
    """What a run shows of a case; its snapshots are kept."""
    text, sealed = frozen(case, run)
    columns, members = columns_of(case), members_of(case)
    return Seen(columns, members, keep(tx, text), keep(tx, sealed), gist(case))


def columns_of(case: Case) -> dict[str, Any]:
    """Columns of ``cases`` that a run gives."""
    edges = (case.ring or {}).get("edges") or []
    lead = case.lead
    tokens = [case.totals.get(name) for name in ("input_tokens", "output_tokens")]
    return {
        "queue": case.key.queue, "lead_account": case.key.lead_id, "ring_id": case.key.ring_id,
        "rank": rank_of(case.key), "score": lead["score"], "p_value": lead["p_value"],
        "typology": case.typology, "families": as_json(list(lead["families"] or ())),
        "coverage": lead["coverage"], "tpp_hours": float(case.totals.get("tpp_hours") or 0.0),
        "tokens": sum(int(value or 0) for value in tokens), "brief": brief(edges, lead),
        "tie_kinds": as_json(witnesses(edge["kind"] for edge in edges)),
    }  # fmt: skip


def rank_of(key: CaseKey) -> int | None:
    """Where a case stands in its queue: lane L's own order in ``policy``, else the rank."""
    if key.queue != "policy":
        return key.rank
    return key.place + 1 if key.place < LAST_PLACE else None


def members_of(case: Case) -> dict[str, Member]:
    """Accounts of a case."""
    kinds = kinds_of((case.ring or {}).get("edges") or [])
    return {
        row["account_id"]: Member(
            str(row["queue"]), as_json(witnesses(kinds.get(row["account_id"], ())))
        )
        for row in case.members
    }


def gist(case: Case) -> tuple[Any, ...]:
    """What makes a case another one for whoever looked at it."""
    columns = columns_of(case)
    return (
        columns["queue"], columns["typology"], columns["tie_kinds"],
        tuple(sorted(row["account_id"] for row in case.members)),
        tuple(sorted(_told(row, _POLICY) for row in case.policy)),
        tuple(sorted(_told(row, _LEADS) for row in case.leads)),
        tuple(sorted({(row["case"], row["account_id"]) for row in case.like_confirmed})),
    )  # fmt: skip


def _told(row: Mapping[str, Any], names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("" if row[name] is None else str(row[name]) for name in names)
