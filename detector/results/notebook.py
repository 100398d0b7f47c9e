"""A run as a notebook shows it: one line, and two small tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

import polars as pl

from detector.results.words import LANE_B_QUEUES, QUEUES
from detector.words import plural, visible

# Cases that a notebook shows.
SHOWN: Final = 10
_TEXT: Final = 160
_CASE: Final = ("Rank", "Case", "Accounts", "Queue", "Score", "Why")


def line(scores: pl.DataFrame, rings: pl.DataFrame, asides: Sequence[str] = ()) -> str:
    """A run in one line: what was scored, what stands in which queue, and what to look at."""
    asked = [f"{queue} {count}" for queue, count in counted(scores) if queue != "none" and count]
    queues = ", ".join(asked) or "empty"
    told = (
        f"{plural(scores.height, 'account', 'accounts')}, "
        f"{plural(rings.height, 'ring', 'rings')}; queues: {queues}"
    )
    return f"<Results: {'; '.join((told, *asides))}>"


def counted(scores: pl.DataFrame) -> list[tuple[str, int]]:
    """How many accounts stand in each queue, in the order of the queues."""
    held = scores["queue"].cast(pl.String).to_list()
    return [(queue, held.count(queue)) for queue in QUEUES]


def page(scores: pl.DataFrame, rings: pl.DataFrame, asides: Sequence[str] = ()) -> str:
    """The same as HTML: accounts by queue, and the first cases."""
    queues = _table(("Queue", "Accounts"), counted(scores))
    cases = _table(_CASE, _cases(scores))
    return f"<p>{escape(line(scores, rings, asides)[1:-1])}</p>{queues}{cases}"


def _cases(scores: pl.DataFrame) -> Iterator[Sequence[object]]:
    """The first cases: rings, or accounts without one, by their first account."""
    case = pl.coalesce("ring_id", "account_id").alias("case")
    asked = scores.filter(pl.col("queue") != "none").with_columns(case)
    first = asked.sort("rank", "account_id").group_by("case", maintain_order=True)
    found = first.agg(pl.len().alias("accounts"), pl.all().first()).head(SHOWN)
    for row in found.iter_rows(named=True):
        yield (
            row["rank"], row["case"], row["accounts"], row["queue"], f"{row['score']:.3f}",
            _why(row),
        )  # fmt: skip


def _why(row: Mapping[str, Any]) -> str:
    """The strongest reason; where behaviour did not ask, what did."""
    if row["queue"] not in LANE_B_QUEUES:
        return row.get("queue_reason") or ""
    named = (reason["text"] for reason in row["reasons"] if reason["feature"] is not None)
    return next(named, "")


def _table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    head = "".join(f"<th>{name}</th>" for name in names)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(visible(cell, _TEXT))}</td>' for cell in row)}</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
