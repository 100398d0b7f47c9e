"""What lane L might have found, with invented parties and lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle
from typing import Any

import polars as pl

from detector.results import POLICY_SCHEMA, Results
from detector.results.runparts import RunList, RunPolicy

SHA256 = "5e" * 32
PARTS = (
    {"kind": "agrees", "mine": "qorvel", "theirs": "qorvel", "weight": 900, "points": 930},
    {"kind": "omitted", "mine": "", "theirs": "group", "weight": 40, "points": -36},
)
TEXTS = ("party", "role", "rule", "evidence", "condition", "note", "source", "entry_name",
         "entry_key", "list_sha256", "decision", "pack", "case")  # fmt: skip
EMPTY = dict.fromkeys(POLICY_SCHEMA)
TOLD = RunPolicy(
    packs={"us-csl": "ab" * 32, "us-ear-affiliates": "cd" * 32},
    unverified=("EAR-50: in force since 2026-11-10, read in no source",),
    lists=(
        RunList(file="lists/consolidated.csv", sha256=SHA256, day="2026-10-20", age=11,
                publisher="ITA", rows={"EL": 1200, "SDN": 17000}),
        RunList(file="lists/own.csv", sha256="77" * 32, rows={"OWN": 3}),
    ),
    refused=("lists/sdn.csv: it has no entries, where 17,000 were before",),
    stale=("lists/own.csv: nobody told its day",),
    names=2100,
    counts={"CSL-EL": {"match": 1, "inquire": 2}, "EAR-50": {"inquire": 3, "clear": 1990}},
    not_asked={"HQ-1": "no account has a headquarters"},
    silenced=1,
)  # fmt: skip


def row(account: str, **told: Any) -> dict[str, Any]:
    """One row; what is not told is that of an inquiry on the entity list."""
    return EMPTY | {
        "account_id": account, "party": "Qorvel Instruments", "role": "holder", "rule": "CSL-EL",
        "pack": "us-csl", "outcome": "inquire", "strength": "medium", "queues": True,
        "evidence": "same name; country not told", "condition": "possible",
        "note": "in force since 2020-01-01", "source": "EL", "entry_name": "Qorvel Group",
        "entry_key": "k1", "score": 894, "parts": PARTS, "list_sha256": SHA256, "case": "p1",
    } | told  # fmt: skip


def with_law(
    results: Results, rows: list[dict[str, Any]], told: RunPolicy | None = TOLD
) -> Results:
    """The run with what lane L found in it; whoever a row queues is in queue ``policy``."""
    policy = pl.DataFrame(rows, schema=POLICY_SCHEMA)
    asked = policy.filter("queues")["account_id"].unique()
    queue = (
        pl.when(
            (pl.col("queue").cast(pl.String) == "none")
            & pl.col("account_id").is_in(asked.implode())
        )
        .then(pl.lit("policy"))
        .otherwise(pl.col("queue").cast(pl.String))
    )
    kind = results.scores.schema["queue"]
    run = results.run.model_copy(
        update={"policy": told, "lanes": {"B": True, "L": True, "E": False}}
    )
    return replace(
        results, scores=results.scores.with_columns(queue=queue.cast(kind)), policy=policy, run=run
    )


def unqueued(results: Results, count: int) -> list[str]:
    """Accounts that lane B left alone and in no ring, the least suspicious first."""
    alone = (pl.col("queue").cast(pl.String) == "none") & pl.col("ring_id").is_null()
    return (
        results.scores.filter(alone)
        .sort("rank", descending=True)["account_id"]
        .head(count)
        .to_list()
    )


def hostile(lawful: Results, texts: Sequence[str]) -> Results:
    """Every text of lane L's rows, and of what it says it asked, is one of the texts."""
    supply = cycle(texts)
    rows = [
        row
        | {name: next(supply) for name in TEXTS}
        | {"parts": [{"kind": next(supply), "mine": next(supply), "theirs": next(supply),
                      "weight": 1, "points": -1}]}
        for row in lawful.policy.to_dicts()
    ]  # fmt: skip
    told = RunPolicy(
        packs={text: text for text in texts}, unverified=texts, refused=texts, stale=texts,
        counts={text: {"match": 1} for text in texts}, not_asked={text: text for text in texts},
        lists=tuple(
            RunList(file=text, sha256=text, day=text, age=1, publisher=text, rows={text: 1})
            for text in texts
        ),
    )  # fmt: skip
    run = lawful.run.model_copy(update={"policy": told})
    return replace(lawful, policy=pl.DataFrame(rows, schema=POLICY_SCHEMA), run=run)


def until(year: int) -> datetime:
    """The first of a year."""
    return datetime(year, 1, 1, tzinfo=UTC)
