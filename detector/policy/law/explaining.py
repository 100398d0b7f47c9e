"""Why a rule says what it says of an account, for a person who has to decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl

from detector.errors import UsageError
from detector.policy.law.decided import SETTLING
from detector.policy.names.explain import sentence
from detector.policy.packs import Packs
from detector.results import Run
from detector.results.lawqueue import CLOSED
from detector.results.runparts import RunPolicy

_MEANS: Final = {
    "match": "match: verify the party, the entry and the day, and ask counsel; no step is taken",
    "inquire": "inquire: ask the customer, and verify; no step is taken",
    "unknown": "unknown: what is needed to tell is missing, and that is no clear",
    "clear": "clear: the condition is not met",
}
#: What a clear means that the state of the rule makes, whatever was found or is missing.
_STAYED: Final = "clear: the rule is not applied on that day, whatever is known; see its status"
_NOT_FOUND: Final = "not found in {names} on {day}; a name that is not found is not cleared"


def lines(
    account: str, rows: pl.DataFrame, run: Run, packs: Packs, day: str
) -> Iterator[str]:  # fmt: skip
    """Everything that was asked of one account, the gravest first.

    Parameters
    ----------
    rows
        Its rows of ``policy.parquet``.
    day
        Of which day, and by the rules of which.
    """
    asked = run.policy or RunPolicy()
    yield f"{account}, as of {day}"
    if rows.is_empty():
        yield "no rule found anything, and none asks about what it used"
    for row in rows.iter_rows(named=True):
        yield ""
        yield from _of_row(row, packs)
    yield ""
    yield from _of_lists(rows, asked, run)


def _of_row(row: Mapping[str, Any], packs: Packs) -> Iterator[str]:
    weighs = f" ({row['strength']})" if row["outcome"] in ("match", "inquire") else ""
    yield f"{row['rule']}  {row['outcome']}{weighs}, {_queue(row)}"
    stayed = row["outcome"] == "clear" and row["condition"] != "not_met"
    yield f"  {_STAYED if stayed else _MEANS[row['outcome']]}"
    if row["party"]:
        yield f"  who      {row['party']} ({row['role']})"
    yield f"  why      {row['evidence']}"
    if row["note"]:
        yield f"  status   {row['note']}"
    yield from _of_rule(row, packs)
    if row["parts"]:
        yield f"  score    {row['score']} of 1000: {sentence(row['parts'])}"
    if row["entry_key"]:
        yield f"  key      {row['entry_key']} (entry_key of a decision; its party_name is above)"
    if row["list_sha256"]:
        yield f"  list     {row['source']}, file sha256 {row['list_sha256']}"


def _queue(row: Mapping[str, Any]) -> str:
    if row["queues"]:
        return "in the policy queue"
    if row["decision"] == CLOSED:
        return "in no queue: the account is closed"
    if row["decision"] in SETTLING:
        until = row["decided_until"]
        end = f" until {until:%Y-%m-%d %H:%M} UTC" if until else ""
        return f"in no queue: decided {row['decision']}{end}"
    decided = f"; decided: {row['decision']}" if row["decision"] else ""
    return f"in no queue for it{decided}"


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
    yield from (f"Not screened: {sentence_}" for sentence_ in asked.refused)
    yield from (f"Nobody is clear: {sentence_}" for sentence_ in asked.stale)
    hits = set(rows.filter(pl.col("list_sha256").is_not_null())["source"])
    names = {code for file in asked.lists for code in file.rows} - hits
    if names and not asked.refused and not asked.stale:
        yield _NOT_FOUND.format(names=", ".join(sorted(names)), day=day)
