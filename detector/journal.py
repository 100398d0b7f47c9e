"""What a service says while it runs: one line an event on stderr, as text or as JSON.

Whoever says something names the event: ``log.warning(sentence, extra={"event": "stage_failed"})``;
``about`` beside it holds what a program may want to read by name. Lines of one event are limited,
and what was held back is counted, so that one odd inbox cannot fill a disk with its own name.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Literal

from detector.http.pace import Clock, Pace
from detector.terminal import safe_text

Form = Literal["text", "json"]

#: So many lines of one event at once, and so many a second after that.
BURST: Final = 30
RATE: Final = 1.0
_LONGEST: Final = 2000
_FRAMES: Final = 30
_LOG: Final = logging.getLogger(__name__)


class Journal(logging.StreamHandler[IO[str]]):
    """Writes a line for each record that the pace of its event lets through."""

    def __init__(self, stream: IO[str], form: Form, clock: Clock | None = None) -> None:
        super().__init__(stream)
        self.setFormatter(_Json() if form == "json" else _Text())
        self._pace = Pace(BURST, RATE) if clock is None else Pace(BURST, RATE, clock)
        self._held_back: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, or count it; the next of its event says how many were not written."""
        event = event_of(record)
        if record.levelno < logging.CRITICAL and not self._pace.take(event):
            self._held_back[event] += 1
            return
        record.held_back = self._held_back.pop(event, 0)
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's own name
        """Go on: a journal that takes no more lines is no reason to end."""

    def close(self) -> None:
        """Tell what was held back and never followed by a line."""
        held, self._held_back = self._held_back, Counter()
        for event, count in sorted(held.items()):
            about = {"event": "held_back", "about": {"of": event, "count": count}}
            _LOG.warning("%d more lines of %s were not written", count, event, extra=about)
        super().close()


def event_of(record: logging.LogRecord) -> str:
    """The event that a record is of; the library's name where a library speaks."""
    return str(getattr(record, "event", record.name))


def _sentence(record: logging.LogRecord) -> str:
    said = record.getMessage()
    if record.exc_info and record.exc_info[1] is not None:
        error = record.exc_info[1]
        said = f"{said}: {type(error).__name__}: {error}"
    # Made safe here whoever said it: what is safe already stays as it is.
    return safe_text(said, limit=_LONGEST)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        held = getattr(record, "held_back", 0)
        more = f" ({held} more lines like it were not written)" if held else ""
        time = datetime.fromtimestamp(record.created).astimezone()
        return f"{time:%Y-%m-%dT%H:%M:%S%z} enduse {record.levelname} {_sentence(record)}{more}"


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC)
        held: dict[str, Any] = {
            "time": time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": event_of(record),
            "message": _sentence(record),
            **{name: _plain(value) for name, value in getattr(record, "about", {}).items()},
        }
        if record.exc_info:
            held["trace"] = _trace(record.exc_info[2])
        if getattr(record, "held_back", 0):
            held["held_back"] = record.held_back  # type: ignore[attr-defined]  # set in emit
        return json.dumps(held, ensure_ascii=True, allow_nan=False, default=str)


def _plain(value: object) -> object:
    return value if isinstance(value, bool | int | None) else safe_text(value, limit=_LONGEST)


def _trace(trace: TracebackType | None) -> list[str]:
    """Where it happened, without the values: those may be secrets, or a stranger's words."""
    frames = traceback.extract_tb(trace)[-_FRAMES:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


@contextmanager
def opened(form: Form) -> Iterator[None]:
    """Write what is said in a block, by whatever thread or library, into one journal on stderr."""
    root, journal = logging.getLogger(), Journal(sys.stderr, form)
    level, hook = root.level, threading.excepthook
    root.addHandler(journal)
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)
    threading.excepthook = _tell_of_thread
    try:
        yield
    finally:
        journal.close()
        root.removeHandler(journal)
        root.setLevel(level)
        logging.captureWarnings(False)
        threading.excepthook = hook


def _tell_of_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None:
        found = (ended.exc_type, ended.exc_value, ended.exc_traceback)
        _LOG.error("a thread ended", exc_info=found, extra={"event": "thread_ended"})


def last_words(sentence: str) -> None:
    """Say as JSON, after all else, what ended the command."""
    with opened("json"):
        _LOG.critical("%s", sentence, extra={"event": "ended"})
