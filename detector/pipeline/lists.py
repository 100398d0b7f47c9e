"""The restricted-party lists of a log folder, wherever it stands."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Final

import polars as pl

from detector.policy.lists import ENTRIES, Lists, Refused, read_lists, read_named
from detector.policy.lists.parsing import MOST_FILE_BYTES
from detector.sources import Source
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


def lists_of_source(source: Source) -> Lists | None:
    """The lists that go with a source; None where it has none."""
    place = getattr(source, "place", None)
    if place is None or not any(entry.name == FOLDER for entry in place.entries("")):
        return None
    return lists_of(place)


def entries_of(lists: Lists | None) -> pl.DataFrame:
    """The entries of lists; none where there are no lists."""
    return pl.DataFrame(schema=ENTRIES) if lists is None else lists.entries
