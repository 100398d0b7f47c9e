"""Which account or ring is meant by what somebody typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from detector.dossier import CaseKey, case_keys, key_of, key_of_ring
from detector.errors import UsageError
from detector.results.nearest import nearest
from detector.words import plural, visible

if TYPE_CHECKING:
    from detector.results import Results

_ID: Final = 60
_DIGITS: Final = 9


@dataclass(frozen=True)
class Found:
    """A case, and whether the ring is meant or its first account."""

    key: CaseKey
    ring: bool


def find(results: Results, name: str) -> Found:
    """The account, the ring or the case of that name or number.

    An account is looked for first, then a ring; a number is one of a case only where no id is
    written like it.

    Raises
    ------
    UsageError
        Where there is none; ids much like it are named.
    """
    if _has(results.scores, "account_id", name):
        return Found(key_of(results, name), ring=False)
    if _has(results.rings, "ring_id", name) or _has(results.scores, "ring_id", name):
        return Found(key_of_ring(results, name), ring=True)
    keys = case_keys(results)
    if name.isascii() and name.isdecimal() and len(name) <= _DIGITS and 0 < int(name) <= len(keys):
        key = keys[int(name) - 1]
        return Found(key, ring=key.ring_id is not None)
    raise UsageError(_unknown(results, name, len(keys)))


def _has(table: pl.DataFrame, column: str, name: str) -> bool:
    return not table.filter(pl.col(column) == name).is_empty()


def _unknown(results: Results, name: str, cases: int) -> str:
    accounts = results.scores["account_id"].to_list()
    rings = results.scores["ring_id"].drop_nulls().unique().sort().to_list()
    near = [f"{kind} {visible(one, _ID)}"
            for kind, ids in (("account", accounts), ("ring", rings))
            for one in nearest(name, ids)]  # fmt: skip
    remedy = f"near it: {', '.join(near)}" if near else (
        "ids are listed in scores.parquet and rings.parquet"
    )  # fmt: skip
    number = f", or the number of a case in a queue, 1 to {cases:,}" if cases else ""
    return (
        f"'{visible(name, _ID)}' was not scored in this run of "
        f"{plural(len(accounts), 'account')} and {plural(len(rings), 'ring')}; expected the id of "
        f"an account or a ring, case-sensitive{number}; {remedy}"
    )
