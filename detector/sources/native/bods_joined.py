"""Statements of the Beneficial Ownership Data Standard, put together.

A statement of ownership names its parties by the id of other statements, which may come after
it, and a later statement may replace it. A file is therefore read to its end first, of which
names, shares and dates are kept; the nationality, birth and address of people never are.

What is handed on stands where the statement stood: an ownership with its parties' names and the
time for which it was told, or nothing for the statement of a party.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from detector.sources.native.adapter import Record, dig, records_of, text
from detector.sources.native.documents import Found

ENTITY: Final = "entity"
PERSON: Final = "person"
OWNERSHIP: Final = "relationship"
_KINDS: Final[Mapping[str, str]] = {
    # Versions 0.1 to 0.3 say what a statement is of, version 0.4 what its record is.
    "entityStatement": ENTITY, "personStatement": PERSON,
    "ownershipOrControlStatement": OWNERSHIP,
    "entity": ENTITY, "person": PERSON, "relationship": OWNERSHIP,
}  # fmt: skip
_REFERENCES: Final = ("describedByEntityStatement", "describedByPersonStatement")


@dataclass(frozen=True)
class Statement:
    """What is kept of a statement.

    ``id`` is what others refer to it by, ``stands_for`` the ids that it replaces.
    """

    kind: str
    id: str
    date: str
    stands_for: tuple[str, ...] = ()
    name: str | None = None
    country: str | None = None
    ownership: Mapping[str, Any] | None = None


def kind_of(record: Record) -> str | None:
    """What a statement is of; None where it is none.

    >>> kind_of({"statementType": "entityStatement"}), kind_of({"recordType": "person"})
    ('entity', 'person')
    """
    said = record.get("statementType", record.get("recordType"))
    return _KINDS.get(said) if isinstance(said, str) else None


def joined(found: Iterator[Found]) -> Iterator[Found]:
    """Hand on each record of a file where it stood, ownerships with what others tell of them."""
    items = [item if item.record is None else Found(_statement(item.record)) for item in found]
    told = [item.record for item in items if item.record is not None]
    one = _Same(told)
    parties = _parties(told, one)
    ends = _ends(told, one)
    number = 0
    for item in items:
        statement: Statement | None = item.record
        if statement is None:
            yield item
            continue
        yield Found(_ownership(statement, parties, one, ends.get(number)))
        number += 1


def _statement(record: Record) -> Statement:
    kind = kind_of(record)
    details = record.get("recordDetails") if "recordType" in record else record
    details = details if isinstance(details, Mapping) else {}
    own = text(record.get("recordId")) or text(record.get("statementID")) or ""
    replaced = records_of(record.get("replacesStatements", record.get("replacesStatement")))
    return Statement(
        kind or "",
        own,
        text(record.get("statementDate")) or "",
        tuple(i for i in map(text, replaced) if i),
        _name(kind, details),
        _country(kind, details),
        _kept(record, details) if kind == OWNERSHIP else None,
    )


def _name(kind: str | None, details: Mapping[str, Any]) -> str | None:
    if kind == PERSON:
        names = [text(dig(n, "fullName")) for n in records_of(details.get("names"))]
        return next((name for name in names if name), None)
    return text(details.get("name"))


def _country(kind: str | None, details: Mapping[str, Any]) -> str | None:
    """Where a company is registered; a person's country is not asked for."""
    if kind != ENTITY:
        return None
    held = (dig(details, key, "code") for key in ("jurisdiction", "incorporatedInJurisdiction"))
    code = next((c for c in map(text, held) if c), None)
    return code.partition("-")[0] if code else None


def _kept(record: Record, details: Mapping[str, Any]) -> dict[str, Any]:
    components = details.get("componentStatementIDs", details.get("componentRecords"))
    return {
        "subject": _reference(details.get("subject")),
        "party": _reference(details.get("interestedParty")),
        "interests": records_of(details.get("interests")),
        "has_components": bool(components),
        "closed": text(record.get("recordStatus")) == "closed",
    }


def _reference(value: Any) -> str | None:
    if isinstance(value, Mapping):
        return next((r for r in (text(value.get(key)) for key in _REFERENCES) if r), None)
    return text(value) or None


class _Same:
    """Which ids stand for one thing: a statement and those of its kind that it replaces."""

    def __init__(self, told: Sequence[Statement]) -> None:
        self._least: dict[str, str] = {}
        kinds = {statement.id: statement.kind for statement in told}
        for statement in told:
            for other in statement.stands_for if statement.id else ():
                if kinds.get(other, statement.kind) != statement.kind:
                    continue
                a, b = sorted((self(statement.id), self(other)))
                self._least[b] = a

    def __call__(self, id_: str) -> str:
        way = [id_]
        while (next_ := self._least.get(way[-1], way[-1])) != way[-1]:
            way.append(next_)
        self._least.update(dict.fromkeys(way[:-1], way[-1]))
        return way[-1]


def _parties(told: Iterable[Statement], one: _Same) -> dict[str, Statement]:
    """The latest statement of each party."""
    found: dict[str, Statement] = {}
    for statement in told:
        key = one(statement.id)
        known = found.get(key)
        if statement.kind in (ENTITY, PERSON) and (known is None or known.date <= statement.date):
            found[key] = statement
    return found


def _ends(told: list[Statement], one: _Same) -> dict[int, tuple[str | None, str | None]]:
    """When an ownership began and ceased to be what was told, of those told more than once.

    By number of the statement; an end that nobody dates is empty.
    """
    versions: dict[str, list[int]] = defaultdict(list)
    for number, statement in enumerate(told):
        if statement.kind == OWNERSHIP and statement.id:
            versions[one(statement.id)].append(number)
    ends: dict[int, tuple[str | None, str | None]] = {}
    for numbers in versions.values():
        order = sorted(numbers, key=lambda n: (told[n].date, n))
        for place, number in enumerate(order):
            begun = told[number].date if place else None
            last = place + 1 == len(order)
            ends[number] = (begun, None if last else told[order[place + 1]].date)
    return ends


def _ownership(
    statement: Statement,
    parties: Mapping[str, Statement],
    one: _Same,
    ends: tuple[str | None, str | None] | None,
) -> dict[str, Any]:
    """What an adapter makes rows of; empty for the statement of a party."""
    held = statement.ownership
    if held is None:
        return {}
    begun, ended = ends or (None, None)
    if ended is None and held["closed"]:
        ended = statement.date
    sides: dict[str, Any] = {}
    for side in ("subject", "party"):
        key = None if held[side] is None else one(held[side])
        sides[f"{side}_id"] = key
        sides[side] = None if key is None else parties.get(key)
    return {**held, **sides, "begun": begun, "ended": ended}
