"""From a path or an address to the place that it names."""

from __future__ import annotations

from pathlib import Path

from detector.errors import UsageError
from detector.sources.address import is_address, local_path
from detector.sources.place import LocalPlace, Place


def place_of(path: str | Path | Place) -> Place:
    """The place that a path or an address names.

    >>> place_of("logs").name, place_of("s3://bucket/logs").name
    ('logs', 's3://bucket/logs')

    Raises
    ------
    UsageError
        If it is an address of a form that is not known, or neither path nor address.
    """
    if isinstance(path, Path):
        return LocalPlace(path)
    if not isinstance(path, str):
        return _place(path)
    if not is_address(path):
        return LocalPlace(Path(path))
    here = local_path(path)
    if here is not None:
        return LocalPlace(here)
    from detector.sources.remote import RemotePlace

    return RemotePlace(path)


def _place(path: object) -> Place:
    if isinstance(path, Place):
        return path
    raise UsageError(
        f"the log folder is a {type(path).__name__}; expected its path or its address, such as "
        "'logs' or 's3://bucket/logs'"
    )
