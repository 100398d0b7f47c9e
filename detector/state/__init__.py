"""Stored state: what was read of the logs, as mergeable parts under one manifest.

Ingest is exactly-once in its effect: a file that arrives twice, late, out of order or restated
leaves the state that one clean reading of what counts would leave.
"""

from __future__ import annotations

from detector.state.check import Finding, check
from detector.state.disk import Disk
from detector.state.lists import AsideList, HeldList, HeldLists, Standing, entries_by_list
from detector.state.manifest import Manifest, Part, Rejected, Skipped, Stored, add_counts
from detector.state.pseudonyms import hide, key_id, pseudonym
from detector.state.retain import Receipt, retain
from detector.state.retry import retry
from detector.state.store import Store, tables_of

__all__ = [
    "AsideList",
    "Disk",
    "Finding",
    "HeldList",
    "HeldLists",
    "Manifest",
    "Part",
    "Receipt",
    "Rejected",
    "Skipped",
    "Standing",
    "Store",
    "Stored",
    "add_counts",
    "check",
    "entries_by_list",
    "hide",
    "key_id",
    "pseudonym",
    "retain",
    "retry",
    "tables_of",
]
