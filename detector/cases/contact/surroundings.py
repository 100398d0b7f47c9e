"""What is known around a letter: whose ids it may not name, what lane L says, what was declared."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any, Final

from detector.cases.contact.linting import Known
from detector.cases.contact.templating import Templates
from detector.cases.record.store import as_json
from detector.countries import country

_TOKEN: Final = re.compile(r"[^\s,;:()\[\]{}<>\"'“”‘’«»]+")
#: Columns of a row of lane L that name a list, an entry, or a rule.
_NAMING: Final = ("entry_name", "entry_key", "rule", "pack", "source", "instrument")
_SHORTEST: Final = 3


def known_of(
    connection: sqlite3.Connection,
    case: Mapping[str, Any],
    letter: Mapping[str, Any],
    templates: Templates,
    *,
    sealed: bool,
) -> Known:
    """What the linter is told of a letter.

    Parameters
    ----------
    letter
        A row of ``letters``; its lists as text or as lists.
    sealed
        Whether what is sealed may be used: a fault that names it would tell whoever reads it.
    """
    own, parts = (_opened(letter[name]) for name in ("accounts", "parts"))
    closed = _sealed(connection, case) if sealed else {}
    return Known(
        own=(*own, case["case_id"]),
        strangers=_strangers(connection, case, letter["text"]),
        figures=[case[name] for name in ("score", "p_value") if case[name] is not None],
        listed=sorted(_listed(closed)),
        released=[row["name"] for row in connection.execute(
            "SELECT name FROM releases WHERE case_id = ?", (case["case_id"],))],
        declared=_declared(closed, own) if sealed else None,
        wording=templates.source(letter["kind"], letter["language"]),
        accusing=templates.accusing(letter["language"]),
        fields=parts,
    )  # fmt: skip


def _opened(held: Any) -> Any:
    return json.loads(held) if isinstance(held, str) else held


def _strangers(connection: sqlite3.Connection, case: Mapping[str, Any], text: str) -> list[str]:
    """Everybody else in the case, and what of the text is another account, case or ring."""
    members = connection.execute(
        "SELECT account_id FROM case_accounts WHERE case_id = ?", (case["case_id"],)
    )
    said = sorted({
        form for token in _TOKEN.findall(text)
        for form in (token, token.strip(".!?*_"), token.strip(".!?*_").lower())
    })  # fmt: skip
    others = connection.execute(
        "SELECT account_id FROM case_accounts WHERE account_id IN (SELECT value FROM json_each(?1))"
        " UNION SELECT case_id FROM cases WHERE case_id IN (SELECT value FROM json_each(?1))"
        " UNION SELECT ring_id FROM cases WHERE ring_id IN (SELECT value FROM json_each(?1))",
        (as_json(said),),
    )
    ring = [case["ring_id"]] if case["ring_id"] else []
    return [*(row[0] for row in members), *(row[0] for row in others), *ring]


def _sealed(connection: sqlite3.Connection, case: Mapping[str, Any]) -> dict[str, Any]:
    from detector.cases.record.snapshots import opened

    if case["sealed"] is None:
        return {}
    held: dict[str, Any] = json.loads(opened(connection, case["sealed"]))
    return held


def _listed(closed: Mapping[str, Any]) -> Iterator[str]:
    """Names of lists, entries and rules that lane L gives."""
    cells = [row for cell in closed.get("cells") or () for row in cell.get("lane_l") or ()]
    for row in (*(closed.get("case") or {}).get("policy", ()), *cells):
        for name in _NAMING:
            said = str(row.get(name) or "").strip()
            if len(said) >= _SHORTEST:
                yield said
    for one in closed.get("lists") or ():
        yield from (name for name in one.get("rows") or () if len(name) >= _SHORTEST)


def _declared(closed: Mapping[str, Any], own: list[str]) -> set[str]:
    """Codes of the countries that the holder of these accounts declared."""
    rows = (closed.get("case") or {}).get("identity", ())
    told = (row.get("declared_country") for row in rows if row["account_id"] in own)
    return {code for text in told if text and (code := country(text))}
