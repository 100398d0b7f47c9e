"""Cases on the command line: which lists there are, and what is told after each step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from detector.cases.record.store import Store
from detector.cli import options
from detector.cli.cases import review
from detector.errors import EnduseError
from tests.cases.planted import NOW, plant

Do = Callable[..., str]


@pytest.fixture
def do(store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Do:
    """Run a command on the folder as ann; what it prints."""
    with store.writing(NOW) as tx:
        plant(tx, "C-1")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ENDUSE_CONFIG", raising=False)
    monkeypatch.setenv("ENDUSE_CASES", str(store.folder))
    monkeypatch.setenv("ENDUSE_REVIEWER", "ann")
    app = typer.Typer()
    for name, command in (("list", review.list_cases), ("ask", review.ask),
                          ("decide", review.decide), ("show", review.show_case)):  # fmt: skip
        app.command(name)(command)

    def do(*words: str) -> str:
        done = CliRunner().invoke(app, words, obj=options.Start(None, debug=False))
        if isinstance(done.exception, EnduseError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.stdout

    return do


@pytest.mark.parametrize("name", ["queue", "state"])
def test_a_list_that_there_is_not_is_named_with_those_there_are(do: Do, name: str) -> None:
    with pytest.raises(EnduseError, match=f"--{name} is 'nope'; expected one of .*, "):
        do("list", f"--{name}", "nope")


def test_asking_takes_a_case_that_nobody_has_and_judging_says_what_it_waits_for(do: Do) -> None:
    said = do("ask", "C-1", "--note", "Whose cards are these?")
    assert said.startswith("C-1 waits for an answer; drafted letter ")
    assert "C-1" in do("list", "--state", "waiting")


def test_a_judgement_says_what_the_case_waits_for(do: Do) -> None:
    said = do("decide", "C-1", "--outcome", "confirmed_proxy", "--note", "resold")
    assert said.rstrip().endswith("C-1 is second: waits for another person's judgement")
