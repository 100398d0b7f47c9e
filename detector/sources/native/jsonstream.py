"""A window on a growing JSON text, from which values are taken one by one."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, Final

from detector.sources.limits import MAX_RECORD_BYTES

_SPACE: Final = re.compile(r"[ \t\n\r]*")
# RFC 7464 puts a record separator before each text; pages are also joined with commas.
_BETWEEN: Final = re.compile(r"[\s,\x1e\ufeff]*")
_CLOSING: Final = re.compile(r"[\s,\x1e\ufeff\]}]*")
_BEGINS: Final = re.compile(r"[\n\x1e](?=[\[{])")
_OUTSIDE: Final = re.compile(r'"|[\[{]+|[\]}]')
_INSIDE: Final = re.compile(r'["\\]')
_LITERAL: Final = 16
"""Characters in which a literal or an escape that is cut off may lie (``\\ud83d\\ude00``)."""


class NotJson(ValueError):
    """The text is not JSON here."""


class Unfinished(ValueError):
    """The text ends inside a value."""


class TooLong(ValueError):
    """A value is longer than a record may be, or nested too deep; ``skip`` passes over it."""


def _whole_number(digits: str) -> int | str:
    try:
        return int(digits)
    except ValueError:  # Python converts at most 4,300 digits: what is longer stays text.
        return digits


_PLAIN: Final = json.JSONDecoder()
_PATIENT: Final = json.JSONDecoder(parse_int=_whole_number)


def decoded(source: str) -> Any:
    """Parse a whole text.

    Raises
    ------
    ValueError, RecursionError
        If it is not JSON, or nested too deep.
    """
    try:
        return _PLAIN.decode(source)
    except json.JSONDecodeError:
        raise
    except ValueError:
        return _PATIENT.decode(source)


def _raw(source: str, at: int) -> tuple[Any, int]:
    try:
        return _PLAIN.raw_decode(source, at)
    except json.JSONDecodeError:
        raise
    except ValueError:
        return _PATIENT.raw_decode(source, at)


class JsonStream:
    """Reads on as values ask for it, and holds little more than the longest record."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self._source = source
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = ""
        self._at = 0
        self._ended = False
        self._first = False
        self.taken = 0

    def between(self, *, closing: bool) -> str:
        """Pass over what may stand between documents; return what comes, "" at the end.

        ``closing``: after a document that broke, brackets that nobody opened may stand, too.
        """
        return self._pass(_CLOSING if closing else _BETWEEN)

    def mark(self) -> str:
        """Pass over whitespace; return the character that comes, "" at the end."""
        return self._pass(_SPACE)

    def expect(self, mark: str) -> None:
        """Pass over a bracket or a colon."""
        found = self.mark()
        if found != mark:
            raise NotJson if found else Unfinished
        self._at += 1
        self._first = True

    def closes(self, mark: str) -> bool:
        """Pass over the end of a container, or the comma before its next value."""
        found, first = self.mark(), self._first
        self._first = False
        if found == mark:
            self._at += 1
            return True
        if not found:
            raise Unfinished
        if not first:
            self.expect(",")
            self._first = False
        return False

    def key(self) -> str:
        """Take a key and the colon behind it."""
        if (found := self.mark()) != '"':
            raise NotJson if found else Unfinished
        key = self.value()
        self.expect(":")
        self._first = False
        return str(key)

    def held_value(self) -> Any:
        """Take the value that comes if the window holds all of it, else return None."""
        try:
            value, end = _raw(self._held, self._at)
        except (ValueError, RecursionError):
            return None
        self._at = end
        return value

    def value(self) -> Any:
        """Take the value that comes.

        Raises
        ------
        NotJson, Unfinished, TooLong
            Where there is none; the window then begins with it.
        """
        self.mark()
        while True:
            cut_off = False
            try:
                value, end = _raw(self._held, self._at)
            except RecursionError:
                raise TooLong from None
            except json.JSONDecodeError as error:
                cut_off = self._cut_off(error)
                if not cut_off:
                    raise NotJson from None
            else:
                if self._ended or end < len(self._held) or not _may_go_on(value):
                    self.taken, self._at = end - self._at, end
                    return value
            if len(self._held) - self._at > MAX_RECORD_BYTES:
                raise TooLong
            if not self._more() and cut_off:
                raise Unfinished

    def skip(self) -> None:
        """Pass over the container or text that comes, holding none of it."""
        depth, inside = 0, False
        while True:
            found = (_INSIDE if inside else _OUTSIDE).search(self._held, self._at)
            if found is None:
                self._at = max(self._at, len(self._held))
                if not self._more():
                    raise Unfinished
                continue
            self._at = found.end()
            if found[0] == "\\":
                self._at += 1
            elif found[0] == '"':
                inside = not inside
            else:
                depth += -1 if found[0] in "]}" else len(found[0])
            if depth <= 0 and not inside:
                return

    def resume(self) -> bool:
        """Move to the next line that begins like a document; False if there is none."""
        while (found := _BEGINS.search(self._held, self._at)) is None:
            self._at = max(self._at, len(self._held) - 1)
            if not self._more():
                return False
        self._at = found.end()
        return True

    def _pass(self, what: re.Pattern[str]) -> str:
        while True:
            found = what.match(self._held, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._more():
                return ""

    def _cut_off(self, error: json.JSONDecodeError) -> bool:
        """Whether a value that does not parse may only have been cut by the window's end."""
        near = error.pos >= len(self._held) - _LITERAL
        return near or error.msg.startswith("Unterminated string")

    def _more(self) -> bool:
        """Read on; the window then begins at the place."""
        if self._ended:
            return False
        chunk = next(self._source, None)
        self._ended = chunk is None
        after = max(self._at - len(self._held), 0)
        text = self._decode.decode(chunk or b"", final=self._ended)
        self._held, self._at = self._held[self._at :] + text, after
        return not self._ended or bool(text)


def _may_go_on(value: Any) -> bool:
    """Whether a value at the end of the window may have more digits."""
    return isinstance(value, int | float) and not isinstance(value, bool)
