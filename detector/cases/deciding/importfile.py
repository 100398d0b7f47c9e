"""A file of decisions made elsewhere, read: one row a decision, with bounds."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from detector.cases.deciding.states import OUTCOMES
from detector.cases.errors import Refused

#: Bytes and rows of a file that are read at most.
MOST_BYTES: Final = 20 << 20
MOST_ROWS: Final = 200_000
_ID: Final = 256
_NOTE: Final = 4096
_NEEDED: Final = (("account_id", "decision"), ("case_id", "outcome"))


@dataclass(frozen=True)
class Given:
    """A row of a file; `fault` says what is wrong with it, if something is.

    Attributes
    ----------
    row
        Its number in the file: the first row after the names of columns is 1.
    account_id, case_id
        Of which account, or of which whole case.
    """

    row: int
    account_id: str | None
    case_id: str | None
    outcome: str
    reviewer: str
    note: str
    decided_at: str | None
    fault: str | None = None


def read_decisions(path: Path) -> list[Given]:
    """The rows of a CSV file with the columns of ``labels``, or with ``case_id, outcome``.

    Raises
    ------
    Refused
        Where it is larger than what is read, or no such file.
    """
    with path.open("rb") as stream:
        data = stream.read(MOST_BYTES + 1)
    return decisions_of(data, path.name)


def decisions_of(data: bytes, name: str) -> list[Given]:
    """The rows of such a file, from its bytes."""
    if len(data) > MOST_BYTES:
        raise Refused(f"{name} is larger than {MOST_BYTES >> 20} MB; import it in parts")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(f"{name} is no UTF-8 text ({error.reason}); save it as UTF-8") from error
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = [(column or "").strip() for column in rows.fieldnames or ()]
        rows.fieldnames = columns
        of, word = _columns(columns, name)
        return list(_given(rows, of, word, name))
    except csv.Error as error:
        raise Refused(f"{name} cannot be read as CSV near line {rows.line_num}: {error}") from error


def _columns(columns: list[str], name: str) -> tuple[str, str]:
    for of, word in _NEEDED:
        if of in columns and word in columns:
            return of, word
    raise Refused(
        f"{name} has the columns {', '.join(columns) or 'none'}; expected account_id, decision, "
        "decided_at, reviewer and note as in the table labels, or case_id, outcome, reviewer"
    )


def _given(
    rows: Iterator[Mapping[str | None, object]], of: str, word: str, name: str
) -> Iterator[Given]:
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS:
            raise Refused(f"{name} has more than {MOST_ROWS} rows; import it in parts")
        cells = {key: value.strip() for key, value in row.items() if isinstance(value, str) and key}
        named = cells.get(of, "")
        given = Given(
            number, named if of == "account_id" else None, named if of == "case_id" else None,
            cells.get(word, ""), cells.get("reviewer", ""), cells.get("note", ""),
            cells.get("decided_at") or None,
        )  # fmt: skip
        fault = "it has more cells than columns" if None in row else _fault(given, of)
        yield Given(**{**vars(given), "fault": fault})


def _fault(given: Given, of: str) -> str | None:
    named = given.account_id or given.case_id or ""
    if not named or len(named.encode()) > _ID:
        return f"{of} is {'empty' if not named else f'longer than {_ID} bytes'}"
    if given.outcome not in OUTCOMES:
        return f"{given.outcome!r} is no decision; expected one of {', '.join(OUTCOMES)}"
    if len(given.note.encode()) > _NOTE:
        return f"the note is longer than {_NOTE} bytes"
    if given.decided_at is not None and _time(given.decided_at) is None:
        return f"decided_at is {given.decided_at!r}; expected a time as 2026-04-15T10:00:00Z"
    return None


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
