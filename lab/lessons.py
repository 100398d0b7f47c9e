"""Worlds to teach with: which ones, made and read once, and kept for the next time."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from detector.pipeline.binding import specs
from detector.pipeline.prepare import Stages, prepare
from detector.pipeline.teaching import taught_twice
from detector.simulate import simulate
from detector.sources import read_logs
from lessons import MAKES, maker
from models.account.prior import TaughtWorld
from models.account.rings import SHAPE_FEATURES

OWN: Final = "simulate"
"""The make of `enduse simulate`, beside those of ``lessons``."""
EVERY: Final = (*MAKES, OWN)


@dataclass(frozen=True)
class Plan:
    """One world of some make; ``settings`` are those of `enduse simulate` alone."""

    make: str
    preset: str
    accounts: int
    days: int
    seed: int
    settings: Mapping[str, float] = field(default_factory=dict)

    def write(self, out: Path, *, judged: bool) -> Path:
        """Write the world's logs; returns where its truth is.

        Worlds that are ``judged`` come from other ranges of parameters than those that teach.
        """
        where = self.preset, self.accounts, self.days, self.seed, out
        if self.make == OWN:
            ranges = "test" if judged else "dev"
            return simulate(*where, ranges=ranges, settings=dict(self.settings))
        return maker(self.make)(*where, ranges="test" if judged else "train")

    @property
    def name(self) -> str:
        """Says everything: worlds of one name are the same."""
        words = [f"{key}{value:g}" for key, value in sorted(self.settings.items())]
        size = f"{self.accounts}x{self.days}"
        return "-".join([self.make, self.preset, str(self.seed), size, *words])


def taught(
    plans: Sequence[Plan], kept: Path, *, processes: int = 2, told: Callable[[str], None] = print
) -> list[tuple[Plan, TaughtWorld]]:
    """Every world as it is and as a provider sees it who lacks some tables.

    Parameters
    ----------
    plans
        Worlds; the place in the list decides which tables the second telling lacks.
    kept
        Folder where lessons are kept for as long as the features are the same.
    processes
        Worlds that are made at once.
    told
        Is told of each lesson that is there.
    """
    folder = kept / _version()
    folder.mkdir(parents=True, exist_ok=True)
    numbered = list(enumerate(plans))
    found = []
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for plan, files in zip(plans, pool.map(partial(_kept, folder), numbered), strict=True):
            told(plan.name)
            found += [(plan, replace(_read(file), make=plan.make)) for file in files]
    return found


def of_makes(
    lessons: Iterable[tuple[Plan, TaughtWorld]], makes: Iterable[str]
) -> list[TaughtWorld]:
    """The lessons of some makes."""
    wanted = set(makes)
    return [world for plan, world in lessons if plan.make in wanted]


def _version() -> str:
    """What lessons depend on beside their plan: columns of accounts and of rings."""
    return hashlib.sha256(repr((specs(), SHAPE_FEATURES)).encode()).hexdigest()[:12]


def _kept(folder: Path, numbered: tuple[int, Plan]) -> list[Path]:
    number, plan = numbered
    files = [folder / f"{number}-{plan.name}-{telling}.npz" for telling in range(2)]
    if not all(file.exists() for file in files):
        with tempfile.TemporaryDirectory() as scratch:
            out = Path(scratch) / "logs"
            truth = pl.read_parquet(plan.write(out, judged=False))
            prepared = prepare(read_logs(out), None, Stages())
        for file, world in zip(files, taught_twice(prepared, truth, number), strict=True):
            _write(world, file)
    return files


def _write(world: TaughtWorld, file: Path) -> None:
    arrays: dict[str, Any] = {f"shape.{name}": values for name, values in world.shape.items()}
    arrays |= {"directed": world.directed, "planted": world.planted, "ring_of": world.ring_of}
    unfinished = file.with_suffix(".part.npz")
    np.savez(unfinished, allow_pickle=False, **arrays)
    unfinished.rename(file)


def _read(file: Path) -> TaughtWorld:
    with np.load(file, allow_pickle=False) as stored:
        parts = dict(stored)
    shape = {name: parts.pop(f"shape.{name}") for name in SHAPE_FEATURES}
    return TaughtWorld(shape=shape, **parts)
