"""Streams in blocks: nothing lost, nothing cut within a record, however the bytes arrive."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.sources import streams
from detector.sources.convert import convert
from detector.sources.digits import plain
from detector.sources.limits import MAX_RECORD_BYTES
from detector.sources.streams import Block, blocks
from features.tables import DECIMAL

LINES = st.lists(
    st.sampled_from([b"a,b", b'"a,b"', b'"a\nb\n"', b'""', b"", b"x" * 30]), max_size=40
)


def cut(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    at = 0
    for size in sizes:
        yield data[at : at + size]
        at += size
    yield data[at:]


@given(
    LINES,
    st.lists(st.integers(0, 40), max_size=30),
    st.integers(1, 200),
    st.integers(1, 200),
    st.booleans(),
)
def test_blocks_are_the_stream_and_end_with_whole_records(
    lines: list[bytes], sizes: list[int], size: int, near: int, led: bool
) -> None:
    data = b"".join(line + b"\n" for line in lines)
    lead = b"c0,c1\n" if led else b""
    found = list(blocks(cut(data, sizes), quoted=True, size=size, near=near, lead=lead))
    assert b"".join(block.data for block in found) == data
    assert [b.newlines for b in found] == [b.led.count(b"\n") for b in found]
    assert [b.is_quoted for b in found] == [b'"' in b.led for b in found]
    for block in found:
        assert block.led == lead + block.data
        assert block.data.endswith(b"\n")
        assert block.data.count(b'"') % 2 == 0


def test_a_block_is_cut_early_where_a_record_ends_and_else_waits() -> None:
    data = [b"a,b\n" * 3, b'"a\n', b'b"\nc,d\n']
    found = list(blocks(iter(data), quoted=True, size=100, near=12))
    assert [block.data for block in found] == [data[0], data[1] + data[2]]
    first, second = blocks(iter([b'a,b\n"a', b'"\n']), quoted=True, size=100, near=4)
    assert (first.data, first.is_quoted, first.newlines) == (b"a,b\n", False, 1)
    assert (second.data, second.is_quoted, second.newlines) == (b'"a"\n', True, 1)


def test_a_record_without_end_is_given_up_and_the_next_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streams, "MAX_RECORD_BYTES", 100)
    parts = [b"a\n", b"x" * 150, b"y" * 150, b"z\nb\n", b"c"]
    found = list(blocks(iter(parts), quoted=True, size=120))
    assert [block.oversized for block in found] == [False, True, False]
    assert found[1].data == b"x" * 150
    assert found[2] == Block(b"b\nc")


def test_a_long_end_of_a_stream_is_one_oversized_block() -> None:
    (block,) = blocks(iter([b"x" * (MAX_RECORD_BYTES + 1)]), quoted=True)
    assert block.oversized


NUMBERS = st.lists(
    st.none() | st.from_regex(r"[+-]?[0-9]{0,22}(\.[0-9]{0,20})?(e-?[0-9])?", fullmatch=True),
    min_size=1,
    max_size=8,
)


@given(NUMBERS)
def test_a_plain_column_has_no_exponent_and_no_place_too_many(texts: list[str | None]) -> None:
    known = [text for text in texts if text]
    fine = all("e" not in t and len(t.partition(".")[2]) <= 15 for t in known)
    assert fine or not plain(pl.Series(texts, dtype=pl.String), 15)


@given(NUMBERS, st.integers(0, 3))
def test_a_number_is_read_the_same_alone_and_among_others(
    texts: list[str | None], start: int
) -> None:
    values = pl.Series(texts, dtype=pl.String)
    together = convert(values.slice(start), DECIMAL).to_list()
    assert together == [convert(pl.Series([t]), DECIMAL)[0] for t in texts[start:]]


def test_padded_money_is_read_to_the_last_place() -> None:
    texts = ["968563.000000000000000", "0.000000000000001", None, "-12.5"]
    assert plain(pl.Series(texts), 15)
    assert convert(pl.Series(texts), DECIMAL).to_list() == [t and Decimal(t) for t in texts]
