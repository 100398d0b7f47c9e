"""The lists of a source are read alike wherever they lie, and hostile ones harm nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from detector.pipeline.lists import lists_of_source, read_place
from detector.policy.lists import Lists, parsing, reading
from detector.sources import read_logs
from detector.sources.lists import ListsPlace
from detector.sources.place import Entry, Kind, LocalPlace, Place

LIST = "name,list\nOrlan,EL\n"
USAGE = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter\n2026-03-01T00:00Z,2026-03-01T01:00Z,a,a,Usage,Compute,1,Hours,vm\n"
)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "usage.csv").write_text(USAGE)
    (folder / "accounts.csv").write_text("account_id,created_at\na,2026-01-01\n")
    return folder


@pytest.fixture
def folder(logs: Path) -> Path:
    path = logs / "lists"
    path.mkdir()
    return path


def read(logs: Path) -> Lists:
    found = lists_of_source(read_logs(logs))
    assert found is not None
    return found


class Store:
    """A folder of an object store, of which only the door is known."""

    def __init__(self, root: Path) -> None:
        self.behind = LocalPlace(root)
        self.local, self.mark = self.behind.local, self.behind.mark
        self.fetched: list[str] = []

    def entries(self, folder: str) -> list[Entry]:
        found = self.behind.entries(folder)
        large = Entry("large.csv", Kind.FILE, (0, 1 << 40, 0))
        return [*found, large, Entry("up/../a.csv", Kind.KEY, (0, 1, 0))]


def test_a_store_is_read_as_a_folder(logs: Path, folder: Path) -> None:
    (folder / "ours.csv").write_text(LIST)
    (folder / "manifest.toml").write_text("date = 2026-03-01\n")
    store: Place = Store(logs)  # type: ignore[assignment]
    here = read(logs)
    there = read_place(ListsPlace(store, Entry("lists", Kind.FOLDER, (0, 0, 0))))
    assert there.entries.equals(here.entries)
    assert there.files == here.files
    assert [r.name for r in there.refused] == ["large.csv", "up/../a.csv"]


def test_a_source_without_lists_has_none_and_an_empty_folder_has_no_entries(logs: Path) -> None:
    assert lists_of_source(read_logs(logs)) is None
    (logs / "lists").mkdir()
    assert read(logs).entries.is_empty()
    assert not read(logs).refused


def test_a_single_file_is_read_as_a_folder_of_one(logs: Path) -> None:
    (logs / "lists.csv").write_text(LIST)
    assert read(logs).counts == {"EL": 1}


def test_a_link_in_the_place_of_lists_is_refused(logs: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.csv").write_text(LIST)
    (logs / "lists").symlink_to(tmp_path / "elsewhere")
    assert [r.sentence for r in read(logs).refused] == [
        "lists is a symbolic link; give the list itself"
    ]


def test_links_pipes_folders_and_archives_are_refused_and_the_others_stay(
    logs: Path, folder: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.toml"
    secret.write_text("date = 2026-03-01\n")
    (folder / "ours.csv").write_text(LIST)
    (folder / "manifest.toml").symlink_to(secret)
    (folder / "link.csv").symlink_to(secret)
    (folder / "sub.csv").mkdir()
    os.mkfifo(folder / "pipe.csv")
    (folder / "bomb.csv.gz").write_bytes(b"\x1f\x8b" + bytes(100))
    (folder / "a\x1b[2J\u202e.csv").write_text("<html>")
    (folder / os.fsdecode(b"caf\xe9.csv")).write_text("<html>")
    found = read(logs)
    assert found.counts == {"EL": 1}
    assert found.files[0].day is None
    assert len(found.refused) == 7
    assert all(r.sentence.isprintable() and r.name.isprintable() for r in found.refused)


def test_of_very_many_files_the_first_are_read_and_the_others_told(
    logs: Path, folder: Path
) -> None:
    for number in range(10_000):
        (folder / f"{number:05d}.csv").touch()
    (folder / "00000.csv").write_text(LIST)
    found = read(logs)
    assert found.counts == {"EL": 1}
    assert len(found.refused) == parsing.MOST_FILES
    assert "00256.csv and 9743 more files are not read" in found.refused[-1].sentence


def test_the_files_of_a_folder_have_a_bound_together(
    logs: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", len(LIST) + 3)
    for name in ("a.csv", "b.csv"):
        (folder / name).write_text(LIST)
    found = read(logs)
    assert [f.name for f in found.files] == ["a.csv"]
    assert "b.csv is not read" in found.refused[0].sentence


def test_a_file_that_changes_while_it_is_read_is_refused(logs: Path, folder: Path) -> None:
    path = folder / "ours.csv"
    path.write_text(LIST)

    class Growing(LocalPlace):
        @contextmanager
        def local(self, name: str) -> Iterator[Path]:
            yield self.root / name
            path.write_text(LIST + "Kessan,EL\n")

    found = read_place(Growing(folder))
    assert found.entries.is_empty()
    assert "changed while it was read" in found.refused[0].sentence


def test_a_file_that_goes_meanwhile_is_refused(logs: Path, folder: Path) -> None:
    class Going(LocalPlace):
        def entries(self, folder: str) -> list[Entry]:
            return [*super().entries(folder), Entry("gone.csv", Kind.FILE, (1, 2, 3))]

    found = read_place(Going(folder))
    assert [r.sentence for r in found.refused] == ["gone.csv is not there; give the list itself"]
