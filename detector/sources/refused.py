"""What follows where no file of a table was read, or usage does not tell as-of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from detector.errors import DataError, NotData, UnknownShape, Unreadable
from detector.sources.ledger import TableCounts
from features.tables import REQUIRED_TABLES

_GRAVEST: Final = (UnknownShape, Unreadable, NotData)


def stopping(table: str, errors: Mapping[str, DataError]) -> DataError | None:
    """What stops a run where these files (by path) are all that there is of a table.

    A required table must be read; so must a file of no known shape, which may be a table whose
    export went wrong. What is no data, or damaged, leaves an optional table without rows.
    """

    def rank(path: str) -> tuple[int, str]:
        return next(n for n, kind in enumerate(_GRAVEST) if isinstance(errors[path], kind)), path

    if not errors:
        return None
    gravest = errors[min(errors, key=rank)]
    stops = table in REQUIRED_TABLES or isinstance(gravest, UnknownShape)
    return gravest if stops else None


def no_as_of(counts: TableCounts, beyond: str | None) -> DataError:
    """Why usage does not tell as-of; ``beyond`` is the first end that lies too far ahead."""
    if beyond is not None:
        why = (
            f"every Usage row ends after the clock allows, the first at {beyond}; check the "
            "dates of the export and this machine's clock, or give --as-of"
        )
    elif counts.ok == 0 and counts.quarantined:
        why = (
            f"all {counts.quarantined} rows of usage are in quarantine; `enduse validate` lists "
            "the reasons"
        )
    else:
        why = (
            f"none of the {counts.read} rows of usage is a Usage row; give --as-of or check the "
            "export"
        )
    return DataError(f"as-of cannot be told: {why}")
