"""What lane E might have found, with invented buyers, suppliers and partners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import cycle
from typing import Any

import polars as pl

from detector.results import LEADS_SCHEMA, Results
from detector.results.runparts import RunChannel, RunEvidence

EMPTY = dict.fromkeys(LEADS_SCHEMA)
PARTS = (
    {
        "code": "N",
        "seen": "yes",
        "text": "the supplier is a party of the account: name score 1000 of 1000",
    },
    {"code": "K", "seen": "yes", "text": "A100: used"},
    {"code": "T", "seen": "yes", "text": "first such use 9 days after the notice"},
    {"code": "A", "seen": "no", "text": "charges after the notice are 12% of 200000 CNY"},
    {"code": "Q", "seen": "not_seen", "text": "the notice tells no quantity"},
    {"code": "H", "seen": "no", "text": "account made 400 days before the notice"},
)
AGAINST = tuple(part["text"] for part in PARTS if part["seen"] == "no")
TEXTS = ("notice", "buyer", "supplier", "party", "role", "currency", "buyer_outcome",
         "supplier_outcome", "evidence")  # fmt: skip
CHANNEL = (
    RunChannel(kind="partner", id="partner-41", accounts=10, excepted=9, usual=0.1, tail=9.1e-9,
               gathers=True, undeclared=4, listed=1),
    RunChannel(kind="rep", id="rep-7", accounts=31, excepted=14, usual=0.1, tail=0.0004,
               gathers=True),
    RunChannel(kind="partner", id="partner-52", accounts=6, excepted=0, undeclared=6),
)  # fmt: skip
TOLD = RunEvidence(
    notices=12, leads={"strong": 1, "medium": 1, "weak": 2, "unattached": 3, "disposed": 1},
    reports=3, indicators=1, channel=CHANNEL,
    not_read={"fx": "no rates of currencies: amounts agree in the same currency alone"},
)  # fmt: skip


def row(account: str | None, notice: str = "n-1", **told: Any) -> dict[str, Any]:
    """One row; what is not told is that of a strong lead."""
    return EMPTY | {
        "notice": notice, "account_id": account, "strength": "strong", "queues": False,
        "published_at": datetime(2026, 3, 11, tzinfo=UTC), "buyer": "Harrowmere Academy",
        "supplier": "Tillwick Brass Trading", "party": "Tillwick Brass Trading Ltd",
        "role": "holder", "score": 1000, "amount": Decimal(200_000), "currency": "CNY",
        "buyer_outcome": "inquire", "supplier_outcome": "not found", "parts": PARTS,
        "against": AGAINST, "evidence": "A100: used; first such use 9 days after the notice",
    } | told  # fmt: skip


def alone(notice: str, about: str | None = "claude", **told: Any) -> dict[str, Any]:
    """A notice of no account."""
    evidence = about and f"about {about}; no account is near"
    nothing = {"party": None, "role": None, "score": None, "parts": [], "against": []}
    return row(None, notice, strength="unattached", **{"evidence": evidence, **nothing, **told})


def with_leads(
    results: Results, rows: Sequence[dict[str, Any]], told: RunEvidence | None = TOLD
) -> Results:
    """The run with what lane E found in it."""
    run = results.run.model_copy(
        update={"evidence": told, "lanes": {"B": True, "L": False, "E": told is not None}}
    )
    return replace(results, leads=pl.DataFrame(rows, schema=LEADS_SCHEMA), run=run)


def reported(results: Results, account: str, said: Sequence[tuple[str, str]]) -> Results:
    """The run in which others reported of an account: source and evidence of each."""
    rows = [{"source": source, "evidence": evidence} for source, evidence in said]
    kind = results.scores.schema["lane_e"]
    lane = pl.when(pl.col("account_id") == account).then(pl.lit(pl.Series([rows], dtype=kind)))
    return replace(results, scores=results.scores.with_columns(lane_e=lane.otherwise("lane_e")))


def hostile(found: Results, texts: Sequence[str]) -> Results:
    """Every text of notices, and of what lane E says it read, is one of the texts."""
    supply = cycle(texts)
    rows = [
        row
        | {name: next(supply) for name in TEXTS}
        | {"parts": [{name: next(supply) for name in ("code", "seen", "text")} for _ in range(6)],
           "against": list(texts)}
        for row in found.leads.to_dicts()
    ]  # fmt: skip
    told = RunEvidence(
        notices=1, leads=dict.fromkeys(texts, 1), not_read={text: text for text in texts},
        channel=tuple(
            RunChannel(kind=text, id=text, accounts=1, excepted=1) for text in texts
        ),
    )  # fmt: skip
    return with_leads(found, rows, told)
