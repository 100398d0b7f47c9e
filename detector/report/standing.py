"""Where an account stands with us, in words: open, closed, or decided, and since when.

Runs of earlier versions tell nothing of it, and then nothing is said.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from detector.dossier import Case, Row
from detector.words import listing, plural, visible
from features.families import OWN_FAMILY, about_family

NOTE: Final = 240
NAMED: Final = 4
WHY: Final = 60
#: The standing of a closed account with a day and a reason.
CLOSED: Final = re.compile(r"closed on (\d{4}-\d\d-\d\d): (.+)", re.DOTALL)
#: A family by its code alone; not the code of a feature, such as ``F05-MODEL-RECON``.
FAMILY: Final = re.compile(rf"\b(?:F\d\d|{OWN_FAMILY})\b(?![-\w])")
_SAID: Final = {
    "closed": "closed",
    "confirmed_proxy": "confirmed as access by proxy",
    "confirmed_victim": "confirmed as an injured party",
    "cleared": "cleared",
}
_COUNTED: Final = {
    "closed": "closed",
    "confirmed_proxy": "confirmed as access by proxy",
    "confirmed_victim": "confirmed as injured",
    "cleared": "cleared",
}


def standing_words(row: Row) -> str:
    """The standing of one account; empty where it is open, or where the run does not say.

    Examples
    --------
    >>> day = datetime(2026, 3, 25)
    >>> standing_words({"standing": "closed", "standing_note": "closed on 2026-03-25: fraud"})
    'closed on 2026-03-25: fraud'
    >>> standing_words({"standing": "cleared", "standing_since": day, "standing_until": None,
    ...                 "standing_note": "decided by rev-1: a class"})
    'cleared on 2026-03-25; decided by rev-1: a class'
    >>> standing_words({"standing": "open"}), standing_words({})
    ('', '')
    """
    standing = row.get("standing")
    note = visible(row.get("standing_note") or "", NOTE)
    since, until = _day(row.get("standing_since")), _day(row.get("standing_until"))
    if standing == "closed" and note.startswith("closed on "):
        return note
    if standing not in _SAID:
        return ""
    said = f"{_SAID[standing]}{since and f' on {since}'}{until and f', until {until}'}"
    return f"{said}{': ' if standing == 'closed' else '; '}{note}" if note else said


def ring_standing(case: Case) -> str:
    """How many accounts of a ring are closed or decided, and which; empty where none is."""
    parts = []
    for standing, words in _COUNTED.items():
        ids = [_with_why(row) for row in case.members if row.get("standing") == standing]
        if ids:
            named = listing(ids, NAMED)
            parts.append(f"{len(ids):,} {words} ({named})")
    whole = plural(case.size, "account")
    return f"Of its {whole}: {'; '.join(parts)}." if parts else ""


def _with_why(row: Row) -> str:
    """An account, and of a closed one why and when."""
    account = visible(row["account_id"], 40)
    told = CLOSED.fullmatch(standing_words(row))
    return f"{account}: {visible(told[2], WHY)} on {told[1]}" if told else account


def queue_reason(row: Row) -> str:
    """Why an account is in its queue, or what is missing; empty where the run does not say.

    Families, which the run tells by code, have their names.
    """
    return FAMILY.sub(_named, visible(row.get("queue_reason") or ""))


def _named(found: re.Match[str]) -> str:
    return f"{found[0]} {about_family(found[0])}".strip()


def _day(value: Any) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, datetime) else ""
