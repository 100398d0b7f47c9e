"""Settled cases as files that other review tools read: nothing is called.

Coop: a body of ``POST /api/v1/report`` a line, and bodies of ``POST /api/v1/report/appeal`` in.
Field names as in ``server/routes/reporting/ReportingRoutes.ts`` of github.com/roostorg/coop (commit
7398937), read on 2026-11-29; that an item is ``id``, ``typeId`` and ``data`` as its API page says.
That Coop takes an item of a site's own type without more is unverified: the type's fields are the
site's to define there.

Osprey: `LabelStatus` (``MANUALLY_ADDED``, ``MANUALLY_REMOVED``) as in the labels of
github.com/roostorg/osprey, and ``osprey-cli bulk_apply_label ENTITY_TYPE FILE LABEL STATUS`` as its
command page says, both read on 2026-11-29. That command reads one id a line for one label and
status and knows no date of expiry; a CSV of these columns is what its operators split, and no
format of Osprey's own (unverified that anything of it reads them).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from detector.cases.contact.appeals import file
from detector.cases.errors import Refused
from detector.cases.record.moments import text_of, time_of
from detector.cases.record.store import Actor, Writing

if TYPE_CHECKING:
    import polars as pl

ENTITY: Final = "CloudAccount"
LABEL: Final = "enduse_proxy_access"
#: Osprey's columns, by our own count: see above.
COLUMNS: Final = ("entity_type", "entity", "label", "status", "reason", "expires_at")
_ADDED: Final = frozenset({"confirmed_proxy", "confirmed_victim"})
_TEXT: Final = 20_000
_MOST: Final = 20 << 20


@dataclass(frozen=True)
class CoopAppeal:
    """An objection that came through Coop: its own id there, of which account, when, and why."""

    appeal_id: str
    account_id: str
    received_at: str
    text: str


def coop_reports(labels: pl.DataFrame, *, reporter: str, item_type: str) -> str:
    """One body of a report a line, for each account that was confirmed.

    Parameters
    ----------
    labels
        As `labels.labels_of` gives them: settled decisions only.
    reporter, item_type
        Id of the user that reports and of the type of item, as they are called in Coop.
    """
    bodies = [
        _report(row, reporter, item_type) for row in labels.iter_rows(named=True)
        if row["decision"] in _ADDED
    ]  # fmt: skip
    return "".join(f"{json.dumps(body, sort_keys=True)}\n" for body in bodies)


def _report(row: dict[str, Any], reporter: str, item_type: str) -> dict[str, Any]:
    data = {"decision": row["decision"], "case_id": row["case_id"], "people": row["people"]}
    return {
        "reporter": {"kind": "user", "typeId": item_type, "id": reporter},
        "reportedAt": row["decided_at"].strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "reportedForReason": {"policyId": None, "reason": _reason(row), "csam": False},
        "reportedItem": {"id": row["account_id"], "typeId": item_type, "data": data},
    }


def _reason(row: dict[str, Any]) -> str:
    return f"{row['decision']} in case {row['case_id']}, settled by {row['people']} people"


def osprey_labels(labels: pl.DataFrame) -> str:
    """A CSV of one label a row: added where an account was confirmed, removed where cleared.

    What is unresolved says nothing, and is left out.
    """
    out = io.StringIO(newline="")
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for row in labels.iter_rows(named=True):
        if row["decision"] == "unresolved":
            continue
        victim = row["decision"] == "confirmed_victim"
        status = "MANUALLY_ADDED" if row["decision"] in _ADDED else "MANUALLY_REMOVED"
        expires = "" if row["expires_at"] is None else text_of(row["expires_at"])
        label = "enduse_victim" if victim else LABEL
        cells = (ENTITY, row["account_id"], label, status, _reason(row), expires)
        rows.writerow(cells)
    return out.getvalue()


def coop_appeals(data: bytes, name: str) -> list[CoopAppeal]:
    """The appeals of a file with one body of an appeal a line, to be filed by people.

    Raises
    ------
    Refused
        Naming the first line that is none.
    """
    if len(data) > _MOST:
        raise Refused(f"{name} is larger than {_MOST >> 20} MB; give it in parts")
    found = []
    for number, line in _numbered(data, name):
        try:
            body = json.loads(line)
            found.append(_appeal(body))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise Refused(
                f"line {number} of {name} is no appeal ({error!r:.200}); expected appealId, "
                "appealedBy, appealedAt, actionedItem and actionsTaken; nothing was filed"
            ) from error
    return found


def _numbered(data: bytes, name: str) -> Iterator[tuple[int, str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(f"{name} is no UTF-8 text; save it as UTF-8") from error
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line


def _appeal(body: Any) -> CoopAppeal:
    at = datetime.fromisoformat(body["appealedAt"])
    named, account = body["appealId"], body["actionedItem"]["id"]
    text = body.get("appealReason") or ""
    if not all(isinstance(one, str) for one in (named, account, text)) or not account:
        raise TypeError("ids and reasons are texts")
    if len(text) > _TEXT:
        raise ValueError(f"a reason of more than {_TEXT} characters")
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return CoopAppeal(named, account, text_of(at), text)


@dataclass(frozen=True)
class Filed:
    """What became of an appeal that came in: its number and case, or why it was refused."""

    appeal_id: str
    account_id: str
    number: int | None
    sentence: str


def file_appeals(tx: Writing, by: Actor, appeals: Iterable[CoopAppeal]) -> list[Filed]:
    """File appeals, each in the closed case that decided its account last."""
    by.acting_as("letters")
    return [_file(tx, by, one) for one in appeals]


def _file(tx: Writing, by: Actor, one: CoopAppeal) -> Filed:
    row = tx.one(
        "SELECT s.case_id FROM settlements s JOIN settlement_accounts a USING (settlement_id) "
        "WHERE a.account_id = ? AND s.superseded_by IS NULL ORDER BY settlement_id DESC LIMIT 1",
        one.account_id,
    )
    if row is None:
        return Filed(one.appeal_id, one.account_id, None, "nothing was decided of this account")
    text = f"{one.text or 'no reason was given'} (Coop appeal {one.appeal_id})"
    try:
        number = file(tx, by, row["case_id"], [one.account_id], text, time_of(one.received_at))
    except Refused as error:
        return Filed(one.appeal_id, one.account_id, None, str(error))
    return Filed(one.appeal_id, one.account_id, number, f"filed in case {row['case_id']}")
