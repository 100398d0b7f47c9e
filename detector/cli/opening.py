"""Opening what a command reads: a log folder, or a stored state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from detector.errors import UsageError

if TYPE_CHECKING:
    from detector.config import Settings
    from detector.sources import Logs, Source
    from features.catalogue import Catalogue


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
        yield open_logs(settings, logs, time, max_bad=max_bad)
    elif folder is not None:
        from detector.pipeline.stored import open_state

        with open_state(
            folder, time, catalogue=open_catalogue(settings),
            max_bad=settings.max_bad if max_bad is None else max_bad,
        ) as held:  # fmt: skip
            yield held


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
