"""Finding the tables of a log folder.

A table is one file ``NAME.EXT`` or a folder ``NAME/`` of files. Files are taken in the order
of their relative path (as text), which is also the *order of ingest* inside one folder: of
two deliveries of one source and period under different parents, the one whose parent sorts
last replaces the other as a whole. Links are never followed and special files never opened.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from detector.errors import DataError
from detector.sources.text import printable
from features.tables import REQUIRED_TABLES, SCHEMAS

CONTRACT_EXTENSIONS: Final = (
    "parquet", "csv", "csv.gz", "csv.zst", "jsonl", "jsonl.gz", "jsonl.zst", "ndjson",
)  # fmt: skip
NATIVE_EXTENSIONS: Final = (
    "ndjson.gz", "ndjson.zst", "json", "json.gz", "json.zst",
    "prom", "prom.gz", "txt", "txt.gz", "log", "log.gz",
)  # fmt: skip
_DELIVERY: Final = re.compile(
    r"(?:^|(?P<parent>.*)/)source=(?P<source>[^/]+)/period=(?P<period>[^/]+)/"
)


@dataclass(frozen=True)
class InputFile:
    """One file that was taken into a run.

    ``path`` is relative to the log folder, ``bytes`` its size on disk, ``sha256`` the hash of
    its bytes, ``rows`` the records in it (None until it was read to its end).
    """

    path: str
    table: str
    bytes: int
    sha256: str
    source: str | None = None
    period: str | None = None
    rows: int | None = None


@dataclass(frozen=True)
class Found:
    """The live files of each table, and what was passed over.

    ``copies`` names, for each further file of a content, the live file that has it too.
    """

    files: dict[str, list[InputFile]] = field(default_factory=dict)
    copies: dict[str, list[str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def extension(name: str) -> str | None:
    """Return the contract's extension of a file name, or None.

    >>> extension("usage.csv.gz"), extension("2024.01.parquet"), extension("README.md")
    ('csv.gz', 'parquet', None)
    """
    known = sorted((*CONTRACT_EXTENSIONS, *NATIVE_EXTENSIONS), key=len, reverse=True)
    return next((e for e in known if name.lower().endswith("." + e)), None)


def sha256(path: Path) -> str:
    """Return the hash of a file's bytes, as hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def discover(
    root: Path,
    tables: tuple[str, ...] | None = None,
    *,
    digest: Callable[[Path], str] = sha256,
) -> Found:
    """List the files of each table below ``root`` (or of some), told apart by their ``digest``.

    Raises
    ------
    DataError
        If the folder is missing or empty, a required table is missing, or a table is there
        both as a file and as a folder.
    """
    if not root.is_dir():
        found = "a file" if root.exists() else "nothing"
        raise DataError(
            f"log folder {printable(str(root))} not found: there is {found} at this path; "
            "give a folder that holds usage.* and accounts.*"
        )
    found_tables, tables = Found(), tuple(SCHEMAS) if tables is None else tables
    for table in tables:
        paths = list(_table_files(root, table, found_tables.warnings))
        if paths:
            found_tables.files[table] = _live(root, table, paths, digest, found_tables)
    _require(root, found_tables, tables)
    return found_tables


def _require(root: Path, found: Found, tables: tuple[str, ...]) -> None:
    required = [table for table in REQUIRED_TABLES if table in tables]
    missing = [table for table in required if not found.files.get(table)]
    if not missing:
        return
    names = sorted(entry.name for entry in os.scandir(root))[:12]
    held = ", ".join(printable(name) for name in names) or "nothing: it is empty"
    notes = "".join(f" Note: {warning}." for warning in found.warnings[:3])
    raise DataError(
        f"required table {' and '.join(missing)} missing in {printable(str(root))}: "
        f"expected {missing[0]}.parquet (csv, jsonl, also .gz or .zst) or a folder "
        f"{missing[0]}/; the folder holds {held}.{notes}"
    )


def _table_files(root: Path, table: str, warnings: list[str]) -> Iterator[str]:
    singles = []
    for entry in sorted(os.scandir(root), key=lambda e: e.name):
        stem = entry.name[: len(table)]
        ext = extension(entry.name)
        if stem == table and ext and entry.name[len(table) :].lower() == "." + ext:
            singles.append(entry)
    folder = root / table
    has_folder = folder.is_dir() and not folder.is_symlink()
    if folder.is_symlink():
        warnings.append(f"{table} is a symbolic link and was skipped; copy the folder instead")
    if len(singles) + has_folder > 1:
        forms = [e.name for e in singles] + ([f"{table}/"] if has_folder else [])
        raise DataError(
            f"table {table} is there {len(forms)} times ({', '.join(map(printable, forms))}); "
            "keep one file or one folder, or its rows would count twice"
        )
    for entry in singles:
        if _regular(entry, entry.name, warnings):
            yield entry.name
    if has_folder:
        yield from _walk(root, table, warnings)


def _walk(root: Path, folder: str, warnings: list[str]) -> Iterator[str]:
    found: list[str] = []
    pending = [folder]
    while pending:
        here = pending.pop()
        for entry in os.scandir(root / here):
            relative = f"{here}/{entry.name}"
            if entry.name.startswith((".", "_")):
                continue
            if entry.is_dir(follow_symlinks=False):
                pending.append(relative)
            elif _regular(entry, relative, warnings):
                if extension(entry.name):
                    found.append(relative)
                else:
                    warnings.append(f"{printable(relative)} has no known extension; skipped")
    yield from sorted(found)


def _regular(entry: os.DirEntry[str], relative: str, warnings: list[str]) -> bool:
    if not entry.name.isprintable() and not _is_utf8(entry.name):
        warnings.append(f"{printable(relative)} has a name that is not UTF-8 and was skipped")
        return False
    if entry.is_symlink():
        warnings.append(f"{printable(relative)} is a symbolic link and was skipped")
        return False
    if not stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode):
        warnings.append(f"{printable(relative)} is not a regular file and was skipped")
        return False
    return True


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _live(
    root: Path,
    table: str,
    paths: list[str],
    digest_of: Callable[[Path], str],
    found: Found,
) -> list[InputFile]:
    """Drop replaced deliveries and second copies."""
    warnings, copies = found.warnings, found.copies.setdefault(table, [])
    last: dict[tuple[str, str], str] = {}
    for path in paths:
        if match := _DELIVERY.match(path):
            key = (match["source"], match["period"])
            last[key] = max(last.get(key, ""), match["parent"] or "")
    live: dict[str, InputFile] = {}
    for path in paths:
        match = _DELIVERY.match(path)
        source, period = (match["source"], match["period"]) if match else (None, None)
        if match and (match["parent"] or "") != last[match["source"], match["period"]]:
            warnings.append(f"{printable(path)} is replaced by a later delivery of its period")
            continue
        full = root / path
        digest = digest_of(full)
        if digest in live:
            warnings.append(
                f"{printable(path)} has the same content as {printable(live[digest].path)}; "
                "counted once"
            )
            copies.append(live[digest].path)
            continue
        live[digest] = InputFile(path, table, full.stat().st_size, digest, source, period)
    return list(live.values())
