"""What the rollups of a run add up to, for ``run.json``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

import polars as pl

from features.rollups import Rollups
from features.shapes import SHAPES
from features.tables import Facts
from features.totals import gpu_amounts, hours_of, tokens

# Rollups of which no more than so many rows are kept of an account.
BOUNDED: Final = ("distinct", "links")
_MAPPED: Final = ("unknown_rows", "guessed_rows", "unmapped_rows")
_TOKENS: Final = ("input_tokens", "output_tokens")


@dataclass(frozen=True)
class RunSums:
    """What all accounts used, and how it could be read.

    Attributes
    ----------
    gpu_hours
        By GPU model.
    input_tokens, output_tokens
        Of model use, or of charges where an account has none.
    unknown_rows, guessed_rows, unmapped_rows
        Charges of accelerators that the catalogue does not know, that were mapped by their text
        alone, and that are in no time.
    full
        The accounts and kinds of which rows may have been left out, by rollup (``BOUNDED``).
    ends
        The last time of each table that has one, in ISO 8601.
    """

    gpu_hours: dict[str, float]
    input_tokens: int
    output_tokens: int
    unknown_rows: int
    guessed_rows: int
    unmapped_rows: int
    full: dict[str, pl.DataFrame]
    ends: dict[str, str]

    @classmethod
    def of(cls, rollups: Rollups) -> RunSums:
        """Those of a run."""
        used, sums = [], []
        for piece in rollups.pieces("usage", "model"):
            used.append(gpu_amounts(piece["usage"], []))
            counted = tokens(piece, ["account_id"]).select(_TOKENS).sum()
            sums.append(counted.hstack(piece["usage"].select(_MAPPED).sum()))
        told = pl.concat(sums).sum().row(0, named=True)
        full = {name: rollups.of_pieces(partial(_full, name), name) for name in BOUNDED}
        hours = dict(hours_of(pl.concat(used), []).iter_rows())
        return cls(gpu_hours=hours, full=full, ends=_ends(rollups), **told)


def _full(name: str, rollups: Rollups) -> pl.DataFrame:
    return SHAPES[name].full(rollups[name])


def _ends(rollups: Rollups) -> dict[str, str]:
    found = {}
    for table, (name, column) in Facts(lambda table: table.watermark).items():
        times = [piece[name].select(pl.col(column).max()) for piece in rollups.pieces(name)]
        end = pl.concat(times).max().item()
        if end is not None:
            found[table] = end.isoformat()
    return found
