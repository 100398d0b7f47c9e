"""Entries and parties to screen, in few words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl
import pytest

from detector.policy.names.normalise import readings
from detector.policy.names.score import score

_LISTS = ("aliases", "weak_aliases", "addresses", "countries")
_ENTRIES = pl.Schema(
    {
        **dict.fromkeys(
            ("entry_key", "source", "source_name", "entry_id", "kind", "name"), pl.String()
        ),
        **{name: pl.List(pl.String()) for name in _LISTS},
        "from": pl.Date(),
        "until": pl.Date(),
        **dict.fromkeys(("citation", "file_sha256"), pl.String()),
    }
)
_PARTIES = dict.fromkeys(("party_id", "name", "country", "address", "role"), pl.String)


@pytest.fixture(scope="session")
def entries() -> Callable[..., pl.DataFrame]:
    """``entries(...)``: of names, or what is told of each; organisations of list EL."""

    def make(*rows: str | Mapping[str, Any]) -> pl.DataFrame:
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
        return pl.DataFrame(whole, schema=_ENTRIES)

    return make


@pytest.fixture(scope="session")
def parties() -> Callable[..., pl.DataFrame]:
    """``parties(*names, country=..., role=...)``: one value for all, or one for each."""

    def make(*names: str | None, **told: Sequence[str | None] | str | None) -> pl.DataFrame:
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
        return pl.DataFrame(spread, schema=_PARTIES)

    return make


@pytest.fixture(scope="session")
def alike() -> Callable[[str, str], int]:
    """``alike(first, second)``: the best score of any readings of two texts."""

    def best(first: str, second: str) -> int:
        return max(
            (score(mine, theirs) for mine in readings(first) for theirs in readings(second)),
            default=0,
        )

    return best
