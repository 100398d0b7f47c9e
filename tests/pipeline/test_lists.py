"""The lists of a log folder are read alike from a folder and from a store."""

from __future__ import annotations

from pathlib import Path

from detector.pipeline.lists import lists_of
from detector.sources.place import Entry, Kind, LocalPlace


class Store:
    """A place of which only the door is known."""

    def __init__(self, root: Path) -> None:
        self.behind = LocalPlace(root)
        self.local = self.behind.local

    def entries(self, folder: str) -> list[Entry]:
        found = self.behind.entries(folder)
        large = Entry("large.csv", Kind.FILE, (0, 1 << 40, 0))
        return [*found, large, Entry("../up.csv", Kind.KEY, (0, 1, 0))]


def test_a_store_is_read_as_a_folder(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "ours.csv").write_text("name\nOrlan\n")
    (tmp_path / "lists" / "manifest.toml").write_text("date = 2026-03-01\n")
    here, there = lists_of(LocalPlace(tmp_path)), lists_of(Store(tmp_path))  # type: ignore[arg-type]
    assert there.entries.equals(here.entries)
    assert there.files == here.files
    assert [r.name for r in there.refused] == ["large.csv"]


def test_a_folder_without_lists_has_none(tmp_path: Path) -> None:
    assert lists_of(LocalPlace(tmp_path)).files == ()
