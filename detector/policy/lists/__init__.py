"""Restricted-party lists as their publishers ship them, as one frame of entries."""

from __future__ import annotations

from detector.policy.lists.entry import ENTRIES, completed
from detector.policy.lists.reading import (
    ListFile,
    Lists,
    Refused,
    in_force,
    read_files,
    read_lists,
    read_named,
    standing,
)

__all__ = [
    "ENTRIES", "ListFile", "Lists", "Refused", "completed", "in_force", "read_files",
    "read_lists", "read_named", "standing",
]  # fmt: skip
