"""Numbers to the score table: model, rings, ranks, queues and reasons joined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.pipeline.bystanders import bystanders, without_bystanders
from detector.pipeline.chance import Together, counted, of_members, reference
from detector.pipeline.prepare import Prepared
from detector.pipeline.queuereason import queue_reason, speaking
from detector.pipeline.queues import NOTICED, SIGNS, account_facts, choose_queue
from detector.pipeline.rings import name_rings, publish_rings
from detector.pipeline.standings import standings
from detector.pipeline.training import cases_of
from detector.policy.lane import Findings, asked_for, lane_columns
from detector.reasons import (
    Evidence,
    counter_evidence,
    family_lists,
    reason_lists,
    standing_lists,
    typologies,
)
from detector.results import SCORES_SCHEMA, Results
from detector.results.words import LANE_B_QUEUES, QUEUES
from features.build import REGISTRY
from features.registry import Registry
from models.account.case import CaseModel
from models.account.chance import Chance
from models.account.model import ProxyModel
from models.account.rings import Opinion
from models.account.scores import AccountScores, Attributions

# Scores that moved less than this are the same.
MOVED: Final = 0.02
LINK_FAMILY: Final = "F11"
# Accounts whose rows are put together, and where all are not explained at once explained, at once.
BLOCK_ROWS: Final = 16_384
# What of the score table says who is looked at: all that a run asks of it once it stands.
PLACES: Final = ("account_id", "rank", "score", "queue", "ring_id")
# Accounts of the queues whose reasons are exact Shapley values: about two seconds of work.
PROMOTED: Final = 500


@dataclass(frozen=True)
class Scored:
    """A scored population: the model's word on accounts and on rings, and the model.

    What was ``said`` ranks; the ``placeless`` word, with ordinary places, decides who is put
    before a reviewer: how rare it is that one reaches as much stands in ``chance``.
    """

    accounts: AccountScores
    said: Opinion
    placeless: Opinion
    chance: Chance
    model: ProxyModel


@dataclass(frozen=True)
class Assessed:
    """A scored population, and what else decides on queues and names.

    ``alpha`` is the largest tail p-value of the proxy queue, ``previous`` an earlier run,
    ``findings`` what the lanes beside behaviour found.
    """

    scored: Scored
    alpha: float
    previous: Results | None = None
    findings: Sequence[Findings] = ()


@dataclass(frozen=True)
class Notes:
    """What carries each account's score: ``at`` names its row in ``pool`` (see ``explain``)."""

    pool: pl.DataFrame
    at: NDArray[np.int64]

    def of(self, rows: NDArray[np.int64]) -> pl.DataFrame:
        """The notes of some accounts."""
        return self.pool[self.at[rows]]


class Told(Protocol):
    """Notes that can be asked for some accounts after the other."""

    def of(self, rows: NDArray[np.int64]) -> pl.DataFrame:
        """The notes of some accounts."""
        ...


class Explainer:
    """Makes notes; one that remembers some may give the same ones quicker."""

    def told(
        self,
        prepared: Prepared,
        accounts: AccountScores,
        model: ProxyModel,
        exact: NDArray[np.int64],
    ) -> Told:
        """Notes of all accounts; of ``exact`` rows from Shapley values."""
        notes = self.notes(prepared, accounts)
        at, pool = notes.at, notes.pool
        if exact.size:
            at = at.copy()
            at[exact] = pool.height + np.arange(exact.size)
            pool = pl.concat([pool, self.exact(prepared, model, exact)])
        return Notes(pool, at)

    def notes(self, prepared: Prepared, accounts: AccountScores) -> Notes:
        """Notes of all accounts, from path attributions."""
        pool = explain(prepared.values, accounts, prepared.registry)
        return Notes(pool, np.arange(pool.height))

    def exact(self, prepared: Prepared, model: ProxyModel, rows: NDArray[np.int64]) -> pl.DataFrame:
        """Notes of some rows from exact Shapley values."""
        values = prepared.values[rows]
        why = model.attributions(values, prepared.peers[rows], exact=True)
        return explain(values, why, prepared.registry)


def score_rings(case: CaseModel, prepared: Prepared, accounts: AccountScores) -> Scored:
    """Score rings by what ties them and by their members' scores."""
    cases, calm = cases_of(prepared, accounts, case.rings.forest)
    said = case.rings.opinion(cases, accounts.level, accounts.agreed)
    placeless = case.rings.calm().opinion(calm, accounts.placeless_level, accounts.agreed)
    ranked = replace(accounts, level=said.level, evidence=said.evidence)
    chance = case.chance or reference(prepared, accounts, placeless)
    known = case.with_q_values(ranked, prepared.peers)
    return Scored(known, said, placeless, chance, case.accounts)


def assemble(
    prepared: Prepared, assessed: Assessed, explainer: Explainer | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The score table and the ring table of the contract."""
    blocks, rings = assembled(prepared, assessed, explainer)
    return pl.concat(blocks), rings


def assembled(
    prepared: Prepared, assessed: Assessed, explainer: Explainer | None = None
) -> tuple[Iterator[pl.DataFrame], pl.DataFrame]:
    """The score table, of which some rows after the other are made, and the ring table.

    It has at least one block. Its lists take more room than all numbers of an account.
    """
    prepared, scored = _with_cases(prepared, assessed.scored)
    rings = prepared.rings.with_columns(
        name_rings(prepared.rings, assessed.previous), score=pl.Series(scored.said.ring_score)
    )
    ranked = _ranked(prepared, assessed, scored, rings)
    order = ranked.select(pl.arg_sort_by("rank", "account_id")).to_series().to_numpy()
    notes = (explainer or Explainer()).told(
        prepared, scored.accounts, scored.model, promoted(ranked)
    )
    # Lists that are put together take many times their room for a moment.
    blocks = (order[at : at + BLOCK_ROWS] for at in range(0, max(order.size, 1), BLOCK_ROWS))
    as_of = prepared.rollups.as_of
    table = (_in_full(ranked, notes.of(rows), rows, scored, as_of) for rows in blocks)
    return table, publish_rings(rings)


def _ranked(
    prepared: Prepared, assessed: Assessed, scored: Scored, rings: pl.DataFrame
) -> pl.DataFrame:
    """All that is said of each account but what its own score is made of."""
    ids = prepared.table["account_id"]
    facts = account_facts(prepared.population, prepared.table)
    weighed = _weighed(prepared, scored, rings, assessed.alpha)
    queue = choose_queue(
        facts, weighed["suspicious"], weighed["noticed"], asked_for(assessed.findings, ids)
    )
    told = facts.select(SIGNS).hstack(standings(prepared.population, facts)).with_columns(queue)
    reason = weighed.hstack(told).select(queue_reason=queue_reason(assessed.alpha))
    lanes = lane_columns(assessed.findings, ids)
    beside = [*told.drop(SIGNS), *reason, counter_evidence(facts), *lanes]
    return _with_change(_rank(weighed.with_columns(beside)), assessed.previous)


def _in_full(
    ranked: pl.DataFrame,
    notes: pl.DataFrame,
    rows: NDArray[np.int64],
    scored: Scored,
    as_of: datetime,
) -> pl.DataFrame:
    """The score table of the accounts in some rows, whose notes these are."""
    table = (
        ranked[rows]
        .hstack(notes)
        .with_columns(
            families=_with_link_family(),
            typology=pl.when(pl.col("score") > 0.0).then("typology"),
            counter_evidence=pl.concat_list("counter_evidence", "spoke_for"),
            coverage=pl.Series(scored.accounts.coverage[rows]),
            model_id=pl.lit(scored.model.model_id),
            as_of=pl.lit(as_of),
            q_value=pl.Series(scored.accounts.q_value[rows]).fill_nan(None),
        )
    )
    return table.select(list(SCORES_SCHEMA)).cast(SCORES_SCHEMA)


def _with_cases(prepared: Prepared, scored: Scored) -> tuple[Prepared, Scored]:
    """Rings as cases: without bystanders, each with the score of the ring it is a part of."""
    leaving = bystanders(prepared, scored.placeless)
    prepared, part_of = without_bystanders(prepared, leaving)
    said, placeless = (one.of_rings(part_of) for one in (scored.said, scored.placeless))
    return prepared, replace(scored, said=said, placeless=placeless)


def promoted(ranked: pl.DataFrame) -> NDArray[np.int64]:
    """Rows of the first ``PROMOTED`` accounts that stand in a queue of lane B, in order.

    What other lanes ask for does not decide whose reasons are exact. Of accounts of equal rank
    all are promoted or none, so that ids decide nothing.
    """
    last = pl.col("rank").rank("max")
    inside = ranked.with_row_index("row").filter(pl.col("queue").is_in(LANE_B_QUEUES))
    return inside.filter(last <= PROMOTED)["row"].to_numpy().astype(np.int64)


def explain(
    values: NDArray[np.float64],
    why: AccountScores | Attributions,
    registry: Registry = REGISTRY,
) -> pl.DataFrame:
    """What carries each account's own score: typology, reasons, families and standing.

    ``why`` holds their contributions; each row depends on that account alone.
    """
    # In one layout of memory, sums along a row do not depend on how many rows there are.
    arrays = (values, why.peer_median, why.tail, why.contributions)
    evidence = Evidence(*(np.ascontiguousarray(array) for array in arrays))
    return pl.DataFrame(
        [
            typologies(evidence, registry),
            reason_lists(evidence, registry),
            family_lists(evidence, registry),
            standing_lists(evidence, registry),
        ]
    )


def _weighed(prepared: Prepared, scored: Scored, rings: pl.DataFrame, alpha: float) -> pl.DataFrame:
    """Own and ring evidence side by side; the larger is the score.

    With ordinary places, both together make the p-value that opens a case.
    """
    accounts = scored.accounts
    ring = of_members(scored.said.ring_score, prepared.ring_of, np.nan)
    led = ring > accounts.evidence
    together = Together.of(accounts, scored.placeless, prepared.ring_of)
    p_value = scored.chance.p_values(together.reached, prepared.groups, counted(prepared))
    # For another wrong than proxy access the own tails are enough.
    noticed = np.minimum(accounts.p_value, accounts.p_with_place) <= NOTICED
    ids = np.array([*rings["ring_id"].to_list(), None], dtype=object)
    return pl.DataFrame(
        {
            "account_id": prepared.table["account_id"],
            # Adding zero turns a negative one into a plain one.
            "score": np.where(led, ring, accounts.evidence) + 0.0,
            "raw_score": accounts.raw,
            "base": np.full(ring.size, accounts.base),
            "ring_score": pl.Series(ring).fill_nan(None),
            "p_value": p_value,
            "ring_id": pl.Series(list(ids[prepared.ring_of]), dtype=pl.String),
            "ring_size": np.append(rings["size"].to_numpy(), 0)[prepared.ring_of],
            "led_by_ring": led,
            "opened": together.opened,
            "speaking": speaking(accounts),
            "noticed": noticed | (p_value <= NOTICED),
            "suspicious": (p_value <= alpha) & (accounts.agreed | together.opened),
        }
    )


def _with_link_family() -> pl.Expr:
    """A score that is the ring's names linkage first."""
    others = pl.col("families").list.eval(pl.element().filter(pl.element() != LINK_FAMILY))
    ring_first = pl.concat_list(pl.lit(LINK_FAMILY), others)
    return pl.when("led_by_ring").then(ring_first).otherwise("families")


def _rank(table: pl.DataFrame) -> pl.DataFrame:
    """1 = most suspicious; equal scores share the smaller rank."""
    rank = pl.col("score").rank("min", descending=True).cast(pl.Int64)
    return table.with_columns(rank=rank)


def _with_change(table: pl.DataFrame, previous: Results | None) -> pl.DataFrame:
    if previous is None:
        return table.with_columns(change=pl.lit(None, dtype=pl.String))
    before = previous.scores.select(
        "account_id", before="score", queue_before=pl.col("queue").cast(pl.Enum(QUEUES))
    )
    moved = pl.col("score") - pl.col("before")
    other, queued = pl.col("queue") != pl.col("queue_before"), pl.col("queue") != "none"
    change = (
        pl.when(pl.col("before").is_null())
        .then(pl.lit("new"))
        .when(other & queued)
        .then(pl.lit("entered"))
        .when(other & ~queued)
        .then(pl.lit("left"))
        .when(moved > MOVED)
        .then(pl.lit("risen"))
        .when(moved < -MOVED)
        .then(pl.lit("fallen"))
        .otherwise(pl.lit("same"))
    )
    joined = table.join(before, on="account_id", how="left", maintain_order="left")
    return joined.with_columns(change=change)
