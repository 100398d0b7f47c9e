"""``enduse cases rehearse`` from a world to a table, and what its folder lets nobody do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from detector.cases.record.store import Store
from detector.cli import main

ARGS = ("--accounts", "200", "--weeks", "2", "--seed", "3", "--accuracy", "0.8")


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ENDUSE_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.long  # makes a world and scores it twice
@pytest.mark.usefixtures("few_trees")
def test_a_rehearsal_leaves_a_whole_folder_and_lets_nothing_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = ["--cases", "cases"]
    assert main(["cases", "rehearse", *ARGS, "--trainee", "tina", "--json", *cases]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["findings"] == 0
    assert [week["week"] for week in told["weeks"]] == [1, 2]
    assert all(week["left"] + week["closed"] for week in told["weeks"])
    assert told["to_learn"]
    with Store("cases") as store, store.reading() as connection:
        first = connection.execute("SELECT action FROM events ORDER BY seq LIMIT 1").fetchone()
        tinas = connection.execute("SELECT kind, state FROM cases WHERE case_id IN "
                                   "(SELECT of_case FROM truths)").fetchall()  # fmt: skip
    assert first["action"] == "rehearsal.begun"
    assert {tuple(row) for row in tinas} == {("training", "new")}
    capsys.readouterr()
    refused = (
        ["labels", "--out", "inbox", "--as", "lea"],
        ["export", "--coop", "coop.jsonl", "--as", "lea"],
        ["pack", "C-000002", "--purpose", "a court", "--as", "cora"],
    )
    for words in refused:
        assert main(["cases", *words, *cases]) == 2
        assert "rehearsal" in capsys.readouterr().err
    assert not Path("inbox").exists()
    assert not Path("coop.jsonl").exists()
    # Decisions are in the world's own logs, where the second week's run read them.
    assert list(Path("cases/world/logs/labels").rglob("source=enduse-console/*/labels.parquet"))
    _told_once_judged(told["to_learn"][0], capsys)


def _told_once_judged(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    show = ["cases", "show", case, "--as", "tina", "--cases", "cases"]
    assert main(show) == 0
    assert "in truth" not in capsys.readouterr().out
    said = ["--outcome", "cleared", "--note", "a business", "--as", "tina", "--cases", "cases"]
    assert main(["cases", "decide", case, *said]) == 0
    capsys.readouterr()
    assert main(show) == 0
    assert "in truth: " in capsys.readouterr().out
    assert main(["cases", "verify", "--cases", "cases"]) == 0


def test_a_world_that_cannot_be_made_leaves_no_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cases", "rehearse", "--preset", "nowhere", "--cases", "cases"]) == 2
    assert "nowhere" in capsys.readouterr().err
    assert not Path("cases").exists()


def test_a_folder_that_holds_something_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cases", "init", "--cases", "cases"]) == 0
    assert main(["cases", "rehearse", "--cases", "cases"]) == 1
    assert "not an empty folder" in capsys.readouterr().err
    assert Path("cases/cases.db").is_file()


@pytest.mark.parametrize(
    "words",
    [["--logs", "."], ["--accuracy-of", "cleared"], ["--accuracy-of", "guilty=0.5"],
     ["--accuracy-of", "cleared=2"]],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_before_anything_is_made(words: list[str]) -> None:
    assert main(["cases", "rehearse", *words, "--cases", "cases"]) == 2
    assert not Path("cases").exists()
