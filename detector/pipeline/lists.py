"""The restricted-party lists of a source, wherever they lie."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from detector.errors import DataError
from detector.policy.lists import ENTRIES, Lists, Refused, read_named
from detector.policy.lists.parsing import MOST_FILE_BYTES
from detector.policy.lists.reading import read_bytes
from detector.sources import Source
from detector.sources.lists import FOLDER
from detector.sources.place import Entry, Kind, Place
from detector.sources.text import printable
from detector.terminal import safe_text

if TYPE_CHECKING:
    from detector.state import AsideList


def lists_of_source(source: Source) -> Lists | None:
    """The lists that a source holds.

    Returns
    -------
    Lists or None
        None where there are none at all. A folder that is there and of which nothing can be
        read gives lists without entries, and says in ``refused`` why.
    """
    place = source.lists
    if place is None:
        return None
    # What was not taken into a state when it was read would be refused where it came from.
    left = [a for a in _aside(place) if a.standing == "none"]
    return read_place(place, [Refused(printable(a.name), a.sentence) for a in left])


def _aside(place: Place) -> Iterable[AsideList]:
    if "detector.pipeline.held_lists" not in sys.modules:
        return []  # No state was opened: what reads its lists need not be loaded to know.
    from detector.pipeline.held_lists import HeldPlace

    return place.held.aside if isinstance(place, HeldPlace) else []


def read_place(place: Place, refused: Iterable[Refused] = ()) -> Lists:
    """Read the files of a folder of lists; those of a store are fetched for it."""
    try:
        entries = place.entries("")
    except OSError as error:
        why = f"{printable(place.name)} cannot be opened: {error.strerror}"
        return Lists(refused=(Refused(FOLDER, why),))
    return read_named({entry.name: partial(contents, place, entry) for entry in entries}, refused)


def contents(place: Place, entry: Entry) -> bytes:
    """The bytes of a file of a folder of lists.

    Raises
    ------
    DataError
        If it is no file, is too large, cannot be read, or changes meanwhile.
    """
    name = safe_text(entry.name, limit=120)
    if entry.kind is not Kind.FILE:
        raise DataError(f"{name} is {entry.kind.value}; give the list itself")
    if entry.mark[1] > MOST_FILE_BYTES:
        raise DataError(f"{name} is larger than {MOST_FILE_BYTES} bytes, which no list is")
    with place.local(entry.name) as path:
        data = read_bytes(path, entry.name)
    if place.mark(entry.name) != entry.mark:
        raise DataError(
            f"{name} changed while it was read; run again when it is complete, or copy under a "
            "name that begins with a dot and rename at the end"
        )
    return data


def entries_of(lists: Lists | None) -> pl.DataFrame:
    """The entries of lists; none where there are no lists."""
    return pl.DataFrame(schema=ENTRIES) if lists is None else lists.entries
