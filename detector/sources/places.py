"""From a path or an address to the place that it names."""

from __future__ import annotations

from pathlib import Path

from detector.sources.address import is_address, local_path
from detector.sources.place import LocalPlace, Place
from detector.sources.remote import RemotePlace


def place_of(path: str | Path | Place) -> Place:
    """The place that a path or an address names.

    >>> place_of("logs").name, place_of("s3://bucket/logs").name
    ('logs', 's3://bucket/logs')

    Raises
    ------
    UsageError
        If it is an address of a form that is not known.
    """
    if isinstance(path, Path):
        return LocalPlace(path)
    if not isinstance(path, str):
        return path
    if not is_address(path):
        return LocalPlace(Path(path))
    here = local_path(path)
    if here is not None:
        return LocalPlace(here)
    return RemotePlace(path)
