"""Settings that changed since the last ingest count at once, or are refused in words."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from detector.errors import DataError, StateError, TooManyBadRows
from detector.sources.discover import Hashes
from detector.state import Store
from features.catalogue import Catalogue

Put = Callable[[Path, Mapping[str, str]], Path]
MakeRows = Callable[[str, range], str]
Take = Callable[..., Any]


@pytest.fixture
def inbox(make_rows: MakeRows, facts: dict[str, str], put: Put, tmp_path: Path) -> Path:
    # Of nine rows of usage one is bad.
    files = {"usage/a.csv": make_rows("usage", range(3, 30)), "events/e.csv": make_rows(
        "events", range(9))}  # fmt: skip
    return put(tmp_path / "inbox", {**facts, **files})


def test_a_looser_bound_takes_in_what_was_set_aside_under_a_stricter_one(
    inbox: Path, take: Take
) -> None:
    assert [r.path for r in take(inbox, reject=True, max_bad=0.05).rejected] == ["usage/a.csv"]
    assert not take(inbox, reject=True, max_bad=0.05).changed
    assert take(inbox, reject=True, max_bad=0.5).added == ("usage/a.csv",)


def test_a_stricter_bound_is_asked_of_what_was_taken_in_before(
    inbox: Path, take: Take, tmp_path: Path
) -> None:
    before = take(inbox, reject=True, max_bad=0.5).sequence
    with pytest.raises(TooManyBadRows, match="usage"):
        take(inbox, reject=True, max_bad=0.05)
    assert Store(tmp_path / "state").manifest().sequence == before


def test_another_catalogue_rolls_up_again(inbox: Path, take: Take) -> None:
    take(inbox)
    other = replace(Catalogue.load(), version="another")
    assert set(take(inbox, catalogue=other).replaced) >= {"usage/a.csv", "events/e.csv"}
    assert not take(inbox, catalogue=other).changed


def test_another_key_of_hashes_is_refused_where_native_logs_may_have_been_read(
    inbox: Path, take: Take
) -> None:
    take(inbox)
    for key in (b"another key of the tests", b""):
        with pytest.raises(StateError, match="hashes of two keys never match"):
            take(inbox, hash_key=key)
    assert not take(inbox).changed


def test_where_nothing_is_hashed_a_key_may_be_another(inbox: Path, take: Take) -> None:
    (inbox / "events" / "e.csv").unlink()
    take(inbox)
    assert not take(inbox, hash_key=b"another key of the tests").changed


def test_a_table_that_is_there_twice_is_refused_where_nobody_looks_on_too(
    inbox: Path, take: Take, make_rows: MakeRows, put: Put, tmp_path: Path
) -> None:
    before = take(inbox).sequence
    put(inbox, {"usage.csv": make_rows("usage", range(40, 50))})
    for reject in (False, True):
        with pytest.raises(DataError, match="usage is there 2 times"):
            take(inbox, reject=reject)
    assert Store(tmp_path / "state").manifest().sequence == before


def test_an_edit_in_place_of_the_same_size_and_time_is_seen(inbox: Path, take: Take) -> None:
    hashes, file = Hashes(), inbox / "usage" / "a.csv"
    take(inbox, hashes=hashes)
    before = file.stat()
    file.write_text(file.read_text().replace("0003", "0004"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert take(inbox, hashes=hashes).replaced == ("usage/a.csv",)
