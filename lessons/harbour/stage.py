"""What a world is made on: its dates, its releases, its dials, and its tree of random numbers."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Span = tuple[float, float]

PRESETS = ("standard", "clean", "volume_matched", "no_access", "poison")


@dataclass(frozen=True)
class Dials:
    """Ranges that differ between worlds to learn from and worlds to judge on."""

    boost: Span  # how much more a proxy uses than its twin
    steady: Span  # share of a steady account's use that knows no hour
    pooled_keys: Span  # keys of a relay
    relay_users: Span  # end users behind a relay
    ring_noise: Span  # content beside a ring's own templates
    pivot_hours: Span  # from a release to the first call of those who wait for it
    pivot: Span  # what harvesters move to the new model
    change_hours: Span  # between the changes of a hand-over
    stint_days: Span  # how long a budget lasts
    adopt_days: Span  # until others try a new model
    demand: Span  # level of everybody's demand
    length: Span  # tokens of everybody's requests


DIALS = {
    "train": Dials(
        (1.5, 2.3), (0.7, 0.82), (6, 12), (30, 120), (0.6, 1.4), (1, 9), (0.45, 0.6), (3, 20),
        (10, 20), (12, 20), (0.85, 1.05), (0.8, 1.05),
    ),
    "test": Dials(
        (2.4, 3.4), (0.84, 0.95), (13, 24), (130, 400), (1.5, 2.4), (10, 22), (0.62, 0.8), (21, 55),
        (21, 34), (21, 32), (1.06, 1.3), (1.06, 1.3),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """One world's frame. Hours and days count from ``start``, 0 to ``hours`` and ``days``."""

    preset: str
    accounts: int
    days: int
    seed: int
    ranges: str
    start: datetime
    releases: tuple[int, int]

    @property
    def hours(self) -> int:
        """Hours of the world."""
        return self.days * 24

    @property
    def dials(self) -> Dials:
        """The ranges of this world."""
        return DIALS[self.ranges]

    @property
    def epoch(self) -> int:
        """Second at which the world starts."""
        return int(self.start.timestamp())

    @property
    def drift(self) -> int:
        """First hour at which a proxy shows itself: 0, or two thirds into a poisoned world."""
        return self.hours * 2 // 3 if self.preset == "poison" else 0

    def rng(self, name: str) -> np.random.Generator:
        """Give the branch of random numbers that one part of the world draws from."""
        branch = (zlib.crc32(name.encode()), PRESETS.index(self.preset), len(self.ranges))
        size = (self.accounts, self.days)
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=branch + size))


def set_stage(preset: str, accounts: int, days: int, seed: int, ranges: str) -> Stage:
    """Check the arguments and date the world.

    Raises
    ------
    ValueError
        If preset or ranges are unknown, or the world is too small for its groups.
    """
    if preset not in PRESETS:
        raise ValueError(f"preset is {preset!r}; one of {', '.join(PRESETS)}")
    if ranges not in DIALS:
        raise ValueError(f"ranges is {ranges!r}; one of {', '.join(DIALS)}")
    if accounts < 150 or days < 14:
        raise ValueError("a world needs 150 accounts and 14 days at least")
    bare = Stage(preset, accounts, days, seed, ranges, datetime(2026, 2, 2, tzinfo=UTC), (0, 0))
    draw = bare.rng("stage")
    start = bare.start + timedelta(days=int(draw.integers(0, 70)))
    first, second = (int(bare.hours * draw.uniform(*at)) for at in ((0.2, 0.45), (0.7, 0.85)))
    return Stage(preset, accounts, days, seed, ranges, start, (first, second))


def uniform(draw: np.random.Generator, span: Span) -> float:
    """Draw one number of a range."""
    return float(draw.uniform(*span))


def hexes(draw: np.random.Generator, count: int) -> list[str]:
    """Draw keyed hashes: 32 hexadecimal digits each."""
    text = draw.bytes(16 * count).hex()
    return [text[i * 32 : i * 32 + 32] for i in range(count)]
