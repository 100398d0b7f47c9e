"""The manifest: which parts are live. Whoever reads it sees one whole state.

It is one JSON file that is replaced as a whole, with a checksum over its own content and the
size and checksum of every file it names. Of a large one changes are written beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from detector.errors import StateDamaged
from detector.state.lists import HeldLists, lists_from
from detector.state.seal import canonical, opened, sealed

FORMATS: Final = (1, 2)
"""Of a manifest that earlier versions read, and of one with changes beside it or packs."""
COUNTS: Final = ("read", "ok", "quarantined", "unmapped", "duplicate", "late")


@dataclass(frozen=True)
class Stored:
    """Size and SHA-256 of a file of the state."""

    bytes: int
    sha256: str


def stored(data: bytes) -> Stored:
    """Measure what is about to be written."""
    return Stored(len(data), hashlib.sha256(data).hexdigest())


@dataclass(frozen=True)
class Part:
    """What one input file became.

    Attributes
    ----------
    table, path, source, period, sha256, bytes
        The input: its place in the log folder, its delivery, and what it held.
    key
        Folder of the part below ``parts/``.
    made_by
        Fingerprint of the rollups and the catalogue that made it.
    files
        Files of the part. None are left of an input that retention has deleted.
    counts
        Rows read, ok, quarantined, unmapped, duplicate and late.
    latest
        Latest ChargePeriodEnd of a Usage row (ISO 8601), if there is one.
    horizon
        Nothing in the part ends later than this: seen from here on, it is seen whole.
    settled_until
        The rows that end later are held beside the rollups, so that the part can be cut
        exactly at any later time; earlier ones are not.
    opens
        When the first of the held rows ends.
    begins
        Nothing in the part begins earlier than this.
    beyond
        The first end of a Usage row that lay further ahead than the clock allowed.
    ahead
        How many such rows there were.
    due
        When the clock allows the first of the times that lay too far ahead to be read.
    told
        What the input holds and no row stands for, counted by sentence.
    below, changed
        The path inside the delivery, and the file's time of change in nanoseconds.
    head
        Hashes of its first charges, where it is part of no delivery.
    passed
        Why the part does not count although it is there (an older run of its delivery).
    pack, at
        The pack that holds its files, and where in it they begin; a folder of its own does
        where there is none.
    """

    table: str
    path: str
    source: str | None
    period: str | None
    sha256: str
    bytes: int
    key: str
    made_by: str
    files: Mapping[str, Stored]
    counts: Mapping[str, int]
    latest: str | None = None
    horizon: str | None = None
    settled_until: str | None = None
    opens: str | None = None
    begins: str | None = None
    beyond: str | None = None
    ahead: int = 0
    due: str | None = None
    told: Mapping[str, int] = field(default_factory=dict)
    below: str = ""
    changed: int = 0
    head: tuple[int, ...] = ()
    passed: str | None = None
    pack: str | None = None
    at: int = 0

    @property
    def delivery(self) -> tuple[str, str, str] | None:
        """Table, source and period, where the input was part of a delivery."""
        if self.source is None or self.period is None:
            return None
        return self.table, self.source, self.period

    @property
    def is_version(self) -> bool:
        """Whether other files of its delivery may hold the same charges."""
        return self.table == "usage" and self.delivery is not None

    @property
    def retired(self) -> bool:
        """Whether retention has deleted it; its input is not taken in again."""
        return not self.files

    def covers(self, as_of: datetime) -> bool:
        """Whether as-of lies after everything in the part."""
        return self.horizon is None or datetime.fromisoformat(self.horizon) <= as_of

    def can_cut(self, as_of: datetime) -> bool:
        """Whether the part can be seen as it stood at ``as_of``."""
        settled = self.settled_until
        return self.covers(as_of) or settled is None or datetime.fromisoformat(settled) <= as_of


@dataclass(frozen=True)
class Rejected:
    """An input that was not taken in, so that it is not tried again until it changes.

    ``passed``: it is no data of its table, and nobody misses it. ``due`` is when it is tried
    again all the same: times that lay too far ahead can then be read.
    """

    table: str
    path: str
    sha256: str
    reason: str
    passed: bool = False
    due: str | None = None


@dataclass(frozen=True)
class Skipped:
    """A file that the newest listing passed over; ``aside``: it should have been read."""

    path: str
    reason: str
    table: str | None = None
    aside: bool = False


@dataclass(frozen=True)
class Manifest:
    """The state at one moment; ``sequence`` grows by one with each change.

    ``hashed`` names the key of what native logs hold of addresses and keys; ``max_bad`` is the
    share by which files were set aside. A state of an earlier version says neither. ``edition``
    is the number of the last change it holds.
    """

    sequence: int = 0
    pseudonyms: str | None = None
    parts: tuple[Part, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    kept: Mapping[str, Stored] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    warnings: tuple[str, ...] = ()
    lists: HeldLists = field(default_factory=HeldLists)
    hashed: str | None = None
    max_bad: float | None = None
    edition: int = 0

    def live(self) -> list[Part]:
        """The parts that count, by table and path: a second copy of a content does not."""
        return list(self._live)

    @cached_property
    def _live(self) -> list[Part]:
        copies = {part.key for part, _ in self.copies()}
        live = (p for p in self.parts if not p.retired and p.passed is None)
        return sorted((p for p in live if p.key not in copies), key=by_place)

    def copies(self) -> list[tuple[Part, Part]]:
        """Each second copy of a content, and the first.

        Inside a delivery a file may be the same in two runs: that tells of versions.
        """
        return list(self._copies)

    @cached_property
    def _copies(self) -> list[tuple[Part, Part]]:
        firsts: dict[tuple[str, str], Part] = {}
        found: list[tuple[Part, Part]] = []
        for part in sorted((p for p in self.parts if not p.retired), key=by_place):
            first = firsts.setdefault((part.table, part.sha256), part)
            if first is not part and not (part.is_version and part.delivery == first.delivery):
                found.append((part, first))
        return found

    def aside(self) -> list[Rejected | Skipped]:
        """What should have been read and could not be."""
        skipped = [s for s in self.skipped if s.aside]
        return [*(r for r in self.rejected if not r.passed), *skipped]

    def parts_by_delivery(self) -> dict[tuple[str, str, str], tuple[Part, ...]]:
        """The usage parts of each delivery that has several, whether they count or not."""
        copies = {part.key for part, _ in self.copies()}
        found: dict[tuple[str, str, str], list[Part]] = {}
        for part in self.parts:
            if part.delivery and part.is_version and not part.retired and part.key not in copies:
                found.setdefault(part.delivery, []).append(part)
        return {name: tuple(parts) for name, parts in found.items() if len(parts) > 1}

    def copied(self) -> dict[str, int]:
        """Rows by table of inputs whose content another path brings already."""
        rows: dict[str, int] = {}
        for part, first in self.copies():
            if first.passed is None:
                rows[part.table] = rows.get(part.table, 0) + part.counts["read"]
        return rows

    @property
    def as_of(self) -> datetime | None:
        """Latest end of a Usage row in the live parts."""
        ends = [datetime.fromisoformat(p.latest) for p in self.live() if p.latest]
        return max(ends, default=None)

    def following(self, **changes: Any) -> Manifest:
        """The next manifest; parts in the order of tables and paths."""
        following = replace(self, sequence=self.sequence + 1, **changes)
        parts = tuple(sorted(following.parts, key=by_place))
        return replace(following, parts=parts)

    def to_bytes(self) -> bytes:
        """As stored: the body with its digest."""
        return sealed(self.body())

    def body(self) -> dict[str, Any]:
        """What is stored, as plain values."""
        # Of many thousand parts: nothing is copied that is only written.
        told = asdict(replace(self, parts=()))
        edition = told.pop("edition")
        if edition:
            told["edition"] = edition
        newer = bool(edition) or any(part.pack is not None for part in self.parts)
        body = {"format": FORMATS[newer], **told}
        return {**body, "parts": [plain_part(part) for part in self.parts]}

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> Manifest:
        """Read a stored manifest.

        Raises
        ------
        StateDamaged
            Where it is cut off, changed or of another format.
        """
        try:
            return opened(data, cls.of_body)
        except ValueError as error:
            raise StateDamaged(
                f"{name} is damaged ({error}): it is not the manifest that was written; make it "
                "again of the parts with `enduse state rebuild DIR`, restore the state from a "
                "backup, or ingest the logs into a new folder"
            ) from error

    @classmethod
    def of_body(cls, body: dict[str, Any]) -> Manifest:
        """Read what ``body`` gave; values of another shape raise what they raise."""
        if body.pop("format") not in FORMATS:
            raise ValueError("it has another format")
        needed = ("sequence", "pseudonyms", "parts", "rejected", "kept")
        names = [f.name for f in fields(cls) if f.name in needed or f.name in body]
        return cls(**{name: read_field(name, body[name]) for name in names})


_READ: Final[Mapping[str, Callable[[Any], Any]]] = {
    "parts": lambda told: tuple(part_of(p) for p in told),
    "rejected": lambda told: tuple(Rejected(**r) for r in told),
    "kept": lambda told: {n: Stored(**s) for n, s in told.items()},
    "skipped": lambda told: tuple(Skipped(**s) for s in told),
    "warnings": tuple,
    "lists": lists_from,
}


def read_field(name: str, told: Any) -> Any:
    """A field of a manifest of what ``plain_field`` gave."""
    return _READ[name](told) if name in _READ else told


def plain_field(manifest: Manifest, name: str) -> Any:
    """A field of a manifest other than its parts, as plain values."""
    return asdict(Manifest(**{name: getattr(manifest, name)}))[name]


def by_place(part: Part) -> tuple[str, str]:
    """The order of tables and paths."""
    return part.table, part.path


def part_bytes(part: Part) -> bytes:
    """As stored beside the part's files; whether it counts is for the manifest to say."""
    return canonical(plain_part(replace(part, passed=None, pack=None, at=0)))


def plain_part(part: Part) -> dict[str, Any]:
    """A part as plain values."""
    files = {name: vars(measure) for name, measure in part.files.items()}
    told = {**vars(part), "files": files}
    if part.pack is None:
        # As earlier versions wrote it, and read it.
        del told["pack"], told["at"]
    return told


def part_from_bytes(data: bytes) -> Part:
    """Read what ``part_bytes`` wrote.

    Raises
    ------
    ValueError
        Where it is anything else.
    """
    try:
        return part_of(json.loads(data))
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("not a part") from error


def tells_of(data: bytes, part: Part) -> bool:
    """Whether these bytes are what was written of a part; an earlier version knew fewer fields."""
    try:
        known: dict[str, Any] = json.loads(data)
        told = part_from_bytes(data)
    except ValueError:
        return False
    mine = replace(part, passed=None, pack=None, at=0)
    spelt = canonical({name: held for name, held in plain_part(mine).items() if name in known})
    return told == mine and spelt == data


def part_of(held: dict[str, Any]) -> Part:
    """A part of what ``plain_part`` gave."""
    files = {name: Stored(**measure) for name, measure in held.pop("files").items()}
    return Part(**{**held, "head": tuple(held.get("head", ()))}, files=files)


def add_counts(parts: Iterable[Part]) -> dict[str, int]:
    """Sum the counts of parts."""
    total = dict.fromkeys(COUNTS, 0)
    for part in parts:
        for name in COUNTS:
            total[name] += part.counts.get(name, 0)
    return total
