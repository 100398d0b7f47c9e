"""How strong a notice speaks of an account, and what speaks against it.

strong: the name surely agrees, the keyword does, and the quantity, or amount and time together.
medium: the name may agree, and so do two of keyword, time, amount, quantity and hand-over; one
more for each of keyword and time that does not, for each of all where the name only may agree.
Of use that began at another time, the quantity makes no strong lead.
weak: the name, and little else. A declared reseller stays weak: a notice that names it is what
its trade looks like. So does a homonym: the same words under another legal form, or elsewhere;
and who was named in error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from detector.policy.leads.agreeing import Agreement
from detector.policy.leads.near import STRONG
from detector.policy.leads.seen import Seen

_BESIDE: Final = ("K", "T", "A", "Q", "H")
_DOUBTS: Final = ("K", "T")
_ENOUGH: Final = 2
_WEAKENS: Final = ("other_form", "elsewhere", "corrected")


def strength(agreed: Sequence[Agreement], near: dict[str, Any], seen: Seen) -> str:
    """strong, medium or weak."""
    yes = {one.code for one in agreed if one.seen == "yes"}
    no = {one.code for one in agreed if one.seen == "no"}
    if seen.facts.get("declared_reseller") or any(near[what] for what in _WEAKENS):
        return "weak"
    sized = ("Q" in yes and "T" not in no) or {"A", "T"} <= yes
    if near["score"] >= STRONG and "K" in yes and sized:
        return "strong"
    doubts = _DOUBTS if near["score"] >= STRONG else _BESIDE
    beside = len(yes & set(_BESIDE)) - len(no & set(doubts))
    return "medium" if beside >= _ENOUGH else "weak"


def against(
    agreed: Sequence[Agreement], near: dict[str, Any], seen: Seen, named: Sequence[str]
) -> list[str]:
    """What speaks against it, a sentence each.

    Parameters
    ----------
    named
        End customers that are named for the account, and that are the buyer.
    """
    said = []
    if seen.facts.get("declared_reseller"):
        partner = seen.facts.get("partner_id")
        said.append("declared reseller" + (f" behind partner {partner}" if partner else ""))
    if near["other_form"]:
        said.append("another legal form: perhaps another company of the same name")
    if near["elsewhere"]:
        said.append(f"the supplier's name says another place: {near['elsewhere']}")
    if near["corrected"]:
        said.append("a correction of the notice names another supplier")
    if near["role"] not in ("holder", "local name"):
        said.append(f"the supplier is the {near['role']}, not the holder")
    if named:
        said.append("the buyer is named as end customer in the partner's papers")
    said += [f"{one.text}" for one in agreed if one.seen == "no"]
    return said
