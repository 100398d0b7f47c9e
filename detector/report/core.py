"""Core and fringe of a ring: who is in a queue or tied by two independent rare kinds, who not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from detector.cases.showing.ties import kinds_of, of_core, witnesses
from detector.dossier import Case
from features.evidence import MAX_DEGREE
from features.rings import MAX_EDGES


def independent_kinds(case: Case) -> Mapping[str, tuple[str, ...]]:
    """By account, the independent rare kinds that tie it to others of the case.

    A run keeps the strongest links of a ring only; where that list is full, what two accounts
    share counts as well.
    """
    edges = (case.ring or {}).get("edges") or []
    found: dict[str, set[str]] = defaultdict(set, kinds_of(edges))
    if len(edges) >= MAX_EDGES:
        holders: dict[tuple[str, str], set[str]] = defaultdict(set)
        for link in case.links:
            if link["holders"] <= MAX_DEGREE:
                holders[link["kind"], link["value"]].add(link["account_id"])
        for (kind, _), accounts in holders.items():
            for account in accounts if len(accounts) > 1 else ():
                found[account].add(kind)
    return {row["account_id"]: tuple(witnesses(found[row["account_id"]])) for row in case.members}


def core_of(case: Case) -> frozenset[str]:
    """Accounts of the core."""
    kinds = independent_kinds(case)
    return frozenset(
        row["account_id"]
        for row in case.members
        if of_core(str(row["queue"]), kinds[row["account_id"]])
    )
