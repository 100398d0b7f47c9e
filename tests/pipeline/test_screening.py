"""What a state keeps of a screening: hits are those of a full one, whatever became of the files."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from detector.pipeline.screened_files import names_among, read_screened, screen_hidden
from detector.pipeline.screening import HiddenScreener, Screener
from detector.policy.names.hidden import Hidden
from detector.policy.names.kept import Kept, rules
from detector.policy.names.screen import AGAIN, screen
from detector.state import Disk, pseudonym
from detector.state.lock import shared
from tests.examples import first

DAY = date(2026, 6, 1)
_LISTS = ("aliases", "weak_aliases", "addresses", "countries")


def _entries(*names: str) -> pl.DataFrame:
    rows = [
        {"entry_key": f"{number:016x}", "source": "EL", "kind": "organisation", "name": name}
        for number, name in enumerate(names)
    ]
    nothing = [pl.lit(None, pl.Date).alias(name) for name in ("from", "until")]
    texts = [pl.lit(None, pl.String).alias(name) for name in ("citation", "file_sha256")]
    lists = [pl.lit(["CN"]).alias(name) for name in _LISTS]
    return pl.DataFrame(rows).with_columns(*nothing, *texts, *lists)


def _parties(*names: str) -> pl.DataFrame:
    rows = {"party_id": [f"p{n}" for n in range(len(names))], "name": list(names)}
    return pl.DataFrame(rows).with_columns(
        country=pl.lit("CN"), address=pl.lit(None, pl.String), role=pl.lit("holder")
    )


ENTRIES = _entries("Chengdu Yunda Technology", "Kestrel Optics", "Bexima Holding")
PARTIES = _parties("Yunda Technology Chengdu", "Kestral Optics Ltd", "Somebody Else")
OWNERS = _parties("Bexima Holdings LLC")


class _Untouched(Disk):
    """Counts what is written."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def write(self, path: Path, data: bytes, mode: int = 0o644) -> None:
        self.written.append(path.name)
        super().write(path, data, mode)


def _run(folder: Path, *asked: pl.DataFrame, entries: pl.DataFrame = ENTRIES) -> list[str]:
    """One run: every set of parties has the hits of a full screening. Names that were written."""
    disk = _Untouched()
    screens = Screener(entries, DAY, folder, disk)
    for parties in asked or (PARTIES,):
        assert screens(parties).equals(screen(parties, entries, as_of=DAY))
    screens.keep()
    return disk.written


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "screened"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names that were read anew."""
    from detector.policy.names.normalise import readings

    found: list[str] = []
    monkeypatch.setattr(
        "detector.policy.names.kept.readings", lambda name: found.append(name) or readings(name)
    )
    return found


def test_a_second_run_reads_and_writes_nothing(folder: Path, read: list[str]) -> None:
    assert _run(folder)
    assert sorted(read) == sorted(PARTIES["name"])
    read.clear()
    assert _run(folder) == []
    assert read == []


def test_a_changed_list_is_screened_against_names_of_old(folder: Path) -> None:
    _run(folder)
    assert _run(folder, entries=_entries("Chengdu Yunda Technology", "Somebody Else Ltd"))
    assert _run(folder, entries=_entries("Somebody Elsa Inc"))


def test_names_of_every_caller_of_a_run_are_kept_and_no_others(
    folder: Path, read: list[str]
) -> None:
    _run(folder, PARTIES, OWNERS)
    read.clear()
    assert _run(folder, PARTIES, OWNERS) == []
    assert read == []
    _run(folder, OWNERS)
    kept = read_screened(folder, Kept)
    assert kept is not None
    assert kept.names["name"].to_list() == OWNERS["name"].to_list()


@pytest.mark.parametrize("table", first(["names", "hits", "entries", "screened"], 2))
@pytest.mark.parametrize("harm", ["gone", "cut", "changed", "empty", "other"])
def test_a_damaged_file_is_a_full_screening_and_written_anew(
    folder: Path, table: str, harm: str
) -> None:
    _run(folder)
    (path,) = folder.glob(f"{table}*")
    _harm(path, harm)
    assert not _is_whole(folder)
    assert _run(folder)
    assert _is_whole(folder)
    assert len(list(folder.glob("*.parquet"))) == 3


def _is_whole(folder: Path) -> bool:
    kept = read_screened(folder, Kept)
    return kept is not None and kept.version == rules()


def _harm(path: Path, harm: str) -> None:
    data = path.read_bytes()
    match harm:
        case "gone":
            path.unlink()
        case "cut":
            path.write_bytes(data[: len(data) // 2])
        case "changed":
            path.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
        case "empty":
            path.write_bytes(b"")
        case "other":
            path.write_bytes(b'{"version": 3, "files": []}')


def test_another_version_is_a_full_screening(folder: Path, read: list[str]) -> None:
    _run(folder)
    listed = folder / "screened.json"
    told = json.loads(listed.read_bytes())
    listed.write_text(json.dumps({**told, "version": "older"}))
    read.clear()
    assert _run(folder)
    assert sorted(read) == sorted(PARTIES["name"])


def test_a_table_of_other_columns_is_none(folder: Path) -> None:
    from detector.state.manifest import stored

    _run(folder)
    (names,) = folder.glob("names*")
    pl.DataFrame({"name": ["x"]}).write_parquet(names)
    measure = stored(names.read_bytes())
    names.rename(folder / f"names-{measure.sha256[:16]}.parquet")
    told = json.loads((folder / "screened.json").read_bytes())
    told["files"]["names"] = {"bytes": measure.bytes, "sha256": measure.sha256}
    (folder / "screened.json").write_text(json.dumps(told))
    assert read_screened(folder, Kept) is None


class _Refuses(Disk):
    def __init__(self, after: int) -> None:
        self.left = after

    def write(self, path: Path, data: bytes, mode: int = 0o644) -> None:
        self.left -= 1
        if self.left < 0:
            raise OSError(28, "No space left on device")
        super().write(path, data, mode)


@pytest.mark.parametrize("after", range(4))
def test_a_disk_that_is_full_leaves_what_was_kept_and_stops_nothing(
    folder: Path, after: int
) -> None:
    _run(folder)
    before = (folder / "screened.json").read_bytes()
    rows = _entries("Somebody Else Ltd")
    screens = Screener(rows, DAY, folder, _Refuses(after))
    assert screens(PARTIES).equals(screen(PARTIES, rows, as_of=DAY))
    screens.keep()
    assert (folder / "screened.json").read_bytes() == before
    assert read_screened(folder, Kept) is not None
    _run(folder, entries=rows)
    assert len(list(folder.iterdir())) == 5


def test_a_folder_that_cannot_be_written_is_a_full_screening_without_a_file(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert _run(tmp_path / "file" / "screened") == []


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    folder.chmod(0o500)
    try:
        yield
    finally:
        folder.chmod(0o700)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_state_is_screened_without_a_file(tmp_path: Path) -> None:
    with _read_only(tmp_path):
        _run(tmp_path / "screened")
    assert list(tmp_path.iterdir()) == []


def test_while_another_run_reads_nothing_is_written(folder: Path) -> None:
    _run(folder)
    before = sorted(folder.iterdir())
    with shared(folder / ".lock"):
        assert _run(folder, OWNERS) == []
    assert sorted(folder.iterdir()) == before


def test_two_runs_at_once_leave_one_of_them_whole(folder: Path) -> None:
    first, second = (Screener(ENTRIES, DAY, folder) for _ in range(2))
    first(PARTIES)
    second(OWNERS)
    first.keep()
    second.keep()
    kept = read_screened(folder, Kept)
    assert kept is not None
    assert kept.names["name"].to_list() == OWNERS["name"].to_list()
    _run(folder)


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    screens = Screener(ENTRIES, DAY, None)
    assert screens(PARTIES).equals(screen(PARTIES, ENTRIES, as_of=DAY))
    screens.keep()
    assert list(tmp_path.iterdir()) == []


KEY = b"a key of the tests"


def _hidden(parties: pl.DataFrame) -> pl.DataFrame:
    """As a state under pseudonyms has them."""
    return parties.with_columns(
        name=pl.Series([pseudonym(name, KEY) for name in parties["name"]], dtype=pl.String)
    )


def test_a_state_under_pseudonyms_finds_what_was_found_where_names_came_in(folder: Path) -> None:
    screen_hidden(folder, PARTIES, ENTRIES, KEY, wait=0)
    screens = HiddenScreener(ENTRIES, DAY, folder)
    plain, found = screen(PARTIES, ENTRIES, as_of=DAY), screens(_hidden(PARTIES))
    columns = ["party_id", "entry_key", "score", "band", "strength"]
    assert found.select(columns).equals(plain.select(columns))
    assert screens.unseen == 0
    assert "unda" not in str([path.read_bytes() for path in folder.glob("names*")])


def test_what_came_in_later_is_screened_too_and_older_names_ask_again(folder: Path) -> None:
    screen_hidden(folder, PARTIES, ENTRIES[:1], KEY, wait=0)
    screen_hidden(folder, OWNERS, ENTRIES, KEY, wait=0)
    screens = HiddenScreener(ENTRIES, DAY, folder)
    bands = dict(screens(_hidden(PARTIES)).select("party_id", "band").rows())
    assert bands == {"p0": "same", "p1": AGAIN}
    assert screens(_hidden(OWNERS))["band"].to_list() == ["same"]
    assert screens.unseen == 0


def test_entries_that_no_name_was_compared_with_are_told(folder: Path) -> None:
    assert HiddenScreener(ENTRIES, DAY, folder).unseen == ENTRIES.height
    screen_hidden(folder, PARTIES, ENTRIES[:1], KEY, wait=0)
    assert HiddenScreener(ENTRIES, DAY, folder).unseen == ENTRIES.height - 1
    changed = ENTRIES[:1].with_columns(aliases=pl.lit(["Kestral"]))
    screens = HiddenScreener(changed, DAY, folder)
    assert screens.unseen == 1
    assert screens(_hidden(PARTIES)).is_empty()


def test_a_plain_screening_is_no_hidden_one(folder: Path) -> None:
    _run(folder)
    assert read_screened(folder, Hidden) is None
    screen_hidden(folder, PARTIES, ENTRIES, KEY, wait=0)
    assert read_screened(folder, Kept) is None


def test_every_column_of_names_is_screened_before_it_is_hidden() -> None:
    rows = pl.DataFrame(
        {"org_name": ["Yunda", "Yunda", None], "local_name": ["运达", " ", "运达"],
         "ultimate_parent_name": [None, "Kestrel", "Kestrel"], "org_address": ["1 Elm", "", None]},
        schema_overrides=dict.fromkeys(("org_name", "ultimate_parent_name"), pl.String),
    )  # fmt: skip
    found = names_among(rows, "accounts")
    assert set(found.rows()) == {
        ("Yunda", "1 Elm"), ("Yunda", ""), ("运达", "1 Elm"), ("运达", None), ("Kestrel", None),
    }  # fmt: skip
    assert names_among(pl.DataFrame({"name": ["Quvo"]}), "partners")["name"].to_list() == ["Quvo"]
    assert names_among(pl.DataFrame({"name": ["Quvo"]}), "usage").is_empty()


def test_entries_of_ones_own_are_compared_as_in_a_full_screening(tmp_path: Path) -> None:
    own = _entries("Orvanta Precision Co., Ltd", "Kestral Optics", "Yunda Technology")
    parties = _parties("Orvanta Precision", "Kestrel Optics", "Yunda Technology Chengdu")
    screens = Screener(ENTRIES, DAY, tmp_path / "screened")
    before = screens(PARTIES)
    expected = screen(parties, own, as_of=DAY)
    assert expected.height > 2
    assert screens.compare(parties, own).equals(expected)
    assert Screener(ENTRIES, DAY, None).compare(parties, own).equals(expected)
    # What was asked of lists stands.
    assert screens(PARTIES).equals(before)
