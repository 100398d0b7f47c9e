"""Entries out of the table ``lists`` of a stored state, where the files are no longer at hand."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from detector.policy.lists.entry import Bench, Draft
from detector.policy.lists.publishers import own_list
from detector.policy.lists.text import split_names

_COMMAS = "ISN"


def entries_of(rows: pl.DataFrame) -> pl.DataFrame:
    """The entries that rows of the table ``lists`` tell of, in the columns of ``ENTRIES``.

    The table keeps neither kinds nor programs nor citations, and not which file an entry came
    from: those are null or unknown. Content keys are those of the files.
    """
    bench = Bench("lists", "")
    for number, row in enumerate(rows.iter_rows(named=True), 1):
        listed = own_list(row["list"] or "lists")
        draft = Draft(
            listed,
            row["name"],
            aliases=split_names(row["aliases"] or "", commas=listed.code == _COMMAS),
            addresses=row["address"] or "",
            countries=[row["country"]] if row["country"] else (),
            entry_id=row["id"] or "",
            start=_day(row["from"]),
            until=_day(row["until"]),
        )
        bench.take(number, draft)
    return bench.frame().with_columns(file_sha256=pl.lit(None, dtype=pl.String()))


def _day(moment: datetime | None) -> str:
    return "" if moment is None else moment.date().isoformat()
