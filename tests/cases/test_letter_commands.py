"""``letters``, ``appeal`` and ``suppress`` from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from detector.cases.record.store import Store
from detector.cli import options
from detector.cli.cases.tree import cases
from detector.errors import EnduseError, UsageError
from tests.cases.planted import Clock
from tests.cases.writing import decided, planted

Run = Callable[..., str]


@pytest.fixture
def run(store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command on a folder with a case that two people decided; what it prints."""
    planted(store, clock)
    decided(store, clock)
    monkeypatch.chdir(tmp_path)
    for name in ("ENDUSE_CONFIG", "ENDUSE_REVIEWER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENDUSE_CASES", str(store.folder))

    def run(who: str, *words: str) -> str:
        start = options.Start(None, debug=False)
        done = CliRunner().invoke(cases, [*words, "--as", who], obj=start)
        if isinstance(done.exception, EnduseError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


def test_a_letter_goes_from_draft_to_sent(run: Run) -> None:
    told = run("ann", "letters", "draft", "C-1", "rfi", "--part", "note=Who may answer for you?")
    assert "Questions about your account r1" in told
    number = str(json.loads(run("fay", "letters", "list", "--json"))[0]["letter_id"])
    assert f"drafted as letter {number}" in told
    run("fay", "letters", "approve", number)
    run("fay", "letters", "sent", number, "--how", "mail")
    row = json.loads(run("fay", "letters", "show", number, "--json"))
    assert (row["state"], row["sent_by"], row["faults"]) == ("sent", "fay", [])
    with pytest.raises(UsageError, match="write it as NAME=TEXT"):
        run("ann", "letters", "draft", "C-1", "rfi", "--part", "note")


def test_counsel_approves_a_template_by_its_digest(run: Run) -> None:
    rows = json.loads(run("eve", "letters", "templates", "--json"))
    assert [row["kind"] for row in rows] == [
        "rfi", "victim_notice", "statement_of_reasons", "appeal_outcome",
    ]  # fmt: skip
    digest = rows[2]["digest"][:12]
    assert "What we decided" in run("fay", "letters", "templates", "--text", digest)
    with pytest.raises(UsageError, match="takes the role counsel"):
        run("fay", "letters", "templates", "--approve", digest)
    with pytest.raises(UsageError, match="names 0 templates"):
        run("eve", "letters", "templates", "--approve", "f" * 12)
    run("eve", "letters", "templates", "--approve", digest)
    again = json.loads(run("eve", "letters", "templates", "--json"))
    assert [row["approved_by"] for row in again] == [None, None, "eve", None]


def test_an_appeal_is_filed_decided_and_leaves_as_a_label(run: Run, tmp_path: Path) -> None:
    (tmp_path / "appeal.txt").write_text("We are a lab.", encoding="utf-8")
    run("fay", "appeal", "file", "C-1", "--text", "appeal.txt", "--received", "2026-03-01",
        "--account", "r1")  # fmt: skip
    number = str(json.loads(run("cem", "appeal", "list", "--json"))[0]["appeal_id"])
    run("fay", "appeal", "acknowledge", number)
    with pytest.raises(UsageError, match="ann judged case C-1"):
        run("ann", "appeal", "decide", number, "upheld", "--reasons", "You are right.")
    told = run("cem", "appeal", "decide", number, "upheld", "--reasons", "You are right.")
    assert "is upheld; drafted letter" in told
    assert json.loads(run("cem", "appeal", "list", "--json")) == []
    assert run("dia", "suppress", "list").count("r1") == 1
    assert "labels: 3 rows" in run("dia", "labels", "--out", str(tmp_path / "inbox"))


def test_a_suppressor_is_proposed_confirmed_and_revoked(run: Run) -> None:
    end = (datetime.now(UTC) + timedelta(days=90)).date().isoformat()
    run("ann", "suppress", "propose", "r2", "r3", "--scope", "members", "--until", end,
        "--reason", "one lab", "--case", "C-1")  # fmt: skip
    row = json.loads(run("dia", "suppress", "list", "--json"))[0]
    assert (row["state"], row["subject"]) == ("proposed", ["r2", "r3"])
    number = str(row["suppressor_id"])
    run("dia", "suppress", "confirm", number)
    run("eve", "suppress", "revoke", number, "--reason", "its owner changed")
    assert json.loads(run("dia", "suppress", "list", "--json")) == []
    assert json.loads(run("dia", "suppress", "list", "--all", "--json"))[0]["state"] == "revoked"
