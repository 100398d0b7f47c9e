"""Lists that are tables with a header: the screening list, simple targets, somebody's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Final

from detector.errors import DataError
from detector.policy.lists.csvrows import Row, records
from detector.policy.lists.entry import Bench, Draft
from detector.policy.lists.publishers import own_list, published_list
from detector.policy.lists.text import clean, split_names
from detector.terminal import safe_text

Fields = Mapping[str, str]
_CSL: Final = frozenset({"source", "name", "alt_names", "addresses"})
_TARGETS: Final = frozenset({"id", "schema", "name", "aliases", "dataset"})
_COMMAS: Final = frozenset({"ISN"})
"""Lists that put commas between aliases."""


def form_of(header: Sequence[str]) -> str:
    """What a table is, by the names of its columns.

    >>> form_of(["name", "list"]), form_of(["alt_names", "name", "addresses", "source"])
    ('own', 'screening')
    """
    found = {name.strip().lower() for name in header}
    if found >= _CSL:
        return "screening"
    return "targets" if found >= _TARGETS else "own"


def read_table(header: Sequence[str], body: Iterator[Row], text: str, bench: Bench) -> None:
    """Read a table by the names of its columns.

    Raises
    ------
    DataError
        If it has no column ``name``, or no entry.
    """
    names = [name.strip().lower() for name in header]
    if "name" not in names:
        shown = ", ".join(safe_text(name, limit=30) for name in names[:5])
        raise DataError(
            f"{bench.file} has no column name (found: {shown}); expected a published list, or a "
            "CSV with commas and a header with name"
        )
    draft = _drafter(form_of(header), bench.file)
    for line, fields in records(names, body, text, bench):
        bench.take(line, draft(fields))


def _drafter(form: str, file: str) -> Callable[[Fields], Draft]:
    if form == "own":
        stem = PurePath(file).stem
        return lambda fields: _own(fields, stem)
    return _screening if form == "screening" else _target


def _screening(fields: Fields) -> Draft:
    """An entry of the Consolidated Screening List, from the cells of its CSV."""
    get = fields.get
    listed = published_list(get("source", ""))
    return Draft(
        listed,
        get("name", ""),
        aliases=split_names(get("alt_names", ""), commas=listed.code in _COMMAS),
        addresses=get("addresses", ""),
        countries=_parts(get("vessel_flag", "")),
        programs=_parts(get("programs", "")),
        kind=get("type", ""),
        entry_id=get("_id") or get("entity_number", ""),
        start=get("start_date", ""),
        until=get("end_date", ""),
        citation=get("federal_register_notice", ""),
    )


def _target(fields: Fields) -> Draft:
    get = fields.get
    return Draft(
        published_list(get("dataset", "")),
        get("name", ""),
        aliases=split_names(get("aliases", "")),
        addresses=get("addresses", ""),
        # Countries of a person are nationalities, which say nothing of where they are.
        countries=() if get("schema", "").lower() == "person" else _parts(get("countries", "")),
        programs=_parts(get("program_ids", "")),
        kind=get("schema", ""),
        entry_id=get("id", ""),
    )


def _own(fields: Fields, stem: str) -> Draft:
    get = fields.get
    return Draft(
        own_list(clean(get("list", "")) or stem),
        get("name", ""),
        aliases=split_names(get("aliases", "")),
        addresses=get("address", ""),
        countries=_parts(get("country", "")),
        kind=get("kind") or get("type", ""),
        entry_id=get("id", ""),
        start=get("from", ""),
        until=get("until", ""),
        citation=get("citation", ""),
    )


def _parts(text: str) -> list[str]:
    return [part for piece in text.split(";") if (part := clean(piece)) and part != "[]"]
