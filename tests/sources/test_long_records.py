"""Records with too many fields: set aside also where no column is wanted that shows it."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detector import read_logs
from detector.sources import csvfile
from detector.sources.csvfile import read_csv
from detector.sources.raw import RawPart

HEAD = b"a,b,c\n"
TOO_LONG = "the line has 4 fields, the header has 3"
SOUND = [b"1,2,3", b'1,"2,2",3', b'"1",2,"3"', b'1,"2\n,2",3', b'1,"2"",",3', b'1,2" x,3']
LONG = [b"1,2,3,4", b"1,2,3,", b"1,2,3,\x02", b'1,"2",3,4', b'1,2,3,""', b'1,2"x,y"2,3']
ODD = [*LONG, b"1,2", b"1,2,", b'1,"2,2"', b'1,2,"",', b",,,"]


def read(data: bytes, wanted: str = "ac") -> list[RawPart]:
    return list(read_csv(iter([HEAD, data]), "x", lambda _: {name: name for name in wanted}))


def lines(records: Iterable[bytes], newline: bytes = b"\n") -> bytes:
    return b"".join(record + newline for record in records)


def bad(parts: list[RawPart]) -> list[int]:
    return [record.row for part in parts for record in part.bad]


def kept(parts: list[RawPart]) -> list[int]:
    return [row for part in parts for row in part.rows]


def zstd(data: bytes) -> bytes:
    packed: bytes = pa.Codec("zstd").compress(data, asbytes=True)
    return packed


def fields(record: bytes) -> list[str]:
    (found,) = csv.reader(io.StringIO(record.decode(), newline=""), strict=True)
    return found


@pytest.mark.parametrize("wanted", ["a", "ab", "c", "abc"])
@pytest.mark.parametrize("at", [0, 3, 6])
@pytest.mark.parametrize("long", LONG)
def test_it_is_found_wherever_it_stands(long: bytes, at: int, wanted: str) -> None:
    records = [b"1,2,3"] * 6
    records.insert(at, long)
    for data in (lines(records), lines(records, b"\r\n"), lines(records)[:-1]):
        parts = read(data, wanted)
        assert bad(parts) == [at + 1]
        assert kept(parts) == [row for row in range(1, 8) if row != at + 1]
        assert {record.reason for part in parts for record in part.bad} == {TOO_LONG}


@pytest.mark.parametrize("other", [b"1,2", b'1,"2,2"', b"", b"1"])
@pytest.mark.parametrize("long", LONG)
def test_a_short_record_does_not_stand_for_it(long: bytes, other: bytes) -> None:
    for records in ([long, other, b"1,2,3"], [other, b"1,2,3", long], [b"1,2,", long, other]):
        expected = [row for row, record in enumerate(filter(None, records), 1)
                    if len(fields(record)) != 3]  # fmt: skip
        assert bad(read(lines(records), "a")) == expected
        assert bad(read(lines(records)[:-1], "a")) == expected


@given(
    st.lists(st.sampled_from([*SOUND, *ODD]), min_size=1, max_size=10),
    st.sampled_from(["a", "ab", "c", "ca", "abc"]),
    st.booleans(),
)
@example([b"1,2", b"1,2,3,"], "abc", False)
@example([b'1,2" x,3', b"1,2,3", b'1,2" x,3'], "abc", True)
def test_each_record_is_judged_as_if_alone(records: list[bytes], wanted: str, ended: bool) -> None:
    parts = read(lines(records)[: None if ended else -1], wanted)
    good = {row: fields(record) for row, record in enumerate(records, 1)
            if len(fields(record)) == 3}  # fmt: skip
    assert bad(parts) == [row for row in range(1, len(records) + 1) if row not in good]
    assert kept(parts) == list(good)
    found = [row for part in parts for row in part.frame.select(*wanted).rows()]
    places = ["abc".index(name) for name in wanted]
    assert found == [tuple(row[at] or None for at in places) for row in good.values()]


@pytest.mark.parametrize("sound", SOUND[:5])
def test_in_a_later_block(sound: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csvfile, "NEAR_BYTES", 40)
    stream = [sound + b"\n"] * 30 + [b"1,2,3,4\n"] + [sound + b"\n"] * 5
    parts = list(read_csv(iter([HEAD, *stream]), "x", lambda _: {"a": "a"}))
    assert bad(parts) == [31]
    assert kept(parts) == [*range(1, 31), *range(32, 37)]


@pytest.mark.parametrize("sound", [b"1,2,3", b'1,"2,2",3', b'1,"2\n""2"",",3'])
def test_a_sound_file_is_parsed_once(sound: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    for again in ("_slow", "_marked"):
        monkeypatch.setattr(csvfile, again, lambda *_: pytest.fail("it was parsed again"))
    (part,) = read(lines([sound] * 1_000))
    assert part.frame.rows() == [("1", "3")] * 1_000


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "csv.zst"])
def test_it_stands_in_the_quarantine_and_is_counted(
    folder: Path, put: Callable[[str, str | bytes], Path], usage: pl.DataFrame, ending: str
) -> None:
    text = usage.with_columns(nobody=pl.lit("x"), wants=pl.lit("y")).write_csv()
    head, first, second = text.splitlines()
    # An unquoted comma: all values after it would have moved by a column.
    moved = first.replace("Compute", "Compute, large")
    data = "\n".join([head, first, moved, second, ""]).encode()
    packed = {
        "csv": lambda: data,
        "csv.gz": lambda: gzip.compress(data),
        "csv.zst": lambda: zstd(data),
    }
    (folder / "usage.csv").unlink()
    put(f"usage.{ending}", packed[ending]())
    logs = read_logs(folder, datetime(2026, 2, 1, tzinfo=UTC), max_bad=0.5)
    rows = sum(part.height for part in logs.parts("usage"))
    assert rows == 2
    held = logs.quarantine.filter(pl.col("table") == "usage")
    assert held.select("row", "reason", "content").rows() == [
        (2, "the line has 12 fields, the header has 11", moved)
    ]
    assert (logs.counts["usage"].read, logs.counts["usage"].quarantined) == (3, 1)
