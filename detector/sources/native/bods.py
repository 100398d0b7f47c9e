"""Statements of the Beneficial Ownership Data Standard (BODS) to ``entity_owners``.

Shape: Open Ownership, "Beneficial Ownership Data Standard", versions 0.2 to 0.4 (statements of
entities, persons, and ownership or control; records of entities, persons and relationships).
A shareholding has the share that is told of it, in percent. Other rights (votes, a trust,
influence) are no share of a company: their holder is an owner with an unknown share, unless a
shareholding stands beside them. An office is not owned. An indirect interest is told by its
links, where these are told; else its holder's share is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from detector.sources.native.adapter import (
    Adapter,
    Hasher,
    NotCounted,
    Record,
    Row,
    UnusableRecord,
    UnusableRow,
    text,
)
from detector.sources.native.bods_joined import PERSON, Statement, joined, kind_of

NAME: Final = "BODS statements"
_HOLDING: Final = "shareholding"
_OFFICES: Final = frozenset({"seniormanagingofficial", "boardmember", "boardchair"})


def _recognises(record: Record) -> bool:
    # A record of version 0.4 has its content under recordDetails.
    return kind_of(record) is not None and ("statementType" in record or "recordId" in record)


def _rows(record: Record, _hashed: Hasher) -> Iterator[Row | UnusableRow | NotCounted]:
    if not record:
        return
    if record["subject_id"] is None:
        raise UnusableRecord("it names no company that is owned")
    if record["party_id"] is None:
        yield NotCounted("an owner that is not specified")
        return
    if record["ended"] == "":
        yield NotCounted("an ownership that another statement replaces without a date")
        return
    ends = _ends(record)
    for interest in _told(record):
        if isinstance(interest, NotCounted):
            yield interest
        else:
            yield ends | _held(interest, record)


def _ends(record: Record) -> Row:
    owned: Statement | None = record["subject"]
    owner: Statement | None = record["party"]
    person = owner is not None and owner.kind == PERSON
    return {
        "owned_name": (owned and owned.name) or record["subject_id"],
        "owned_id": record["subject_id"],
        "owner_name": (owner and owner.name) or record["party_id"],
        "owner_id": record["party_id"],
        "owner_kind": None if owner is None else "person" if person else "entity",
        "owner_country": owner and owner.country,
        "source": "BODS",
    }


def _told(record: Record) -> Iterator[Mapping[str, Any] | NotCounted]:
    """The interests that make rows; an ownership that tells of none is one of unknown share."""
    interests = [i for i in record["interests"] if isinstance(i, Mapping)]
    holds = any(_is_holding(i) and not i.get("endDate") for i in interests)
    for interest in interests:
        if _type(interest) in _OFFICES:
            yield NotCounted("an office in a company")
        elif _is_indirect(interest) and record["has_components"]:
            yield NotCounted("an indirect interest whose links are told")
        elif holds and not _is_holding(interest):
            yield NotCounted("a right beside a shareholding")
        else:
            yield interest
    if not interests:
        yield {}


def _held(interest: Mapping[str, Any], record: Record) -> Row:
    """The share of an interest and the time for which it holds."""
    share = interest.get("share")
    known = _is_holding(interest) and isinstance(share, Mapping)
    bounds = _bounds(share) if known and isinstance(share, Mapping) else {}
    started, stopped = text(interest.get("startDate")), text(interest.get("endDate"))
    since = [d for d in (started, record["begun"]) if d]
    until = [d for d in (stopped, record["ended"]) if d]
    return {**bounds, "since": max(since, default=None), "until": min(until, default=None)}


def _bounds(share: Mapping[str, Any]) -> Row:
    """The bounds of a share; version 0.4 has a number where others say whether one is excluded.

    >>> row = _bounds({"exclusiveMinimum": 25, "maximum": 50})
    >>> row["share_min"], row["share_min_open"], row["share_max"], row["share_max_open"]
    (25, True, 50, False)
    """
    exact = share.get("exact")
    row: Row = {"share_unit": "percent"}
    for side, name in (("min", "Minimum"), ("max", "Maximum")):
        excluded = share.get(f"exclusive{name}")
        bound = share.get(name.lower())
        if exact is None and bound is None and not isinstance(excluded, bool):
            bound, excluded = excluded, excluded is not None
        row[f"share_{side}"] = bound if exact is None else exact
        row[f"share_{side}_open"] = exact is None and excluded is True
    return row


def _type(interest: Mapping[str, Any]) -> str:
    return (text(interest.get("type")) or "").replace("-", "").lower()


def _is_indirect(interest: Mapping[str, Any]) -> bool:
    return "indirect" in (interest.get("directOrIndirect"), interest.get("interestLevel"))


def _is_holding(interest: Mapping[str, Any]) -> bool:
    return _type(interest) == _HOLDING and not _is_indirect(interest)


ADAPTER: Final = Adapter(NAME, "entity_owners", _recognises, _rows, together=joined)
