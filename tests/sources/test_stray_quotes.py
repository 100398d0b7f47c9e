"""Quotes and carriage returns within a line: no record beside them is lost or cut."""

from __future__ import annotations

import pytest

from detector.sources.csvfile import read_csv


def read(lines: list[bytes]) -> tuple[list[tuple[str, ...]], list[int]]:
    data = b"".join(line + b"\n" for line in [b"a,b,c", *lines])
    parts = list(read_csv(iter([data]), "x", lambda found: {name: name for name in found}))
    rows = [row for part in parts for row in part.frame.rows()]
    return rows, [record.row for part in parts for record in part.bad]


@pytest.mark.parametrize("other", [[], [b"1,2"], [b"1,2,3,4"], [b'1,2,"3']])
def test_records_between_two_quotes_in_a_text_are_kept(other: list[bytes]) -> None:
    lines = [b'1,5" disk,3', b"4,5,6", b'7,8" disk,9']
    rows = [("1", '5" disk', "3"), ("4", "5", "6"), ("7", '8" disk', "9")]
    assert read([*lines, *other]) == (rows, [4] if other else [])


def test_a_short_record_with_a_quote_takes_no_other_with_it() -> None:
    lines = [b'1,5" disk', b"4,5,6", b'7,8" disk,9']
    assert read(lines) == ([("4", "5", "6"), ("7", '8" disk', "9")], [1])


@pytest.mark.parametrize("other", [b"1,2", b"1,2,3,4", b'1,2,"3'])
def test_a_record_is_not_cut_at_a_carriage_return(other: bytes) -> None:
    assert read([b"1,2,3\r4", b"1,2,3", other]) == ([("1", "2", "3")], [1, 3])
