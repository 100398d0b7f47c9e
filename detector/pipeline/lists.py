"""The restricted-party lists of a log folder, wherever it stands."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Final

from detector.policy.lists import Lists, Refused, read_lists, read_named
from detector.policy.lists.parsing import MOST_FILE_BYTES
from detector.sources.place import Kind, LocalPlace, Place
from detector.sources.text import printable

FOLDER: Final = "lists"


def lists_of(place: Place) -> Lists:
    """Read the lists in ``lists/`` of a folder; files of a store are fetched for it."""
    if isinstance(place, LocalPlace):
        return read_lists(place.root / FOLDER)
    entries = [entry for entry in place.entries(FOLDER) if entry.kind is Kind.FILE]
    large = [entry.name for entry in entries if entry.mark[1] > MOST_FILE_BYTES]
    refused = [
        Refused(
            printable(name),
            f"{printable(name)} is larger than {MOST_FILE_BYTES} bytes, which no list is",
        )
        for name in large
    ]
    with ExitStack() as stack:
        found = {
            entry.name: stack.enter_context(place.local(f"{FOLDER}/{entry.name}"))
            for entry in entries
            if entry.name not in large
        }
        return read_named(found, refused)
