"""Runs into cases, and proposals, from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from detector.cases.record.store import Store
from detector.cli import options
from detector.cli.cases import sync
from detector.errors import EnduseError
from tests.cases.planted import ANN
from tests.cases.runs import cases, run

Do = Callable[..., str]


@pytest.fixture
def do(store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Do:
    """Run a command on the folder; what it prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ENDUSE_CONFIG", raising=False)
    monkeypatch.setenv("ENDUSE_CASES", str(store.folder))
    monkeypatch.setenv("ENDUSE_REVIEWER", "dia")
    app = typer.Typer()
    for command in (sync.sync, sync.proposals, sync.merge, sync.decline, sync.unmerge):
        app.command()(command)

    def do(*words: str) -> str:
        done = CliRunner().invoke(app, words, obj=options.Start(None, debug=False))
        if isinstance(done.exception, EnduseError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.stdout

    return do


def test_folders_are_taken_and_told_and_proposals_answered(do: Do, store, clock, tmp_path) -> None:
    run(0, "abc", "def").write(tmp_path / "one")
    assert do("sync", "one") == "one: run 1: 2 opened\n"
    assert do("sync", "one") == "one: run 1, taken before\n"
    with store.writing(clock()) as tx:
        row = {"case_id": "C-000002", "state": "in_review", "assignee": "ann"}
        tx.record("case.claimed", ANN, "reviewer", "C-000002", put=[("cases", row)])
    run(1, "abcdef").write(tmp_path / "two")
    run(-1, "x").write(tmp_path / "old")
    assert do("sync", "two", "old").splitlines() == [
        "old: run 2, older than the last: 1 opened",
        "two: run 3: 1 proposed to be merged, 2 changed",
    ]
    [asked] = json.loads(do("proposals", "--json"))
    assert (asked["case_id"], asked["other_id"], asked["run"]) == ("C-000001", "C-000002", 3)
    assert "C-000001" in do("merge", str(asked["proposal_id"]))
    assert cases(store)[1]["state"] == "merged"
    assert json.loads(do("proposals", "--json")) == []
    assert "C-000002 is as it was" in do("unmerge", "C-000002")
    assert cases(store)[1]["state"] == "in_review"


def test_what_is_no_run_is_told(do: Do) -> None:
    with pytest.raises(EnduseError, match="cannot be read"):
        do("sync", "nowhere")
