"""What may be done next: help for an injured holder, else questions and, last, sanctions."""

from __future__ import annotations

from typing import Final

from detector.dossier import Case, injured
from detector.report.glossary import LADDER

Steps = tuple[tuple[str, str], ...]

#: For a holder whose credentials were probably stolen: nothing here takes anything from them.
HELP: Final[Steps] = (
    ("Reach", "the holder on a contact that was there before the break, and say what was seen"),
    ("Secure", "offer to revoke keys and sessions, reset second factors and turn logging on again"),
    ("Settle", "offer to review the charges that the stranger made"),
    ("Keep", "the records of the stranger's sessions: they may lead to who really used them"),
)

#: Said of the pattern of a stolen key, which is not the holder's doing.
SUFFERED: Final = "which the holder suffers"


def is_victim(case: Case) -> bool:
    """Whether the holder is the injured party, by queue or by decision."""
    return injured(case.key.queue, case.lead)


def steps_of(case: Case) -> Steps:
    """The steps for a case, first the first."""
    return HELP if is_victim(case) else LADDER
