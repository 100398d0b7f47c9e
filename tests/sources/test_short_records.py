"""Records with too few or too many fields: found however many there are, in one look at most."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detector.sources import csvfile
from detector.sources.csvfile import read_csv
from detector.sources.raw import RawPart

HEAD = b"a,b,c\n"
GOOD = [b"1,2,3", b"1,2,", b",,", b"x,NULL,NULL"]
BAD = [b"1,2", b"1", b"1,2,3,4", b"1,2,3,"]


def read(lines: list[bytes], wanted: str = "abc") -> list[RawPart]:
    data = HEAD + b"".join(line + b"\n" for line in lines)
    return list(read_csv(iter([data]), "x", lambda _: {name: name for name in wanted}))


@given(st.lists(st.sampled_from([*GOOD, *BAD]), min_size=1, max_size=12))
@example([b"1,2,3,", b"1,2"])
def test_each_record_of_another_length_is_found(lines: list[bytes]) -> None:
    parts = read(lines)
    bad = [record.row for part in parts for record in part.bad]
    assert bad == [row for row, line in enumerate(lines, 1) if line in BAD]
    kept = [row for part in parts for row in part.frame.rows()]
    none = (b"", b"NULL")
    assert kept == [
        tuple(None if field in none else field.decode() for field in line.split(b","))
        for line in lines
        if line in GOOD
    ]


@pytest.mark.parametrize(
    ("lines", "wanted", "bad"),
    [([b"1,2,3,", b"1,2"], "a", [1, 2]), ([b'"1,1",2,3', b"1,2"], "abc", [2])],
)
def test_separators_do_not_stand_for_each_other(
    lines: list[bytes], wanted: str, bad: list[int]
) -> None:
    assert [record.row for part in read(lines, wanted) for record in part.bad] == bad


def test_a_column_may_have_any_name_of_the_contract_where_records_are_marked() -> None:
    data = b"end,mark,c0\n1,2,\n1,2\n4,5,6\n"
    parts = list(read_csv(iter([data]), "x", lambda found: {name: name for name in found}))
    assert [row for part in parts for row in part.frame.rows()] == [
        ("1", "2", None),
        ("4", "5", "6"),
    ]
    assert [record.row for part in parts for record in part.bad] == [2]
    data = b'end,mark,c0\n"1",2,\n4,5,6\n'
    (part,) = read_csv(iter([data]), "x", lambda _: {"end": "end", "mark": "mark"})
    assert part.frame.rows(named=True) == [{"end": "1", "mark": "2"}, {"end": "4", "mark": "5"}]


def test_a_sound_file_whose_last_column_has_nulls_is_parsed_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(csvfile, "_marked", lambda *_: pytest.fail("it was parsed again"))
    (part,) = read(GOOD)
    assert part.frame["c"].to_list() == ["3", None, None, None]
