"""Why a rule says what it says of an account, for a person who has to decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl

from detector.errors import UsageError
from detector.policy.names.explain import sentence
from detector.policy.packs import Packs
from detector.results import Run
from detector.results.run import RunPolicy

_MEANS: Final = {
    "match": "match: ask counsel, and verify the party; nothing was done",
    "inquire": "inquire: ask the customer, and verify; nothing was done",
    "unknown": "unknown: it cannot be said, and that is no clear",
    "clear": "clear: not found, or the condition is not met",
}
_NOT_FOUND: Final = "not found in {names} on {day}; a name that is not found is not cleared"


def lines(account: str, rows: pl.DataFrame, run: Run, packs: Packs) -> Iterator[str]:
    """Everything that was asked of one account, the gravest first.

    Parameters
    ----------
    rows
        Its rows of ``policy.parquet``.
    """
    asked = run.policy or RunPolicy()
    yield f"{account}, as of {run.as_of.isoformat()}"
    if rows.is_empty():
        yield "no rule found anything, and none asks about what it used"
    for row in rows.iter_rows(named=True):
        yield ""
        yield from _of_row(row, packs)
    yield ""
    yield from _of_lists(rows, asked, run)


def _of_row(row: Mapping[str, Any], packs: Packs) -> Iterator[str]:
    queue = "in the policy queue" if row["queues"] else "in no queue for it"
    yield f"{row['rule']}  {row['outcome']} ({row['strength']}), {queue}"
    yield f"  {_MEANS[row['outcome']]}"
    yield f"  why      {row['evidence']}"
    if row["note"]:
        yield f"  status   {row['note']}"
    yield from _of_rule(row, packs)
    if row["parts"]:
        yield f"  score    {row['score']} of 1000: {sentence(row['parts'])}"
    if row["entry_key"]:
        yield f"  key      {row['entry_key']} (policy_decisions are kept under it)"
    if row["list_sha256"]:
        yield f"  list     {row['source']}, file sha256 {row['list_sha256']}"
    if row["decision"]:
        yield f"  decided  {row['decision']}, until {row['decided_until']}"


def _of_rule(row: Mapping[str, Any], packs: Packs) -> Iterator[str]:
    try:
        pack, rule = packs.find(row["rule"])
    except UsageError:
        return
    if rule is not None and rule.text:
        yield f"  rule     {rule.text}"
    yield f"  written  {pack.head.instrument} (pack {pack.id}, version {pack.head.version})"


def _of_lists(rows: pl.DataFrame, asked: RunPolicy, run: Run) -> Iterator[str]:
    """What it was looked up in; where a list was damaged or old, that nobody is clear."""
    day = run.as_of.date().isoformat()
    if not asked.lists and not asked.refused:
        yield "No list was there: it was looked up nowhere."
        return
    for sentence_ in (*asked.refused, *asked.stale):
        yield f"Not screened: {sentence_}"
    hits = rows.filter(pl.col("list_sha256").is_not_null())
    if hits.is_empty() and not asked.refused and not asked.stale:
        names = sorted({code for file in asked.lists for code in file.rows})
        yield _NOT_FOUND.format(names=", ".join(names), day=day)
