"""Two runs to what changed between them: a table of sentences, and its counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from detector.pipeline.week import said
from detector.pipeline.week.causes import MOVED, Grounds, cause
from detector.pipeline.week.decisions import Decision, Ties, effects, ties_of
from detector.pipeline.week.places import QUEUED, climbs, places
from detector.pipeline.week.rings import Shift, members, shifts
from detector.pipeline.week.standing import beside
from detector.results import Results
from detector.results.runparts import RunWeek
from detector.results.week import WEEK_SCHEMA
from features.decided import spared
from features.population import Population

Row = dict[str, Any]


def since_that(before: Results, now: Results, population: Population) -> Results:
    """A run with what changed since an earlier one."""
    told = side_by_side(before, now, spared(population.rollups)["account_id"].to_list())
    confirmed = told.filter(pl.col("standing") == "confirmed_proxy")["account_id"].to_list()
    entered = told.filter(pl.col("fate") == "entered")["account_id"].to_list()
    return compared(before, now, told, ties_of(population, entered, confirmed))


def side_by_side(
    before: Results, now: Results, spared_by_appeal: Sequence[str] = ()
) -> pl.DataFrame:
    """All accounts of two runs with what became of them, and why."""
    grounds = Grounds.of(before, now, spared_by_appeal)
    return beside(before, now).with_columns(cause=cause(grounds))


def compared(before: Results, now: Results, told: pl.DataFrame, ties: Ties) -> Results:
    """A run with the table and the counts of what changed."""
    found = _Found.of(before, now, told, ties)
    table = pl.DataFrame(list(found.rows()), schema=WEEK_SCHEMA)
    record = now.run.model_copy(update={"week": found.counts(table)})
    return replace(now, week=table, run=record)


@dataclass(frozen=True)
class _Found:
    """All that is told of two runs."""

    before: Results
    now: Results
    told: pl.DataFrame
    ties: Ties
    decisions: list[Decision]
    rings: list[Shift]

    @classmethod
    def of(cls, before: Results, now: Results, told: pl.DataFrame, ties: Ties) -> _Found:
        """Ask the decisions and the rings of two runs."""
        decisions = effects(told, before.run.as_of, ties)
        reviewed = _reviewed(before) | _reviewed(now)
        moved = [one for one in shifts(members(before), members(now)) if one.ring_id in reviewed]
        return cls(before, now, told, ties, decisions, moved)

    @property
    def same_model(self) -> bool:
        return self.before.run.model_id == self.now.run.model_id

    def rows(self) -> Iterator[Row]:
        """Decisions first, then accounts, cases and rings."""
        for one in self.decisions:
            yield {
                "subject": "decision", "name": one.ring_id or one.accounts[0], "move": "decided",
                "case": one.ring_id or one.accounts[0], "cause": one.decision,
                "size": len(one.accounts), "accounts": list(one.accounts),
                "said": said.decision(one),
            }  # fmt: skip
        yield from self._accounts()
        yield from self._cases()
        for ring in self.rings:
            yield {
                "subject": "ring", "name": ring.ring_id, "move": ring.move, "case": ring.ring_id,
                "size": ring.size, "size_before": ring.size_before,
                "accounts": list(ring.accounts), "said": said.shift(ring),
            }  # fmt: skip

    def _accounts(self) -> Iterator[Row]:
        moved = self.told.filter(pl.col("fate").is_in(["entered", "left", "moved"]))
        rings = frozenset(self.now.rings["ring_id"])
        for row in moved.iter_rows(named=True):
            stays = row["fate"] != "left"
            case = row["ring_id" if stays else "ring_id_before"] or row["account_id"]
            yield {
                "subject": "account", "name": row["account_id"], "move": row["fate"],
                "case": case, "queue": row["queue"], "before": row["queue_before"],
                "rank": row["rank"], "rank_before": row["rank_before"], "cause": row["cause"],
                "said": self._why(row, rings),
            }  # fmt: skip

    def _why(self, row: Row, rings: frozenset[str]) -> str:
        told: dict[str, Any] = {"alpha": self.now.run.alpha, "same_model": self.same_model}
        if row["fate"] == "moved":
            return said.moved(row)
        if row["fate"] == "left":
            return said.left(row, rings=rings, **told)
        return said.entered(row, self.ties, **told)

    def _cases(self) -> Iterator[Row]:
        if not self.same_model:
            return
        for one in climbs(places(self.before), places(self.now), MOVED):
            yield {
                "subject": "case", "name": one.now.name, "case": one.now.name,
                "move": "risen" if one.now.score > one.before.score else "fallen",
                "queue": one.now.queue, "before": one.before.queue,
                "rank": one.now.place, "rank_before": one.before.place,
                "size": len(one.now.accounts), "size_before": len(one.before.accounts),
                "accounts": sorted(one.now.accounts), "said": said.climb(one),
            }  # fmt: skip

    def counts(self, table: pl.DataFrame) -> RunWeek:
        """How much of each there is."""
        fates = Counter(self.told["fate"].to_list())
        left = self.told.filter(pl.col("fate") == "left")
        shown = Counter(zip(table["subject"].to_list(), table["move"].to_list(), strict=True))
        return RunWeek(
            since=self.before.run.as_of,
            model_before=self.before.run.model_id,
            same_model=self.same_model,
            accounts={name: fates[name] for name in ("entered", "left", "moved", "stayed")},
            causes=dict(sorted(Counter(left["cause"].to_list()).items())),
            cases={
                "new": _whole(self.now, self.before, self.told, "entered"),
                "left": _whole(self.before, self.now, self.told, "left"),
                **{move: shown["case", move] for move in ("risen", "fallen")},
            },
            rings={move: shown["ring", move] for move in ("grown", "shrunk", "apart", "formed")},
            decisions=shown["decision", "decided"],
        )


def _reviewed(run: Results) -> set[str]:
    """Rings with an account in a queue."""
    return set(run.scores.filter(QUEUED)["ring_id"].drop_nulls())


def _whole(run: Results, other: Results, told: pl.DataFrame, fate: str) -> int:
    """Cases that only one of the runs has: all of their accounts in a queue entered, or left."""
    case = pl.coalesce("ring_id", "account_id")
    queued, known = (
        one.scores.filter(QUEUED).select("account_id", case=case) for one in (run, other)
    )
    found = queued.join(told.select("account_id", "fate"), on="account_id").group_by("case")
    whole = found.agg(whole=pl.col("fate").eq(fate).all()).filter("whole")
    return whole.join(known, on="case", how="anti").height
