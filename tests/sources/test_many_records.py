"""Very many short records: each is counted, and a block of them is read in smaller ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.sources import csvfile, streams
from detector.sources.csvfile import read_csv
from detector.sources.limits import QUARANTINE_ROWS
from detector.sources.raw import Gathered
from detector.sources.streams import Block, lines_of, thin

HEAD = b"a,b,c\n"


def test_a_block_of_short_records_is_cut_where_records_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MAX_CELLS", 3_000)
    data = b'"x\n",1,2\n' * 5_000
    cut = list(thin(Block(HEAD + data, lead=len(HEAD)), 3))
    assert len(cut) > 3
    assert b"".join(block.data for block in cut) == data
    assert all(block.led.startswith(HEAD) and block.data.endswith(b",2\n") for block in cut)
    whole = Block(HEAD + b"x,1,2\n", lead=len(HEAD))
    assert list(thin(whole, 3)) == [whole]


def test_neighbouring_blocks_are_one_part_but_for_bad_records(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(csvfile, "NEAR_BYTES", 60)
    monkeypatch.setattr(csvfile, "PART_ROWS", 50)
    lines = [b"%d,x,1\n" % k for k in range(200)]
    lines[70] = b"70,x\n"
    parts = list(read_csv(iter([HEAD, *lines]), "x", lambda found: {name: name for name in found}))
    assert max(len(part.rows) for part in parts) > 40
    assert all(len(part.rows) <= 50 for part in parts)
    kept = [k for k in range(200) if k != 70]
    assert [int(k) for part in parts for k in part.frame["a"]] == kept
    assert [row for part in parts for row in part.rows] == [k + 1 for k in kept]
    assert [bad.row for part in parts for bad in part.bad] == [71]


def test_each_of_many_bad_records_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MAX_CELLS", 50_000)
    rows = b"x\n" * (QUARANTINE_ROWS + 20_000) + b"1,2,3\n"
    parts = list(read_csv(iter([HEAD + rows]), "x", lambda found: {name: name for name in found}))
    assert len(parts) > 1
    assert sum(part.read for part in parts) == QUARANTINE_ROWS + 20_001
    assert [part.frame.rows() for part in parts if part.frame.height] == [[("1", "2", "3")]]
    assert parts[-1].rows.to_list() == [QUARANTINE_ROWS + 20_001]
    assert parts[0].bad[0].reason == "the line has 1 fields, the header has 3"


def test_why_a_record_is_bad_is_asked_where_a_quarantine_has_room() -> None:
    found, asked = Gathered(["a"]), []
    for number in range(QUARANTINE_ROWS + 5):
        found.bad(number, lambda: asked.append(1) or "bad", b"x")  # type: ignore[func-returns-value]
    for number in range(10_000):
        found.good(number, [None if number % 2 else str(number)])
    part = found.part()
    assert len(asked) == QUARANTINE_ROWS
    assert (part.read, part.frame["a"][9_998], part.frame["a"][9_999]) == (
        QUARANTINE_ROWS + 10_005, "9998", None,
    )  # fmt: skip


def test_lines_come_one_by_one_and_blank_ones_do_not() -> None:
    assert list(lines_of(b"a\n\n \r\nb\r\nc")) == [b"a", b"b\r", b"c"]
    assert list(lines_of(b"\n")) == []


PIECES = st.sampled_from(
    [b",", b"a", b"\n", b"\r", b"\r\n", b" ", b"#", b"\x00", b";", b"\xc3\xa9"]
)


@given(st.lists(PIECES, max_size=40), st.integers(1, 4))
def test_each_line_without_quotes_is_a_row(pieces: list[bytes], columns: int) -> None:
    header = csvfile._Header(tuple("abcd"[:columns]), {0: "a"}, ",")
    data = b"".join(pieces)
    frame = csvfile._fast(Block(header.line + data, lead=len(header.line), quotes=0), header)
    lines = data.count(b"\n") + (not data.endswith(b"\n") and data != b"")
    assert frame is None or frame.height == lines


def test_a_block_of_records_shorter_than_any_whole_one_is_not_taken() -> None:
    header = csvfile._Header(("a", "b", "c"), {0: "a"}, ",")
    for rows, taken in ((b",,x\n" * 50, True), (b"x\n" * 50, False)):
        frame = csvfile._fast(Block(header.line + rows, lead=len(header.line), quotes=0), header)
        assert (frame is not None) == taken
