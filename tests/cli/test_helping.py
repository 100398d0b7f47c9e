"""What --help shows, what the shell offers, and what stands where no command was given."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from typer.main import get_command

import detector
from detector.cli import completing, main, simulate
from detector.cli.app import tree, whole
from detector.cli.branches import BRANCHES
from detector.cli.completing import OUTCOME_NAMES, QUEUE_NAMES
from detector.results.words import QUEUES
from features.tables.decisions import DECISIONS


def leaves(command: Any, name: str = "enduse") -> Iterator[tuple[str, Any]]:
    """Every command that does something, with its name."""
    held = getattr(command, "commands", None)
    if held is None:
        yield name, command
        return
    for word, one in held.items():
        yield from leaves(one, f"{name} {word}")


ALL: Any = get_command(whole())
COMMANDS = dict(leaves(ALL))
USED = [
    "validate", "score", "explain", "simulate", "train", "teach", "learn", "calibrate", "ingest",
    "decide", "screen", "report", "evaluate", "serve", "doctor",
]  # fmt: skip


def help_of(name: str) -> str:
    with COMMANDS[name].make_context(name, [], resilient_parsing=True) as ctx:
        return str(COMMANDS[name].get_help(ctx))


def test_a_command_is_the_same_without_the_others() -> None:
    assert list(ALL.commands) == list(BRANCHES)
    assert len(ALL.commands) > 20
    for word in ALL.commands:
        alone: Any = get_command(tree([word, "--help"]))
        assert list(alone.commands) == [word]
        assert [name for name, _ in leaves(alone)] == [n for n in COMMANDS if n.split()[1] == word]
        for name, one in leaves(alone):
            with one.make_context(name, [], resilient_parsing=True) as ctx:
                assert one.get_help(ctx) == help_of(name)


@pytest.mark.parametrize("given", [[], ["--help"], ["-h"], ["--version"]])
def test_without_a_command_help_says_what_the_commands_say(given: list[str]) -> None:
    told = get_command(tree(given))
    with told.make_context("enduse", [], resilient_parsing=True) as ctx:
        said = told.get_help(ctx)
    with ALL.make_context("enduse", [], resilient_parsing=True) as ctx:
        assert said == ALL.get_help(ctx)


def test_words_are_completed_from_all_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    for given in (["scor"], ["--debug", "score"], ["--config"]):
        assert [name for name, _ in leaves(get_command(tree(given)))] == list(COMMANDS)
    monkeypatch.setenv("_ENDUSE_COMPLETE", "complete_bash")
    for given in (["score"], [], ["--help"]):
        assert [name for name, _ in leaves(get_command(tree(given)))] == list(COMMANDS)


@pytest.mark.parametrize("name", USED)
def test_a_command_that_people_use_shows_examples_that_it_takes(name: str) -> None:
    shown = help_of(f"enduse {name}").split("\nExamples:\n")[1].replace("\\\n", " ")
    lines = [line.strip() for line in shown.splitlines() if line.strip().startswith("enduse ")]
    assert any(line.startswith(f"enduse {name} ") for line in lines)
    for line in lines:
        _, word, *rest = shlex.split(line)
        COMMANDS[f"enduse {word}"].make_context(word, rest).close()


def test_no_line_of_a_help_is_wider_than_a_terminal() -> None:
    for name in COMMANDS:
        wide = [line for line in help_of(name).splitlines() if len(line) > 80]
        assert not wide, name


def test_options_stand_in_groups_each_once() -> None:
    shown = help_of("enduse serve")
    groups = re.findall(r"^(\w+):$", shown, re.MULTILINE)
    assert groups == ["Input", "Model", "Output", "Running", "Options", "Examples"]
    options = re.findall(r"^  (--[a-z-]+)", shown, re.MULTILINE)
    assert len(options) == len(set(options))
    assert options.index("--inbox") < options.index("--prior") < options.index("--listen")


def test_o_is_short_for_out_wherever_that_is() -> None:
    found = [(name, one.opts) for name, command in COMMANDS.items()
             for one in command.params if "--out" in one.opts]  # fmt: skip
    assert len(found) >= 4
    assert not [name for name, opts in found if "-o" not in opts]


def test_the_program_alone_says_what_it_is_and_where_to_start(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"enduse {detector.__version__}\n")
    for name in re.findall(r"^  enduse (\w+)", shown, re.MULTILINE):
        assert f"enduse {name}" in COMMANDS
    assert max(map(len, shown.splitlines())) <= 80


def test_the_version_is_told_as_an_option_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"enduse {detector.__version__}\n"


def test_names_that_are_offered_are_those_that_there_are() -> None:
    assert QUEUE_NAMES == QUEUES
    assert set(OUTCOME_NAMES) == set(DECISIONS)
    assert completing.among(simulate.PRESET_NAMES)("split") == ["split5", "split20", "split100"]


def asked(**params: object) -> Any:
    return SimpleNamespace(params=params)


def test_rings_come_before_accounts_and_only_what_a_shell_can_take(tmp_path: Path) -> None:
    ids = ["acct-2", "acct-1", "acct\n3", "acct$(id)", "-acct"]
    pl.DataFrame({"account_id": ids}).write_parquet(tmp_path / "scores.parquet")
    pl.DataFrame({"ring_id": ["ring-9"]}).write_parquet(tmp_path / "rings.parquet")
    assert completing.case(asked(out=tmp_path), "") == ["ring-9", "acct-2", "acct-1"]
    assert completing.case(asked(out=str(tmp_path)), "acct-1") == ["acct-1"]
    assert completing.account(asked(out=tmp_path), "ring") == []


def test_completion_offers_nothing_where_nothing_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "scores.parquet").write_text("no table")
    for out in (None, tmp_path, tmp_path / "nowhere"):
        assert completing.case(asked(out=out), "") == []
    assert completing.prior(asked(model=tmp_path / "nowhere"), "") == ["none", "simulated"]


def test_a_models_own_priors_are_offered(tmp_path: Path) -> None:
    (tmp_path / "priors" / "learnt").mkdir(parents=True)
    assert completing.prior(asked(model=tmp_path), "l") == ["learnt"]


def test_the_shell_is_offered_ids_of_the_folder_on_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pl.DataFrame({"account_id": ["acct-1"]}).write_parquet(tmp_path / "scores.parquet")
    monkeypatch.setenv("_ENDUSE_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", f"enduse decide {tmp_path} ac")
    monkeypatch.setenv("COMP_CWORD", "3")
    main([])
    assert capsys.readouterr().out.split() == ["acct-1"]
