"""Every command is in the file of its name, and that file holds no other."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

from typer.main import get_command

import detector.cli
from detector.cli import whole

SHARED = {
    "__init__",
    "app",
    "branches",
    "commands",
    "completing",
    "caserows",
    "firstscreen",
    "history",
    "opening",
    "options",
    "owners_told",
    "page",
    "policy_told",
    "show",
    "strict",
    "week_told",
    "witness",
}
"""What commands share. Whatever else stands in the folder is a command."""


def _commands() -> dict[str, Any]:
    root: Any = get_command(whole())
    return dict(root.commands)


def _leaves(name: str, command: Any) -> list[Any]:
    """The commands of a group, also of groups in it."""
    held = getattr(command, "commands", None)
    return [command] if held is None else [x for one in held.values() for x in _leaves(name, one)]


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"detector.cli.{name}")


def test_every_file_has_its_command_and_every_command_its_file() -> None:
    root = Path(detector.cli.__path__[0])
    files = {file.stem for file in root.iterdir() if _is_module(file)}
    assert files >= SHARED
    assert files - SHARED == set(_commands())


def _is_module(file: Path) -> bool:
    return file.suffix == ".py" or (file / "__init__.py").is_file()


def test_a_command_is_what_its_file_defines_under_its_name() -> None:
    for name, command in _commands().items():
        home = f"detector.cli.{name}"
        for told in _leaves(name, command):
            where = inspect.unwrap(told.callback).__module__
            assert where == home or where.startswith(f"{home}."), told.name


def test_a_command_asks_no_other_command_for_help() -> None:
    commands = {f"detector.cli.{name}" for name in _commands()}
    for name in _commands():
        module = _module(name)
        values = vars(module).values()
        homes = {v.__name__ if inspect.ismodule(v) else getattr(v, "__module__", "")
                 for v in values if inspect.ismodule(v) or inspect.isroutine(v)}  # fmt: skip
        assert (homes & commands) <= {module.__name__}, name
