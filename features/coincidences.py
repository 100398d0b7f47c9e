"""Coincidences of two accounts: lock-step, one after the other, almost one time of sign-up.

No identifier shows these, and strangers meet them by chance; so they tie nobody alone and add
no bits. Beside one rare identifier they are the second, independent thing that a tie takes
(``features.evidence.accepted``).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.blocks import Keep, Rows, each
from features.links.kinds import SIGNUP, SUCCESSION, SYNCHRONY

# Standard deviations: less than one of ten thousand pairs by chance.
LOCKSTEP: Final = 4.0
# Share of all accounts that signed up no farther from either of the two.
RARE_SIGNUP: Final = 0.01
# One begins after at most four idle days of the other, and few of the compared pairs do so.
SOON_AFTER: Final = 0.2
RARE_SUCCESSION: Final = 0.02
SCHEMA: Final = pl.Schema(
    {"a": pl.String(), "b": pl.String(), "kind": pl.String(), "bits": pl.Float64()}
)


def coincidences(moves: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Coincidences of the pairs that are compared.

    Parameters
    ----------
    moves
        ``features.partners.partner_moves``.
    records
        All accounts on record, with ``created_at``.

    Returns
    -------
    pl.DataFrame
        ``SCHEMA``: ``a``, ``b``, ``kind`` and ``bits`` (how unlikely by chance), sorted.
    """
    found = [_lockstep(moves), _successions(moves), _signups(moves, records)]
    return pl.concat(found).sort("a", "b", "kind")


def with_coincidences(
    pairs: Rows, moves: pl.DataFrame, records: pl.DataFrame, keep: Keep = pl.concat
) -> Rows:
    """``pairs`` with ``coincident``: whether a coincidence stands beside their identifiers."""
    found = coincidences(moves, records).select("a", "b", coincident=pl.lit(True)).unique()
    return keep(
        block.drop("coincident", strict=False)
        .join(found, on=["a", "b"], how="left", maintain_order="left")
        .with_columns(pl.col("coincident").fill_null(False))
        for block in each(pairs)
    )


def _lockstep(moves: pl.DataFrame) -> pl.DataFrame:
    """Chernoff's bound on a normal tail, in bits: ``z^2 / (2 ln 2)``."""
    bits = pl.col("lockstep") ** 2 / (2.0 * np.log(2.0))
    found = moves.filter(pl.col("lockstep") >= LOCKSTEP)
    return found.select("a", "b", kind=pl.lit(SYNCHRONY), bits=bits)


def _successions(moves: pl.DataFrame) -> pl.DataFrame:
    share = pl.col("succession").rank("max", descending=True) / pl.len()
    return (
        moves.with_columns(share=share)
        .filter((pl.col("succession") >= SOON_AFTER) & (pl.col("share") <= RARE_SUCCESSION))
        .select("a", "b", kind=pl.lit(SUCCESSION), bits=-pl.col("share").log(2.0))
    )


def _signups(moves: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    ends = _with_signups(moves.select("a", "b"), records)
    near = _as_near(ends, records) if ends.height else np.zeros(0)
    share = pl.Series("share", near / max(records.height, 1))
    return (
        ends.with_columns(share)
        .filter(pl.col("share") <= RARE_SIGNUP)
        .select("a", "b", kind=pl.lit(SIGNUP), bits=-pl.col("share").log(2.0))
    )


def _with_signups(pairs: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    made = records.select("account_id", at=pl.col("created_at").dt.epoch("us"))
    return pairs.join(made.rename({"account_id": "a", "at": "at_a"}), on="a").join(
        made.rename({"account_id": "b", "at": "at_b"}), on="b"
    )


def _as_near(ends: pl.DataFrame, records: pl.DataFrame) -> NDArray[np.float64]:
    """Accounts that signed up as near to one of the two as the other did, the larger count."""
    times = np.sort(records["created_at"].dt.epoch("us").to_numpy())
    a, b = (ends[column].to_numpy() for column in ("at_a", "at_b"))
    apart = np.abs(a - b)
    counts = [
        np.searchsorted(times, at + apart, side="right")
        - np.searchsorted(times, at - apart, side="left")
        for at in (a, b)
    ]
    # The account itself is none of those who came near.
    return np.asarray(np.maximum(*counts) - 1, dtype=np.float64)
