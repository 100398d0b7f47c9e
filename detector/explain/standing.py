"""Why an account is in its queue or in none, and how it stands."""

from __future__ import annotations

from typing import Final

from detector.dossier import Row
from detector.report import standing

#: How an account stands, in a word or two.
WORDS: Final = {
    "open": "open", "closed": "closed", "confirmed_proxy": "confirmed proxy",
    "confirmed_victim": "confirmed victim", "cleared": "cleared",
}  # fmt: skip


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
