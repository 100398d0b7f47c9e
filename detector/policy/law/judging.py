"""What may be said of what was found: the state of each rule, decisions, and the queue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Final, get_args

import polars as pl

from detector.policy.lane import Known
from detector.policy.law.decided import SETTLING, Decided
from detector.policy.law.found import EVIDENCE, as_shown
from detector.policy.law.listed import OTHER_LIST
from detector.policy.packs import Packs
from detector.policy.rules import Condition, outcome
from detector.results import POLICY_SCHEMA
from detector.results.lawqueue import CLOSED, GRAVE, in_order
from detector.results.words import POLICY_OUTCOMES, STRENGTHS

_NO_RULE: Final = "no rule knows this list"
_NOTES: Final = {"rule": pl.String, "condition": pl.String, "outcome": pl.String,
                 "note": pl.String, "pack": pl.String, "version": pl.String,
                 "instrument": pl.String}  # fmt: skip


def judged(
    found: pl.DataFrame, packs: Packs, as_of: datetime, decided: Decided, closed: pl.Series
) -> pl.DataFrame:
    """Rows of ``FOUND`` as ``POLICY_SCHEMA`` and more, in the order of the queue.

    Parameters
    ----------
    closed
        Accounts that are closed: nothing is asked of them.
    """
    said = as_shown(found).join(
        _sayings(packs, as_of), on=["rule", "condition"], maintain_order="left"
    )
    shut = pl.col("account_id").is_in(closed.implode())
    rows = decided.beside(said).with_columns(
        pl.col("outcome").cast(pl.Enum(POLICY_OUTCOMES)),
        pl.col("strength").cast(pl.Enum(STRENGTHS)),
    )
    rows = rows.with_columns(decision=pl.when(shut).then(pl.lit(CLOSED)).otherwise("decision"))
    rows = rows.with_columns(queues=_queues())
    return in_order(rows.select(*POLICY_SCHEMA, "bare", "version", "instrument"))


def again(policy: pl.DataFrame, packs: Packs, when: date | datetime) -> pl.DataFrame:
    """Rows of ``POLICY_SCHEMA`` as they are judged at another time, or by other packs.

    What was found stands; what the state of a rule lets be said of it is new. Rows of rules
    that say nothing then fall out, and decisions that have ended by then are gone.
    """
    told = _still_decided(policy, when).drop("outcome", "note", "pack", "queues").join(
        _sayings(packs, when), on=["rule", "condition"], maintain_order="left"
    )  # fmt: skip
    words = told.with_columns(pl.col("outcome").cast(pl.Enum(POLICY_OUTCOMES)))
    return in_order(words.with_columns(queues=_queues()).select(list(POLICY_SCHEMA)))


def _still_decided(policy: pl.DataFrame, when: date | datetime) -> pl.DataFrame:
    """Rows without decisions that no longer last; a day means its last moment."""
    instant = when if isinstance(when, datetime) else datetime.combine(when, time.max, UTC)
    ended = (pl.col("decided_until") <= pl.lit(instant)).fill_null(value=False)
    return policy.with_columns(
        pl.when(~ended).then(column).alias(column) for column in ("decision", "decided_until")
    )


def _queues() -> pl.Expr:
    """Any match, or a question of some weight, that nothing answers."""
    return GRAVE & ~pl.col("decision").is_in([*SETTLING, CLOSED]).fill_null(value=False)


def _sayings(packs: Packs, as_of: date | datetime) -> pl.DataFrame:
    """By rule and condition: the outcome and the note; nothing where no row is due."""
    return pl.DataFrame(list(_each(packs, as_of)), schema=_NOTES, orient="row")


def _each(packs: Packs, as_of: date | datetime) -> Iterator[tuple[str | None, ...]]:
    for pack, rule in packs.rules():
        state = pack.state(as_of, rule.id)
        for condition in get_args(Condition):
            said = outcome(state, condition, rule)
            if said is not None:
                yield (
                    rule.id, condition, said.word, said.note, pack.id, pack.head.version,
                    pack.head.instrument,
                )  # fmt: skip
    yield OTHER_LIST, "possible", "inquire", _NO_RULE, None, None, None


def lane_rows(rows: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Rows as ``lane_l`` shows them: in which role, why, and the status of the rule.

    No party is named there: names stand in ``policy.parquet`` alone.
    """
    return rows.select(
        "account_id", "rule", "instrument", "version", as_of=pl.lit(as_of.isoformat()),
        outcome=pl.col("outcome").cast(pl.String),
        evidence=pl.format(
            "{}: {}", "role", pl.concat_str("bare", "note", separator="; ", ignore_nulls=True)
        ).str.slice(0, EVIDENCE),
    )  # fmt: skip


def counts(
    rows: pl.DataFrame, accounts: int, rules: Mapping[str, str]
) -> dict[str, dict[str, int]]:
    """Accounts by rule and outcome, the gravest of each account.

    Parameters
    ----------
    accounts
        How many there are.
    rules
        Rules that ask of everybody, with what is said of accounts of which nothing was found.
    """
    worst = rows.group_by("rule", "account_id").agg(pl.col("outcome").to_physical().min())
    tally = worst.group_by("rule", "outcome").len().sort("rule", "outcome")
    found: dict[str, dict[str, int]] = {}
    for rule, place, number in tally.iter_rows():
        found.setdefault(rule, {})[POLICY_OUTCOMES[place]] = number
    for rule, word in rules.items():
        told = found.setdefault(rule, {})
        rest = accounts - sum(told.values())
        if rest:
            told[word] = told.get(word, 0) + rest
    return dict(sorted(found.items()))


def with_quiet(
    found: dict[str, dict[str, int]], quiet: pl.DataFrame, known: Known
) -> dict[str, dict[str, int]]:
    """Counts with the accounts of whom rules about everybody give no row."""
    said = quiet.join(_sayings(known.packs, known.as_of), on=["rule", "condition"])
    for rule, word, number in said.select("rule", "outcome", "len").sort("rule").iter_rows():
        told = found.setdefault(rule, {})
        told[word] = told.get(word, 0) + number
    return dict(sorted(found.items()))
