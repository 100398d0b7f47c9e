"""Runs on disk: each in a folder of its own, and a link that always names a whole one."""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from detector.errors import DataError
from detector.results import Results
from detector.results.published import SCORES_FILE
from detector.results.run import RUN_FILE, read_run
from detector.results.run import Run as Record
from detector.state.lock import exclusive

RUNS: Final = "runs"
LATEST: Final = "latest"
_LOCK: Final = ".publisher"
_KEPT: Final = 3
_WAIT_SECONDS: Final = 30.0


@dataclass(frozen=True)
class Run:
    """A published run: its number and the state it shows."""

    number: int
    sequence: int
    folder: Path

    @property
    def record(self) -> Record | None:
        """What was run; None where that, or its scores, cannot be read."""
        try:
            pl.read_parquet_schema(self.folder / SCORES_FILE)
            return read_run(self.folder)
        except (DataError, OSError, pl.exceptions.PolarsError):
            return None


def last_run(root: Path) -> Run | None:
    """The run that ``latest`` names, or None."""
    try:
        folder = root / os.readlink(root / LATEST)
    except OSError:
        return None
    run = _run(folder)
    return run if run and (folder / RUN_FILE).is_file() else None


def publish(root: Path, sequence: int, results: Results) -> Run:
    """Write a run and let ``latest`` name it; a reader sees the one before or this one.

    Raises
    ------
    OutputError
        Where it cannot be written.
    StateError
        Where another process is publishing and does not end.
    """
    runs = root / RUNS
    runs.mkdir(parents=True, exist_ok=True)
    with exclusive(root / _LOCK, _WAIT_SECONDS):
        known = [run for run in map(_run, runs.iterdir()) if run]
        number = max((run.number for run in known), default=0) + 1
        folder = runs / f"{number:08d}-{sequence:08d}"
        results.write(folder)
        link = root / f".{LATEST}.{secrets.token_hex(6)}"
        link.symlink_to(Path(RUNS) / folder.name)
        os.replace(link, root / LATEST)
        for old in known:
            # The last ones stay for whoever is still reading them.
            if old.number <= number - _KEPT:
                shutil.rmtree(old.folder, ignore_errors=True)
    return Run(number, sequence, folder)


def _run(folder: Path) -> Run | None:
    number, dash, sequence = folder.name.partition("-")
    if not dash or not (number.isdecimal() and sequence.isdecimal()):
        return None
    return Run(int(number), int(sequence), folder)
