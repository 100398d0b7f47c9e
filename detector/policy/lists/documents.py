"""Lists that are JSON: the screening list as its publisher sends it, and FollowTheMoney."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from detector.errors import DataError
from detector.policy.lists.entry import Bench, Draft
from detector.policy.lists.publishers import published_list
from detector.policy.lists.text import split_names

_AGAIN: Final = "download it again"
_MOST_PARTS: Final = 10_000_000
_PARTIES: Final = frozenset(
    {"Person", "LegalEntity", "Organization", "Company", "PublicBody", "Vessel", "Airplane"}
)
_LISTED: Final = ("sanction", "export", "debarment")
"""How topics of parties on a list begin; others tell of offices and of crimes reported."""
_ADDRESS: Final = ("address", "city", "state", "postal_code", "country")


def read_screening(text: str, bench: Bench) -> None:
    """Read the Consolidated Screening List as JSON: ``results``, or a list of entries.

    Raises
    ------
    DataError
        If it is cut, no list of entries, or one page of an answer alone.
    """
    whole = _parsed(text, bench.file)
    entries = whole.get("results") if isinstance(whole, Mapping) else whole
    if not isinstance(entries, list):
        raise DataError(f"{bench.file} holds no list of entries under results; {_AGAIN}")
    total = whole.get("total") if isinstance(whole, Mapping) else None
    if isinstance(total, int) and total > len(entries):
        raise DataError(
            f"{bench.file} is a page of {len(entries)} of {total} entries; download the whole list"
        )
    if not entries:
        raise DataError(f"{bench.file} holds no entry; {_AGAIN}")
    for number, entry in enumerate(entries, 1):
        if isinstance(entry, Mapping) and isinstance(entry.get("name"), str):
            bench.take(number, _screening_draft(entry))
        else:
            bench.refuse(number, "is no entry with a name")


def _parsed(text: str, file: str) -> Any:
    if sum(map(text.count, "[{,")) > _MOST_PARTS:
        raise DataError(f"{file} is JSON of more than {_MOST_PARTS} parts, which no list has")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{error.msg} at line {error.lineno}, column {error.colno}"
        raise DataError(f"{file} is no whole JSON ({where}); {_AGAIN}") from None
    except (ValueError, RecursionError):
        raise DataError(f"{file} is JSON that no list has: nested or counted too far") from None


def _screening_draft(entry: Mapping[str, Any]) -> Draft:
    listed = published_list(_text(entry.get("source")))
    return Draft(
        listed,
        entry["name"],
        aliases=_aliases(entry.get("alt_names"), commas=listed.code == "ISN"),
        addresses=[_address(value) for value in _items(entry.get("addresses"))],
        countries=[*_texts(entry.get("country")), *_texts(entry.get("vessel_flag"))],
        programs=_texts(entry.get("programs")),
        kind=_text(entry.get("type")),
        entry_id=_text(entry.get("id")) or _text(entry.get("entity_number")),
        start=_text(entry.get("start_date")),
        until=_text(entry.get("end_date")),
        citation=_text(entry.get("federal_register_notice")),
    )


def _aliases(value: object, *, commas: bool) -> list[str]:
    if isinstance(value, str):
        return split_names(value, commas=commas)
    return [alias for text in _texts(value) for alias in split_names(text)]


def _address(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(part for key in _ADDRESS if (part := _text(value.get(key))))
    return _text(value)


def read_entities(text: str, bench: Bench) -> None:
    """Read FollowTheMoney entities, one a line: parties with a topic of sanctions or exports.

    An entity without topics is on a list by standing in the file. Each data set of an entity is
    a list of its own.

    Raises
    ------
    DataError
        If the last line is cut, or nothing in the file is an entity.
    """
    entities = 0
    for number, line, entity in _entities(text, bench):
        if not isinstance(entity, Mapping) or not isinstance(entity.get("schema"), str):
            bench.refuse(number, f"{line[:20]!r} begins no entity")
            continue
        entities += 1
        for draft in _entity_drafts(entity):
            bench.take(number, draft)
    if not entities:
        raise DataError(f"{bench.file} holds no FollowTheMoney entity; {_AGAIN}")


def _entities(text: str, bench: Bench) -> Iterator[tuple[int, str, Any]]:
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield number, line, json.loads(line)
        except (ValueError, RecursionError):
            if number == len(lines):
                raise DataError(
                    f"{bench.file} ends in the middle of an entity, line {number}; {_AGAIN}"
                ) from None
            bench.refuse(number, "is no JSON")


def _entity_drafts(entity: Mapping[str, Any]) -> Iterator[Draft]:
    given = entity.get("properties")
    properties: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    topics = _texts(properties.get("topics"))
    if entity["schema"] not in _PARTIES or (
        topics and not any(topic.startswith(_LISTED) for topic in topics)
    ):
        return
    names = [*_texts(entity.get("caption")), *_texts(properties.get("name"))]
    person = entity["schema"] == "Person"
    for dataset in _texts(entity.get("datasets")) or [""]:
        yield Draft(
            published_list(dataset),
            names[0] if names else "",
            aliases=[*names[1:], *_texts(properties.get("alias"))],
            weak=_texts(properties.get("weakAlias")),
            addresses=_texts(properties.get("address")),
            countries=()
            if person
            else [*_texts(properties.get("country")), *_texts(properties.get("jurisdiction"))],
            programs=_texts(properties.get("programId")),
            kind=entity["schema"],
            entry_id=_text(entity.get("id")),
        )


def _items(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [value] if value else []


def _texts(value: object) -> list[str]:
    """The texts of a list, or of a single value; what is no text is left out."""
    return [text for item in _items(value) if (text := _text(item))]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
