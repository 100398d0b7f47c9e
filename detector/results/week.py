"""What changed since an earlier run: the words of it, and its table.

A row says one thing in one sentence: of an account that entered or left a queue or went to
another, of a case that rose or fell, of a ring that grew, shrank, fell apart or came to be, of a
decision and what came of it. Whoever stays as it was has no row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from detector.results.runparts import RunCapacity, RunWeek
from detector.results.words import QUEUES
from detector.words import ID_LIMIT, listing, plural, visible

#: What rows speak of.
SUBJECTS: Final = ("decision", "account", "case", "ring")
#: What became of them.
MOVES: Final = (
    "decided", "entered", "left", "moved", "risen", "fallen", "grown", "shrunk", "apart", "formed",
)  # fmt: skip
#: Why an account left its queue: the first that holds.
LEAVING: Final = (
    "gone", "closed", "confirmed_proxy", "confirmed_victim", "cleared", "appeal", "answered",
    "unasked", "ring", "overtaken", "families", "signs", "evidence",
)  # fmt: skip
#: One reason why an account entered a queue: the first that holds; there may be others.
ENTERING: Final = ("new", "reopened", "near", "asked", "ring", "families", "signs", "evidence")
#: ``cause`` is of LEAVING, of ENTERING or a decision; ``accounts`` are those that joined or
#: parted, those that were decided, or a case's; ``rank`` is a case's place in the review, too.
WEEK_SCHEMA: Final = pl.Schema(
    {
        "subject": pl.Enum(SUBJECTS), "name": pl.String(), "move": pl.Enum(MOVES),
        "case": pl.String(), "queue": pl.Enum(QUEUES), "before": pl.Enum(QUEUES),
        "rank": pl.Int64(), "rank_before": pl.Int64(), "size": pl.Int64(),
        "size_before": pl.Int64(), "cause": pl.String(), "accounts": pl.List(pl.String()),
        "said": pl.String(),
    }
)  # fmt: skip


_CASES: Final = {"new": ("is new", "are new"), "left": ("left", "left"),
                 "risen": ("rose", "rose"), "fallen": ("fell", "fell")}  # fmt: skip
_RINGS: Final = {"grown": "grew", "shrunk": "shrank", "apart": "fell apart", "formed": "came to be"}


def of(table: pl.DataFrame, subject: str, *moves: str) -> pl.DataFrame:
    """Rows about one kind of thing, of some moves, in their order."""
    return table.filter((pl.col("subject") == subject) & pl.col("move").is_in(moves))


def sentences(week: RunWeek) -> list[str]:
    """How much changed, in a few sentences."""
    entered, left, moved, stayed = (
        week.accounts.get(name, 0) for name in ("entered", "left", "moved", "stayed")
    )
    told = [
        f"Since {week.since:%Y-%m-%d %H:%M} UTC {plural(entered, 'account')} entered a queue, "
        f"{left:,} left one, {stayed:,} stayed" + _also(moved) + "."
    ]
    if not week.same_model:
        told.append("Another model scored then; scores are not compared, only queues and rings.")
    cases = _some(week.cases, _CASES)
    if cases:
        words = [f"{count:,} {_CASES[name][count != 1]}" for name, count in cases.items()]
        told.append(f"Cases: {listing(words)}.")
    rings = [f"{count:,} {_RINGS[name]}" for name, count in _some(week.rings, _RINGS).items()]
    if rings:
        told.append(f"Rings in review: {listing(rings)}.")
    return told


def capacity_sentence(capacity: RunCapacity) -> str:
    """What fits into a capacity, and what waits."""
    alone = "The policy queue is not counted."
    if not capacity.waiting:
        fit = f"All {capacity.fit:,} cases fit" if capacity.fit > 1 else "The one case fits"
        fit = fit if capacity.fit else "No case waits for a review"
        return f"{fit}. {alone}"
    one = capacity.waiting == 1
    wait = "more case waits: it is" if one else "more cases wait, the first of these is"
    fit = "The first case fits" if capacity.fit == 1 else f"The first {capacity.fit:,} cases fit"
    if not capacity.fit:
        fit, wait = "No case fits", wait.replace("more ", "")
    first = visible(capacity.first_waiting or "", ID_LIMIT)
    return f"{fit}; {capacity.waiting:,} {wait} {first}. {alone}"


def _some(counts: Mapping[str, int], names: Mapping[str, object]) -> dict[str, int]:
    """Counts that are not zero, in the order of the names."""
    return {name: counts[name] for name in names if counts.get(name)}


def _also(moved: int) -> str:
    return f", {moved:,} went to another queue" if moved else ""
