"""Retention: what is older than a number of days leaves the state, with a receipt.

Deleted are whole parts, days of rollups and held rows that end before the limit, and facts that
ended before it: links last seen, payments, past holders of an instance, accounts closed, and
decisions that have expired. Published runs go with them, but for the latest, which the next run
of a service replaces. Restricted-party lists stay: they are public, and the newest
alone are held. A deleted input is remembered by its hash alone and not taken in
again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import polars as pl

from detector.disk import Disk
from detector.errors import StateError
from detector.state.contents import SCREENED
from detector.state.lock import exclusive
from detector.state.manifest import Manifest, Part, Stored
from detector.state.runs import PUBLISHER, RUNS, RunFolder, latest_of, runs_of, sweep
from detector.state.seal import canonical
from detector.state.store import Store
from detector.state.sums import SUMS
from features.tables import TABLES

QUARANTINE: Final = "quarantine.parquet"


@dataclass(frozen=True)
class Receipt:
    """What was deleted; ``name`` is its file below ``kept/``."""

    name: str
    limit: datetime
    parts: tuple[dict[str, Any], ...]
    files_left: int
    runs: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As written."""
        return {
            "kind": "retention",
            "deleted_before": self.limit.isoformat(),
            "parts": list(self.parts),
            "files_left": self.files_left,
            "runs": list(self.runs),
        }


def retain(
    root: Path, days: int, *, wait: float = 10.0, now: datetime | None = None,
    disk: Disk | None = None,
) -> Receipt:  # fmt: skip
    """Delete what ended more than ``days`` days ago.

    Parameters
    ----------
    root
        State folder.
    days
        Days to keep, counted from ``now`` (default: the clock), or from the newest usage where
        that is earlier: old logs that were ingested late are not deleted for being old.
    wait
        Seconds to wait for another writer.

    Returns
    -------
    Receipt
        Written to ``kept/`` and named by the manifest before anything is deleted.

    Raises
    ------
    StateError
        If there is no state, it is damaged, or another writer holds it.
    """
    store = Store(root, disk)
    if not root.is_dir():
        raise StateError(f"there is no state folder {root}; nothing was deleted")
    with store.writing(wait):
        before = store.manifest()
        newest = before.as_of or datetime.now(UTC)
        limit = min(now or datetime.now(UTC), newest) - timedelta(days=days)
        limit = limit.replace(hour=0, minute=0, second=0, microsecond=0)
        parts, told = [], []
        for part in before.parts:
            left, gone = _cut(store, part, limit)
            parts.append(left)
            told += gone
        return _publish(store, before, parts, tuple(told), limit, wait)


def _publish(
    store: Store,
    before: Manifest,
    parts: list[Part],
    told: tuple[dict[str, Any], ...],
    limit: datetime,
    wait: float,
) -> Receipt:
    name = f"retention-{before.sequence + 1:08d}.json"
    runs = tuple(run.folder.name for run in _outdated(store.root, limit, deleted=bool(told)))
    receipt = Receipt(name, limit, told, sum(len(p.files) for p in parts), runs)
    kept = {**before.kept, name: store.keep(name, canonical(receipt.as_dict()))}
    after = before.following(parts=tuple(parts), kept=kept)
    after = store.publish(after)
    # Where a reader still holds the old files, the next writer sweeps them up.
    store.sweep(after)
    if told:
        unscreen(store, after)
    if (store.root / RUNS).is_dir():
        with exclusive(store.root / PUBLISHER, wait):
            sweep(store.root)
            for run in runs:
                store.disk.remove(store.root / RUNS / run)
    return receipt


def unscreen(store: Store, after: Manifest) -> None:
    """Let names and sums leave with their rows; the next run makes anew what of them is left."""
    for path in (store.root / SUMS).glob("*"):
        store.disk.remove(path)
    if after.pseudonyms is None:
        store.disk.remove(store.root / SCREENED)


def _outdated(root: Path, limit: datetime, *, deleted: bool) -> list[RunFolder]:
    """Runs that show what was deleted, or are older than the limit; the latest is in use."""
    latest = latest_of(root)
    return [
        run for run in runs_of(root)
        if run.folder != latest and (deleted or run.folder.stat().st_mtime < limit.timestamp())
    ]  # fmt: skip


def _cut(store: Store, part: Part, limit: datetime) -> tuple[Part, list[dict[str, Any]]]:
    """A part without what ended before the limit, and what is told of it."""
    if part.retired:
        return part, []
    told = {"table": part.table, "path": part.path, "sha256": part.sha256}
    if part.horizon is not None and datetime.fromisoformat(part.horizon) <= limit:
        return retired(part), [{**told, "rows_read": part.counts["read"], "whole": True}]
    frames = {name: store.read(part, name) for name in part.files}
    left = {name: _newer(name, frame, part.table, limit) for name, frame in frames.items()}
    gone = sum(frame.height - left[name].height for name, frame in frames.items())
    if not gone:
        return part, []
    if QUARANTINE in left:
        # Nobody can tell how old a row is that could not be read: it goes with the first days.
        left[QUARANTINE] = left[QUARANTINE].clear()
    folder = store.begin()
    files: dict[str, Stored] = {n: store.add(folder, n, f) for n, f in left.items()}
    key = f"{part.key.partition('-')[0]}-r{limit:%Y%m%d}"
    cut = store.finish(folder, replace(part, key=key, files=files))
    return cut, [{**told, "rows_of_tables": gone, "whole": False}]


def retired(part: Part) -> Part:
    """An input of which nothing is left but its name and its hash."""
    empty = dict.fromkeys(part.counts, 0)
    return replace(
        part,
        files={},
        counts=empty,
        latest=None,
        horizon=None,
        settled_until=None,
        opens=None,
        pack=None,
        at=0,
    )


def _newer(name: str, frame: pl.DataFrame, table: str, limit: datetime) -> pl.DataFrame:
    moment = pl.lit(limit).cast(pl.Datetime("us", "UTC"))
    if name.startswith(("rows.", "waits.")):
        record = TABLES.get(table)
        ends = None if record is None else record.ends
        if ends is None:
            return frame
        old = ends < moment
    elif "day" in frame.columns:
        old = pl.col("day") < moment.dt.date()
    elif "last" in frame.columns:
        old = pl.col("last") < moment
    else:
        return frame
    return frame.filter(~old.fill_null(value=False))
