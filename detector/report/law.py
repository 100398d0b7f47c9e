"""What lane L found, in words: one row, the rows of an account, and the cases of its queue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from detector.dossier import Row
from detector.policy.names.explain import sentence
from detector.results.lawqueue import ASKING, CLOSED, SILENCED, in_order
from detector.words import moment, plural, visible

if TYPE_CHECKING:
    from detector.results import Results, Run

CASES_SHOWN: Final = 200
SILENCED_SHOWN: Final = 50
LINES_SHOWN: Final = 8
ACCOUNTS_SHOWN: Final = 12
ROWS_SHOWN: Final = 40
EVIDENCE: Final = 300
_CLEARS: Final = ("not found in", "condition not met", "rule not applied")
# Rows of one case that say the same of several accounts are one line.
_SAME: Final = (
    "party", "role", "rule", "outcome", "strength", "source", "entry_key", "evidence", "decision",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One row of lane L in words; an empty text says that there is nothing to say."""

    account: str
    outcome: str
    strength: str
    rule: str
    role: str
    party: str
    entry: str
    evidence: str
    score: str
    note: str
    pinned: str
    decision: str
    accounts: tuple[str, ...] = ()
    accounts_left: int = 0


@dataclass(frozen=True)
class LawCase:
    """One party, owner or use that somebody should look at, with the accounts it stands behind."""

    heading: str
    outcome: str
    accounts: str
    lines: tuple[Line, ...]
    lines_left: int


class Days:
    """The day of each list of a run, by its hash."""

    def __init__(self, run: Run) -> None:
        told = getattr(run, "policy", None)
        self._days = {one.sha256: one.day for one in (told.lists if told else ())}

    def pinned(self, row: Row) -> str:
        """Which list, of which day: ``list 9f2c11ab03de of 2026-11-20``."""
        sha256 = row["list_sha256"]
        if not sha256:
            return ""
        day = self._days.get(sha256)
        return f"list {visible(sha256, 64)[:12]} of {visible(day, 20) if day else 'unknown day'}"


def line(row: Row, days: Days) -> Line:
    """A row in words."""
    return Line(
        account=row["account_id"],
        outcome=outcome_words(row),
        strength=visible(row["strength"] or "", 20),
        rule=visible(row["rule"] or "", 60),
        role=visible(row["role"] or "", 80),
        party=visible(row["party"] or "", 120),
        entry=_entry(row),
        evidence=evidence_words(row),
        score=_score(row),
        note=visible(row["note"] or "", 160),
        pinned=days.pinned(row),
        decision=decision_words(row),
    )


def _entry(row: Row) -> str:
    """The listed name and its list: ``Example Works (EL)``."""
    source = visible(row["source"] or "", 24)
    if not row["entry_name"]:
        return source
    name = visible(row["entry_name"], 120)
    return f"{name} ({source})" if source else name


def outcome_words(row: Row) -> str:
    """The outcome; nobody is ever called clear or cleared.

    Examples
    --------
    >>> outcome_words({"outcome": "clear", "evidence": "not found in EL"})
    'not found'
    """
    if row["outcome"] != "clear":
        return visible(row["outcome"] or "unknown", 20)
    found = (row["evidence"] or "").lower().startswith(_CLEARS[0])
    return "not found" if found else _unmet(row)


def _unmet(row: Row) -> str:
    """What a clear rests on: the condition, or the state of the rule whatever the condition is."""
    return _CLEARS[1] if row.get("condition") in (None, "not_met") else _CLEARS[2]


def evidence_words(row: Row) -> str:
    """The evidence; of a clear it always says what was not found, not met or not applied.

    Examples
    --------
    >>> evidence_words({"outcome": "clear", "evidence": "headquarters in SG"})
    'condition not met: headquarters in SG'
    >>> evidence_words({"outcome": "clear", "evidence": None, "condition": "unknown"})
    'rule not applied'
    """
    text = visible(row["evidence"] or "", EVIDENCE)
    if row["outcome"] != "clear" or text.lower().startswith(_CLEARS):
        return text
    return visible(f"{_unmet(row)}: {text}" if text else _unmet(row), EVIDENCE)


def _score(row: Row) -> str:
    if row["score"] is None:
        return ""
    why = visible(sentence(row["parts"] or ()), EVIDENCE)
    return f"name {row['score']:,} of 1,000" + (f": {why}" if why else "")


def decision_words(row: Row) -> str:
    """What was decided, and until when.

    Examples
    --------
    >>> decision_words({"decision": "false_match", "decided_until": None})
    'decided: false match, no end on record'
    """
    if not row["decision"]:
        return ""
    if row["decision"] == CLOSED:
        return "the account is closed: nothing is asked of it"
    until = row["decided_until"]
    end = f"until {moment(until)}" if until else "no end on record"
    return f"decided: {visible(row['decision'], 40).replace('_', ' ')}, {end}"


def lines_of(rows: Sequence[Row], run: Run) -> tuple[list[Line], int]:
    """All that lane L says of some accounts, the gravest first, and how many rows are left out."""
    days = Days(run)
    return [line(row, days) for row in rows[:ROWS_SHOWN]], max(0, len(rows) - ROWS_SHOWN)


@dataclass(frozen=True)
class Overview:
    """The queue of lane L: cases to look at, those that decisions silenced, and how many more."""

    cases: tuple[LawCase, ...]
    total: int
    accounts: int
    silenced: tuple[LawCase, ...]
    silenced_total: int


def overview(results: Results) -> Overview:
    """The queue in its own order: outcome, list class, strength, account."""
    rows = in_order(results.policy.filter(ASKING | SILENCED)).with_columns(
        key=pl.coalesce("case", "party", "account_id"), asks=ASKING
    )
    asking = rows.filter("asks")["key"].unique(maintain_order=True)
    silenced = rows.filter(~pl.col("key").is_in(asking.implode()))["key"].unique(
        maintain_order=True
    )
    days = Days(results.run)
    return Overview(
        tuple(_cases(rows, asking.head(CASES_SHOWN), days)),
        asking.len(),
        rows.filter("asks")["account_id"].n_unique(),
        tuple(_cases(rows, silenced.head(SILENCED_SHOWN), days)),
        silenced.len(),
    )


def _cases(rows: pl.DataFrame, keys: pl.Series, days: Days) -> Iterator[LawCase]:
    """The cases of some keys, in the order of the keys."""
    mine = rows.filter(pl.col("key").is_in(keys.implode()))
    lines = mine.group_by("key", *_SAME, maintain_order=True).agg(
        pl.exclude("account_id", *_SAME).first(),
        pl.col("account_id").first(),
        who=pl.col("account_id").unique(maintain_order=True),
    )
    by_key: dict[str, list[Row]] = {}
    for row in lines.iter_rows(named=True):
        by_key.setdefault(row["key"], []).append(row)
    counts = dict(mine.group_by("key").agg(pl.col("account_id").n_unique()).iter_rows())
    for key in keys:
        yield _case(by_key[key], counts[key], days)


def _case(rows: Sequence[Row], accounts: int, days: Days) -> LawCase:
    first = next((row for row in rows if row["asks"]), rows[0])
    shown = [_of_several(row, days) for row in rows[:LINES_SHOWN]]
    return LawCase(
        heading=visible(first["party"] or f"Account {first['account_id']}", 120),
        outcome=outcome_words(first),
        accounts=plural(accounts, "account"),
        lines=tuple(shown),
        lines_left=len(rows) - len(shown),
    )


def _of_several(row: Row, days: Days) -> Line:
    who: list[str] = row["who"]
    told = vars(line(row, days)) | {
        "accounts": tuple(who[:ACCOUNTS_SHOWN]),
        "accounts_left": max(0, len(who) - ACCOUNTS_SHOWN),
    }
    return Line(**told)


LADDER: Final = (
    ("Ask", "who the party is, who owns it, who uses the account; most inquiries end here"),
    ("Verify", "the entry, its dates and the rule at their sources"),
    ("Counsel", "decides what a match means"),
)
