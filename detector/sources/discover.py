"""The files that count in a log folder, told apart by their content."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from detector.errors import DataError, Unreadable
from detector.sources.listing import InputFile, Listed, Listing, Unread, list_files
from detector.sources.manifests import follow_manifests
from detector.sources.place import Mark, Place
from detector.sources.places import place_of
from detector.sources.text import printable
from features.tables import REQUIRED_TABLES, SCHEMAS

_SHOWN: Final = 12
_SINGLY: Final = 20
"""Copies that get a sentence each; of more there is one sentence."""


def find_files(place: Place, tables: tuple[str, ...] | None = None) -> Listing:
    """List the files of each table, without those that a manifest of theirs leaves out.

    Raises
    ------
    DataError
        If the folder is missing, or a table is there more than once.
    """
    return follow_manifests(place, list_files(place, tables))


class Hashes:
    """SHA-256 of files, each hashed once as long as it does not change."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, Mark], str] = {}

    def of(self, place: Place, file: Listed) -> str:
        """Hash a file, or remember its hash."""
        key = (file.path, file.mark)
        if key not in self._known:
            self._known[key] = place.sha256(file.path)
        return self._known[key]

    def forget_others(self, found: Sequence[Listed]) -> None:
        """Keep what is still in the folder alone: the memory does not grow with the years."""
        live = {(file.path, file.mark) for file in found}
        self._known = {key: value for key, value in self._known.items() if key in live}


def hashed(
    files: Sequence[Listed], listing: Listing, digest: Callable[[Listed], str]
) -> list[tuple[Listed, str]]:
    """Each file with its hash; one that cannot be opened is named, and its delivery waits for it.

    Raises
    ------
    Unreachable
        If the place does not answer.
    """
    found: list[tuple[Listed, str]] = []
    broken: set[tuple[str, str, str] | None] = set()
    for file in files:
        try:
            found.append((file, digest(file)))
        except FileNotFoundError:
            broken.add(file.delivery)
        except (OSError, Unreadable) as error:
            broken.add(file.delivery)
            listing.skip(file.path, _why(file, error), file.table, aside=True)
    waiting = broken - {None}
    return [(file, sha) for file, sha in found if file.delivery not in waiting]


def _why(file: Listed, error: OSError | Unreadable) -> str:
    if isinstance(error, OSError):
        return f"cannot be opened: {error.strerror or type(error).__name__}"
    return str(error).removeprefix(printable(file.path)).lstrip()


@dataclass(frozen=True)
class Found:
    """The live files of each table, and what was passed over.

    ``copies`` names, for each further file of a content, the live file that has it too;
    ``marks`` and ``below`` (the path inside its delivery) are by path; ``lists`` is where the
    restricted-party lists lie.
    """

    place: Place
    files: Mapping[str, list[InputFile]] = field(default_factory=dict)
    copies: Mapping[str, list[str]] = field(default_factory=dict)
    unread: tuple[Unread, ...] = ()
    warnings: tuple[str, ...] = ()
    marks: Mapping[str, Mark] = field(default_factory=dict)
    below: Mapping[str, str] = field(default_factory=dict)
    lists: Place | None = None


def discover(
    root: Path | str | Place,
    tables: tuple[str, ...] | None = None,
    *,
    digest: Callable[[str], str] | None = None,
) -> Found:
    """Find the files of each table below ``root``, told apart by their content.

    Parameters
    ----------
    root
        The folder, or its address.
    tables
        Tables to look for; default all.
    digest
        Gives the hash of a file, by its relative path; default: read here.

    Raises
    ------
    DataError
        If the folder is missing or empty, a required table is missing, or a table is there
        more than once.
    """
    place = place_of(root)
    listing = find_files(place, tables)
    files: dict[str, list[InputFile]] = {}
    copies: dict[str, list[str]] = {}
    second: list[tuple[str, str]] = []
    live: dict[tuple[str, str], Listed] = {}
    if digest is None:
        place.expect([file.path for file in listing.files])
    of_path = digest or place.sha256
    for file, sha in hashed(listing.files, listing, lambda file: of_path(file.path)):
        first = live.setdefault((file.table, sha), file)
        # Inside a delivery a file may be the same in two runs: that tells of versions.
        if first is file or (file.is_version and file.delivery == first.delivery):
            files.setdefault(file.table, []).append(file.as_input(sha))
        else:
            # Files of no bytes are alike and no copies.
            second += [(file.path, first.path)] if file.mark[1] else []
            copies.setdefault(file.table, []).append(first.path)
    found = Found(
        place, files, copies, tuple(listing.unread),
        (*listing.warnings, *said_of_copies(second)),
        marks={file.path: file.mark for file in listing.files},
        below={file.path: file.below for file in listing.files},
        lists=listing.lists,
    )  # fmt: skip
    _require(found, tables)
    return found


def said_of_copies(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """A sentence for each second file of one content (its path, the first's); of many a number."""
    said = [
        f"{printable(path)} has the same content as {printable(first)}; counted once"
        for path, first in pairs[:_SINGLY]
    ]
    more = len(pairs) - len(said)
    if more:
        said.append(f"{more} more files have the content of others; each was counted once")
    return said


def _require(found: Found, tables: tuple[str, ...] | None) -> None:
    wanted = SCHEMAS if tables is None else tables
    missing = [t for t in REQUIRED_TABLES if t in wanted and not found.files.get(t)]
    if not missing:
        return
    names = [entry.name for entry in found.place.entries("")][:_SHOWN]
    held = ", ".join(printable(name) for name in names) or "nothing: it is empty"
    notes = "".join(f" Note: {u.path} {u.reason}." for u in found.unread[:3])
    many = len(missing) > 1
    raise DataError(
        f"required table{'s' if many else ''} {' and '.join(missing)} missing in "
        f"{printable(found.place.name)}: expected {missing[0]}.parquet (csv, jsonl, also .gz or "
        f".zst) or a folder {missing[0]}/{f', and likewise {missing[1]}' if many else ''}; "
        f"the folder holds {held}.{notes}"
    )
