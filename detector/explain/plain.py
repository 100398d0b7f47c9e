"""A case as plain values: the same as is printed, for programs."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from detector.dossier import Case
from detector.explain import ring
from detector.explain.held import named
from detector.report import view
from detector.report.likeness import likeness
from detector.report.steps import is_victim, steps_of
from detector.typologies import asked_of_holder, questions

if TYPE_CHECKING:
    from detector.results import Results

_MEMBER: Final = (
    "account_id", "rank", "score", "p_value", "queue", "queue_reason", "standing",
    "standing_since", "standing_until", "standing_note", "change", "typology", "reasons",
    "counter_evidence",
)  # fmt: skip


def of_account(case: Case, results: Results) -> dict[str, Any]:
    """The case of an account."""
    account = case.lead["account_id"]
    links = view.edges(case)
    found: dict[str, Any] = plain(
        {
            "account": case.lead,
            "accounts": results.scores.height,
            **_asked(case),
            "ring": case.ring,
            "evidence_path": [edge for edge in links if account in (edge["a"], edge["b"])],
            "totals": dict(case.totals),
            "like_confirmed": [row for row in case.like_confirmed if row["account_id"] == account],
            "follow_ups": list(case.follow_ups),
            "families_without_data": list(case.silent_families),
            "first_day": case.first_day,
            "daily": [
                {"account_id": s.label, "tpp_hours": s.tpp_hours, "tokens": s.tokens}
                for s in case.series
                if s.label == account
            ],
            "policy": [row for row in case.policy if row["account_id"] == account],
            "leads": [row for row in case.leads if row["account_id"] == account],
            "facts": named(case.facts, account),
            "identity": named(case.identity, account),
            "links": [row for row in case.links if row["account_id"] == account],
            "lanes": dict(results.run.lanes),
            "missing_tables": list(results.run.missing_tables),
        }
    )
    return found


def of_ring(case: Case, results: Results) -> dict[str, Any]:
    """The case of a ring: the ring, all members with their part, and the ties between pairs."""
    part = ring.parted(case)
    used = {s.label: (sum(s.tpp_hours), sum(s.tokens)) for s in case.series}
    members = [
        {name: row[name] for name in _MEMBER}
        | {"part": part[row["account_id"]],
           "tpp_hours": used[row["account_id"]][0], "tokens": used[row["account_id"]][1]}
        for row in case.members
    ]  # fmt: skip
    found: dict[str, Any] = plain(
        {
            "ring": case.ring,
            "queue": case.key.queue,
            "lead": case.lead,
            "accounts": results.scores.height,
            **_asked(case),
            "members": members,
            "ties": ring.strongest_pairs(case),
            "totals": dict(case.totals),
            "like_confirmed": list(case.like_confirmed),
            "follow_ups": list(case.follow_ups),
            "first_day": case.first_day,
            "policy": list(case.policy),
            "leads": list(case.leads),
            "lanes": dict(results.run.lanes),
            "missing_tables": list(results.run.missing_tables),
        }
    )
    return found


def _asked(case: Case) -> dict[str, Any]:
    """What it looks like, if like anything, what to ask, and what helps an injured holder."""
    typology, _ = likeness(case)
    injured = is_victim(case)
    return {
        "typology_name": typology.name if typology else None,
        "lookalike": typology.lookalike if typology else None,
        "separates": typology.separates if typology else None,
        "questions": asked_of_holder(typology) if injured else questions(typology),
        "help": [f"{step}: {words}" for step, words in steps_of(case)] if injured else [],
    }


def plain(value: Any) -> Any:
    """Dates as ISO text and what is not a number as null, so that strict JSON can hold it."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return None if isinstance(value, float) and not math.isfinite(value) else value
