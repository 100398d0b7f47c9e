"""Damaged files in the inbox of a real worker, and what becomes of each."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from detector.service.live import WorkerDied, WorkerProcess
from detector.service.worker import Options, Told
from detector.state import Store
from lab.mutants import mutants, seeds

_ENDED = "the process that read it ended"


@dataclass
class Outcome:
    """What became of damaged files and of sound ones.

    ``named`` holds the reason of each that was not taken, ``lost`` those of which nothing is
    said; ``missed`` are sound files that were not taken.
    """

    files: int = 0
    taken: int = 0
    named: dict[str, str] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    deaths: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    megabytes: int = 0
    slowest: float = 0.0

    @property
    def told_deaths(self) -> int:
        """Files that are said to have ended a process."""
        return sum(_ENDED in reason for reason in self.named.values())

    def right(self, most_megabytes: int) -> bool:
        """Whether nothing was lost, missed, failed or left untold."""
        wrong = [*self.lost, *self.missed, *self.failed]
        untold = len(self.deaths) > self.told_deaths
        return not wrong and not untold and 0 < self.megabytes < most_megabytes

    @staticmethod
    def kind(reason: str) -> str:
        """A reason without what is particular to a file."""
        return re.sub(r"\d+", "N", reason)[:90]


def dropped(
    folder: Path, number: int, *, batch: int = 100, seed: int = 1, scored: bool = False
) -> Outcome:
    """Drop damaged files in batches into the inbox of a worker, each beside sound ones."""
    inbox, outcome = folder / "inbox", Outcome()
    (folder / "state").mkdir()
    _put(inbox, {path.replace("*", "sound"): data for path, data in seeds().items()})
    if scored:
        _put(inbox, {"accounts.csv": b"account_id,created_at\na1,2025-01-01T00:00:00Z\n"})
    process = WorkerProcess(Options(str(inbox), str(folder / "state")))
    sound = {str(path.relative_to(inbox)) for path in inbox.rglob("*") if path.is_file()}
    try:
        for files in _batches(number, seed, batch):
            _put(inbox, files)
            outcome.files += len(files)
            _look(process, outcome)
    finally:
        process.end()
    _sorted_out(folder, outcome, sound)
    return outcome


def _batches(number: int, seed: int, batch: int) -> Iterator[dict[str, bytes]]:
    drawn = mutants(number, seed)
    while files := dict(islice(drawn, batch)):
        yield files


def _put(inbox: Path, files: dict[str, bytes]) -> None:
    for path, data in files.items():
        (inbox / path).parent.mkdir(parents=True, exist_ok=True)
        (inbox / path).write_bytes(data)


def _look(process: WorkerProcess, outcome: Outcome) -> None:
    """Look until two looks in a row came to an end: the first finds what the second takes."""
    left = 2
    while left:
        began = time.monotonic()
        try:
            told = process.look() or Told()
            left -= 1
            outcome.failed += [f"{stage}: {words}" for stage, words in told.failed.items()]
        except WorkerDied as death:
            outcome.deaths.append(str(death))
            left = 2
        outcome.slowest = max(outcome.slowest, time.monotonic() - began)
        outcome.megabytes = max(outcome.megabytes, _megabytes(process))


def _megabytes(process: WorkerProcess) -> int:
    """The most memory that the worker has held."""
    running = process._process
    if running is None:
        return 0
    status = Path(f"/proc/{running.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) >> 10


def _sorted_out(folder: Path, outcome: Outcome, sound: set[str]) -> None:
    manifest = Store(folder / "state").manifest()
    taken = {part.path for part in manifest.parts}
    named = {refused.path: refused.reason for refused in manifest.rejected}
    named |= {passed.path: passed.reason for passed in manifest.skipped}
    for path in sorted((folder / "inbox").rglob("*")):
        name = str(path.relative_to(folder / "inbox"))
        if not path.is_file():
            continue
        if name in sound:
            outcome.missed += [] if name in taken else [f"{name}: {named.get(name)}"]
        elif name in taken:
            outcome.taken += 1
        elif name in named:
            outcome.named[name] = named[name]
        else:
            outcome.lost.append(name)
