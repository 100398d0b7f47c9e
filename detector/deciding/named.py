"""Members with an outcome of their own, as a command line or a small file names them."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from detector.deciding.case import SHOWN
from detector.deciding.outcomes import word
from detector.errors import DataError, UsageError
from detector.terminal import safe_text

_COLUMNS: Final = ("account_id", "decision")


def others(given: str | None) -> dict[str, str]:
    """Return outcomes by account: of a CSV file, or of ``ID=OUTCOME,ID=OUTCOME``.

    Raises
    ------
    UsageError
        It is neither, or names an account with two outcomes.
    DataError
        The file is no CSV with these two columns.

    Examples
    --------
    >>> others("a=cleared,b=unresolved")
    {'a': 'cleared', 'b': 'unresolved'}
    """
    if given is None:
        return {}
    path = Path(given)
    pairs = _of_file(path) if path.is_file() else _of_words(given)
    found: dict[str, str] = {}
    for account, outcome in pairs:
        if found.setdefault(account, word(outcome)) != word(outcome):
            raise UsageError(
                f"--members gives '{safe_text(account, limit=SHOWN)}' two outcomes; expected one"
            )
    return found


def _of_words(given: str) -> Iterable[tuple[str, str]]:
    for part in given.split(","):
        account, equals, outcome = part.rpartition("=")
        if not equals or not account.strip():
            raise UsageError(
                f"--members is '{safe_text(given, limit=SHOWN)}'; expected ID=OUTCOME,ID=OUTCOME "
                f"or a CSV file with the columns {' and '.join(_COLUMNS)}"
            )
        yield account.strip(), outcome


def _of_file(path: Path) -> Iterable[tuple[str, str]]:
    shown = safe_text(path.name, limit=SHOWN)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream, strict=True)
            found = rows.fieldnames or ()
            if not set(_COLUMNS) <= set(found):
                raise DataError(
                    f"{shown} names no members: expected CSV with the columns "
                    f"{' and '.join(_COLUMNS)}, found {safe_text(', '.join(found), limit=SHOWN)}"
                )
            return [(row["account_id"] or "", row["decision"] or "") for row in rows]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{shown} cannot be read as CSV in UTF-8: {error}") from error
