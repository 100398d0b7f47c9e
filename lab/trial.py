"""A simulated world made ready for many detectors: tables read and features built once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from detector.evaluate.judge import Judgement, judge
from detector.modelfolder import UNTAUGHT
from detector.pipeline.prepare import Prepared, Stages, prepare
from detector.pipeline.run import Asked, assess, choose
from detector.pipeline.scoring import assemble
from detector.pipeline.training import shipped_priors, train
from detector.sources import Logs, read_logs
from features.build import REGISTRY
from lab.generic import generic_features, spend
from lab.rules import llmjacking_points

ALPHA: Final = 0.01
LINKAGE: Final = "F11"
_TIME: Final = pl.Datetime("us", "UTC")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Trial:
    """One world: its logs, what was computed of them, and its truth.

    ``features`` and ``generic`` are (accounts, columns) in the order of ``accounts``; NaN is
    missing.
    """

    preset: str
    seed: int
    logs: Logs
    prepared: Prepared
    truth: pl.DataFrame

    @property
    def accounts(self) -> pl.Series:
        """Account ids in the order of every array."""
        return self.prepared.table["account_id"]

    @property
    def as_of(self) -> datetime:
        """The time at which the world is looked at."""
        return self.prepared.rollups.as_of

    @property
    def features(self) -> Floats:
        """The detector's own features."""
        return self.prepared.values

    @cached_property
    def generic_table(self) -> pl.DataFrame:
        """The generic features of the baselines, by name."""
        table = generic_features(self.logs, self.prepared.table, self.as_of)
        return table.drop("account_id")

    @property
    def generic(self) -> Floats:
        """The generic features of the baselines."""
        return _matrix(self.generic_table)

    @cached_property
    def totals(self) -> Floats:
        """Spend, GPU-hours, TPP-hours and tokens as they are."""
        names = [
            "a100_hours", "h100_hours", "controlled_gpu_hours", "tpp_hours", "input_tokens",
            "output_tokens",
        ]  # fmt: skip
        return np.column_stack([self.spend, _matrix(self.prepared.table.select(names))])

    @cached_property
    def spend(self) -> Floats:
        """Effective cost by account; 0 without a row."""
        return self._beside(spend(self.logs, self.as_of), "spend")

    @cached_property
    def llmjacking(self) -> Floats:
        """Points of the published rules by account."""
        return self._beside(llmjacking_points(self.logs, self.as_of), "points")

    @cached_property
    def proxy(self) -> npt.NDArray[np.bool_]:
        """Truth: is the account a proxy."""
        told = self.accounts.to_frame().join(
            self.truth.select("account_id", "is_proxy"),
            on="account_id",
            how="left",
            maintain_order="left",
        )
        return told["is_proxy"].fill_null(False).to_numpy()

    @cached_property
    def planted(self) -> list[str | None]:
        """Truth: the planted ring of each account, a proxy on its own is a ring of one."""
        named = pl.when("is_proxy").then(pl.coalesce("ring_id", "account_id"))
        told = self.truth.select("account_id", planted=named)
        mine = self.accounts.to_frame().join(
            told, on="account_id", how="left", maintain_order="left"
        )
        return mine["planted"].to_list()

    @cached_property
    def links(self) -> pl.DataFrame | None:
        """The table of identifiers, if the world has one."""
        if "account_links" not in self.logs:
            return None
        columns = ("account_id", "kind", "value_hash")
        return self.logs["account_links"].select(columns).collect()

    def _beside(self, found: pl.DataFrame, column: str) -> Floats:
        joined = self.accounts.to_frame().join(
            found, on="account_id", how="left", maintain_order="left"
        )
        return joined[column].fill_null(0).cast(pl.Float64).to_numpy()

    def judge(self, scores: pl.DataFrame, capacity: int) -> Judgement:
        """Judge scores of this world."""
        return judge(scores, self.truth, capacity, links=self.links)

    def judge_array(self, score: Floats, capacity: int) -> Judgement:
        """Judge one score per account, every account its own case."""
        return self.judge(pl.DataFrame({"account_id": self.accounts, "score": score}), capacity)


def open_trial(folder: Path, preset: str, seed: int, *, as_of: datetime | None = None) -> Trial:
    """Read a simulated world and build its features.

    Parameters
    ----------
    folder : Path
        The log folder; its truth is ``FOLDER.truth.parquet``.
    preset, seed
        What it was made with, kept as names.
    as_of : datetime, optional
        Look at it as of then.

    Raises
    ------
    DataError
        If the logs cannot be read.
    """
    logs = read_logs(folder, as_of)
    truth = pl.read_parquet(folder.with_name(f"{folder.name}.truth.parquet"))
    return Trial(preset, seed, logs, prepare(logs, as_of, Stages()), truth)


def run_detector(
    trial: Trial,
    *,
    seed: int = 0,
    without: Collection[str] = (),
    threads: int = 1,
    prior: str | None = None,
) -> pl.DataFrame:
    """Train on a world and score it, as ``score`` without a model does.

    Parameters
    ----------
    trial : Trial
    seed : int
        Seed of the forest.
    without : families left out, as if their tables were absent; F11 takes the rings along.
    threads : int
        Changes no bit of the scores.
    prior : name of the prior, ``none`` for the label-free forests; default: the shipped one.

    Returns
    -------
    pl.DataFrame
        The score table of the data contract.
    """
    prepared = _without(trial.prepared, without) if without else trial.prepared
    priors = {} if prior == UNTAUGHT else shipped_priors()
    trained = train(prepared, seed=seed, threads=threads, priors=priors)
    asked = Asked(alpha=ALPHA, seed=seed, threads=threads, prior=prior)
    case = choose(trained, prepared, asked).case
    return assemble(prepared, assess(case, prepared, asked))[0]


def _without(prepared: Prepared, families: Collection[str]) -> Prepared:
    gone = np.array([feature.family in families for feature in REGISTRY])
    values = np.where(gone, np.nan, prepared.values)
    if LINKAGE not in families:
        return replace(prepared, values=values)
    alone = np.full_like(prepared.ring_of, -1)
    return replace(prepared, values=values, rings=prepared.rings.clear(), ring_of=alone)


def first_use(logs: Logs) -> pl.DataFrame:
    """Time of each account's first usage row or model call."""
    starts = [
        logs["usage"].select(
            pl.coalesce("SubAccountId", "BillingAccountId").alias("account_id"),
            pl.col("ChargePeriodStart").alias("first_use"),
        )
    ]
    if "model_usage" in logs:
        starts.append(logs["model_usage"].select("account_id", pl.col("start").alias("first_use")))
    earliest = [s.group_by("account_id").agg(pl.col("first_use").min()).collect() for s in starts]
    return (
        pl.concat(earliest)
        .group_by("account_id")
        .agg(pl.col("first_use").min().cast(_TIME))
        .sort("account_id")
    )


def _matrix(frame: pl.DataFrame) -> Floats:
    return frame.select(pl.all().cast(pl.Float64).fill_null(float("nan"))).to_numpy()
