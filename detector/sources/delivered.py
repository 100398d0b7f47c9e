"""Deliveries of several files: which of them an older run of the export left behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from detector.errors import NotData, UnknownShape, Unreadable
from detector.sources.discover import Found
from detector.sources.ledger import FileRecord
from detector.sources.listing import InputFile
from detector.sources.reading import Reading, read_file
from detector.sources.versions import Hashes, Version, joined, passed_over, sketch

Sketcher = Callable[[Sequence[InputFile]], Mapping[str, Hashes]]
"""Gives the sketches of files, by path."""


def older(files: Sequence[InputFile], found: Found, sketches: Sketcher) -> Mapping[str, str]:
    """Files of deliveries that do not count, and why; only deliveries of several are read.

    Raises
    ------
    DataError
        If it cannot be told which run of a delivery is newest.
    """
    several = [delivery for delivery in by_delivery(files) if len(delivery) > 1]
    if not several:
        return {}
    known = sketches([file for delivery in several for file in delivery])
    out: dict[str, str] = {}
    for delivery in several:
        versions = [
            Version(f.path, found.below[f.path], found.marks[f.path][2], known[f.path], f.sha256)
            for f in delivery
        ]
        out |= passed_over(versions)
    return out


def by_delivery(files: Sequence[InputFile]) -> list[list[InputFile]]:
    """The files of each delivery; those of none are left out."""
    held: dict[tuple[str, str], list[InputFile]] = {}
    for file in files:
        if file.source is not None and file.period is not None:
            held.setdefault((file.source, file.period), []).append(file)
    return list(held.values())


def read_sketch(reading: Reading, file: InputFile) -> Hashes:
    """The sketch of one file; of one that cannot be read, that of no rows."""
    try:
        return joined(sketch(part.frame) for part in read_file(reading, file, FileRecord()))
    except (NotData, UnknownShape, Unreadable):
        return joined(())
