"""Runs on disk: each in a folder of its own, and a link that always names a whole one."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from detector.disk import Disk, failure
from detector.errors import DataError, OutputError
from detector.results import Results
from detector.results.published import SCORES_FILE
from detector.results.run import RUN_FILE, read_run
from detector.results.run import Run as Record
from detector.state.lock import exclusive
from detector.state.runs import (
    ASKED,
    LATEST,
    PUBLISHER,
    RUNS,
    RunFolder,
    latest_of,
    run_folder,
    runs_of,
    sweep,
)

_KEPT: Final = 3
_WAIT_SECONDS: Final = 30.0


@dataclass(frozen=True)
class Run(RunFolder):
    """A published run: its number and the state it shows."""

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
    folder = latest_of(root)
    run = None if folder is None else run_folder(folder)
    whole = run is not None and (run.folder / RUN_FILE).is_file()
    return Run(run.number, run.sequence, run.folder) if run and whole else None


def publish(root: Path, sequence: int, results: Results, asked: str = "") -> Run:
    """Write a run and let ``latest`` name it; a reader sees the one before or this one.

    Parameters
    ----------
    asked
        What the run was asked, in one word; ``was_asked`` compares it.

    Raises
    ------
    OutputError
        Where it cannot be written.
    StateError
        Where another process is publishing and does not end.
    """
    disk = Disk()
    try:
        disk.make_folder(root / RUNS)
        with exclusive(root / PUBLISHER, _WAIT_SECONDS):
            sweep(root)
            known = runs_of(root)
            number = max((run.number for run in known), default=0) + 1
            folder = root / RUNS / f"{number:08d}-{sequence:08d}"
            results.write(folder)
            _point(disk, root, folder, asked)
            for old in known:
                # The last ones stay for whoever is still reading them.
                if old.number <= number - _KEPT:
                    shutil.rmtree(old.folder, ignore_errors=True)
    except OSError as error:
        raise OutputError(
            f"the run could not be published in {root}: {failure(error)}; what is shown is "
            "whole: make room or mend the disk"
        ) from error
    return Run(number, sequence, folder)


def _point(disk: Disk, root: Path, folder: Path, asked: str) -> None:
    """Let ``latest`` name a run that is on the disk."""
    note = root / RUNS / f"{ASKED}.new"
    disk.write(note, f"{folder.name} {asked}\n".encode())
    disk.replace(note, root / RUNS / ASKED)
    link = root / f".{LATEST}.{secrets.token_hex(6)}"
    link.symlink_to(Path(RUNS) / folder.name)
    disk.replace(link, root / LATEST)


def was_asked(run: Run, asked: str) -> bool:
    """Whether a run was asked just this; of a run of an earlier version nobody knows."""
    try:
        return (run.folder.parent / ASKED).read_text() == f"{run.folder.name} {asked}\n"
    except (OSError, ValueError):
        return False
