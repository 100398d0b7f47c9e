"""Which decisions came between two runs, and who moved with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from detector.pipeline.week.standing import nearer
from detector.results.words import SETTLED
from features.evidence import accepted
from features.population import Population

#: Confirmed accounts that an account is tied to, and the kinds of evidence that tie them.
Ties = Mapping[str, Mapping[str, tuple[str, ...]]]

# What a ring's mates leave by where a decision was about others of it.
_WITH_OTHERS: Final = ("ring", "overtaken", "families", "evidence")


@dataclass(frozen=True)
class Decision:
    """A decision about accounts that stood in one case, and what came of it.

    Attributes
    ----------
    decision, at, note
        What the label says; who decided stands in the note.
    accounts
        Whom it is about.
    ring_id
        The ring that they were in before, if any.
    left
        Of these, who stood in a queue before and stands in none now.
    beside
        Others of that ring that left a queue since, without a decision of their own.
    entered
        Accounts that entered a queue since, nearer to a confirmed one than before, and tied to
        one of these, with what ties them.
    """

    decision: str
    at: datetime | None
    note: str | None
    accounts: tuple[str, ...]
    ring_id: str | None
    left: tuple[str, ...]
    beside: tuple[str, ...]
    entered: Mapping[str, tuple[str, ...]]


def decided(told: pl.DataFrame, since: datetime) -> pl.DataFrame:
    """Accounts about which another decision stands than in the run before.

    Where that run does not say what stood, of a new account or in an earlier version, a decision
    is new if it is of a later time.
    """
    other = pl.any_horizontal(
        pl.col(name).ne_missing(pl.col(f"{name}_before")) for name in ("standing", "standing_since")
    )
    later = pl.col("standing_since") >= since
    new = pl.when(pl.col("standing_before").is_null()).then(later).otherwise(other)
    return told.filter(pl.col("standing").is_in(SETTLED) & new)


def effects(told: pl.DataFrame, since: datetime, ties: Ties) -> list[Decision]:
    """Each decision since the run before, in order of time, with what came of it.

    ``told`` has ``cause`` beside what ``standing.beside`` gives.
    """
    keys = ["standing_since", "standing", "standing_note", "ring_id_before"]
    groups = decided(told, since).group_by(keys, maintain_order=True).agg("account_id", "fate")
    left = told.filter((pl.col("fate") == "left") & pl.col("cause").is_in(_WITH_OTHERS))
    mates: dict[str, tuple[str, ...]] = {
        ring: tuple(sorted(accounts))
        for ring, accounts in left.drop_nulls("ring_id_before")
        .group_by("ring_id_before").agg("account_id").iter_rows()
    }  # fmt: skip
    entered = told.filter((pl.col("fate") == "entered") & nearer())["account_id"].to_list()
    return [
        Decision(
            decision, at, note, tuple(sorted(accounts)), ring,
            tuple(sorted(a for a, f in zip(accounts, fates, strict=True) if f == "left")),
            mates.get(ring or "", ()),
            _tied(entered, accounts, ties) if decision == "confirmed_proxy" else {},
        )
        for at, decision, note, ring, accounts, fates in groups.sort(
            *keys, nulls_last=True
        ).iter_rows()
    ]  # fmt: skip


def _tied(
    entered: Collection[str], accounts: Collection[str], ties: Ties
) -> dict[str, tuple[str, ...]]:
    """Who entered and is tied to one of these, with the kinds."""
    found = {}
    for account in entered:
        kinds = {k for other in accounts for k in ties.get(account, {}).get(other, ())}
        if kinds:
            found[account] = tuple(sorted(kinds))
    return found


def ties_of(population: Population, accounts: Collection[str], others: Collection[str]) -> Ties:
    """What ties some accounts to some others, as a ring would be tied."""
    ends = pl.concat(
        [
            population.pairs.filter(accepted()).select(account=one, other=two, a="a", b="b")
            for one, two in (("a", "b"), ("b", "a"))
        ]
    ).filter(pl.col("account").is_in(list(accounts)) & pl.col("other").is_in(list(others)))
    kinds = population.edges.filter(~pl.col("explained") & (pl.col("bits") > 0))
    rows = ends.join(kinds.select("a", "b", "kind").unique(), on=["a", "b"])
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    listed = rows.group_by("account", "other").agg(pl.col("kind").sort()).sort("account", "other")
    for account, other, names in listed.iter_rows():
        found.setdefault(account, {})[other] = tuple(names)
    return found
