"""The doors through which one folder is read, and what each says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detector import read_logs
from detector.errors import EnduseError
from detector.pipeline.ingest import Ingested, ingest
from detector.pipeline.live.rollups import KeptRollups
from detector.pipeline.stored import open_state
from detector.sources import Source
from features.build import REGISTRY, feature_table
from features.registry import Registry
from features.rollups import Rollups, complete, merge

CLOCK = datetime(2026, 4, 10, tzinfo=UTC)
KEY = b"doors"
METERED = Registry(tuple(family for family in REGISTRY.families if family.id in ("F08", "F09")))
Files = Mapping[str, str | bytes]


@dataclass(frozen=True)
class Seen:
    """What a door says of a folder; ``error`` where it refuses it."""

    counts: Mapping[str, Mapping[str, int]]
    quarantine: list[tuple[object, ...]]
    warnings: list[str]
    unread: list[tuple[object, ...]]
    as_of: datetime | None = None
    rollups: Mapping[str, pl.DataFrame] | None = None
    whole: Rollups | None = None
    error: str | None = None

    @cached_property
    def features(self) -> Mapping[str, Mapping[str, float]]:
        """Each account's totals and what meters tell of it, measured for those who ask."""
        assert self.whole is not None, self.error
        rows = feature_table(self.whole, METERED).iter_rows(named=True)
        return {str(row["account_id"]): row for row in rows}


@contextmanager
def _folder(folder: Path, max_bad: float) -> Iterator[Source]:
    yield read_logs(folder, max_bad=max_bad, hash_key=KEY, clock=CLOCK)


@contextmanager
def _state(folder: Path, max_bad: float) -> Iterator[Source]:
    state = folder.parent / f"{folder.name}.state"
    ingest(folder, state, max_bad=max_bad, hash_key=KEY, clock=CLOCK)
    with open_state(state, max_bad=max_bad, clock=CLOCK) as stored:
        yield stored


@contextmanager
def _file_by_file(folder: Path, max_bad: float) -> Iterator[Source]:
    """A state into which the files come one after the other, the last path first."""
    state, inbox = folder.parent / f"{folder.name}.slow", folder.parent / f"{folder.name}.inbox"
    for file in sorted((f for f in folder.rglob("*") if f.is_file()), reverse=True):
        target = inbox / file.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        file.rename(target)
        ingest(inbox, state, max_bad=1.0, hash_key=KEY, clock=CLOCK, reject=True)
    with open_state(state, max_bad=max_bad, clock=CLOCK) as stored:
        yield stored


DOORS: Mapping[str, Callable[[Path, float], AbstractContextManager[Source]]] = {
    "folder": _folder,
    "state": _state,
}
SLOW_DOORS = {**DOORS, "file by file": _file_by_file}


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Files], Path]:
    """Write a folder of files (texts or bytes, by path)."""
    made = 0

    def put(files: Files) -> Path:
        nonlocal made
        made += 1
        root = tmp_path / f"logs{made}"
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return root

    return put


def look(door: str, folder: Path, *, max_bad: float = 0.05) -> Seen:
    """Read everything through one door."""
    try:
        with SLOW_DOORS[door](folder, max_bad) as source:
            as_of = source.as_of
            rollups = {t: merge(source.rollups(t, as_of)) for t in source.tables()}
            frames = {name: frame for parts in rollups.values() for name, frame in parts.items()}
            return Seen(
                counts={t: asdict(c) for t, c in source.counts.items()},
                quarantine=source.quarantine.rows(),
                warnings=sorted(source.warnings),
                unread=sorted((u.path, u.reason, u.table) for u in source.unread),
                as_of=as_of,
                rollups=frames,
                whole=complete(frames, source.tables(), as_of, source.catalogue),
            )
    except EnduseError as error:
        return Seen({}, [], [], [], error=f"{type(error).__name__}: {error}")


def same(one: Seen, other: Seen) -> None:
    """Two doors say the same: counts, quarantine, sentences, refusals and rollups."""
    assert one.error == other.error
    assert one.counts == other.counts
    assert one.quarantine == other.quarantine
    assert one.warnings == other.warnings
    assert one.unread == other.unread
    assert one.as_of == other.as_of
    if one.rollups is None or other.rollups is None:
        assert one.rollups is other.rollups
        return
    alike(one.rollups, other.rollups)


def alike(one: Mapping[str, pl.DataFrame], other: Mapping[str, pl.DataFrame]) -> None:
    """Two doors roll the same up; a rollup of no rows may be left out."""
    ours, theirs = ({n: f for n, f in side.items() if f.height} for side in (one, other))
    assert ours.keys() == theirs.keys()
    for name, frame in ours.items():
        assert frame.equals(theirs[name]), name


Look = Callable[..., Seen]


@pytest.fixture
def through(write: Callable[[Files], Path]) -> Look:
    """Look at files through folder and state, find that they agree, and return what they say."""

    def looked(files: Files, *, max_bad: float = 0.05, slowly: bool = True) -> Seen:
        seen = look("folder", write(files), max_bad=max_bad)
        same(seen, look("state", write(files), max_bad=max_bad))
        if slowly and seen.error is None:
            slow = look("file by file", write(files), max_bad=max_bad)
            assert slow.rollups is not None
            assert seen.rollups is not None
            alike(seen.rollups, slow.rollups)
        return seen

    return looked


@pytest.fixture
def seen_through() -> Callable[[str, Path], Seen]:
    """Look at a folder through one door."""
    return look


@pytest.fixture
def take_in() -> Callable[..., Ingested]:
    """Ingest an inbox into a state, at the tests' time."""

    def take(inbox: Path, state: Path, **options: Any) -> Ingested:
        return ingest(inbox, state, max_bad=1.0, hash_key=KEY, clock=CLOCK, **options)

    return take


@pytest.fixture
def rolled_up() -> Callable[[Path, str], pl.DataFrame]:
    """The rollup of a state by its name."""

    def rollup_of(state: Path, table: str) -> pl.DataFrame:
        with open_state(state, max_bad=1.0, clock=CLOCK) as stored:
            return merge(stored.rollups(table, stored.as_of))[table]

    return rollup_of


@pytest.fixture
def followed() -> Callable[[Path], tuple[Mapping[str, pl.DataFrame], Mapping[str, pl.DataFrame]]]:
    """The rollups of one that follows a state from call to call, and those of a fresh look."""
    follower = KeptRollups()

    def look_again(state: Path) -> tuple[Mapping[str, pl.DataFrame], Mapping[str, pl.DataFrame]]:
        with open_state(state, max_bad=1.0, clock=CLOCK) as stored:
            follower.follow(stored)
            fresh = merge(p for t in stored.tables() for p in stored.rollups(t, stored.as_of))
            return follower.in_order().frames, fresh

    return look_again
