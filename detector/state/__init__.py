"""Stored state: what was read of the logs, as mergeable parts under one manifest.

Ingest is exactly-once in its effect: a file that arrives twice, late, out of order or restated
leaves the state that one clean reading of what counts would leave.
"""

from __future__ import annotations

from detector.disk import Disk
from detector.state.changes import Moved
from detector.state.check import Finding, check
from detector.state.forget import Forgotten, forget
from detector.state.lists import AsideList, HeldList, HeldLists, Standing, entries_by_list
from detector.state.manifest import Manifest, Part, Rejected, Skipped, Stored, add_counts
from detector.state.pseudonyms import hide, key_id, pseudonym
from detector.state.rebuild import Rebuilt, is_whole, rebuilt
from detector.state.retain import Receipt, retain
from detector.state.retry import retry
from detector.state.runs import RunFolder, sweep_if_free
from detector.state.store import Store, tables_of

__all__ = [
    "AsideList",
    "Disk",
    "Finding",
    "Forgotten",
    "HeldList",
    "HeldLists",
    "Manifest",
    "Moved",
    "Part",
    "Rebuilt",
    "Receipt",
    "Rejected",
    "RunFolder",
    "Skipped",
    "Standing",
    "Store",
    "Stored",
    "add_counts",
    "check",
    "entries_by_list",
    "forget",
    "hide",
    "is_whole",
    "key_id",
    "pseudonym",
    "rebuilt",
    "retain",
    "retry",
    "sweep_if_free",
    "tables_of",
]
