"""The lists of a folder as one frame of entries, and what was refused."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

import polars as pl

from detector.errors import DataError, Unreachable
from detector.policy.lists import ofac
from detector.policy.lists.entry import ENTRIES, QUARANTINE, distinct
from detector.policy.lists.guard import shrunk
from detector.policy.lists.manifest import NAME as MANIFEST
from detector.policy.lists.manifest import Manifest, parse_manifest
from detector.policy.lists.parsing import MOST_BYTES, MOST_FILE_BYTES, MOST_FILES, Parsed, parse
from detector.terminal import safe_text

Contents = Callable[[], bytes]
"""Gives the bytes of a file, or raises ``DataError``."""

_PROSE: Final = (".md",)
"""Files that say something about lists and are none."""


@dataclass(frozen=True)
class ListFile:
    """A file that was read; ``counts`` are its rows by list."""

    name: str
    sha256: str
    bytes: int
    day: date | None
    publisher: str | None
    counts: Mapping[str, int]
    quarantined: int


@dataclass(frozen=True)
class Refused:
    """A file that does not count, and why, in a sentence."""

    name: str
    sentence: str


@dataclass(frozen=True)
class Lists:
    """What stands on the lists of a folder.

    Attributes
    ----------
    entries : pl.DataFrame
        One row an entry of one list, in the columns of ``ENTRIES``. Expired entries are there.
    files, refused : tuple
        The files that count, and those that do not.
    quarantine : pl.DataFrame
        Rows, or of rows that are kept single cells, that could not be read.
    warnings : tuple of str
        What needs a look though it was read.
    """

    entries: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ENTRIES))
    files: tuple[ListFile, ...] = ()
    refused: tuple[Refused, ...] = ()
    quarantine: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=QUARANTINE))
    warnings: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """Entries by list."""
        found = self.entries.group_by("source").len().sort("source")
        return dict(found.iter_rows())

    @property
    def unmapped(self) -> int:
        """Entries of lists that no rule knows."""
        return self.entries.filter(~pl.col("mapped")).height


def standing(as_of: date) -> pl.Expr:
    """Whether an entry was ``current`` on a day, ``expired``, or still to come (``future``).

    The day on which an entry ends is its last.
    """
    day = pl.lit(as_of)
    return (
        pl.when(pl.col("until") < day)
        .then(pl.lit("expired"))
        .when(pl.col("from") > day)
        .then(pl.lit("future"))
        .otherwise(pl.lit("current"))
        .alias("standing")
    )


def in_force(as_of: date) -> pl.Expr:
    """Whether an entry holds on a day, its last one included."""
    return standing(as_of) == "current"


def read_lists(folder: Path) -> Lists:
    """Read all lists of a folder, with its manifest; a folder that is not there has none.

    A file that cannot be read, or that lost entries against what was accepted last, is refused
    and does not stop the others. Links are not followed; names that begin with a dot or an
    underscore are left alone.
    """
    if not folder.is_dir():
        return Lists()
    return read_named({p.name: partial(read_bytes, p, p.name) for p in folder.iterdir()})


def read_files(files: Mapping[str, Path]) -> Lists:
    """Read files by the names that they have beside each other, without a manifest."""
    return _read({name: partial(read_bytes, p, name) for name, p in files.items()}, Manifest(), [])


def read_named(found: Mapping[str, Contents], refused: Iterable[Refused] = ()) -> Lists:
    """Read the files of a folder by their names in it, its manifest among them.

    Parameters
    ----------
    found
        What gives the bytes of each; a ``DataError`` of it refuses the file.
    refused
        What was refused already.
    """
    out = list(refused)
    manifest = Manifest()
    try:
        if MANIFEST in found:
            manifest = parse_manifest(found[MANIFEST]())
    except DataError as error:
        out.append(Refused(MANIFEST, str(error)))
    for name, told in manifest.files.items():
        if told.sha256 is not None and name not in found:
            shown = safe_text(name, limit=120)
            out.append(Refused(shown, f"{shown} was accepted before and is gone; put it back"))
    return _read({n: c for n, c in found.items() if may_be_list(n)}, manifest, out)


def may_be_list(name: str) -> bool:
    """Whether a file of a folder of lists is taken for one by its name."""
    prose = name.lower().endswith(_PROSE)
    return not (name.startswith((".", "_")) or name == MANIFEST or prose)


def _read(files: Mapping[str, Contents], told: Manifest, refused: list[Refused]) -> Lists:
    """Read files in the order of their names, up to the bounds of a folder."""
    names = sorted(files)
    kept: list[tuple[Parsed, int]] = []
    bad: list[dict[str, Any]] = []
    size = 0
    for name in names[:MOST_FILES]:
        shown = safe_text(name, limit=120)
        try:
            data = files[name]()
            size += len(data)
            refuse_more(shown, size)
            parsed = parse(shown, data)
            bad += parsed.bench.bad
            parsed.refuse_empty()
            _refuse_shrunk(parsed, told)
            kept.append((parsed, len(data)))
        except Unreachable:
            raise  # It says nothing of the file.
        except DataError as error:
            refused.append(Refused(shown, str(error)))
    refused += too_many(names)
    return _together(kept, told, refused, bad)


def refuse_more(name: str, size: int) -> None:
    """Refuse the file with which those of a folder pass their bound.

    Raises
    ------
    DataError
        If ``size``, that of all files so far, is more than a folder may hold.
    """
    if size > MOST_BYTES:
        raise DataError(
            f"{name} is not read: together with those before it the files pass {MOST_BYTES} "
            "bytes; keep fewer or smaller lists in the folder"
        )


def too_many(names: Sequence[str]) -> list[Refused]:
    """What is refused of more files than a folder may hold, in one sentence."""
    beyond = names[MOST_FILES:]
    if not beyond:
        return []
    shown = safe_text(beyond[0], limit=120)
    return [
        Refused(
            shown,
            f"{shown} and {len(beyond) - 1} more files are not read: a folder of lists holds at "
            f"most {MOST_FILES}; put the lists that count into a folder of their own",
        )
    ]


def read_bytes(path: Path, name: str) -> bytes:
    """The bytes of a regular file within the bound.

    Raises
    ------
    DataError
        If it is a link, no file, cannot be opened, or is too large.
    """
    shown = safe_text(name, limit=120)
    if path.is_symlink() or not path.is_file():
        kind = "a symbolic link" if path.is_symlink() else "no regular file"
        what = f"is {kind}" if os.path.lexists(path) else "is not there"
        raise DataError(f"{shown} {what}; give the list itself")
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_FILE_BYTES + 1)
    except OSError as error:
        raise DataError(f"{shown} cannot be opened: {error.strerror}") from error
    return data


def _refuse_shrunk(parsed: Parsed, manifest: Manifest) -> None:
    """Refuse a file that took the place of an accepted one and holds much less."""
    told = manifest.files.get(parsed.bench.file)
    if told is None or told.sha256 is None or told.sha256 == parsed.bench.sha256:
        return
    lost = shrunk(told.entries, parsed.counts)
    if lost:
        raise DataError(
            f"{parsed.bench.file} is not the file that was accepted, and holds less: "
            f"{'; '.join(lost)}; if that is right: enduse lists add FILE --accept-shrink REASON"
        )


def _together(
    kept: list[tuple[Parsed, int]],
    manifest: Manifest,
    refused: list[Refused],
    bad: list[dict[str, Any]],
) -> Lists:
    warnings: list[str] = []
    counted, late = _with_ofac(kept, refused, warnings)
    benches = [parsed.bench for parsed, _ in counted]
    frames = [bench.frame() for bench in benches if bench.counts]
    entries = pl.concat(frames) if frames else pl.DataFrame(schema=ENTRIES)
    unique = distinct(entries)
    if len({p.bench.file for p, _ in counted if p.form == "screening"}) > 1:
        warnings.append(
            "the screening list is there more than once: what was taken off the newer one still "
            "stands in the older; keep one file"
        )
    return Lists(
        unique,
        tuple(_list_file(parsed, size, manifest) for parsed, size in counted),
        tuple(sorted(refused, key=lambda r: r.name)),
        pl.DataFrame([*bad, *late], schema=QUARANTINE),
        tuple(warnings),
    )


def _list_file(parsed: Parsed, size: int, manifest: Manifest) -> ListFile:
    bench = parsed.bench
    told = manifest.of(bench.file)
    whole = sum(row["column"] is None for row in bench.bad)
    return ListFile(bench.file, bench.sha256, size, told.day, told.publisher, parsed.counts, whole)


def _with_ofac(
    kept: list[tuple[Parsed, int]], refused: list[Refused], warnings: list[str]
) -> tuple[list[tuple[Parsed, int]], list[dict[str, Any]]]:
    """Join OFAC's three files; what lacks its main file, or is there twice, is refused.

    Returned are the files that count, and what could not be read of the main file's entries.
    """
    chosen: dict[str, Parsed] = {}
    left = []
    for parsed, size in kept:
        form, file = parsed.form, parsed.bench.file
        if form in chosen and form in ofac.WIDTHS:
            sentence = f"{file} is OFAC's {form} a second time; keep one"
            refused.append(Refused(file, sentence))
            continue
        if form in ofac.WIDTHS:
            chosen[form] = parsed
        left.append((parsed, size))
    if "sdn" in chosen:
        before = len(chosen["sdn"].bench.bad)
        _join_ofac(chosen, warnings)
        return left, chosen["sdn"].bench.bad[before:]
    for form, parsed in chosen.items():
        sentence = f"{parsed.bench.file} is OFAC's {form} without sdn; put sdn.csv beside it"
        refused.append(Refused(parsed.bench.file, sentence))
    return [(parsed, size) for parsed, size in left if parsed.form not in chosen], []


def _join_ofac(chosen: Mapping[str, Parsed], warnings: list[str]) -> None:
    beside = ofac.Beside()
    if "alt" in chosen:
        ofac.add_aliases(chosen["alt"].rows, beside)
    if "add" in chosen:
        ofac.add_addresses(chosen["add"].rows, beside)
    main = chosen["sdn"]
    numbers = ofac.take_names(main.rows, beside, main.bench)
    for form, found in (("alt", beside.aliases), ("add", beside.addresses)):
        orphans = [number for number in found if number not in numbers]
        if form not in chosen:
            what = "aliases" if form == "alt" else "addresses"
            warnings.append(f"{main.bench.file} is read without OFAC's {form}.csv: no {what}")
        elif orphans:
            rows = sum(len(found[number]) for number in orphans)
            warnings.append(
                f"{chosen[form].bench.file}: {rows} rows belong to {len(orphans)} numbers that "
                f"{main.bench.file} lacks; download all three files of one day"
            )
