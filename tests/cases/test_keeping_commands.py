"""The commands on the folder itself: init, verify, anchor, rebuild, set."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from detector.cases.record.store import Store
from detector.cli.app import tree


@pytest.fixture
def run(tmp_path: Path, monkeypatch: Any) -> Any:
    monkeypatch.setenv("ENDUSE_CASES", str(tmp_path / "made"))
    runner = CliRunner()
    assert runner.invoke(tree(["cases"]), ["cases", "init"]).exit_code == 0
    return lambda *words: runner.invoke(tree(["cases"]), ["cases", *words])


def test_a_folder_is_made_once(run: Any) -> None:
    assert run("init").exit_code == 1
    assert "is not an empty folder" in run("init").output


def test_what_was_found_whole_is_noted_and_what_is_not_is_named(run: Any, tmp_path: Path) -> None:
    assert run("people", "add", "ann", "--roles", "reviewer").exit_code == 0
    assert run("verify").exit_code == 0
    with Store(tmp_path / "made") as store, store.reading() as connection:
        assert connection.execute("SELECT count(*) FROM verifications").fetchone()[0] == 1
    with closing(sqlite3.connect(tmp_path / "made" / "cases.db")) as other, other:
        other.execute("UPDATE people SET roles = '[\"lead\"]'")
    told = run("verify", "--json")
    assert told.exit_code == 5
    kinds = {one["kind"] for one in json.loads(told.stdout)["findings"]}
    assert {"table", "file"} <= kinds
    assert run("rebuild").exit_code == 0
    assert run("verify").exit_code == 0


def test_a_folder_older_than_its_anchors_is_not_used_and_can_be_verified(
    run: Any, tmp_path: Path
) -> None:
    run("people", "add", "ann", "--roles", "reviewer")
    kept = (tmp_path / "made" / "cases.db").read_bytes()
    run("people", "add", "bob", "--roles", "reviewer")
    (tmp_path / "made" / "cases.db").write_bytes(kept)
    assert run("people", "list").exit_code == 1
    assert "accept-loss" in run("people", "list").output
    told = run("verify")
    assert told.exit_code == 5
    assert "was acknowledged and is not there" in told.output
    assert run("anchor", "--accept-loss", "the disk was lost").exit_code == 0
    assert "ann" in run("people", "list").output


def test_settings_have_bounds_and_changes_are_events(run: Any, tmp_path: Path) -> None:
    assert "0.15" in run("set", "second_share").output
    assert "0.5" in run("set", "second_share", "0.5").output
    assert run("set", "second_share", "2").exit_code == 2
    assert run("set", "no_such", "2").exit_code == 2
    assert run("set", "blind", "no").exit_code == 2
    with Store(tmp_path / "made") as store, store.reading() as connection:
        rows = connection.execute("SELECT action FROM events").fetchall()
    assert [row[0] for row in rows] == ["settings.changed"]


def test_an_anchor_is_a_line_to_keep_elsewhere(run: Any, tmp_path: Path) -> None:
    run("people", "add", "ann", "--roles", "reviewer")
    line = json.loads(run("anchor").output)
    assert line["seq"] == 1
    elsewhere = tmp_path / "elsewhere.jsonl"
    elsewhere.write_text(json.dumps(line | {"hash": "ab" * 32}) + "\n")
    told = run("verify", "--anchors", str(elsewhere))
    assert told.exit_code == 5
    assert "is not the one that an anchor holds" in told.output
