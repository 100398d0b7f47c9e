"""Teach a prior from simulated log folders with their truth beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector import modelfolder
from detector.errors import DataError, UsageError
from detector.pipeline.binding import specs
from detector.pipeline.engine import Engine, LocalEngine
from detector.pipeline.prepare import Prepared, Progress, Stages
from detector.pipeline.training import taught_world
from detector.sources import Source, read_logs
from features.build import REGISTRY
from features.tables import lessons
from models.account.prior import Prior, TaughtWorld, teach

# Each world is taught a second time without these tables, so that a provider who lacks them
# is served by leaves that have seen their absence.
ABSENT: Final = lessons()


@dataclass(frozen=True)
class Lesson:
    """A simulated world and what is true of it: account_id, is_proxy, typology and ring_id.

    ``make`` names who made it; see `models.account.prior.TaughtWorld`.
    """

    source: Source
    truth: pl.DataFrame
    make: str = ""

    @classmethod
    def of(cls, folder: Path, make: str = "") -> Lesson:
        """A log folder with its truth beside it (``LOGS.truth.parquet``).

        Raises
        ------
        DataError
            Where the truth is missing.
        """
        return cls(read_logs(folder), _truth(folder), make)


def teach_prior(
    lessons: Sequence[Lesson],
    *,
    seed: int = 0,
    left_out: Sequence[str] = (),
    progress: Progress | None = None,
    engine: Engine | None = None,
) -> Prior:
    """Learn a prior from simulated worlds.

    Parameters
    ----------
    left_out
        Typology ids whose accounts are neither planted nor ordinary for the lesson.

    Raises
    ------
    DataError
        Where the worlds hold nothing to learn.
    """
    stages, worker = Stages(progress), engine or LocalEngine()
    worlds: list[TaughtWorld] = []
    for at, lesson in enumerate(lessons):
        if progress:
            progress(f"world {at + 1} of {len(lessons)}", 0.8 * at / len(lessons))
        prepared = worker.prepare(lesson.source, None, Stages())
        twice = taught_twice(
            prepared, lesson.truth, at, make=lesson.make, left_out=left_out, seed=seed
        )
        worlds += twice
    with stages.stage("teach", 0.8):
        try:
            return teach(worlds, specs(), seed=seed)
        except ValueError as error:
            raise DataError(f"nothing can be taught from these worlds: {error}") from error


def taught_twice(
    prepared: Prepared,
    truth: pl.DataFrame,
    number: int,
    *,
    make: str = "",
    left_out: Sequence[str] = (),
    seed: int = 0,
) -> list[TaughtWorld]:
    """A world as it is, and as a provider sees it who lacks some tables: in turn by ``number``."""
    world = replace(_world(prepared, truth, left_out, seed), make=make)
    return [world, _without(world, ABSENT[number % len(ABSENT)])]


def save_prior(prior: Prior, model: Path, name: str, *, worlds: Sequence[str]) -> Path:
    """Store a prior under a name with a model; returns its folder.

    Raises
    ------
    UsageError
        Where the name cannot be a prior's.
    """
    if name == modelfolder.UNTAUGHT:
        raise UsageError(f"'{name}' is the label-free model itself; choose another name")
    meta = {"name": name, "worlds": list(worlds)}
    try:
        return modelfolder.write_prior(model, name, prior, meta)
    except ValueError as error:
        raise UsageError(str(error)) from error


def _truth(folder: Path) -> pl.DataFrame:
    path = folder.with_name(f"{folder.name}.truth.parquet")
    if not path.is_file():
        raise DataError(
            f"'{path}' not found; teaching needs simulated logs with their truth beside them, "
            "as `enduse simulate` writes them"
        )
    return pl.read_parquet(path, columns=["account_id", "is_proxy", "typology", "ring_id"])


def _world(
    prepared: Prepared, truth: pl.DataFrame, left_out: Sequence[str], seed: int
) -> TaughtWorld:
    joined = prepared.table.select("account_id").join(
        truth, on="account_id", how="left", maintain_order="left"
    )
    proxy = joined["is_proxy"].fill_null(False).to_numpy()
    # A proxy without a ring is a ring of its own.
    ring = pl.coalesce("ring_id", pl.format("alone {}", "account_id")).rank("dense")
    planted = np.where(proxy, joined.select(ring.cast(pl.Int64)).to_series().to_numpy(), -1)
    world = taught_world(prepared, planted, seed=seed)
    hidden = joined["typology"].is_in(list(left_out)).fill_null(False).to_numpy() & proxy
    return _only(world, ~hidden) if hidden.any() else world


def _only(world: TaughtWorld, keep: NDArray[np.bool_]) -> TaughtWorld:
    """The world without some accounts and without the rings these were in."""
    rings = len(world.shape["size"])
    touched = np.unique(world.ring_of[~keep & (world.ring_of >= 0)])
    gone = keep & ~np.isin(world.ring_of, touched)
    number = np.full(rings + 1, -1, dtype=np.int64)
    kept = np.setdiff1d(np.arange(rings), touched)
    number[kept] = np.arange(len(kept))
    return replace(
        world,
        directed=world.directed[gone],
        planted=world.planted[gone],
        ring_of=number[world.ring_of[gone]],
        shape={name: values[kept] for name, values in world.shape.items()},
    )


def _without(world: TaughtWorld, tables: Sequence[str]) -> TaughtWorld:
    """The same world as a provider without these tables would see it."""
    missing = [bool(set(feature.inputs) & set(tables)) for feature in REGISTRY]
    directed = world.directed.copy()
    directed[:, np.array(missing)] = np.nan
    return replace(world, directed=directed)
