"""Which typology a case is like, and how surely that may be said."""

from __future__ import annotations

from typing import Final

from detector.dossier import Case, Row
from detector.report.steps import SUFFERED, is_victim
from detector.typologies import TYPOLOGIES, Typology
from detector.words import visible

# What is rarer than this among ordinary accounts is not silent, where no family can be asked.
_NOTICED: Final = 0.05


def likeness(case: Case) -> tuple[Typology | None, str]:
    """The typology that a case is explained by, and how it is said.

    Whoever is likely injured is no pattern of access by proxy; what behaviour asks no review of
    is said to be like one with care, and nothing at all where nothing speaks. In a ring most
    members decide: where the first is like another, it is said whose likeness it is.
    """
    typology = TYPOLOGIES.get(case.typology or "")
    if typology is None:
        return None, ""
    if is_victim(case):
        return typology, (
            f"Looks like {typology.id} {typology.name}, {SUFFERED}. {typology.sentence}"
        )
    if silent(case.lead):
        return None, ""
    own = _own(case, typology)
    if is_plain(case):
        return typology, f"Looks like {typology.id} {typology.name}. {typology.sentence}{own}"
    return typology, (
        f"Its signs{_proxy(case)} are nearest to {typology.id} {typology.name}: a likeness, not "
        f"a finding.{own}"
    )


def headed(case: Case) -> tuple[str, str]:
    """How the likeness is said, in two: what may stand out, and the rest."""
    _, said = likeness(case)
    head, _, rest = said.partition(". ")
    return (f"{head}.", rest) if said and is_plain(case) else ("", said)


def is_plain(case: Case) -> bool:
    """Whether a likeness is said without a hedge: behaviour asks for a review, or for help."""
    return case.key.queue == "proxy" or is_victim(case)


def _proxy(case: Case) -> str:
    """Of what the signs are; in queue other they are of other abuse."""
    return "" if case.key.queue == "other" else " of access for somebody else"


def _own(case: Case, typology: Typology) -> str:
    """Whose likeness it is, where the first account of a ring is like another; else nothing."""
    own = TYPOLOGIES.get(case.lead["typology"] or "")
    if case.key.ring_id is None or own is None or own is typology:
        return ""
    account = visible(case.lead["account_id"], 40)
    return f" So the ring as a whole; {account} by itself is nearest to {own.id} {own.name}."


def silent(row: Row) -> bool:
    """Whether nothing speaks against an account: no score, or no queue and no family of it.

    A run of an earlier version does not tell which families speak; there, an account in no queue
    is not silent that is as rare as one in twenty.
    """
    if not (row["score"] or 0.0) > 0.0:
        return True
    if str(row["queue"]) != "none" or row.get("standing") not in (None, "open"):
        return False
    if (speaking := row.get("speaking")) is not None:
        return not speaking
    return row["p_value"] is None or row["p_value"] > _NOTICED
