"""Rows of ``tenders`` as notices: twins, corrections and cancellations of one are one.

Rows of one ``notice_id`` are one notice. Rows without an id are one where buyer, amount and
currency are the same within a week: a notice and its twin in another language.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import polars as pl

from detector.countries import country
from detector.policy.leads.wanted import Reader, Wanted, together
from detector.policy.names.normalise import Name, readings
from detector.policy.names.score import POSSIBLE_BAND, score
from detector.policy.owners.parties import folded

TWINS: Final = timedelta(days=7)
#: Names of one notice.
MOST_NAMES: Final = 50
_GONE: Final = {
    "did_not_proceed": "did not proceed", "other_supplier": "went to another supplier",
}  # fmt: skip
_KEY: Final = 16


@dataclass(frozen=True)
class Notice:
    """One notice as it was known at as-of.

    Attributes
    ----------
    key
        Its id, or one made of its first row.
    published
        Of its first row.
    corrected
        Suppliers that a correction replaced.
    gone
        Why nothing follows from it (cancelled, did not proceed, another supplier); None where
        something may.
    """

    key: str
    published: datetime
    buyers: tuple[str, ...]
    buyer_country: str | None
    suppliers: tuple[str, ...]
    corrected: frozenset[str]
    amount: Decimal | None
    currency: str | None
    wanted: Wanted
    gone: str | None
    confirmed: bool


def notices_of(tenders: pl.DataFrame, reader: Reader) -> list[Notice]:
    """Every notice, by the day on which it was first published, then by its key."""
    rows = tenders.with_columns(
        _buyer=folded(pl.col("buyer_name")), _title=folded(pl.col("title").fill_null(""))
    )
    first = ("published_at", "notice_id", "_buyer", "amount", "currency", "supplier_name", "_title")
    # By all else too: what is equal in every column alone may stand in any order.
    rest = [name for name in rows.columns if name not in first]
    rows = rows.sort(*first, *rest, nulls_last=True)
    with_id = rows.filter(pl.col("notice_id").is_not_null())
    groups: list[Sequence[Mapping[str, Any]]] = [
        part.to_dicts() for part in with_id.partition_by("notice_id", maintain_order=True)
    ]
    groups += _twins(rows.filter(pl.col("notice_id").is_null()))
    found = [_notice(group, reader) for group in groups]
    return _numbered(sorted(found, key=lambda notice: (notice.published, notice.key)))


def _twins(rows: pl.DataFrame) -> Iterator[list[Mapping[str, Any]]]:
    """Rows without an id, each with those of its week that tell of the same purchase."""
    alike = rows.with_columns(
        _alone=pl.when(pl.col("amount").is_null()).then("_buyer"),
        _subject=pl.when(pl.col("amount").is_null()).then("_title"),
    )
    for part in alike.partition_by(
        "amount", "currency", "_alone", "_subject", maintain_order=True
    ):  # fmt: skip
        yield from _within_a_week(part.to_dicts())


def _within_a_week(rows: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """Rows of one amount, in the order of days, as notices: one buyer, one week."""
    open_: list[list[Mapping[str, Any]]] = []
    for row in rows:
        recent = [group for group in open_
                  if row["published_at"] - group[0]["published_at"] <= TWINS]  # fmt: skip
        yield from (group for group in open_ if group not in recent)
        open_ = recent
        mine = next((g for g in open_ if _same_party(g[0]["buyer_name"], row["buyer_name"])), None)
        if mine is None:
            open_.append([row])
        else:
            mine.append(row)
    yield from open_


def _same_party(first: str, second: str) -> bool:
    return first == second or any(
        score(mine, theirs) >= POSSIBLE_BAND for mine in _read(first) for theirs in _read(second)
    )


@lru_cache(maxsize=10_000)
def _read(name: str) -> tuple[Name, ...]:
    return readings(name)


def _notice(rows: Sequence[Mapping[str, Any]], reader: Reader) -> Notice:
    """One notice of its rows, in the order of their days; the newest word counts."""
    types = {row["notice_type"] for row in rows}
    last = _disposition(rows)
    gone = "cancelled" if "cancelled" in types else _GONE.get(last or "")
    amounts = [row for row in rows if row["amount"] is not None]
    return Notice(
        key=rows[0]["notice_id"] or _made(rows[0]),
        published=rows[0]["published_at"],
        buyers=_distinct(row["buyer_name"] for row in rows),
        buyer_country=next((place for place in map(_country, rows) if place), None),
        suppliers=_distinct(name for row in rows for name in _suppliers(row)),
        corrected=_corrected(rows),
        amount=amounts[-1]["amount"] if amounts else None,
        currency=amounts[-1]["currency"] if amounts else None,
        wanted=together([reader.wanted(_text(row)) for row in rows]),
        gone=gone,
        confirmed=last == "confirmed",
    )


def _disposition(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """The newest word on what became of it; of several at once, one that ends it."""
    told = [row for row in rows if row["disposition"]]
    newest = max(
        told,
        key=lambda row: (row["disposition_at"] or row["published_at"], row["disposition"] in _GONE),
        default=None,
    )
    return newest["disposition"] if newest else None


def _text(row: Mapping[str, Any]) -> str:
    return "\n".join(part for part in (row["title"], row["text"]) if part)


def _country(row: Mapping[str, Any]) -> str | None:
    """The code of the buyer's country, which may be written by its name."""
    told = row["buyer_country"]
    return (country(told) or told) if told else None


def _suppliers(row: Mapping[str, Any]) -> Iterator[str]:
    yield row["supplier_name"]
    yield from (row["supplier_names"] or "").split(";")


def _corrected(rows: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Suppliers whom a later correction does not name beside those that it names.

    A name in another script may be the same one.
    """
    gone: set[str] = set()
    before: list[str] = []
    for row in rows:
        named = _distinct(_suppliers(row))
        if named and row["notice_type"] == "correction":
            gone |= {old for old in before if not any(_may_be(old, new) for new in named)}
        gone -= set(named)
        before += named
    return frozenset(gone)


def _may_be(old: str, new: str) -> bool:
    scripts = {any(reading.han for reading in _read(name)) for name in (old, new)}
    return len(scripts) > 1 or _same_party(old, new)


def _distinct(names: Iterable[str | None]) -> tuple[str, ...]:
    kept = dict.fromkeys(name.strip() for name in names if name and name.strip())
    return tuple(kept)[:MOST_NAMES]


def _made(row: Mapping[str, Any]) -> str:
    """A key for a notice that has no id: the same content has the same one."""
    told = (row["published_at"].isoformat(), row["_buyer"], row["amount"], row["currency"],
            row["_title"])  # fmt: skip
    text = "\x1f".join("" if one is None else str(one) for one in told)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_KEY]
    return f"notice-{digest}"


def _numbered(notices: list[Notice]) -> list[Notice]:
    """Keys that stand once: the second of the same content gets a number."""
    seen: dict[str, int] = {}
    found = []
    for notice in notices:
        number = seen[notice.key] = seen.get(notice.key, 0) + 1
        key = notice.key if number == 1 else f"{notice.key}-{number}"
        found.append(replace(notice, key=key))
    return found
