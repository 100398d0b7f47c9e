"""Cases with rings of any size, made without a run."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from detector.dossier import Case, CaseKey, shared_first

START = datetime(2026, 2, 1, tzinfo=UTC)
KINDS = ("device", "payment", "phone", "ssh_key", "image")


def member(account: str, rank: int, queue: str = "none") -> dict[str, Any]:
    """A row of scores as far as a graph reads it."""
    return {"account_id": account, "rank": rank, "score": 1 - rank / 10_000, "queue": queue}


def link(account: str, kind: str, value: str, holders: int, day: int = 0) -> dict[str, Any]:
    """A row of links, seen for ten days."""
    first = START + timedelta(days=day)
    return {
        "account_id": account, "kind": kind, "value": value, "holders": holders,
        "first": first, "last": first + timedelta(days=10),
    }  # fmt: skip


def edge(a: str, b: str, kind: str = "payment", weight: float = 12.5) -> dict[str, Any]:
    """An edge of a ring."""
    return {"a": a, "b": b, "kind": kind, "weight": weight}


def case_of(
    members: list[dict[str, Any]], links: list[dict[str, Any]], edges: list[dict[str, Any]]
) -> Case:
    """A ring of these."""
    lead = members[0]
    return Case(
        CaseKey("proxy", 1, "ring-1", lead["account_id"], 1), lead, tuple(members),
        {"ring_id": "ring-1", "edges": edges}, (), date(2026, 2, 1), {}, (),
        links=shared_first(links),
    )  # fmt: skip


def large(accounts: int, lines: int, seed: int = 1) -> Case:
    """A ring of so many accounts and about so many lines: identifiers that two neighbours share."""
    dice = random.Random(seed)
    names = [f"acct-{number:05d}" for number in range(accounts)]
    queues = ["proxy" if number % 9 == 0 else "none" for number in range(accounts)]
    members = [member(name, at + 1, queues[at]) for at, name in enumerate(names)]
    links = []
    for number in range(lines):
        start = dice.randrange(accounts)
        other = (start + dice.randrange(1, 40)) % accounts
        kind, value = KINDS[number % len(KINDS)], f"{dice.getrandbits(64):016x}"
        links += [link(names[at], kind, value, 2, number % 60) for at in (start, other)]
    edges = [edge(names[at], names[at + 1]) for at in range(min(399, accounts - 1))]
    return case_of(members, links, edges)
