"""Records out of JSON: lines, or one document that holds a list of them, in bounded memory."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from detector.sources.limits import MAX_RECORD_BYTES
from detector.sources.native.adapter import dig
from detector.sources.streams import blocks

_SPACE: Final = re.compile(r"[\s,]*")
Paths = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Found:
    """A record, or why there is none (``record`` is then None)."""

    record: Any
    reason: str = ""


def lines(source: Iterator[bytes], paths: Paths) -> Iterator[Found]:
    """Yield the records of JSON lines; a line may itself hold a list of records."""
    for block in blocks(source, quoted=False):
        if block.oversized:
            yield Found(None, f"the line is longer than {MAX_RECORD_BYTES >> 20} MiB")
            continue
        for line in block.data.split(b"\n"):
            if line.strip():
                yield from _line(line, paths)


def _line(line: bytes, paths: Paths) -> Iterator[Found]:
    try:
        record = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        yield Found(None, "the line is not valid JSON")
        return
    yield from _unwrap(record, paths)


def _unwrap(record: Any, paths: Paths) -> Iterator[Found]:
    held = next((v for p in paths if isinstance(v := dig(record, *p), list)), None)
    items = record if isinstance(record, list) else held if held is not None else [record]
    for item in items:
        yield Found(item) if isinstance(item, dict) else Found(None, "the record is not an object")


def document(source: Iterator[bytes], paths: Paths) -> Iterator[Found]:
    """Yield the records of a document, one at a time.

    The list is the document itself or stands under the last key of one of ``paths``; a
    document without such a list is one record.
    """
    reader = _Reader(source)
    start = reader.list_start(tuple(path[-1] for path in paths))
    if start is None:
        yield from _line(reader.rest().encode("utf-8", "replace"), paths)
        return
    yield from reader.items()


class _Reader:
    """A growing window on a text, from which values are parsed one by one."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self._source = source
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._json = json.JSONDecoder()
        self._held = ""
        self._ended = False

    def _more(self) -> bool:
        chunk = next(self._source, None)
        if chunk is None:
            self._ended = True
            return False
        self._held += self._decode.decode(chunk)
        return True

    def list_start(self, keys: tuple[str, ...]) -> int | None:
        """Move to the first item of the list; None if the document holds none."""
        named = "|".join(map(re.escape, keys))
        opening = re.compile(rf'\A\s*\[|"(?:{named})"\s*:\s*\[' if keys else r"\A\s*\[")
        while (found := opening.search(self._held)) is None:
            if len(self._held) > MAX_RECORD_BYTES or not self._more():
                return None
        self._held = self._held[found.end() :]
        return found.end()

    def rest(self) -> str:
        """Return what is left, up to the longest record."""
        while len(self._held) <= MAX_RECORD_BYTES and self._more():
            pass
        return self._held

    def items(self) -> Iterator[Found]:
        """Parse items until the list ends."""
        at = 0
        while True:
            space = _SPACE.match(self._held, at)
            at = space.end() if space else at
            if self._held[at : at + 1] == "]":
                return
            try:
                item, at = self._json.raw_decode(self._held, at)
            except (ValueError, RecursionError):
                if len(self._held) - at <= MAX_RECORD_BYTES and self._more():
                    continue
                yield Found(None, "the document breaks off or is not valid JSON from here on")
                return
            yield Found(item) if isinstance(item, dict) else Found(None, "the record is no object")
            if at > MAX_RECORD_BYTES:
                self._held, at = self._held[at:], 0
