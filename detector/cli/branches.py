"""The commands by name: what --help says of each, and where it is made.

Only the command that is called is imported, and for ``enduse --help`` none: all of them together
take longer to load than many a command takes to answer. A test compares what is said here with
the commands' own words.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final, NamedTuple

from detector.cli.commands import Commands


class Branch(NamedTuple):
    """A command, or a group of commands, in the tree."""

    panel: str
    #: Its first sentence.
    says: str


_LOGS: Final = "Logs"
_QUEUE: Final = "The queue"
_MODELS: Final = "Models"
_LAW: Final = "Law, lists and owners"
_RUNNING: Final = "Running it"

#: In groups as --help tells of them, and in each in its order. A command has the name of its module
#: and of the function, or the group of commands, in it.
BRANCHES: Final = {
    "validate": Branch(
        _LOGS, "Say what a log folder holds: what counts, what does not, and what to do"
    ),
    "simulate": Branch(_LOGS, "Write a synthetic log folder"),
    "train": Branch(_MODELS, "Learn a model from a log folder, or from a stored state"),
    "teach": Branch(_MODELS, "Learn leaf values from simulated worlds as a named prior"),
    "learn": Branch(_MODELS, "Learn from reviewers' decisions, or take one back"),
    "calibrate": Branch(
        _MODELS,
        "Calibrate a model on accounts that reviewers cleared, so that `score` tells a q-value",
    ),
    "score": Branch(_QUEUE, "Score a log folder and print the cases in its queues"),
    "ingest": Branch(_LOGS, "Take what is new in a log folder into stored state"),
    "explain": Branch(_QUEUE, "Show why an account or a ring stands where it does"),
    "evidence": Branch(_QUEUE, "List the rows of the logs behind a reason, the newest first"),
    "decide": Branch(
        _QUEUE, "Record a decision about a ring or an account: signed rows of the labels table"
    ),
    "leads": Branch(
        _QUEUE,
        "Show which public notices may speak of which accounts: strong leads, then medium ones",
    ),
    "report": Branch(_QUEUE, "Write OUT/report.html anew, or a page for print"),
    "evaluate": Branch(_QUEUE, "Compare scores with a known truth"),
    "screen": Branch(_LAW, "Look for names on lists, and say how near each hit is and why"),
    "serve": Branch(
        _RUNNING,
        "Serve metrics for Prometheus, with --inbox live scores, with --cases the reviewers' pages",
    ),
    "doctor": Branch(
        _RUNNING, "Check the installation and the settings, or a running service"
    ),
    "version": Branch(_RUNNING, "Print the version"),
    "models": Branch(_MODELS, "The trained models"),
    "state": Branch(_LOGS, "The stored state"),
    "cases": Branch(
        _QUEUE, "Cases that outlive runs: who judged what and why, and what leaves as a decision"
    ),
    "lists": Branch(_LAW, "The restricted-party lists"),
    "policy": Branch(
        _LAW, "Rules and their dates: what is in force on a day, and what nobody verified"
    ),
    "owners": Branch(_LAW, "Who owns whom"),
    "config": Branch(_RUNNING, "The settings in force"),
}  # fmt: skip
_ELSEWHERE: Final = {"cases": "detector.cli.cases.tree"}


def add(tree: Commands, name: str) -> None:
    """Import a command and add it."""
    made = getattr(import_module(_ELSEWHERE.get(name, f"detector.cli.{name}")), name)
    panel = BRANCHES[name].panel
    if isinstance(made, Commands):
        tree.add_typer(made, name=name, rich_help_panel=panel)
    else:
        tree.command(name, rich_help_panel=panel)(made)


def tell_of(tree: Commands, name: str) -> None:
    """Add what --help says of a command, without the command."""
    branch = BRANCHES[name]
    tree.command(name, help=branch.says, rich_help_panel=branch.panel)(_nothing)


def _nothing() -> None:
    """Stands for a command that is told of and not called."""
