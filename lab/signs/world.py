"""Small worlds of innocents to plant signs in."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from detector.simulate import simulate
from detector.sources import read_logs
from lab.signs.trial import World
from lessons import MAKES, maker

OWN_MAKE = "simulate"
MAKERS = (*MAKES, OWN_MAKE)


def small_world(make: str, folder: Path, *, accounts: int = 300, seed: int = 5) -> World:
    """A world of forty days in which nothing is planted, of one of ``MAKERS``.

    Parameters
    ----------
    make
        A name of ``MAKERS``.
    folder
        Where its log folder is written.
    accounts, seed
        Of the world.
    """
    make_world = simulate if make == OWN_MAKE else maker(make)
    truth = make_world("clean", accounts, 40, seed, folder / make)
    logs = read_logs(folder / make)
    return World.of({name: rows.collect() for name, rows in logs.items()},
                    pl.read_parquet(truth), logs.as_of)  # fmt: skip
