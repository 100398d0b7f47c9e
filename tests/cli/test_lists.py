"""``enduse lists``, and what ``validate`` says of the lists in a log folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Enduse = Callable[..., Any]
EL = "Entity List (EL) - Bureau of Industry and Security"
HEAD = "source,name,alt_names,addresses,end_date\n"


def screening(number: int, until: str = "") -> str:
    return HEAD + "".join(f"{EL},Orlan Works {n},,,{until}\n" for n in range(number))


@pytest.fixture
def download(tmp_path: Path) -> Path:
    path = tmp_path / "download.csv"
    path.write_text(screening(10))
    return path


def test_from_a_downloaded_list_to_its_status(enduse: Enduse, download: Path) -> None:
    done = enduse("lists", "add", download, "--date", "2026-11-20")
    assert done.code == 0, done.err
    assert "accepted as lists/consolidated.csv" in done.out
    done = enduse("lists", "status", "--as-of", "2026-11-28")
    assert done.code == 0, done.err
    shown = " ".join(done.out.split())
    assert "EL 10 0 0 consolidated.csv 2026-11-20 8" in shown


def test_a_cut_download_exits_with_3_and_the_old_list_stays(
    enduse: Enduse, download: Path, tmp_path: Path
) -> None:
    enduse("lists", "add", download)
    for text in (screening(5), "<html>503</html>", screening(10) + f'{EL},"Orl'):
        download.write_text(text)
        done = enduse("lists", "add", download)
        assert done.code == 3
        assert done.sentence.startswith("enduse: download.csv")
        assert (tmp_path / "lists" / "consolidated.csv").read_text() == screening(10)
    download.write_text(screening(5))
    assert enduse("lists", "add", download, "--accept-shrink", "91 FR 1").code == 0
    assert enduse("lists", "add", download, "--accept-shrink", "").code == 2


def test_status_says_when_a_list_is_too_old_to_clear_anybody(
    enduse: Enduse, download: Path
) -> None:
    assert enduse("lists", "add", download, "--date", "2026-11-20").code == 0
    assert "nobody is clear" not in enduse("lists", "status", "--as-of", "2026-12-04").err
    done = enduse("lists", "status", "--as-of", "2026-12-05")
    assert "of 2026-11-20, 15 days old, more than 14 (policy_list_days)" in done.err
    assert "later" in enduse("lists", "status", "--as-of", "2026-11-01").out


def test_status_as_json_names_hashes_and_standings(enduse: Enduse, download: Path) -> None:
    download.write_text(screening(3, until="2026-01-01"))
    added = json.loads(enduse("lists", "add", download, "--json").out)
    told = json.loads(enduse("lists", "status", "--json", "--as-of", "2026-01-02").out)
    assert told["files"][0]["sha256"] == added["sha256"]
    assert [(row["list"], row["current"], row["expired"]) for row in told["lists"]] == [
        ("EL", 0, 3)
    ]


@pytest.mark.parametrize("content", [None, "<html>"])
def test_status_without_a_sound_list_exits_with_3(
    enduse: Enduse, tmp_path: Path, content: str | None
) -> None:
    (tmp_path / "lists").mkdir()
    if content:
        (tmp_path / "lists" / "a.csv").write_text(content)
    done = enduse("lists", "status")
    assert done.code == 3
    assert (
        "refused of lists: a.csv; download anew" if content else "there is no list in lists"
    ) in done.sentence


def test_a_day_that_is_none_is_told(enduse: Enduse, download: Path) -> None:
    assert "--date is 'today'" in enduse("lists", "add", download, "--date", "today").sentence
    assert enduse("lists", "status", "--as-of", "2026").code == 2


def test_what_was_taken_off_is_told_as_what_was_added(enduse: Enduse, tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("list,name\nEL,Orlan\nEL,Ulvane\n")
    (tmp_path / "new.csv").write_text("list,name\nEL,Orlan\nEL,\x1b[2JTolmere\n")
    done = enduse("lists", "diff", "old.csv", "new.csv")
    assert done.code == 0, done.err
    words = " ".join(done.out.split())
    assert "EL 1 1 0" in words
    assert "removed EL Ulvane" in words
    assert "\x1b" not in done.out
    told = json.loads(enduse("lists", "diff", "old.csv", "new.csv", "--json").out)
    assert told["lists"] == {"EL": {"added": 1, "removed": 1, "changed": 0}}
    assert "no entry was added" in enduse("lists", "diff", "old.csv", "old.csv").out
    done = enduse("lists", "diff", "old.csv", "gone.csv")
    assert (done.code, done.sentence) == (3, "enduse: gone.csv is not there; give the list itself")


@pytest.fixture
def listed(logs: Path) -> Path:
    """A log folder with a list, one that is none, and what says when they are of."""
    folder = logs / "lists"
    folder.mkdir()
    (folder / "consolidated.csv").write_text(screening(3))
    (folder / "sdn.csv").write_text("36,ORLAN AIR" + ",-0- " * 10 + "\n")
    (folder / "error.csv").write_text("<html>503</html>")
    (folder / "manifest.toml").write_text("date = 2026-03-01\n")
    return logs


def test_validate_says_which_lists_were_read_and_which_refused(
    enduse: Enduse, listed: Path
) -> None:
    done = enduse("validate", listed)
    assert done.code == 0, done.err
    assert "consolidated.csv: EL 3; of 2026-03-01" in done.out
    assert "sdn.csv: SDN 1; of 2026-03-01" in done.out
    assert "refused: error.csv is a web page" in done.out
    # Nothing of them is said twice.
    assert "lists/" not in done.out.partition("Lists\n")[0]
    assert enduse("validate", listed, "--strict").code == 4
    told = json.loads(enduse("validate", listed, "--json").out)["lists"]
    assert [file["file"] for file in told["refused"]] == ["error.csv"]


def test_validate_says_nothing_of_lists_where_there_are_none(enduse: Enduse, logs: Path) -> None:
    assert json.loads(enduse("validate", logs, "--json").out)["lists"] is None
    assert "Lists" not in enduse("validate", logs).out
