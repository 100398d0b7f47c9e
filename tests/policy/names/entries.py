"""Entries and parties to screen, in few words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

DAY = date(2026, 6, 1)
_LISTS = ("aliases", "weak_aliases", "addresses", "countries")
ENTRIES = pl.Schema(
    {
        "entry_key": pl.String(),
        "source": pl.String(),
        "source_name": pl.String(),
        "entry_id": pl.String(),
        "kind": pl.String(),
        "name": pl.String(),
        **{name: pl.List(pl.String()) for name in _LISTS},
        "from": pl.Date(),
        "until": pl.Date(),
        "citation": pl.String(),
        "file_sha256": pl.String(),
    }
)
PARTIES = dict.fromkeys(("party_id", "name", "country", "address", "role"), pl.String)


def entries(rows: Iterable[str | Mapping[str, Any]]) -> pl.DataFrame:
    """Entries of names, or of what is told of them; an organisation of list EL, unless said."""
    told = [{"name": row} if isinstance(row, str) else dict(row) for row in rows]
    whole = [
        {
            "entry_key": f"{number:016x}",
            "source": "EL",
            "kind": "organisation",
            **{name: [] for name in _LISTS},
            **row,
        }
        for number, row in enumerate(told)
    ]
    return pl.DataFrame(whole, schema=ENTRIES)


def parties(*names: str, **told: Sequence[str | None] | str | None) -> pl.DataFrame:
    """Parties of these names; what is told of all, or of each in a list."""
    columns: dict[str, Any] = {
        "party_id": [f"p{number}" for number in range(len(names))],
        "name": list(names),
        "country": None,
        "address": None,
        "role": "account",
        **told,
    }
    spread = {
        name: [value] * len(names) if value is None or isinstance(value, str) else value
        for name, value in columns.items()
    }
    return pl.DataFrame(spread, schema=PARTIES)
