"""Records out of JSON: lines, or documents that hold lists of them, in bounded memory.

A file may hold any number of documents: pages appended to each other, lists, single records.
Of each, the list is the document itself or stands at one of the adapter's paths, and nowhere
else: a key of the same name inside a record or a text is never taken for it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from detector.sources.limits import MAX_RECORD_BYTES
from detector.sources.native.jsonstream import (
    JsonStream,
    NotJson,
    TooLong,
    Unfinished,
    decoded,
)  # fmt: skip
from detector.sources.streams import blocks, lines_of

Paths = tuple[tuple[str, ...], ...]
#: At the end of a path: what stands there is one record, not a list of them.
ONE: Final = "."
_FALSY: Final = frozenset({"", "0", "false", "null", "none"})
_MOST_KEYS: Final = 100
"""Keys beside a list that are remembered (a page has a handful)."""

LEFT_OVER: Final = "what follows the last whole document is not JSON"
BREAKS_OFF: Final = "the document breaks off here: what stood before is read"
BROKEN: Final = "the document is not valid JSON from here on"
TOO_LONG: Final = f"the record is longer than {MAX_RECORD_BYTES >> 20} MiB, or nested too deep"
NO_OBJECT: Final = "the record is not an object"


@dataclass(frozen=True)
class Found:
    """A record; or why there is none (``record`` is then None); or the end of a list.

    At the end of a document's list, ``beside`` names the keys beside it, and beside what holds
    it, that hold something (``has_more``); it is None otherwise.
    """

    record: Any
    reason: str = ""
    beside: frozenset[str] | None = None


def lines(source: Iterator[bytes], paths: Paths) -> Iterator[Found]:
    """Yield the records of JSON lines; a line may itself hold lists of records."""
    for block in blocks(source, quoted=False):
        if block.oversized:
            yield Found(None, f"the line is longer than {MAX_RECORD_BYTES >> 20} MiB")
            continue
        for line in lines_of(block.data):
            yield from _line(line, paths)


def _line(line: bytes, paths: Paths) -> Iterator[Found]:
    try:
        record = decoded(line.decode("utf-8"))
    except UnicodeDecodeError:
        yield Found(None, "the line is not UTF-8 text")
    except (ValueError, RecursionError):
        found = list(document(iter([line]), paths))
        whole = any(item.record is not None or item.beside is not None for item in found)
        yield from found if whole else [Found(None, "the line is not valid JSON")]
    else:
        yield from _whole(record, paths)


def document(source: Iterator[bytes], paths: Paths) -> Iterator[Found]:
    """Yield the records of all documents of a file, one at a time.

    Whitespace, commas and record separators may stand between documents. After a document
    that cannot be read on, reading resumes at the next line that begins one.
    """
    stream = JsonStream(source)
    closing = left_over = False
    while mark := stream.between(closing=closing):
        reason = LEFT_OVER
        if mark in "[{":
            reason = yield from _guarded(stream, paths)
        if not reason:
            left_over = False
            continue
        # What is left over is one thing, however many of its lines begin like JSON.
        if not left_over:
            yield Found(None, reason)
        closing, left_over = True, left_over or reason == LEFT_OVER
        if not stream.resume():
            return


def _guarded(stream: JsonStream, paths: Paths) -> Generator[Found, None, str]:
    """Yield the records of a document; return why it cannot be read on, if so."""
    try:
        yield from _document(stream, paths)
    except TooLong:
        return TOO_LONG
    except Unfinished:
        return BREAKS_OFF
    except NotJson:
        return BROKEN
    return ""


def _document(stream: JsonStream, paths: Paths) -> Iterator[Found]:
    whole = stream.held_value()
    if whole is not None:
        yield from _whole(whole, paths)
    elif stream.mark() == "[":
        yield from _pages(_values(stream), paths)
    else:
        yield from _pieces(stream, paths)


def _whole(record: Any, paths: Paths) -> Iterator[Found]:
    """Yield the records of a document that is held as a whole."""
    if isinstance(record, list):
        yield from _pages(map(_record, record), paths)
    else:
        yield from _page(_record(record), paths)


def _pages(items: Iterable[Found], paths: Paths) -> Iterator[Found]:
    """Yield the records of a list that is a document; its items may be pages themselves."""
    beside: frozenset[str] = frozenset()
    for item in items:
        for found in _page(item, paths):
            if found.beside is None:
                yield found
            else:
                beside = found.beside
    yield Found(None, beside=beside)


def _page(item: Found, paths: Paths) -> Iterator[Found]:
    """Yield the records of the lists of an object, or the object where it has none."""
    record = item.record
    if record is None or not any(path[0] in record for path in paths):
        yield item
        return
    members = _Members()
    lists = list(_lists(record, paths, members))
    for items in lists:
        yield from map(_record, items)
    yield Found(None, beside=members.beside) if lists else item


def _record(item: Any) -> Found:
    return Found(item) if isinstance(item, dict) else Found(None, NO_OBJECT)


@dataclass
class _Members:
    """What stands in a document beside its list."""

    kept: dict[str, Any] = field(default_factory=dict)
    holding: set[str] = field(default_factory=set)
    listed: bool = False
    size: int = 0

    @property
    def beside(self) -> frozenset[str]:
        return frozenset(self.holding)

    def note(self, key: str, value: Any) -> None:
        holds = str(value).lower() not in _FALSY if isinstance(value, str) else bool(value)
        if not holds:
            self.holding.discard(key)
        elif len(self.holding) < _MOST_KEYS:
            self.holding.add(key)


def _lists(record: dict[str, Any], paths: Paths, members: _Members) -> Iterator[list[Any]]:
    """Yield the lists at the paths of an object, in the order of its keys."""
    for key, value in record.items():
        inner = tuple(path[1:] for path in paths if path[0] == key)
        if isinstance(value, list) and () in inner:
            yield value
        elif isinstance(value, dict) and (ONE,) in inner:
            yield [value]
        elif isinstance(value, dict) and any(inner):
            yield from _lists(value, tuple(filter(None, inner)), members)
        else:
            members.note(key, value)


def _values(stream: JsonStream) -> Iterator[Found]:
    """Yield the items of the list that comes; one that is too long costs itself alone."""
    stream.expect("[")
    while not stream.closes("]"):
        yield _value(stream)


def _value(stream: JsonStream) -> Found:
    try:
        return _record(stream.value())
    except TooLong:
        stream.skip()
        return Found(None, TOO_LONG)


def _pieces(stream: JsonStream, paths: Paths) -> Iterator[Found]:
    """Yield the records of an object that is too long to be held as a whole."""
    members = _Members()
    yield from _members(stream, paths, members, members.kept)
    if members.listed:
        yield Found(None, beside=members.beside)
    else:
        yield Found(None, TOO_LONG) if members.size > MAX_RECORD_BYTES else _record(members.kept)


def _members(
    stream: JsonStream, paths: Paths, members: _Members, kept: dict[str, Any]
) -> Iterator[Found]:
    stream.expect("{")
    while not stream.closes("}"):
        key = stream.key()
        inner = tuple(path[1:] for path in paths if path[0] == key)
        mark = stream.mark()
        if mark == "[" and () in inner:
            members.listed = True
            yield from _values(stream)
        elif mark == "{" and (ONE,) in inner:
            members.listed = True
            yield _value(stream)
        elif mark == "{" and any(inner):
            nested: dict[str, Any] = {}
            kept[key] = nested
            yield from _members(stream, tuple(filter(None, inner)), members, nested)
        else:
            _member(stream, key, members, kept)


def _member(stream: JsonStream, key: str, members: _Members, kept: dict[str, Any]) -> None:
    """Take a value beside the list; let go of them all where they are too much."""
    try:
        value = stream.value()
    except TooLong:
        members.size += MAX_RECORD_BYTES + 1
        members.note(key, True)
        stream.skip()
        return
    members.note(key, value)
    members.size += stream.taken + len(key)
    if members.listed or members.size > MAX_RECORD_BYTES:
        members.kept.clear()
        kept.clear()
    else:
        kept[key] = value
