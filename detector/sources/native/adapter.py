"""What an adapter of a native log is, and the small tools adapters share.

An adapter is a pure function from one record of a vendor's log to rows of a contract table.
It names each field it takes: what is not named never passes, so no prompt, completion or
request body can. Addresses, agents and keys leave it only as keyed hashes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from detector.sources.native.documents import Found

Record = Mapping[str, Any]
Row = dict[str, object]
_LEAP: Final = re.compile(r"(:\d\d):60")
HASH_BYTES: Final = 16
KEY_BYTES: Final = 64


KEY: Final = "_key"
"""In a row: what it tells of (``event_key``), so that a second telling does not count."""
ORDER: Final = "_order"
"""In a row: which of the rows of one key counts: the largest (default ``FINAL``)."""
FINAL: Final = 1
PROVISIONAL: Final = 0
"""A word that counts only where no later one about the same came (an operation's start)."""


class UnusableRecord(ValueError):
    """A record that is not one of this log; its text is a fixed sentence, never its content."""


@dataclass(frozen=True)
class UnusableRow:
    """A part of a record that gives no row; ``reason`` is a fixed sentence, never its content."""

    reason: str


@dataclass(frozen=True)
class NotCounted:
    """A part of a record that is sound and is not counted; ``kind`` is its vendor's name."""

    kind: str


def record_key(source: str, id_: Any, *parts: object) -> int | None:
    """Name the event that a record with an id tells of; None where there is no id."""
    found = (text(id_) or "").strip()
    return event_key(source, found, *parts) if found else None


def event_key(source: str, *parts: object) -> int:
    """Name an operation or a pull, the same in every file of one source: 64 bits.

    >>> event_key("AWS CloudTrail", "e1") == event_key("AWS CloudTrail", "e1")
    True
    """
    told = "\x1f".join([source, *("" if part is None else str(part) for part in parts)])
    digest = hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(digest.digest(), "little")


@dataclass(frozen=True)
class Hasher:
    """Keyed BLAKE2b: the same value gives the same pseudonym under one key."""

    key: bytes

    def __call__(self, value: object) -> str | None:
        """Return 32 hex digits, or None for an empty value."""
        if value is None or value == "":
            return None
        text = str(value).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, key=self.key[:KEY_BYTES], digest_size=HASH_BYTES).hexdigest()


@dataclass(frozen=True)
class Adapter:
    """One vendor's log.

    ``lists`` are the paths at which a document (or a line) holds many records. ``pulled``: its
    rows are counts that are asked for again and again, and the later answer counts.
    ``partial`` are keys of a document that say, where they hold something, that the list is
    not whole. ``together`` puts records of a file together that tell of each other, each where
    it stood, before rows are made of them.
    """

    name: str
    table: str
    recognises: Callable[[Record], bool]
    rows: Callable[[Record, Hasher], Iterable[Row | UnusableRow | NotCounted]]
    lists: tuple[tuple[str, ...], ...] = ()
    pulled: bool = False
    partial: tuple[str, ...] = ()
    together: Callable[[Iterator[Found]], Iterator[Found]] | None = None


def dig(record: Any, *path: str) -> Any:
    """Follow keys into nested objects; None where one is missing.

    >>> dig({"a": {"b": 1}}, "a", "b"), dig({"a": []}, "a", "b")
    (1, None)
    """
    for key in path:
        if not isinstance(record, Mapping):
            return None
        record = record.get(key)
    return record


def lacking(name: str, value: Any) -> str:
    """Say that a text is not there, or that it is none.

    >>> lacking("eventName", None), lacking("eventName", [])
    ('eventName is missing', 'eventName is not a text')
    """
    return f"{name} is missing" if value is None or value == "" else f"{name} is not a text"


def text(value: Any) -> str | None:
    """Return a scalar as text, anything else as None."""
    if value is None or isinstance(value, dict | list):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def number(value: Any) -> int | None:
    """Return a whole number, None if it is not one."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def folded(record: Record) -> dict[str, Any]:
    """Return the record with its top keys in lower case (pipelines differ in their case)."""
    return {str(key).lower(): value for key, value in record.items()}


def from_epoch(seconds: Any, unit: float = 1.0) -> str | None:
    """Return the ISO time of an epoch number, None if it is not one.

    >>> from_epoch(1767225600000, 1e-3)
    '2026-01-01T00:00:00+00:00'
    """
    try:
        moment = datetime.fromtimestamp(0, UTC) + timedelta(seconds=float(seconds) * unit)
    except (TypeError, ValueError, OverflowError):
        return None
    return moment.isoformat()


def hour_of(value: Any) -> tuple[str | None, str | None]:
    """Return the start and end of the hour in which an ISO time lies.

    >>> hour_of("2026-01-01 10:20:30.5")
    ('2026-01-01T10:00:00+00:00', '2026-01-01T11:00:00+00:00')
    """
    try:
        # A leap second (23:59:60) lies in the hour that it ends.
        told = _LEAP.sub(r"\1:59", str(value)[:26]).removesuffix("Z")
        moment = datetime.fromisoformat(told)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        start = moment.replace(minute=0, second=0, microsecond=0)
        return start.isoformat(), (start + timedelta(hours=1)).isoformat()
    except (ValueError, OverflowError):
        return None, None


def instant(value: Any) -> str | None:
    """Return an ISO time in one spelling, to the microsecond; text that is none as it is.

    >>> instant("2026-01-02T03:04:05.123456789Z"), instant("2026-01-02 03:04:05.123456+00:00")
    ('2026-01-02T03:04:05.123456+00:00', '2026-01-02T03:04:05.123456+00:00')
    """
    found = text(value)
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(found or "")
        naive = moment.tzinfo is None
        moment = moment.replace(tzinfo=UTC) if naive else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return found
    return moment.isoformat()


def records_of(value: Any) -> list[Any]:
    """Return a list as it is, None as empty, anything else as one item."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
