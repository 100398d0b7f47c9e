"""Parity of review: who is looked at more often, and whether the numbers suffice to say so.

The groups (declared country, customer class) are joined here for the audit alone and never
reach a score. A table says "inconclusive", never "pass", where it has too few accounts to
see a gap.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from detector.errors import DataError

# Groups of fewer accounts are not shown by themselves.
LEAST_ACCOUNTS: Final = 20
# Two-sided 5 %, power 80 %.
Z_LEVEL: Final = 1.96
Z_POWER: Final = 0.84
GAP: Final = 2.0
ARCHETYPE_CAP: Final = 3.0
SMALL: Final = "(small groups together)"
UNKNOWN: Final = "(not declared)"

Floats = npt.NDArray[np.float64]


def wilson(hits: float, total: float, z: float = Z_LEVEL) -> tuple[float, float]:
    """Interval of a share (Wilson 1927): holds where hits are few or none.

    Examples
    --------
    >>> low, high = wilson(20, 100)
    >>> round(low, 3), round(high, 3)
    (0.133, 0.289)
    >>> wilson(0, 0)
    (0.0, 1.0)
    """
    if total <= 0:
        return 0.0, 1.0
    share = hits / total
    middle = share + z * z / (2 * total)
    reach = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)


def accounts_needed(base: float, gap: float = GAP) -> int | None:
    """Accounts in each of two groups that show a gap in eight of ten audits.

    Two shares, ``base`` and ``gap`` times that, compared at the two-sided 5 % level (Fleiss,
    Levin and Paik 2003, eq. 4.14). None where no number would do: no share at all, or one
    that cannot be ``gap`` times as high.

    Examples
    --------
    >>> [accounts_needed(0.005, gap) for gap in (1.5, 2.0, 3.0)]
    [15581, 4668, 1551]
    """
    other = base * gap
    if base <= 0 or other >= 1 or gap == 1:
        return None
    mean = (base + other) / 2
    null = Z_LEVEL * math.sqrt(2 * mean * (1 - mean))
    real = Z_POWER * math.sqrt(base * (1 - base) + other * (1 - other))
    return round(((null + real) / (other - base)) ** 2)


def parity(
    groups: pl.Series, reviewed: Floats, *, least: int = LEAST_ACCOUNTS, gap: float = GAP
) -> pl.DataFrame:
    """Review rate of each group beside that of everybody else.

    Parameters
    ----------
    groups : (n,) the group of each account; null is a group of its own.
    reviewed : (n,) 1 where the account is reviewed, 0 where not; a chance where places tie.
        Of innocent accounts alone, the rates are false-positive rates.
    least : groups of fewer accounts are put together and never shown by themselves.
    gap : the ratio of two rates that the table must be able to see.

    Returns
    -------
    DataFrame
        group, accounts, reviewed, rate, low, high (95 %, Wilson), rest_rate, ratio (null
        where nobody else is reviewed), needed (accounts for ``gap`` at the rate of all; null
        where none suffice), verdict: ``higher`` or ``lower`` (than the rest, beyond chance
        with as many groups asked), ``inconclusive`` (too few accounts to see ``gap``), else
        ``no such gap``. Sorted by rate, highest first.

    Raises
    ------
    DataError
        If the two differ in length or there are fewer than ``least`` accounts.
    """
    if groups.len() != reviewed.size or groups.len() < least:
        raise DataError(
            f"parity: {groups.len()} groups and {reviewed.size} reviews; expected one of each "
            f"for every account, and {least} accounts or more"
        )
    named = groups.cast(pl.String).fill_null(UNKNOWN).alias("group")
    counted = (
        pl.DataFrame({"group": named, "reviewed": reviewed})
        .group_by("group")
        .agg(pl.len().alias("accounts"), pl.col("reviewed").sum())
    )
    shown = _together(counted, least)
    total, hits = float(reviewed.size), float(reviewed.sum())
    needed = accounts_needed(hits / total, gap)
    z = _z(shown.height)
    rows = [_beside_the_rest(row, total, hits, needed, z) for row in shown.to_dicts()]
    return pl.DataFrame(rows, schema=_SCHEMA).sort("rate", "group", descending=[True, False])


_SCHEMA: Final = pl.Schema(
    {
        "group": pl.String(), "accounts": pl.Int64(), "reviewed": pl.Float64(),
        "rate": pl.Float64(), "low": pl.Float64(), "high": pl.Float64(),
        "rest_rate": pl.Float64(), "ratio": pl.Float64(), "needed": pl.Int64(),
        "verdict": pl.String(),
    }
)  # fmt: skip


def _together(counted: pl.DataFrame, least: int) -> pl.DataFrame:
    """Put the smallest groups together until none that is shown is below ``least``.

    The groups together must reach it too: else what is left of the total would tell them.
    """
    ordered = counted.sort("accounts", "group")
    sizes = ordered["accounts"].to_list()
    small = sum(size < least for size in sizes)
    while small and sum(sizes[:small]) < least:
        small += 1
    if not small:
        return ordered
    pooled = ordered.head(small).select(
        pl.lit(SMALL).alias("group"), pl.col("accounts").sum(), pl.col("reviewed").sum()
    )
    return pl.concat([ordered.tail(ordered.height - small), pooled])


def _z(comparisons: int) -> float:
    """Two-sided 5 % shared out among the comparisons (Bonferroni)."""
    from statistics import NormalDist

    return NormalDist().inv_cdf(1 - 0.025 / max(comparisons, 1))


def _beside_the_rest(
    row: Mapping[str, Any], total: float, hits: float, needed: int | None, z: float
) -> dict[str, Any]:
    own, found = float(row["accounts"]), float(row["reviewed"])
    rest, others = total - own, hits - found
    low, high = wilson(found, own)
    rest_rate = others / rest if rest else None
    return dict(row) | {
        "rate": found / own,
        "low": low,
        "high": high,
        "rest_rate": rest_rate,
        "ratio": found / own / rest_rate if rest_rate else None,
        "needed": needed,
        "verdict": _verdict((found, own), (others, rest), needed, z),
    }


def _verdict(
    group: tuple[float, float], rest: tuple[float, float], needed: int | None, z: float
) -> str:
    """Compare two shares by the interval of their difference (Newcombe 1998, method 10)."""
    if rest[1] <= 0:
        return "inconclusive"
    share, other = group[0] / group[1], rest[0] / rest[1]
    low, high = wilson(*group, z)
    other_low, other_high = wilson(*rest, z)
    if share - other > math.hypot(share - low, other_high - other):
        return "higher"
    if other - share > math.hypot(high - share, other - other_low):
        return "lower"
    if needed is None or min(group[1], rest[1]) < needed:
        return "inconclusive"
    return "no such gap"


def archetype_cap(
    archetypes: Mapping[str, Floats], *, cap: float = ARCHETYPE_CAP, least: int = LEAST_ACCOUNTS
) -> pl.DataFrame:
    """Which kinds of innocent account are reviewed more than ``cap`` times the base rate.

    Parameters
    ----------
    archetypes : accounts and flagged accounts of each archetype, the first two entries of
        ``Judgement.archetypes``; add up those of several worlds.
    cap : largest ratio to the rate of all innocent accounts together.
    least : archetypes of fewer accounts get no word beside "inconclusive".

    Returns
    -------
    DataFrame
        archetype, accounts, flagged, rate, low, high (95 %, Wilson), ratio, verdict:
        ``above`` (the whole interval), ``perhaps above`` (the rate, not the interval),
        ``inconclusive`` (the interval reaches beyond the cap, or too few accounts),
        ``below``. Sorted by rate.
    """
    total = sum((np.asarray(row[:2]) for row in archetypes.values()), start=np.zeros(2))
    base = float(total[1] / total[0]) if total[0] else 0.0
    rows = [
        _archetype(name, float(row[0]), float(row[1]), base, cap, least)
        for name, row in archetypes.items()
    ]
    schema = {
        "archetype": pl.String, "accounts": pl.Int64, "flagged": pl.Float64, "rate": pl.Float64,
        "low": pl.Float64, "high": pl.Float64, "ratio": pl.Float64, "verdict": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema).sort("rate", "archetype", descending=[True, False])


def _archetype(
    name: str, accounts: float, flagged: float, base: float, cap: float, least: int
) -> dict[str, Any]:
    rate = flagged / accounts
    low, high = wilson(flagged, accounts)
    limit = cap * base
    if accounts < least:
        verdict = "inconclusive"
    elif rate > limit:
        verdict = "above" if low > limit else "perhaps above"
    else:
        verdict = "inconclusive" if high > limit else "below"
    return {
        "archetype": name, "accounts": int(accounts), "flagged": flagged, "rate": rate,
        "low": low, "high": high, "ratio": rate / base if base else None, "verdict": verdict,
    }  # fmt: skip
