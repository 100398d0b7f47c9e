"""A snapshot under other ids and other dates, with the very scores and reasons.

What lane B says does not change when ids are renamed or every clock is moved by whole weeks; so
what is shown here is what the detector would have said. Ids keep their form (letters, digits and
hexadecimal stay such; what many share, as a prefix, stays) and their order, so that lists that
were sorted by them still are. Names, addresses and texts of the sealed part stay: nobody sees
them before the first judgement.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

from detector.cases.record.chain import canonical

#: Fields that hold ids or values of links: themselves, in lists, or as names of a map.
_IDS: Final = frozenset({
    "account_id", "account_ids", "lead_id", "ring_id", "a", "b", "case", "members", "value",
    "values", "label", "payer_id", "payer_ids", "partner_id", "org_id", "organisation_id",
    "lead_account",
})  # fmt: skip
_DAY: Final = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?: to (\d{2}-\d{2})(?![\d-]))?(?!\d)")
#: What a sentence says of linked accounts, up to its next clause.
_LINKED: Final = re.compile(r"\baccounts? ([^;]+)")
_BY: Final = re.compile(r" \([^)]*\)")
_PARTS: Final = re.compile(r"[0-9A-Za-z]+|[^0-9A-Za-z]+")
_HEX: Final = re.compile(r"(?=.*\d)[0-9a-f]{6,}")
_LETTERS: Final = ("aeiou", "bcdfghjklmnpqrstvwxz", "AEIOU", "BCDFGHJKLMNPQRSTVWXZ", "0123456789")
_TOLD: Final = 4  # A shorter id is no word that could be found in a text.


def rekeyed(text: str, key: bytes, weeks: int, renamed: Mapping[str, str] | None = None) -> str:
    """A snapshot's text under other ids, every date later by whole weeks.

    Parameters
    ----------
    renamed
        New names by old ones where more than one text is to have the same; else they are those
        of this text.
    """
    held = json.loads(text)
    names = renaming([text], key) if renamed is None else renamed
    words = sorted((old for old in names if len(old) >= _TOLD), key=len, reverse=True)
    found = "|".join(map(re.escape, words))
    pattern = re.compile(rf"(?<![0-9A-Za-z])(?:{found})(?![0-9A-Za-z])") if words else None

    def plain(value: str) -> str:
        if pattern is not None:
            value = pattern.sub(lambda match: names[match[0]], value)
        return _DAY.sub(lambda match: _later_span(match[1], match[2], weeks), value)

    return canonical(_walked(held, "", names, plain))


def renaming(texts: Iterable[str], key: bytes) -> dict[str, str]:
    """Other names for the ids of some snapshots: of the same form, in the same order."""
    old = sorted({name for text in texts for name in _names(json.loads(text), "")})
    shared = Counter(part for name in old for part in set(enumerate(_PARTS.findall(name))))
    forms: dict[tuple[str, ...], list[str]] = {}
    for name in old:
        forms.setdefault(_form(name, shared), []).append(name)
    found: dict[str, str] = {}
    for names in forms.values():
        made: set[str] = set()
        for name in names:
            turn = 0
            while (new := _other(name, shared, key, turn)) in made or new in old:
                turn += 1
                if turn > _TURNS:
                    break
            made.add(new)
        if len(made) == len(names):
            found.update(zip(names, sorted(made), strict=True))
    return found


_TURNS: Final = 200


def _names(value: Any, field: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _names(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _names(item, field)
    elif isinstance(value, str) and field in _IDS and value:
        yield value
    elif isinstance(value, str) and field == "text":
        yield from _mentioned(value)


def _mentioned(text: str) -> Iterator[str]:
    """Linked accounts that a reason names; what has a digit in it is an id."""
    for match in _LINKED.finditer(text):
        for piece in re.split(r", | and |: ", _BY.sub("", match[1])):
            word, _, rest = piece.strip().partition(" ")
            name = word.rstrip(".,:")
            if any(c.isdigit() for c in name) and not rest.startswith("other"):
                yield name


def _walked(
    value: Any, field: str, names: Mapping[str, str], plain: Callable[[str], str]
) -> Any:  # fmt: skip
    if isinstance(value, dict):
        return {
            names.get(name, name): _walked(item, name, names, plain) for name, item in value.items()
        }
    if isinstance(value, list):
        return [_walked(item, field, names, plain) for item in value]
    if not isinstance(value, str):
        return value
    return names[value] if field in _IDS and value in names else plain(value)


def _later_span(day: str, until: str | None, weeks: int) -> str:
    """A day, or the first day of a span and its last one, without the year where it is the same."""
    first = _later(day, weeks)
    if until is None:
        return first
    last = _later(f"{day[:4]}-{until}", weeks)
    return f"{first} to {last[5:] if last[:4] == first[:4] else last}"


def _later(day: str, weeks: int) -> str:
    try:
        return (date.fromisoformat(day) + timedelta(weeks=weeks)).isoformat()
    except (ValueError, OverflowError):
        return day


def _stays(part: tuple[int, str], last: int, shared: Mapping[tuple[int, str], int]) -> bool:
    """Whether a part of an id is a prefix or an ending rather than what tells ids apart."""
    place, text = part
    return not text[0].isalnum() or (last > 0 and text.isalpha() and (
        place == 0 or shared[part] > 1))  # fmt: skip


def _form(name: str, shared: Mapping[tuple[int, str], int]) -> tuple[str, ...]:
    parts = _PARTS.findall(name)
    return tuple(
        text if _stays((place, text), len(parts) - 1, shared)
        else f"hex{len(text)}" if _HEX.fullmatch(text)
        else "".join("9" if c.isdigit() else "A" if c.isupper() else "a" for c in text)
        for place, text in enumerate(parts)
    )  # fmt: skip


def _other(name: str, shared: Mapping[tuple[int, str], int], key: bytes, turn: int) -> str:
    stream = hmac.new(key, f"{turn}\0{name}".encode(), hashlib.sha512).digest()
    stream *= 1 + len(name) // len(stream)
    parts, place, found = _PARTS.findall(name), 0, ""
    for number, text in enumerate(parts):
        stays = _stays((number, text), len(parts) - 1, shared)
        hexed = _HEX.fullmatch(text) is not None
        for letter in text:
            found += letter if stays else _drawn(letter, stream[place], hexed=hexed)
            place += 1
    return found


def _drawn(letter: str, byte: int, *, hexed: bool) -> str:
    if hexed:
        return "0123456789abcdef"[byte % 16]
    return next((one[byte % len(one)] for one in _LETTERS if letter in one), letter)
