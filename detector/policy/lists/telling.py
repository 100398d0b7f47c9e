"""What is told of a folder of lists: to people by the line, to programs as a mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl

from detector.errors import DataError
from detector.policy.lists.reading import ListFile, Lists, standing
from detector.words import plural

STANDINGS: Final = ("current", "expired", "future")
_MOST_LINES: Final = 20


def summary(found: Lists, as_of: date) -> dict[str, Any]:
    """Lists with their entries on a day, files with their hashes, and what does not count."""
    return {
        "as_of": as_of.isoformat(),
        "lists": _by_list(found, as_of),
        "unmapped": found.unmapped,
        "files": [_file(file, as_of) for file in found.files],
        "refused": [{"file": r.name, "sentence": r.sentence} for r in found.refused],
        "quarantine": found.quarantine.to_dicts(),
        "warnings": list(found.warnings),
    }


def _by_list(found: Lists, as_of: date) -> list[dict[str, Any]]:
    files = {file.name: file for file in found.files}
    counted = (
        found.entries.with_columns(standing(as_of))
        .group_by("source", "source_name", "mapped", "file")
        .agg((pl.col("standing") == name).sum().alias(name) for name in STANDINGS)
        .sort("source", "source_name", "file")
    )
    return [_list(row, files, as_of) for row in counted.iter_rows(named=True)]


def _list(row: Mapping[str, Any], files: Mapping[str, ListFile], as_of: date) -> dict[str, Any]:
    told = _file(files[row["file"]], as_of)
    return {
        "list": row["source"],
        "name": row["source_name"],
        "mapped": row["mapped"],
        **{name: row[name] for name in STANDINGS},
        **{name: told[name] for name in ("file", "day", "age", "publisher")},
    }


def _file(file: ListFile, as_of: date) -> dict[str, Any]:
    return {
        "file": file.name,
        "sha256": file.sha256,
        "bytes": file.bytes,
        "day": None if file.day is None else file.day.isoformat(),
        "age": None if file.day is None else (as_of - file.day).days,
        "publisher": file.publisher,
        "rows": dict(file.counts),
        "in_quarantine": file.quarantined,
    }


def files_in_words(told: Mapping[str, Any]) -> Iterator[str]:
    """One sentence a file: how many entries of which list hold, and its day."""
    for file in told["files"]:
        held = [row for row in told["lists"] if row["file"] == file["file"]]
        counts = ", ".join(f"{row['list']} {row['current']:,}" for row in held)
        age = (
            "day not known"
            if file["day"] is None
            else f"of {file['day']}, {plural(file['age'], 'day')} old"
        )
        yield f"{file['file']}: {counts or 'read beside sdn'}; {age}"


def lines(told: Mapping[str, Any]) -> Iterator[str]:
    """Sentences about what needs a look, the gravest first."""
    yield from (refused["sentence"] for refused in told["refused"])
    yield from told["warnings"]
    bad = told["quarantine"]
    for row in bad[:_MOST_LINES]:
        column = f", {row['column']}" if row["column"] else ""
        yield f"{row['file']}, row {row['row']}{column}: {row['reason']}"
    if len(bad) > _MOST_LINES:
        yield f"and {len(bad) - _MOST_LINES} more rows in quarantine; --json lists them"
    if told["unmapped"]:
        yield (
            f"{told['unmapped']} entries stand on lists that no rule knows: they ask a question "
            "at most"
        )
    undated = sorted(file["file"] for file in told["files"] if file["day"] is None)
    if undated:
        yield f"the day of {', '.join(undated)} is not known: manifest.toml may give it"


def need_entries(found: Lists, folder: Path) -> None:
    """Refuse to go on without any entry: silence about no list would read as "clear".

    Raises
    ------
    DataError
        If no entry could be read.
    """
    if not found.entries.is_empty():
        return
    why = f" that can be read ({found.refused[0].sentence})" if found.refused else ""
    raise DataError(
        f"there is no list in {folder}{why}; download one, and: enduse lists add FILE --to {folder}"
    )
