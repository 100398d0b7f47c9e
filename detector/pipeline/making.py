"""New files on their way into a state: each is read and becomes a part, or stands aside."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from detector.errors import DataError, NotData, UnknownShape, Unreachable, Unreadable
from detector.pipeline.ahead import misread
from detector.pipeline.planning import Plan
from detector.pipeline.rolling import KEYS, Making, make_part, settle
from detector.pipeline.screened_files import has_names
from detector.sources.listing import InputFile, Listed
from detector.sources.place import Place
from detector.sources.refused import stopping
from detector.sources.text import printable
from detector.sources.verdict import one_verdict
from detector.sources.whole import refusal
from detector.state import Part, Rejected, key_id
from features.catalogue import Catalogue

HOLD: Final = timedelta(days=7)
"""How far before the newest usage rows are held, to be cut at an earlier as-of."""
Guard = Callable[[Listed, str], AbstractContextManager[None]]
Say = Callable[[str], None]
"""Hears what is done next, beside the reading of files: "settled rows" and the like."""


@dataclass(frozen=True)
class Given:
    """What ``ingest`` was asked to do."""

    place: Place
    catalogue: Catalogue
    hash_key: bytes
    pseudonym_key: bytes | None
    max_bad: float
    hold: timedelta
    reject: bool
    clock: datetime
    slack: timedelta
    accept_shrink: str | None
    guard: Guard
    say: Say

    def cut(self, newest: datetime | None) -> datetime | None:
        """The settled moment: never later than the clock allows, whatever a file claims."""
        return None if newest is None else min(newest, self.clock) - self.hold


@dataclass
class Made:
    """What became of new files."""

    parts: list[Part] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def make(making: Making, given: Given, todo: Plan, newest: datetime | None) -> Made:
    """Roll up the new files. Usage comes first and newest first: it tells what is settled.

    Raises
    ------
    DataError
        If a file has the wrong shape, or nothing of a table could be read, unless such files
        are to be set aside.
    """
    made, order = Made(), sorted(todo.take, key=lambda t: t[0].path, reverse=True)
    errors: dict[str, dict[str, DataError]] = {}
    keyed: dict[str, list[Part]] = {}
    for stays in todo.stay:
        if KEYS in stays.files:
            keyed.setdefault(stays.table, []).append(stays)
    order.sort(key=lambda t: t[0].table != "usage")
    given.place.expect([arrival.path for arrival, _ in order])
    for arrival, sha in order:
        part: Part | None = None
        try:
            others = keyed.setdefault(arrival.table, [])
            with given.guard(arrival, sha), one_verdict(arrival.path):
                part = _one(making, given, arrival, sha, newest, others)
            if given.reject:
                _fit(part, given.max_bad)
        except Unreachable:
            raise  # It says nothing of the file.
        except DataError as error:
            kind = (NotData, UnknownShape, Unreadable)
            if not given.reject and not isinstance(error, kind):
                raise
            # Where nobody looks on, a file that says nothing holds its delivery back.
            no_data = isinstance(error, NotData if given.reject else NotData | UnknownShape)
            why = refusal(arrival.as_input(sha), error).reason
            due = None if part is None else part.due
            made.rejected.append(
                Rejected(arrival.table, arrival.path, sha, why, passed=no_data, due=due)
            )
            errors.setdefault(arrival.table, {})[arrival.path] = error
            continue
        made.parts.append(part)
        if KEYS in part.files:
            others.append(part)
        if part.latest:
            end = datetime.fromisoformat(part.latest)
            newest = end if newest is None else max(newest, end)
    if not given.reject:
        _something_read(todo, made, errors)
    return made


def _something_read(todo: Plan, made: Made, errors: Mapping[str, Mapping[str, DataError]]) -> None:
    """Refuse a table of which no file could be read, where that stops a run."""
    read = {part.table for part in [*todo.stay, *made.parts] if not part.retired}
    for table, held in errors.items():
        error = None if table in read else stopping(table, held)
        if error is not None:
            raise error


def _one(
    making: Making, given: Given, arrival: Listed, sha: str, newest: datetime | None,
    others: Sequence[Part],
) -> Part:  # fmt: skip
    file = arrival.as_input(sha)
    key = _key(making, file)
    part = making.store.finished(key)
    # Names are screened before they are hidden: a part that was made before tells none.
    nameless = making.pseudonym_key is not None and has_names(file.table)
    # A part with keys was made beside others than stand beside it now.
    if part is None or nameless or KEYS in part.files or misread(part, given.clock):
        part = make_part(making, file, arrival, key, given.cut(newest), others)
        if given.place.mark(arrival.path) != arrival.mark:
            raise DataError(
                f"{printable(file.path)} changed while it was read; ingest again when it is "
                "complete, or copy under a name that begins with a dot and rename at the end"
            )
    return part


def _key(making: Making, file: InputFile) -> str:
    named = [
        making.made_by, file.table, file.path, file.sha256,
        hashlib.sha256(making.reading.hasher.key).hexdigest(),
        "" if making.pseudonym_key is None else key_id(making.pseudonym_key),
        "" if making.known_until is None else making.known_until.isoformat(),
    ]  # fmt: skip
    return hashlib.sha256("\n".join(named).encode()).hexdigest()[:40]


def _fit(part: Part, max_bad: float) -> None:
    bad, read = part.counts["quarantined"], part.counts["read"]
    if bad > max_bad * read:
        raise DataError(
            f"{bad} of {read} rows of {printable(part.path)} are bad; the file was set aside"
        )


def settled(
    making: Making, parts: Iterable[Part], newest: datetime | None, given: Given
) -> tuple[Part, ...]:
    """The parts, without rows that are held and need not be where ``newest`` is the newest."""
    cut = given.cut(newest)
    return tuple(
        part if due is None or cut is None or cut < due else settle(making, part, cut)
        for part, due in ((part, due_from(part, given.hold)) for part in parts)
    )


def due_from(part: Part, hold: timedelta) -> datetime | None:
    """From which settled moment on rows can go: all that are held, or those of a whole ``hold``."""
    if part.opens is None:
        return None
    begun = max(datetime.fromisoformat(t) for t in (part.opens, part.settled_until) if t)
    whole = begun if part.horizon is None else datetime.fromisoformat(part.horizon)
    return max(begun, min(whole, begun + hold))
