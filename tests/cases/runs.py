"""Runs as tests of their intake need them: a few accounts in rings and queues, no scoring."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import polars as pl

from detector.cases.record.store import Store
from detector.cases.runs.intake import Taken, take_run
from detector.cases.runs.sampling import Draw
from detector.results import RINGS_SCHEMA, SCORES_SCHEMA, TIMELINES_SCHEMA, Results
from detector.results.tables import POLICY_SCHEMA
from tests.cases.planted import ANN

FIRST = datetime(2026, 3, 2, tzinfo=UTC)
REASON = {
    "code": "F03-INSTRUMENT", "family": "F03", "feature": "f03_instrument", "value": 1.0,
    "peer_median": 0.0, "tail": 0.01, "contribution": 0.2, "text": "The payer pays for others.",
}  # fmt: skip


def run(
    day: int,
    *groups: Sequence[str] | str,
    queue: Mapping[str, str] | None = None,
    kinds: Sequence[str] = ("device", "payment"),
    typology: str = "T04",
    scores: Mapping[str, float] | None = None,
    model: str = "m1",
    others: int = 0,
    policy: Sequence[Mapping[str, Any]] = (),
    hour: int = 0,
) -> Results:
    """A run of a day: each group is a ring of accounts, one account alone is in no ring.

    The first account of a group is in queue proxy unless ``queue`` says otherwise by account;
    ``others`` are accounts in no queue.
    """
    as_of = FIRST + timedelta(days=day, hours=hour)
    rows: list[dict[str, Any]] = []
    rings: list[dict[str, Any]] = []
    for index, group in enumerate(groups):
        members = list(group)
        ring = f"ring-{day}-{index}" if len(members) > 1 else None
        for place, account in enumerate(members):
            word = (queue or {}).get(account, "proxy" if place == 0 else "none")
            score = (scores or {}).get(account, 0.9 - 0.01 * index - 0.001 * place)
            rows.append(_row(account, word, ring, score, typology, model, as_of))
        if ring is not None:
            rings.append(_ring(ring, members, kinds))
    rows += [_row(f"quiet-{n:03d}", "none", None, 0.1, None, model, as_of) for n in range(others)]
    rows.sort(key=lambda row: (-row["score"], row["account_id"]))
    for place, row in enumerate(rows, 1):
        row |= {"rank": place, "p_value": place / (len(rows) + 1)}
    return Results(
        pl.DataFrame(rows, schema=SCORES_SCHEMA), pl.DataFrame(rings, schema=RINGS_SCHEMA),
        _features(rows), pl.DataFrame({"table": []}, schema={"table": pl.String}),
        _lines(rows, as_of.date()), _told(as_of, model, len(rows)),  # type: ignore[arg-type]
        policy=_policy(policy),
    )  # fmt: skip


def _policy(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    empty = dict.fromkeys(POLICY_SCHEMA)
    return pl.DataFrame([{**empty, **row} for row in rows], schema=POLICY_SCHEMA)


def _row(
    account: str, queue: str, ring: str | None, score: float, typology: str | None, model: str,
    as_of: datetime,
) -> dict[str, Any]:  # fmt: skip
    return {
        "account_id": account, "score": score, "raw_score": score, "base": 0.4,
        "ring_score": score if ring else None, "q_value": None, "queue": queue, "ring_id": ring,
        "change": None, "typology": typology, "families": ["F03"], "reasons": [REASON],
        "counter_evidence": [], "coverage": 0.9, "lane_l": [], "lane_e": [], "model_id": model,
        "as_of": as_of,
    }  # fmt: skip


def _ring(name: str, members: list[str], kinds: Sequence[str]) -> dict[str, Any]:
    return {
        "ring_id": name, "rank": 1, "score": 0.9, "size": len(members), "account_ids": members,
        "edges": [{"a": a, "b": b, "kind": kind, "weight": 9.5}
                  for kind in kinds for a, b in pairwise(members)],
        "tpp_hours": 10.0, "tokens": 5, "reasons": [],
    }  # fmt: skip


def _features(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(
        {"account_id": [row["account_id"] for row in rows], "tpp_hours": [12.5] * len(rows),
         "input_tokens": [7] * len(rows), "output_tokens": [3] * len(rows)}
    )  # fmt: skip


def _lines(rows: list[dict[str, Any]], today: date) -> pl.DataFrame:
    lines = [{"account_id": row["account_id"], "day": today - timedelta(days=ago),
              "tpp_hours": 1.5 * ago, "tokens": ago}
             for row in rows for ago in (1, 2, 30)]  # fmt: skip
    return pl.DataFrame(lines, schema=TIMELINES_SCHEMA)


def _told(as_of: datetime, model: str, accounts: int) -> dict[str, Any]:
    return {
        "schema_version": 2, "version": "0.1.0", "engine": "local", "threads": 1, "seed": 0,
        "alpha": 0.01, "as_of": as_of.isoformat(), "model_id": model, "model": {}, "inputs": [],
        "counts": {}, "timings": {}, "accounts": {"total": accounts}, "rings": {"total": 0},
        "gpu_hours": {}, "tokens": {}, "watermarks": {}, "missing_tables": ["tenders"],
    }  # fmt: skip


def hash_of(results: Results) -> str:
    """A hash of a run's tables."""
    told = [results.run.as_of.isoformat(), results.run.model_id, results.scores.to_dicts(),
            results.rings.to_dicts(), results.policy.to_dicts()]  # fmt: skip
    return hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()


def take(store: Store, now: datetime, results: Results, drawn: Sequence[Draw] = ()) -> Taken:
    """Take a run in."""
    with store.writing(now) as tx:
        return take_run(tx, results, hash_of(results), drawn)


def cases(store: Store, **by: Any) -> list[dict[str, Any]]:
    """Cases with their accounts now, in their order."""
    with store.reading() as connection:
        rows = [dict(row) for row in connection.execute("SELECT * FROM cases ORDER BY case_id")]
        for row in rows:
            row["now"] = "".join(r[0] for r in connection.execute(
                "SELECT account_id FROM case_accounts WHERE case_id = ? AND left_run IS NULL "
                "ORDER BY account_id", (row["case_id"],)))  # fmt: skip
    return [row for row in rows if all(row[k] == v for k, v in by.items())]


def only(store: Store, **by: Any) -> dict[str, Any]:
    """The one such case."""
    [row] = cases(store, **by)
    return row


def settled(
    store: Store, now: datetime, case_id: str, outcome: str, expires: str | None = None
) -> None:
    """Close a case as two people would."""
    with store.writing(now) as tx:
        accounts = [row["account_id"] for row in tx.all(
            "SELECT account_id FROM case_accounts WHERE case_id = ? AND left_run IS NULL",
            case_id)]  # fmt: skip
        tx.record("case.settled", ANN, "reviewer", case_id, put=[
            ("settlements", {
                "settlement_id": "@seq", "case_id": case_id, "at": tx.at, "outcome": outcome,
                "basis": "review", "judgements": "[]", "people": '["ann"]'}),
            *(("settlement_accounts", {
                "case_id": case_id, "settlement_id": "@seq", "account_id": account,
                "outcome": outcome, "expires_at": expires}) for account in accounts),
            ("cases", {"case_id": case_id, "state": "closed", "closed_at": tx.at}),
        ])  # fmt: skip
