"""What ``--strict`` refuses."""

from __future__ import annotations

from collections.abc import Mapping

from detector.errors import StrictQuarantine


def check_strict(bad: Mapping[str, int], aside: int, *, strict: bool) -> None:
    """Raise if rows are in quarantine, or files set aside, and ``--strict`` was asked for.

    Raises
    ------
    StrictQuarantine
        At least one row is in quarantine, or one file could not be read.
    """
    named = [f"{table} {rows}" for table, rows in bad.items() if rows]
    found = [f"rows are in quarantine ({', '.join(named)})"] if named else []
    if aside:
        found.append("1 file was set aside" if aside == 1 else f"{aside} files were set aside")
    if strict and found:
        raise StrictQuarantine(f"{' and '.join(found)}, and --strict was asked for")
