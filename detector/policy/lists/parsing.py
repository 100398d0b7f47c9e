"""One file of a list, from its bytes to its entries: what it is, by name and content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from detector.errors import DataError
from detector.policy.lists import ofac
from detector.policy.lists.csvrows import Row, rows
from detector.policy.lists.documents import read_entities, read_screening
from detector.policy.lists.entry import Bench
from detector.policy.lists.tables import form_of, read_table

MOST_FILE_BYTES: Final = 64 * 1024 * 1024
MOST_FILES: Final = 256
"""Files of one folder that are read."""
MOST_BYTES: Final = 4 * MOST_FILE_BYTES
"""Bytes of one folder that are read."""


@dataclass
class Parsed:
    """A file that was read.

    ``form`` says what it is (``screening``, ``targets``, ``own``, ``entities``, or ``sdn``,
    ``alt``, ``add``); of OFAC's three files ``rows`` wait for each other.
    """

    bench: Bench
    form: str
    rows: list[Row] = field(default_factory=list)

    @property
    def counts(self) -> Mapping[str, int]:
        """Entries by list, in the words of the publisher where no rule knows it."""
        if self.form in ofac.WIDTHS:
            return {self.form: len(self.rows)}
        return dict(sorted(self.bench.counts.items()))

    def refuse_empty(self) -> None:
        """Refuse a file of which no row could be read.

        Raises
        ------
        DataError
            If there is no entry.
        """
        if self.rows or self.bench.counts:
            return
        bad = self.bench.bad
        why = f", first: row {bad[0]['row']} {bad[0]['reason']}" if bad else ""
        raise DataError(
            f"{self.bench.file} holds no entry that can be read ({len(bad)} rows in "
            f"quarantine{why})"
        )


def parse(name: str, data: bytes) -> Parsed:
    """Read one file.

    Parameters
    ----------
    name
        What the file is called: its ending says how it is written, and in somebody's own list
        its stem names the list.
    data
        Its bytes.

    Raises
    ------
    DataError
        If it is no list, was cut, or passes a bound; the sentence begins with its name. One
        of which no row can be read is parsed: its quarantine says why.
    """
    bench = Bench(name, hashlib.sha256(data).hexdigest())
    _refuse_what_is_no_text(name, data)
    text = data.decode("utf-8-sig", "surrogateescape")
    end = name.lower()
    if end.endswith(".ftm.json"):
        parsed = Parsed(bench, "entities")
        read_entities(text, bench)
    elif end.endswith(".json"):
        parsed = Parsed(bench, "screening")
        read_screening(text, bench)
    elif end.endswith(".csv"):
        parsed = _csv(text, bench)
    else:
        raise DataError(f"{name} is no list that is read: expected .csv, .json or .ftm.json")
    return parsed


def _refuse_what_is_no_text(name: str, data: bytes) -> None:
    if len(data) > MOST_FILE_BYTES:
        raise DataError(f"{name} is larger than {MOST_FILE_BYTES} bytes, which no list is")
    head = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head:
        raise DataError(f"{name} is empty; download it again")
    if b"\0" in data:
        raise DataError(f"{name} is no UTF-8 text; save it as CSV or JSON in UTF-8")
    if head.startswith(b"<"):
        raise DataError(f"{name} is a web page or an answer that says an error; download it again")
    if head.startswith((b"{", b"[")) and name.lower().endswith(".csv"):
        raise DataError(f"{name} holds JSON; name it .json, or download the CSV")


def _csv(text: str, bench: Bench) -> Parsed:
    body = rows(text, bench.file)
    first = next(body, None)
    if first is None:
        raise DataError(f"{bench.file} is empty; download it again")
    part = ofac.part_of(first[1])
    if part is not None:
        return Parsed(bench, part, ofac.whole_rows(part, chain([first], body), text, bench))
    read_table(first[1], body, text, bench)
    return Parsed(bench, form_of(first[1]))
