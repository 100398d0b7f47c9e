"""The week in words: what changed since an earlier run, and what fits into the capacity."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from detector.dossier import Row, fitting
from detector.results.week import capacity_sentence, of, sentences
from detector.words import ID_LIMIT, listing, visible

if TYPE_CHECKING:
    import polars as pl

    from detector.results import Results

ROWS_SHOWN: Final = 20
LINES_SHOWN: Final = 12
NAMES_SHOWN: Final = 4


def overview(results: Results) -> dict[str, Any] | None:
    """What the section shows; None where there is no earlier run and no capacity."""
    run, table = results.run, results.week
    week, capacity = getattr(run, "week", None), getattr(run, "capacity", None)
    if week is None and capacity is None:
        return None
    told: dict[str, Any] = {
        "capacity": None if capacity is None else capacity_sentence(capacity),
        "fits": frozenset(fitting(results, capacity) if capacity else ()),
        "sentences": [] if week is None else sentences(week),
    }
    if week is None or table is None:
        return told | {name: ([], 0) for name in ("decisions", "entered", "left", "rings", "cases")}
    return told | {
        "decisions": _first(_lines(of(table, "decision", "decided"), named=False)),
        "entered": _first(_grouped(of(table, "account", "entered", "moved")), ROWS_SHOWN),
        "left": _first(_grouped(of(table, "account", "left")), ROWS_SHOWN),
        "rings": _first(_lines(of(table, "ring", "grown", "shrunk", "apart", "formed"))),
        "cases": _first(_lines(of(table, "case", "risen", "fallen"))),
    }


def _lines(table: pl.DataFrame, *, named: bool = True) -> list[str]:
    """A sentence a row, after the name of what it is about."""
    return [
        (f"{visible(row['name'], ID_LIMIT)}: " if named else "") + row["said"]
        for row in table.iter_rows(named=True)
    ]


def _grouped(table: pl.DataFrame) -> list[Row]:
    """Accounts of one case of which the same is said share a line."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for row in table.iter_rows(named=True):
        key = (row["case"], row["queue"], row["before"], row["said"])
        groups.setdefault(key, []).append(visible(row["name"], ID_LIMIT))
    return [
        {
            "case": case,
            "alone": [visible(case, ID_LIMIT)] == accounts,
            "accounts": listing(accounts, NAMES_SHOWN),
            "count": len(accounts),
            "queue": queue,
            "before": before,
            "said": said,
        }
        for (case, queue, before, said), accounts in groups.items()
    ]


def _first(rows: Iterable[Any], count: int = LINES_SHOWN) -> tuple[list[Any], int]:
    """The first rows, and how many there are beside them."""
    found = list(rows)
    return found[:count], max(0, len(found) - count)
