"""Opening what a command reads: a log folder, or a stored state."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Final

from detector.errors import UsageError

if TYPE_CHECKING:
    from detector.config import Settings
    from detector.pipeline.engine import Engine as Worker
    from detector.sources import Logs, Source
    from features.catalogue import Catalogue

#: Logs of fewer bytes are read on one thread: their tables are small, and to share out the work
#: on a small table costs more than it saves.
SMALL: Final = 16 * 2**20


@contextmanager
def open_source(
    settings: Settings,
    logs: str | None,
    folder: Path | None,
    time: datetime | None,
    *,
    max_bad: float | None = None,
) -> Iterator[Source]:
    """Open a log folder or a state folder: the one door of every command that reads logs.

    Raises
    ------
    UsageError
        Both were given, or none.
    """
    if (logs is None) == (folder is None):
        raise UsageError("give LOGS or --state DIR, one of the two")
    if logs is not None:
        suit_threads(settings, logs)
        yield open_logs(settings, logs, time, max_bad=max_bad)
    elif folder is not None:
        from detector.pipeline.stored import open_state

        with open_state(
            folder, time, catalogue=open_catalogue(settings),
            max_bad=settings.max_bad if max_bad is None else max_bad, slack=settings.slack,
        ) as held:  # fmt: skip
            yield held


@contextmanager
def open_work(
    settings: Settings,
    place: tuple[str, str | None],
    logs: str | None,
    state: Path | None,
    time: datetime | None,
) -> Iterator[tuple[Source, Worker]]:
    """Open what is read, and the engine that does the work: ``place`` is its name and address.

    Raises
    ------
    UsageError
        There is no such engine, or it cannot read what was given.
    """
    engine, master = place
    if engine not in ("local", "spark"):
        raise UsageError(f"--engine is {engine!r}; expected local or spark")
    if engine == "local":
        if master is not None:
            raise UsageError("--master is Spark's address; give --engine spark with it")
        suit_threads(settings, logs)
        with open_source(settings, logs, state, time) as source:
            yield source, _here(settings, state)
        return
    if logs is None or state is not None:
        raise UsageError("--engine spark reads a log folder: give LOGS, and no --state")
    from detector.spark import SparkEngine, open_cluster_logs, running_session

    with running_session(master) as session:
        folder = open_cluster_logs(
            session, logs, time, max_bad=settings.max_bad, catalogue=open_catalogue(settings),
            hash_key=settings.read_pseudonym_key() or b"", slack=settings.slack,
        )  # fmt: skip
        yield folder, SparkEngine(session)


def _here(settings: Settings, state: Path | None) -> Worker:
    """Work done by the process that asks; a state has its sums already, which are read at once."""
    if state is not None:
        from detector.pipeline.engine import LocalEngine

        return LocalEngine()
    from detector.buckets import BoundedEngine

    bound = settings.memory_bytes
    return BoundedEngine() if bound is None else BoundedEngine(memory=bound)


def suit_threads(settings: Settings, logs: str | None) -> None:
    """Let tables be worked on by one thread where logs are small and no setting says otherwise."""
    # Read once by polars when it is imported; and by numpy, whose threads wait for work by turning.
    if settings.threads is None and logs is not None and "polars" not in sys.modules:
        below = (total < SMALL for total in accumulate(_sizes(logs)))  # no further than it must
        if Path(logs).is_dir() and all(below):
            os.environ.setdefault("POLARS_MAX_THREADS", "1")
            os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _sizes(folder: str) -> Iterator[int]:
    """Bytes of the files below a folder, however deep; what cannot be looked at is passed over."""
    pending = [folder]
    while pending:
        with suppress(OSError), os.scandir(pending.pop()) as found:
            for entry in found:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                elif entry.is_file():
                    yield entry.stat().st_size


def open_logs(
    settings: Settings, path: str | Path, as_of: datetime | None, *, max_bad: float | None = None
) -> Logs:
    """Open a log folder as the settings say.

    Raises
    ------
    DataError
        As :func:`detector.read_logs`.
    UsageError
        The catalogue override or the pseudonym key cannot be used.
    """
    from detector import read_logs

    return read_logs(
        path,
        as_of,
        max_bad=settings.max_bad if max_bad is None else max_bad,
        catalogue=open_catalogue(settings),
        hash_key=settings.read_pseudonym_key() or b"",
        slack=settings.slack,
    )


def open_catalogue(settings: Settings) -> Catalogue:
    """The GPU catalogue with the override of the settings.

    Raises
    ------
    UsageError
        The override cannot be used.
    """
    from features.catalogue import Catalogue, CatalogueError

    try:
        return Catalogue.load(settings.catalogue_override)
    except CatalogueError as error:
        raise UsageError(str(error)) from error
