"""CSV of a published list, read strictly: a quote that is left open is a file that was cut."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

from detector.errors import DataError
from detector.policy.lists.entry import Bench

Row = tuple[int, list[str]]
_BROKEN: Final = "download or export it again"


def rows(text: str, file: str) -> Iterator[Row]:
    """Yield line number and fields of each record that is not blank.

    Raises
    ------
    DataError
        If a quote is not closed, or text follows a closed one.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    while True:
        try:
            fields = next(reader, None)
        except csv.Error as error:
            what = "ends inside a quote" if "end of data" in str(error) else f"is no CSV ({error})"
            raise DataError(
                f"{file} {what}, in the record that begins at line {line}; {_BROKEN}"
            ) from None
        if fields is None:
            return
        if any(fields):
            yield line, fields
        line = reader.line_num + 1


def records(
    names: Sequence[str], body: Iterator[Row], text: str, bench: Bench
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the records of a table by column; one with too few or too many fields is set aside.

    Raises
    ------
    DataError
        If the last record lacks fields and its line end: the file was cut there.
    """
    ends_clean = text.endswith(("\n", "\r"))
    # One row late, so that the last one is known for what it is.
    held: Row | None = None
    for row in body:
        if held is not None:
            yield from _record(names, held, bench)
        held = row
    if held is None:
        raise DataError(f"{bench.file} has a header and no entry; {_BROKEN}")
    if len(held[1]) < len(names) and not ends_clean:
        raise DataError(f"{bench.file} ends in the middle of a record, line {held[0]}; {_BROKEN}")
    yield from _record(names, held, bench)


def _record(names: Sequence[str], row: Row, bench: Bench) -> Iterator[tuple[int, dict[str, str]]]:
    line, fields = row
    if len(fields) < len(names) or any(fields[len(names) :]):
        bench.refuse(line, f"has {len(fields)} fields; the header has {len(names)}")
        return
    # Of two columns of one name the first that says something counts.
    found: dict[str, str] = {}
    for name, value in zip(names, fields, strict=False):
        found[name] = found.get(name) or value
    yield line, found
