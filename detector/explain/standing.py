"""Why an account is in its queue or in none, and whether anything speaks against it at all."""

from __future__ import annotations

from typing import Final

from detector.dossier import Row
from detector.report import standing

#: How an account stands, in a word or two.
WORDS: Final = {
    "open": "open", "closed": "closed", "confirmed_proxy": "confirmed proxy",
    "confirmed_victim": "confirmed victim", "cleared": "cleared",
}  # fmt: skip
# What is rarer than this among ordinary accounts is not silent, where no family can be asked.
_NOTICED: Final = 0.05


def word(row: Row) -> str:
    """How an account stands, in a word; nothing where the run does not tell."""
    return WORDS.get(str(row["standing"]), "")


def sentences(row: Row) -> list[str]:
    """The reason for its queue, and what was decided about it before."""
    said = standing.standing_words(row)
    # Of a settled account in no queue the reason is the decision, told with reviewer and note.
    reason = "" if said and str(row["queue"]) == "none" else standing.queue_reason(row)
    return [text for text in (reason, f"{said[:1].upper()}{said[1:].rstrip('.')}." * bool(said))
            if text]  # fmt: skip


def silent(row: Row) -> bool:
    """Whether nothing speaks against an account: no score, or no queue and no family of it.

    A run of an earlier version does not tell which families speak; there, an account in no queue
    is not silent that is as rare as one in twenty.
    """
    if not (row["score"] or 0.0) > 0.0:
        return True
    if str(row["queue"]) != "none" or row["standing"] not in (None, "open"):
        return False
    if row["speaking"] is not None:
        return not row["speaking"]
    return row["p_value"] is None or row["p_value"] > _NOTICED
