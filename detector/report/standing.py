"""Where an account stands with us, in words: open, closed, or decided, and since when.

Runs of earlier versions tell nothing of it, and then nothing is said.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from detector.dossier import Case, Row
from detector.words import listing, plural, visible

NOTE: Final = 240
NAMED: Final = 4
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
        ids = [row["account_id"] for row in case.members if row.get("standing") == standing]
        if ids:
            named = listing([visible(name, 40) for name in ids], NAMED)
            parts.append(f"{len(ids):,} {words} ({named})")
    whole = plural(case.size, "account")
    return f"Of its {whole}: {'; '.join(parts)}." if parts else ""


def queue_reason(row: Row) -> str:
    """Why an account is in its queue, or what is missing; empty where the run does not say."""
    return visible(row.get("queue_reason") or "")


def _day(value: Any) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, datetime) else ""
