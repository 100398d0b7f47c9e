"""How an account stands by what was decided before, and why it is in its queue, in words."""

from __future__ import annotations

from typing import Final

from detector.dossier import Case, Row
from detector.words import moment, visible

#: How an account stands, in a word or two.
WORDS: Final = {
    "open": "open",
    "closed": "closed",
    "confirmed_proxy": "confirmed proxy",
    "confirmed_victim": "confirmed victim",
    "cleared": "cleared",
}
_DECIDED: Final = {
    "confirmed_proxy": "Confirmed as proxy access",
    "confirmed_victim": "Confirmed as an injured party",
    "cleared": "Cleared",
}
#: Share of the reference that an account is taken for ordinary beyond, where nothing else tells.
_NOTICED: Final = 0.05


def word(row: Row) -> str:
    """How an account stands, in a word; nothing where the run does not tell."""
    return WORDS.get(str(row["standing"]), "")


def decided(row: Row) -> str:
    """What was decided about an account before, in a sentence; nothing where it is open."""
    standing, note = str(row["standing"]), visible(row["standing_note"] or "")
    if standing == "closed":
        return f"{(note or 'closed')[:1].upper()}{(note or 'closed')[1:]}."
    if standing not in _DECIDED:
        return ""
    since = f" on {_day(row['standing_since'])}" if row["standing_since"] else ""
    until = f" until {_day(row['standing_until'])}" if row["standing_until"] else ""
    told = f"; {note}" if note else ""
    return f"{_DECIDED[standing]}{since}{until}{told.rstrip('.')}."


def _day(value: object) -> str:
    return moment(value)[:10]


def sentences(row: Row) -> list[str]:
    """Why an account is in its queue or in none, and what was decided about it before."""
    said = decided(row)
    # The reason of a settled account is the decision, which is told with its reviewer and note.
    reason = "" if said and str(row["queue"]) == "none" else visible(row["queue_reason"] or "")
    return [text for text in (reason, said) if text]


def injured(case: Case) -> bool:
    """Whether a case is one of a holder who is likely the injured party."""
    return case.key.queue == "victim" or str(case.lead["standing"]) == "confirmed_victim"


def silent(row: Row) -> bool:
    """Whether nothing speaks against an account: it has no score, or no family of it speaks.

    A run of an earlier version does not tell which families speak; there, an account in no queue
    that is as rare as one in twenty is not called silent.
    """
    if str(row["queue"]) != "none" or row["ring_id"] is not None and (row["score"] or 0.0) > 0.0:
        return False
    if not (row["score"] or 0.0) > 0.0:
        return True
    if row["speaking"] is not None:
        return not row["speaking"]
    p_value = row["p_value"]
    return p_value is None or p_value > _NOTICED
