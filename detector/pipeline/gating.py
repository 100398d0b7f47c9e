"""A state in which too large a share of a table is bad is refused."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from detector.pipeline.rolling import QUARANTINE
from detector.sources.ledger import TableCounts, gate
from detector.state import Manifest, Part, Store, add_counts
from features.tables import SCHEMAS


def refuse_bad(store: Store, manifest: Manifest, max_bad: float) -> None:
    """Refuse a state in which too large a share of a table is bad."""
    by_table: dict[str, list[Part]] = {}
    for part in manifest.live():
        by_table.setdefault(part.table, []).append(part)
    for table in (table for table in SCHEMAS if table in by_table):
        parts = by_table[table]
        counts = TableCounts(**add_counts(parts))
        if counts.quarantined > max_bad * counts.read:
            gate(table, counts, pl.concat(quarantined(store, parts)), max_bad)


def quarantined(store: Store, parts: Iterable[Part]) -> list[pl.DataFrame]:
    """The quarantine of each part that has one."""
    return [store.read(p, QUARANTINE) for p in parts if QUARANTINE in p.files]
