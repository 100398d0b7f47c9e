"""Taking a downloaded file into a folder of lists, in the place of its older version."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from detector.errors import DataError, UsageError
from detector.policy.lists import ofac
from detector.policy.lists.guard import shrunk
from detector.policy.lists.manifest import (
    NAME,
    Manifest,
    Told,
    manifest_bytes,
    parse_manifest,
    put,
)
from detector.policy.lists.parsing import Parsed, parse
from detector.policy.lists.reading import read_bytes
from detector.policy.lists.text import clean

EARLIER: Final = "_earlier"
"""Folder, among the lists, of the versions that were replaced."""


@dataclass(frozen=True)
class Accepted:
    """A file that was taken in.

    Attributes
    ----------
    path : Path
        Where it stands now.
    sha256 : str
        Its hash.
    counts, before : mapping of str to int
        Its entries by list, and those of the version that it replaced.
    quarantined : int
        Rows and cells of it that could not be read.
    lost : sequence of str
        What it holds less, in words; accepted for a reason that was given.
    earlier : Path or None
        Where the version that it replaced was put.
    """

    path: Path
    sha256: str
    counts: Mapping[str, int]
    before: Mapping[str, int]
    quarantined: int
    lost: tuple[str, ...]
    earlier: Path | None


def accept(file: Path, to: Path, *, day: date | None = None, reason: str | None = None) -> Accepted:
    """Check a file, and put it among the lists if it is one and did not shrink.

    Parameters
    ----------
    file
        What was downloaded.
    to
        The folder of lists; it is made if need be.
    day
        The day of the list; default: that of the file's last change.
    reason
        Why a list that vanished or lost more than a fifth of its entries is right.

    Raises
    ------
    DataError
        If it is no list, or shrank and no reason was given. The folder is as it was.
    UsageError
        If the reason says nothing.
    """
    if reason is not None and not clean(reason):
        raise UsageError("--accept-shrink is empty; say why the list may hold less")
    data = read_bytes(file, file.name)
    parsed = parse(clean(file.name), data)
    parsed.refuse_empty()
    name = _place(parsed, file.name)
    manifest = _manifest_of(to)
    old = _standing(to, name)
    before = _before(manifest, name, old)
    lost = tuple(shrunk(before, parsed.counts))
    if lost and reason is None:
        raise DataError(
            f"{clean(file.name)} holds less than what stands as {name}: {'; '.join(lost)}; the "
            "old list is kept. If the publisher took them off, say why: --accept-shrink REASON"
        )
    told = Told(
        day=day or _changed(file),
        publisher=manifest.of(name).publisher,
        sha256=parsed.bench.sha256,
        accepted=datetime.now(UTC).date(),
        shrink_accepted=reason if lost else None,
        entries=parsed.counts,
    )
    earlier = _put(to, name, data, old)
    gone = {old.name} if old else set()
    files = {key: value for key, value in manifest.files.items() if key not in gone}
    after = Manifest(manifest.whole, MappingProxyType({**files, name: told}))
    put(to / NAME, manifest_bytes(after))
    bad = len(parsed.bench.bad)
    return Accepted(to / name, parsed.bench.sha256, parsed.counts, before, bad, lost, earlier)


def _manifest_of(to: Path) -> Manifest:
    path = to / NAME
    return parse_manifest(read_bytes(path, NAME)) if os.path.lexists(path) else Manifest()


def _place(parsed: Parsed, given: str) -> str:
    """The name under which a file stands, so that its next version takes its place."""
    end = given.lower().rpartition(".")[2]
    if parsed.form == "screening":
        return f"consolidated.{end}"
    if parsed.form in ofac.WIDTHS:
        return f"{parsed.form}.csv"
    if parsed.form == "targets":
        return "targets.simple.csv"
    if clean(given) != given or given.startswith((".", "_")):
        raise DataError(
            "the file's name begins with a dot or an underscore, or has signs that are not shown; "
            "give it a plain name, under which its next version will come too"
        )
    return given


def _standing(to: Path, name: str) -> Path | None:
    """The version that stands there now; the screening list may be there in its other form."""
    stem, _, end = name.rpartition(".")
    other = f"{stem}.{'json' if end == 'csv' else 'csv'}" if stem == "consolidated" else name
    return next((to / n for n in (name, other) if (to / n).is_file()), None)


def _before(manifest: Manifest, name: str, old: Path | None) -> Mapping[str, int]:
    """What was accepted last, by list; else what the file that stands there holds."""
    told = manifest.files.get(old.name if old else name)
    if told is not None and told.entries:
        return told.entries
    if old is None:
        return {}
    try:
        return parse(old.name, read_bytes(old, old.name)).counts
    except DataError:
        # What stands there is no list: anything is more.
        return {}


def _changed(file: Path) -> date:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC).date()


def _put(to: Path, name: str, data: bytes, old: Path | None) -> Path | None:
    """Write the file in its place; what stood there goes to ``_earlier``, under its hash."""
    to.mkdir(parents=True, exist_ok=True)
    earlier = None
    if old is not None:
        held = old.read_bytes()
        if held != data:
            earlier = to / EARLIER / hashlib.sha256(held).hexdigest()[:12] / old.name
            earlier.parent.mkdir(parents=True, exist_ok=True)
            put(earlier, held)
    put(to / name, data)
    if old is not None and old.name != name:
        old.unlink()
    return earlier
