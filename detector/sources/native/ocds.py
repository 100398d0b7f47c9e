"""Releases and records of the Open Contracting Data Standard (OCDS) to ``tenders``.

Shape: Open Contracting Partnership, "Open Contracting Data Standard", version 1.1 (packages of
releases, packages of records, single ones of either). A release makes one row: releases of one
``ocid`` are rows of one notice. Parties are named by the release itself, else by its list of
parties; money is that of its awards, else that of the tender. What is over for good (a tender
that is cancelled, unsuccessful or withdrawn; awards of which none stands) is told as cancelled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from detector.sources.native.adapter import (
    Adapter,
    Hasher,
    NotCounted,
    Record,
    Row,
    UnusableRecord,
    UnusableRow,
    dig,
    records_of,
    text,
)
from detector.sources.native.documents import ONE
from detector.sources.native.ocds_joined import Told, is_dead, is_link, joined, maps, named

NAME: Final = "OCDS releases"
_LISTS: Final = (("releases",), ("records",), ("compiledRelease", ONE))
_PARTS: Final = ("tag", "tender", "awards", "contracts", "buyer", "planning", "parties",
                 "releases", "compiledRelease")  # fmt: skip
#: Kinds of notices by the tags of a release; of several the last in this order counts.
_TYPES: Final[Mapping[str, str]] = {
    "planning": "tender", "planningUpdate": "tender", "tender": "tender",
    "tenderAmendment": "correction", "tenderUpdate": "correction",
    "awardUpdate": "correction", "awardCancellation": "correction", "contractUpdate": "correction",
    "contractAmendment": "correction", "award": "award", "contract": "contract",
    "implementation": "contract", "implementationUpdate": "contract",
    "contractTermination": "contract",
}  # fmt: skip
_ORDER: Final = ("tender", "correction", "award", "contract")
_NOTICES: Final = ("tenderNotice", "awardNotice", "contractNotice")


def _recognises(record: Record) -> bool:
    ocid = record.get("ocid")
    whole = isinstance(ocid, str) and any(part in record for part in _PARTS)
    return whole or is_link(record)


def _rows(record: Record, _hashed: Hasher) -> Iterator[Row | UnusableRow | NotCounted]:
    told: list[Told] = record["told"]
    if not told and not record.get("late"):
        raise UnusableRecord("it holds no release")
    for one in told:
        if one.linked:
            yield NotCounted("a release that is only linked to")
        elif one.unusable:
            yield UnusableRow(one.unusable)
        elif one.buyer is None:
            yield UnusableRow("no release of its process in the file names a buyer")
        else:
            yield _row(one)


def _row(told: Told) -> Row:
    release = told.release
    # In a list of names a semicolon stands between two.
    suppliers = [name.replace(";", ",") for name in _suppliers(release)]
    amount, currency = _money(release)
    return {
        "notice_id": told.ocid, "published_at": text(release.get("date")),
        "buyer_name": told.buyer, "buyer_country": told.country,
        "supplier_name": suppliers[0] if suppliers else None,
        "supplier_names": "; ".join(suppliers) or None,
        "amount": amount, "currency": currency,
        "title": _title(release), "text": "\n".join(_texts(release)) or None,
        "url": _url(release), "notice_type": "cancelled" if told.over else _type(release),
    }  # fmt: skip


def _type(release: Record) -> str | None:
    """What a release is, by its tags; a compiled one by what it holds."""
    tags = {tag for tag in map(text, records_of(release.get("tag"))) if tag}
    found = {_TYPES[tag] for tag in tags if tag in _TYPES}
    if not found and "compiled" in tags:
        held = (("contracts", "contract"), ("awards", "award"), ("tender", "tender"))
        return next((kind for part, kind in held if release.get(part)), None)
    return max(found, key=_ORDER.index, default=None)


def _suppliers(release: Record) -> list[str]:
    """Names of who was awarded something, each once."""
    told = [s for award in _awards(release) for s in maps(award.get("suppliers"))]
    names = [named(supplier, release) for supplier in told]
    names += [] if told else _in_role(release, "supplier")
    return list(dict.fromkeys(name for name in names if name))


def _awards(release: Record) -> list[Record]:
    """Awards that stand; where none does, those that were taken back."""
    awards = maps(release.get("awards"))
    return [award for award in awards if not is_dead(award)] or awards


def _in_role(release: Record, role: str) -> list[str | None]:
    parties = maps(release.get("parties"))
    return [text(p.get("name")) for p in parties if role in records_of(p.get("roles"))]


def _money(release: Record) -> tuple[str | None, str | None]:
    """What was awarded, else what the tender is worth; None where awards differ in currency."""
    told = [_value(value) for award in _awards(release) for value in maps(award.get("value"))]
    if not told:
        told = [_value(value) for value in maps(dig(release, "tender", "value"))]
    if len(told) < 2:
        return told[0] if told else (None, None)
    currencies = {currency for _, currency in told}
    alike = len(currencies) == 1
    return (_sum(amount for amount, _ in told), told[0][1]) if alike else (None, None)


def _value(value: Record) -> tuple[str | None, str | None]:
    return text(value.get("amount")), text(value.get("currency"))


def _sum(amounts: Iterable[str | None]) -> str | None:
    """Amounts together; one that is no number stands for all, so that it is told as such."""
    total = Decimal(0)
    for amount in amounts:
        try:
            total += Decimal(amount or "0")
        except InvalidOperation:
            return amount
    return str(total)


def _sections(release: Record) -> Iterator[Record]:
    """What tells of a purchase: its tender, lots, awards and contracts."""
    tender = release.get("tender")
    if isinstance(tender, Mapping):
        yield tender
        yield from maps(tender.get("lots"))
    yield from maps(release.get("awards"))
    yield from maps(release.get("contracts"))


def _title(release: Record) -> str | None:
    titles = (text(section.get("title")) for section in _sections(release))
    return next((title for title in titles if title), None)


def _texts(release: Record) -> list[str]:
    """What is written of a purchase, each once: titles, descriptions, and things by number."""
    said = [text(release.get("description")), text(dig(release, "planning", "rationale"))]
    for section in _sections(release):
        said += [text(section.get("title")), text(section.get("description"))]
        said += [_item(item) for item in maps(section.get("items"))]
    return list(dict.fromkeys(part for part in said if part))


def _item(item: Record) -> str:
    unit = text(dig(item, "unit", "name"))
    parts = (text(item.get("quantity")), unit, text(item.get("description")))
    return " ".join(part for part in parts if part)


def _url(release: Record) -> str | None:
    documents = [d for section in _sections(release) for d in maps(section.get("documents"))]
    urls = (text(d.get("url")) for d in documents if text(d.get("documentType")) in _NOTICES)
    return next((url for url in urls if url), None)


ADAPTER: Final = Adapter(NAME, "tenders", _recognises, _rows, _LISTS, together=joined)
