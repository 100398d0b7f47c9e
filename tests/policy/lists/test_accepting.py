"""A downloaded list takes the place of its older version, or is refused and changes nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from detector.errors import DataError, UsageError
from detector.policy.lists import read_lists
from detector.policy.lists.accepting import accept

EL = "Entity List (EL) - Bureau of Industry and Security"
DPL = "Denied Persons List (DPL) - Bureau of Industry and Security"


def screening(el: int, dpl: int = 0) -> str:
    rows = [f"{EL},Orlan Works {n},,\n" for n in range(el)]
    rows += [f"{DPL},Kessandra {n},,\n" for n in range(dpl)]
    return "source,name,alt_names,addresses\n" + "".join(rows)


@pytest.fixture
def download(tmp_path: Path) -> Callable[[str, str], Path]:
    def write(name: str, text: str) -> Path:
        path = tmp_path / "downloads" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return write


Download = Callable[[str, str], Path]


def state(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_whatever_a_download_is_called_it_takes_the_place_of_the_last(
    download: Download, folder: Path
) -> None:
    accept(download("consolidated.csv", screening(10)), folder)
    done = accept(download("consolidated (1).csv", screening(9)), folder)
    assert done.path == folder / "consolidated.csv"
    assert (done.before, done.counts) == ({"EL": 10}, {"EL": 9})
    assert read_lists(folder).counts == {"EL": 9}
    assert done.earlier is not None
    assert done.earlier.read_text() == screening(10)


def test_json_takes_the_place_of_csv(download: Download, folder: Path) -> None:
    accept(download("a.csv", screening(1)), folder)
    text = '[{"source": "' + EL + '", "name": "Orlan Works 0"}]'
    accept(download("a.json", text), folder)
    assert sorted(p.name for p in folder.iterdir()) == [
        "_earlier", "consolidated.json", "manifest.toml",
    ]  # fmt: skip
    assert not read_lists(folder).refused


@pytest.mark.parametrize("fewer", [screening(79, 5), screening(100), screening(100, 3)])
def test_what_shrank_or_vanished_changes_nothing(
    download: Download, folder: Path, fewer: str
) -> None:
    accept(download("a.csv", screening(100, 5)), folder)
    before = state(folder)
    with pytest.raises(DataError, match=r"holds less than what stands as consolidated\.csv"):
        accept(download("a.csv", fewer), folder)
    assert state(folder) == before


@pytest.mark.parametrize("enough", [screening(80, 5), screening(100, 4), screening(500, 5)])
def test_a_fifth_may_be_gone(download: Download, folder: Path, enough: str) -> None:
    accept(download("a.csv", screening(100, 5)), folder)
    assert not accept(download("a.csv", enough), folder).lost


def test_a_reason_lets_a_list_shrink_and_is_kept(download: Download, folder: Path) -> None:
    accept(download("a.csv", screening(100, 5)), folder)
    done = accept(download("a.csv", screening(100)), folder, reason="DPL ended, 91 FR 1")
    assert done.lost == ("DPL vanished (5 before)",)
    told = tomllib.loads((folder / "manifest.toml").read_text())
    assert told["files"]["consolidated.csv"]["shrink_accepted"] == "DPL ended, 91 FR 1"
    assert not read_lists(folder).refused
    assert "shrink_accepted" not in _again(download, folder)


def _again(download: Download, folder: Path) -> dict[str, object]:
    accept(download("a.csv", screening(100)), folder)
    told = tomllib.loads((folder / "manifest.toml").read_text())
    return dict(told["files"]["consolidated.csv"])


def test_a_reason_that_says_nothing_is_none(download: Download, folder: Path) -> None:
    with pytest.raises(UsageError, match="say why"):
        accept(download("a.csv", screening(1)), folder, reason=" \u200b")


def test_a_list_put_there_by_hand_counts_as_the_last(download: Download, folder: Path) -> None:
    (folder / "consolidated.csv").write_text(screening(10))
    with pytest.raises(DataError, match="EL fell from 10 to 5"):
        accept(download("a.csv", screening(5)), folder)


def test_dates_and_publishers_of_the_manifest_are_kept(download: Download, folder: Path) -> None:
    (folder / "manifest.toml").write_text(
        'publisher = "us"\n[files."ours.csv"]\npublisher = "we, \\"ourselves\\""\n'
    )
    for day in (date(2026, 1, 1), date(2026, 2, 1)):
        accept(download("ours.csv", "name\nOrlan\n"), folder, day=day)
    accept(download("a.csv", screening(1)), folder, day=date(2026, 3, 1))
    told = {f.name: (f.day, f.publisher) for f in read_lists(folder).files}
    assert told == {
        "ours.csv": (date(2026, 2, 1), 'we, "ourselves"'),
        "consolidated.csv": (date(2026, 3, 1), "us"),
    }


def test_an_accepted_list_that_is_gone_is_told(download: Download, folder: Path) -> None:
    accept(download("a.csv", screening(1)), folder).path.unlink()
    assert "accepted before and is gone" in read_lists(folder).refused[0].sentence


def test_a_damaged_manifest_stops_what_it_guards(download: Download, folder: Path) -> None:
    (folder / "manifest.toml").write_text("files = 3")
    with pytest.raises(DataError, match=r"manifest\.toml"):
        accept(download("a.csv", screening(1)), folder)


@pytest.mark.parametrize("name", [".ours.csv", "_ours.csv", "ou\u202ers.csv"])
def test_a_name_that_would_not_be_read_is_refused(
    download: Download, folder: Path, name: str
) -> None:
    with pytest.raises(DataError, match="give it a plain name"):
        accept(download(name, "name\nOrlan\n"), folder)
