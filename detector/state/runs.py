"""Published runs of a state: each in a folder of its own below ``runs/``, by number.

A folder is moved into its place whole, and ``latest`` is turned to it; what a publication that
was killed has left under another name counts for nothing.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from detector.state.lock import exclusive_now

RUNS: Final = "runs"
LATEST: Final = "latest"
PUBLISHER: Final = ".publisher"
ASKED: Final = ".asked"
"""What the last run was asked, so that another question is answered at once."""


@dataclass(frozen=True)
class RunFolder:
    """A run's number, the state it shows, and its folder."""

    number: int
    sequence: int
    folder: Path


def run_folder(folder: Path) -> RunFolder | None:
    """A folder as that of a run, by its name; None where it is another."""
    number, dash, sequence = folder.name.partition("-")
    if not dash or not (number.isdecimal() and sequence.isdecimal()) or not folder.is_dir():
        return None
    return RunFolder(int(number), int(sequence), folder)


def runs_of(root: Path) -> list[RunFolder]:
    """The runs of a state, oldest first."""
    found = (run_folder(path) for path in (root / RUNS).glob("*"))
    return sorted((run for run in found if run), key=lambda run: run.number)


def latest_of(root: Path) -> Path | None:
    """The folder that ``latest`` names, whether or not it is there."""
    try:
        return root / os.readlink(root / LATEST)
    except OSError:
        return None


def sweep(root: Path) -> None:
    """Delete what publications that were killed have left; the publisher's lock must be held."""
    for left in list(_leftovers(root)):
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def sweep_if_free(root: Path) -> None:
    """Sweep now, unless somebody is publishing."""
    if any(_leftovers(root)):
        with exclusive_now(root / PUBLISHER) as free:
            if free:
                sweep(root)


def _leftovers(root: Path) -> Iterator[Path]:
    """What a publication that was killed has left."""
    yield from root.glob(f".{LATEST}.*")
    for path in (root / RUNS).glob("*"):
        # A folder that is being written begins with a dot.
        if path.name != ASKED and run_folder(path) is None:
            yield path
