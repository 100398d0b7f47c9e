"""OFAC's files without a header: names, aliases and addresses in their published order."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from detector.errors import DataError
from detector.policy.lists.csvrows import Row
from detector.policy.lists.entry import Bench, Draft
from detector.policy.lists.publishers import published_list

WIDTHS: Final[Mapping[str, int]] = {"sdn": 12, "alt": 5, "add": 6}
"""Fields of a record in each of the three files."""
_NOTHING: Final = "-0-"
_SDN: Final = published_list("Specially Designated Nationals (SDN) - Treasury Department")
_PROGRAMS: Final = re.compile(r"[^\[\];]+")
_WEAK: Final = re.compile(r"\b[afn]\.k\.a\. '([^;]{1,400}?)'(?=[.;]|$)")


@dataclass
class Beside:
    """What stands in the files of aliases and addresses, by the number of the entry."""

    aliases: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    addresses: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def part_of(first: Sequence[str]) -> str | None:
    """Which of the three files begins with a record; None if it is none of them.

    >>> part_of(["36", "12", "aka", "AERO-CARIBBEAN", "-0- "]), part_of(["name", "list"])
    ('alt', None)
    """
    if not first[0].strip().isdecimal():
        return None
    named = [part for part, width in WIDTHS.items() if len(first) == width]
    return named[0] if named else None


def whole_rows(part: str, body: Iterable[Row], text: str, bench: Bench) -> list[Row]:
    """The records of a file that have its number of fields.

    Raises
    ------
    DataError
        If it ends in the middle of a record.
    """
    kept, last = [], None
    for line, fields in body:
        last = line, fields
        # A file made under DOS ends with the sign of its end.
        if fields == ["\x1a"]:
            continue
        values = ["" if v.strip() == _NOTHING else v.strip() for v in fields]
        if len(values) != WIDTHS[part] or not values[0].isdecimal():
            bench.refuse(line, f"has {len(fields)} fields; {part} has {WIDTHS[part]}")
        else:
            kept.append((line, values))
    if last and len(last[1]) < WIDTHS[part] and not text.endswith(("\n", "\r", "\x1a")):
        raise DataError(
            f"{bench.file} ends in the middle of a record, line {last[0]}; download it again"
        )
    return kept


def add_aliases(found: Iterable[Row], beside: Beside) -> None:
    """Take up a file of aliases: number, alias number, kind, alias, remarks."""
    for _, (number, _alias, _kind, name, _remarks) in found:
        beside.aliases[number].append(name)


def add_addresses(found: Iterable[Row], beside: Beside) -> None:
    """Take up a file of addresses: number, address number, street, city, country, remarks."""
    for _, (number, _address, street, city, place, _remarks) in found:
        # A semicolon inside one address would cut it in two.
        parts = [part.replace(";", ",") for part in (street, city, place) if part]
        if parts:
            beside.addresses[number].append(", ".join(parts))


def take_names(found: Iterable[Row], beside: Beside, bench: Bench) -> set[str]:
    """Take the entries of the main file, with what stands beside; the numbers that are there."""
    numbers = set()
    for line, fields in found:
        number, name, kind, programs, _title, *_vessel, flag, _owner, remarks = fields
        numbers.add(number)
        draft = Draft(
            _SDN,
            name,
            aliases=beside.aliases.get(number, ()),
            weak=_WEAK.findall(remarks),
            addresses=beside.addresses.get(number, ()),
            countries=[flag] if flag else (),
            programs=[p for p in _PROGRAMS.findall(programs) if p.strip()],
            kind=kind or "entity",
            entry_id=number,
        )
        bench.take(line, draft)
    return numbers
