"""Restricted-party lists as their publishers ship them, as one frame of entries."""

from __future__ import annotations

from detector.policy.lists.entry import ENTRIES
from detector.policy.lists.reading import (
    ListFile,
    Lists,
    Refused,
    read_files,
    read_lists,
    read_named,
    standing,
)

__all__ = [
    "ENTRIES", "ListFile", "Lists", "Refused", "read_files", "read_lists",
    "read_named", "standing",
]  # fmt: skip
