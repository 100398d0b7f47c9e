"""How scores spread over all accounts, and which of them are rare among their peers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl
from markupsafe import Markup

from detector.report import svg
from detector.words import plural

BINS: Final = 50
WIDTH: Final = 760.0
HEIGHT: Final = 190.0
LEFT: Final = 64.0
TOP: Final = 22.0
BASE: Final = 152.0


@dataclass(frozen=True)
class Spread:
    """Accounts by score, and those of them at or below alpha; the last bin holds score 1."""

    every: tuple[int, ...]
    rare: tuple[int, ...]
    alpha: float

    @property
    def band(self) -> int | None:
        """First bin with an account at or below alpha; None where there is none."""
        return next((index for index, count in enumerate(self.rare) if count), None)


def spread(scores: pl.DataFrame, alpha: float) -> Spread:
    """Count `scores` (columns score and p_value) in equal bins from 0 to 1."""
    held = scores.select("score", "p_value").filter(pl.col("score").is_finite())
    place = (pl.col("score") * BINS).floor().clip(0, BINS - 1).cast(pl.Int64)
    return Spread(
        _counts(held.select(place.alias("bin"))),
        _counts(held.filter(pl.col("p_value") <= alpha).select(place.alias("bin"))),
        alpha,
    )


def _counts(table: pl.DataFrame) -> tuple[int, ...]:
    found = dict(table.group_by("bin").len().iter_rows())
    return tuple(found.get(index, 0) for index in range(BINS))


def in_words(counts: Spread) -> str:
    """Say what the drawing shows."""
    total, rare = sum(counts.every), sum(counts.rare)
    if not total:
        return "No account was scored."
    middle = next(i for i in range(BINS) if 2 * sum(counts.every[: i + 1]) >= total)
    words = f"{plural(total, 'account')}; half score below {(middle + 1) / BINS:.2f}. "
    if counts.band is None:
        return words + f"No account is at or below alpha ({counts.alpha:g})."
    return words + (
        f"{plural(rare, 'account')} at or below alpha ({counts.alpha:g}), "
        f"all with a score of {counts.band / BINS:.2f} or more."
    )


def draw(counts: Spread) -> Markup:
    """Return the drawing; heights are logarithmic, so that one account still shows."""
    top = max(max(counts.every, default=0), 10)
    parts = [_band(counts), *_grid(top)]
    parts += _bars(counts.every, top, "every")
    parts += _bars(counts.rare, top, "rare")
    parts += [
        svg.label(
            _x(tenth * BINS / 10), BASE + 16, f"{tenth / 10:.1f}", anchor="middle", style="t q"
        )
        for tenth in range(0, 11, 2)
    ]
    parts.append(svg.label(WIDTH - 8, BASE + 32, "score", anchor="end", style="t q"))
    parts.append(svg.label(LEFT, 10, "accounts (logarithmic)", style="t q"))
    return svg.drawing("spread", WIDTH, HEIGHT, "Scores of all accounts", in_words(counts), *parts)


def _x(place: float) -> float:
    return LEFT + place * (WIDTH - LEFT - 16) / BINS


def _height(count: float, top: int) -> float:
    return (
        0.0 if count <= 0 else (math.log10(count) + 0.35) / (math.log10(top) + 0.35) * (BASE - TOP)
    )


def _bars(counts: Sequence[int], top: int, style: str) -> list[Markup]:
    return [
        svg.element(
            "rect",
            x=_x(index) + 0.5,
            y=BASE - _height(count, top),
            width=_x(1) - _x(0) - 1,
            height=_height(count, top),
            class_=style,
        )
        for index, count in enumerate(counts)
        if count
    ]


def _band(counts: Spread) -> Markup:
    if counts.band is None:
        return Markup("")
    start = _x(counts.band)
    box = svg.element(
        "rect", x=start, y=TOP - 6, width=_x(BINS) - start, height=BASE - TOP + 6, class_="band"
    )
    words = f"p ≤ {counts.alpha:g} occurs from here"
    near_right = counts.band > BINS * 0.7
    anchor, x = ("end", start - 6) if near_right else ("start", start + 5)
    return box + svg.label(x, TOP + 6, words, anchor=anchor, style="t a")


def _grid(top: int) -> list[Markup]:
    parts = [svg.line(LEFT, BASE, WIDTH - 16, BASE, "axis")]
    for power in range(int(math.log10(top)) + 1):
        y = BASE - _height(10**power, top)
        parts.append(svg.line(LEFT, y, WIDTH - 16, y, "grid"))
        parts.append(svg.label(LEFT - 6, y + 4, f"{10**power:,}", anchor="end", style="t q"))
    return parts
