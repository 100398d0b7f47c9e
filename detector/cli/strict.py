"""What ``--strict`` refuses."""

from __future__ import annotations

from collections.abc import Mapping

from detector.errors import StrictQuarantine


def check_strict(tables: Mapping[str, Mapping[str, int]], aside: int, *, strict: bool) -> None:
    """Raise if rows are in quarantine, or files set aside, and ``--strict`` was asked for.

    Raises
    ------
    StrictQuarantine
        At least one row is in quarantine, or one file could not be read.
    """
    bad = [f"{table} {counts['quarantined']}" for table, counts in tables.items()
           if counts["quarantined"]]  # fmt: skip
    found = [f"rows are in quarantine ({', '.join(bad)})"] if bad else []
    if aside:
        found.append("1 file was set aside" if aside == 1 else f"{aside} files were set aside")
    if strict and found:
        raise StrictQuarantine(f"{' and '.join(found)}, and --strict was asked for")
