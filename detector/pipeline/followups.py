"""Accounts like a confirmed case, for that case's follow-up list.

Whoever shares with a case what accounts hardly ever share by chance is worth a look beside it.
That is no place in a queue: scores, ranks and queues stay as they are. Two kinds of evidence
are asked for here too, and a place is none of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.pipeline.prepare import Prepared
from detector.pipeline.queues import account_facts
from detector.results.tables import FOLLOWUPS_SCHEMA
from detector.results.words import SETTLED
from features.decided import UNRESOLVED, decided
from features.evidence import confirmed
from features.rollups import Rollups
from models.account.likeness import FAR, Kin, far_tails, shared_tails
from models.account.model import ProxyModel

IntArray = NDArray[np.int64]

#: Accounts on a list, confirmed cases that have one (the latest), and accounts looked at (the
#: first by rank).
LISTED: Final = 20
CASES: Final = 200
LOOKED_AT: Final = 50_000
#: Whoever is listed is as like the case as this share of the pairs of ordinary accounts is.
CHANCE: Final = 0.001
#: Families in which both have to be far out; a tie is one.
FAMILIES: Final = 2
SIGNS: Final = 5
LINK_FAMILY: Final = "F11"


@dataclass(frozen=True)
class ConfirmedCase:
    """Accounts that reviewers confirmed as one case, and their rows among the prepared."""

    name: str
    members: tuple[str, ...]
    rows: IntArray


@dataclass(frozen=True)
class Alike:
    """An open account, and how alike it is to the case it is most like."""

    account_id: str
    row: int
    likeness: float


def confirmed_cases(rollups: Rollups, scores: pl.DataFrame) -> pl.DataFrame:
    """The latest confirmed cases, latest first: ``case`` and its sorted ``members``.

    A case is what reviewers named by ``ring_id``, else the ring of the account in ``scores``,
    else the account. An account that was cleared since, or whose appeal was upheld, is in none.
    """
    said = rollups["labels"].filter(pl.col("decision") != UNRESOLVED)
    standing = confirmed(rollups).select("account_id")
    bad = decided(said).filter(pl.col("decision") == "confirmed_proxy")
    named = (
        said.join(bad.select("account_id", "decided_at"), on=["account_id", "decided_at"])
        .group_by("account_id", "decided_at")
        .agg(pl.col("ring_id").min())
        .join(standing, on="account_id", how="semi")
        .join(scores.select("account_id", ring="ring_id"), on="account_id")
    )
    return (
        named.with_columns(case=pl.coalesce("ring_id", "ring", "account_id"))
        .group_by("case")
        .agg(pl.col("decided_at").max(), members=pl.col("account_id").sort())
        .sort("decided_at", "case", descending=[True, False])
        .head(CASES)
        .select("case", "members")
    )


def follow_ups(
    prepared: Prepared, model: ProxyModel, scores: pl.DataFrame
) -> tuple[pl.DataFrame, dict[str, int]]:
    """The follow-up lists of all confirmed cases, and how many accounts are on each.

    Parameters
    ----------
    prepared
        Accounts and what ties them.
    model
        What scores them: who is alike is asked of its joint forest.
    scores
        The finished score table, of which nothing is changed.
    """
    table = confirmed_cases(prepared.rollups, scores)
    if table.is_empty():
        return FOLLOWUPS_SCHEMA.to_frame(), {}
    ids = prepared.table["account_id"]
    cases = [
        ConfirmedCase(name, tuple(members), _rows_of(ids, members))
        for name, members in table.iter_rows()
    ]
    rows = _open_rows(prepared, scores)
    found = list(_lists(prepared, model, cases, rows))
    ranked = scores.select("account_id", "queue", "rank")
    lists = (
        pl.DataFrame(found, schema=FOLLOWUPS_SCHEMA)
        .drop("queue", "rank")
        .join(ranked, on="account_id", how="left", maintain_order="left")
        .select(list(FOLLOWUPS_SCHEMA))
    )
    counts = dict(lists.group_by("case").len().iter_rows())
    return lists, {case.name: counts.get(case.name, 0) for case in cases}


def _rows_of(ids: pl.Series, some: Sequence[str] | pl.Series) -> IntArray:
    """Where some of the sorted ids stand."""
    return ids.search_sorted(pl.Series(some, dtype=pl.String)).to_numpy().astype(np.int64)


def _open_rows(prepared: Prepared, scores: pl.DataFrame) -> IntArray:
    """Rows of open accounts about which nobody has decided, the first ones by rank."""
    facts = account_facts(prepared.population, prepared.table)
    settled = pl.col("decision").is_in(SETTLED).fill_null(False)
    left = facts.filter(~settled & pl.col("closed_at").is_null() & ~pl.col("spared"))
    ranks = scores.select("rank", "account_id")
    first = ranks.join(left, on="account_id", how="semi").sort("rank", "account_id")
    return np.sort(_rows_of(prepared.table["account_id"], first["account_id"].head(LOOKED_AT)))


def _lists(
    prepared: Prepared, model: ProxyModel, cases: list[ConfirmedCase], rows: IntArray
) -> Iterator[dict[str, Any]]:
    """The lists of all cases; an account is only on that of the case it is most like."""
    X, peers, ids = prepared.values, prepared.peers, prepared.table["account_id"]
    kin = Kin.of(model, X, peers, prepared.groups, prepared.excluded)
    if kin is None:
        return
    best, alike = kin.nearest(X, peers, [case.rows for case in cases], rows)
    chance, ties = kin.by_chance(CHANCE), _ties(prepared, cases)
    for at, case in enumerate(cases):
        mine = np.flatnonzero((best == at) & (alike >= chance))
        near = [Alike(ids[int(rows[one])], int(rows[one]), float(alike[one])) for one in mine]
        near.sort(key=lambda one: (-one.likeness, one.account_id))
        for line in _listed(prepared, model, case, near, ties):
            yield {"case": case.name, "members": case.members, "chance": chance, **line}


def _listed(
    prepared: Prepared,
    model: ProxyModel,
    case: ConfirmedCase,
    near: list[Alike],
    tied: pl.DataFrame,
) -> Iterator[dict[str, Any]]:
    """Lines of those who share two kinds of evidence with a case, in their order."""
    position, ties = 0, _ties_to(tied, case)
    for one, signs in zip(near, _shared(prepared, model, case, near), strict=True):
        kinds = ties.get(one.account_id, [])
        families = {sign["family"] for sign in signs} | ({LINK_FAMILY} if kinds else set())
        if len(families) >= FAMILIES and position < LISTED:
            position += 1
            yield {
                "account_id": one.account_id, "position": position, "likeness": one.likeness,
                "shared": _strongest(signs), "ties": kinds,
            }  # fmt: skip


def _shared(
    prepared: Prepared, model: ProxyModel, case: ConfirmedCase, near: list[Alike]
) -> Iterator[list[dict[str, Any]]]:
    """The signs in which each account and half of the case are far out, strongest first."""
    X, peers, rows = (
        prepared.values,
        prepared.peers,
        np.array([a.row for a in near], dtype=np.int64),
    )
    members = far_tails(model, X[case.rows], peers[case.rows])
    features = {feature.name: feature for feature in prepared.registry}
    for account in far_tails(model, X[rows], peers[rows]):
        tails = shared_tails(account, members)
        order = np.argsort(tails, kind="stable")
        signs = [(features.get(model.names[at]), float(account[at])) for at in order
                 if tails[at] <= FAR]  # fmt: skip
        yield [
            {"code": sign.code, "family": sign.family, "text": sign.sentence, "tail": tail}
            for sign, tail in signs if sign is not None
        ]  # fmt: skip


def _strongest(signs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The strongest sign of each family; where families are few, their next ones too."""
    first = {sign["family"]: sign for sign in reversed(signs)}
    return sorted(signs, key=lambda sign: first[sign["family"]] is not sign)[:SIGNS]


def _ties(prepared: Prepared, cases: Sequence[ConfirmedCase]) -> pl.DataFrame:
    """Edges that touch a member of any case: all are gone through once."""
    members = pl.Series([one for case in cases for one in case.members]).implode()
    return prepared.population.edges.filter(
        ~pl.col("explained") & (pl.col("bits") > 0.0),
        pl.any_horizontal(pl.col("a", "b").is_in(members)),
    )


def _ties_to(tied: pl.DataFrame, case: ConfirmedCase) -> dict[str, list[str]]:
    """The kinds of identifier that tie other accounts to the members, by account."""
    members = pl.Series(case.members).implode()
    within = pl.sum_horizontal(pl.col("a", "b").is_in(members))
    found = tied.filter(within == 1)
    other = pl.when(pl.col("a").is_in(members)).then("b").otherwise("a")
    told = found.group_by(other.alias("other")).agg(pl.col("kind").unique().sort())
    return dict(told.iter_rows())
