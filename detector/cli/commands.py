"""How commands tell of themselves: options by group, and examples as they are typed.

A command's examples stand at the end of its docstring, under the heading that numpydoc gives them:
a sentence with a colon, then indented the lines to type.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

# What options are about, in the order in which --help tells of them.
INPUT: Final = "Input"
MODEL: Final = "Model"
OUTPUT: Final = "Output"
RUNNING: Final = "Running"
_OTHERS: Final = "Options"
_ORDER: Final = ("Arguments", INPUT, MODEL, OUTPUT, RUNNING, _OTHERS)
# Fewer arguments and options than these, or of fewer kinds, are read at a glance.
_MANY: Final = 9
_KINDS: Final = 3
_EXAMPLES: Final = "\n\nExamples\n--------\n"
Does = TypeVar("Does", bound=Callable[..., Any])


def in_groups(command: Any, ctx: Any) -> dict[str, list[tuple[str, str]]]:
    """Return what --help says of each argument and option, by group."""
    told = [(one, one.get_help_record(ctx)) for one in command.get_params(ctx)]
    shown = [(one, record) for one, record in told if record is not None]
    panels = {one.rich_help_panel for one, _ in shown if one.param_type_name == "option"}
    is_long = len(shown) >= _MANY and len(panels) >= _KINDS
    found: dict[str, list[tuple[str, str]]] = {group: [] for group in _ORDER}
    for parameter, record in shown:
        if parameter.param_type_name == "argument":
            group = _ORDER[0]
        else:
            group = (is_long and parameter.rich_help_panel) or _OTHERS
        found.setdefault(group, []).append(record)
    return {group: records for group, records in found.items() if records}


class Command(TyperCommand):
    """A command whose help has groups and examples; without colours, so it loads nothing."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        said, _, examples = inspect.cleandoc(settings.pop("help", None) or "").partition(_EXAMPLES)
        super().__init__(*args, help=said, **settings)
        self.examples = examples.strip("\n")

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the options, each group under its name."""
        _write(formatter, in_groups(self, ctx))

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Write the examples as they stand."""
        if not self.examples:
            return
        with formatter.section("Examples"):
            for line in self.examples.splitlines():  # as they are, for whoever copies them
                formatter.write(f"{'':{formatter.current_indent}}{line}".rstrip() + "\n")


class Group(TyperGroup):
    """Commands in groups, each with its first sentence whole."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands, each group under its name."""
        found: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                group = getattr(command, "rich_help_panel", None) or "Commands"
                found.setdefault(group, []).append((name, _first_sentence(command.help or "")))
        _write(formatter, found)


class Commands(typer.Typer):
    """A tree of such commands."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"cls": Group, "rich_markup_mode": None, **settings})

    def command(self, *args: Any, **settings: Any) -> Callable[[Does], Does]:
        """Add a command."""
        return super().command(*args, **{"cls": Command, **settings})


def _first_sentence(text: str) -> str:
    return " ".join(text.partition("\n\n")[0].split()).removesuffix(".")


def _write(formatter: Any, groups: Mapping[str, list[tuple[str, str]]]) -> None:
    for group, rows in groups.items():
        with formatter.section(group):
            formatter.write_dl(rows)
