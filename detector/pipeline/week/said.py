"""What changed since an earlier run, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from detector.pipeline.week.decisions import Decision, Ties
from detector.pipeline.week.places import Climb
from detector.pipeline.week.rings import Shift
from detector.words import ID_LIMIT, fixed, listing, number, plural, visible
from features.links.kinds import WORDS

Row = dict[str, Any]

NAMED: Final = 4
FEW: Final = 2
NOTE: Final = 160
#: What a decision says of an account.
DECIDED: Final = {
    "confirmed_proxy": "confirmed as proxy",
    "confirmed_victim": "confirmed as victim",
    "cleared": "cleared",
}
_LEFT: Final = {
    "gone": "no longer in the logs",
    "appeal": "an upheld appeal keeps it out of the queues",
    "answered": "a decision answered what rules or lists asked",
    "unasked": "no rule, list or notice asks for a look any more",
    "overtaken": "others of its ring come before it now; the ring's score is no lower",
    "families": "fewer than two kinds of evidence speak by now",
    "signs": "the signs that it was looked at for have faded",
}
_ENTERED: Final = {
    "new": "new in the logs",
    "reopened": "what was decided about it, or its closing, holds no longer",
    "asked": "a rule, a list or a notice asks for a look",
    "families": "a second kind of evidence speaks now",
    "signs": "signs of another wrong than proxy access show now",
}


def names(accounts: Sequence[str], most: int = NAMED) -> str:
    """A few accounts by name, and how many more there are."""
    return listing([visible(account, ID_LIMIT) for account in accounts], most)


def kinds(found: Sequence[str]) -> str:
    """Kinds of evidence in a reviewer's words."""
    return listing([WORDS.get(kind, visible(kind, 24).replace("_", " ")) for kind in found], NAMED)


def left(row: Row, *, alpha: float, rings: frozenset[str], same_model: bool) -> str:
    """Why an account left its queue."""
    cause: str = row["cause"]
    if cause in DECIDED or cause == "closed":
        note = visible(row["standing_note"] or "", NOTE)
        what = DECIDED.get(cause, "the account was closed")
        return what + f" ({note})" * bool(note)
    if cause == "ring":
        ring = visible(row["ring_id_before"], ID_LIMIT)
        whole = row["ring_id_before"] in rings
        return (
            f"it is no longer part of {ring}" if whole else f"{ring}, which it stood by, fell apart"
        )
    if cause == "evidence":
        return f"its evidence fell: {_chances(row, alpha, same_model=same_model)}"
    return _LEFT[cause]


def entered(row: Row, ties: Ties, *, alpha: float, same_model: bool) -> str:
    """One reason why an account entered a queue."""
    cause: str = row["cause"]
    if cause == "near":
        return f"one reason is {_near(ties.get(row['account_id'], {}))}"
    if cause == "ring":
        return f"stands by {visible(row['ring_id'], ID_LIMIT)}, which it was no part of"
    if cause == "evidence":
        return f"its evidence grew: {_chances(row, alpha, same_model=same_model)}"
    return _ENTERED[cause]


def moved(row: Row) -> str:
    """From which queue to which."""
    return f"from queue {row['queue_before']} to queue {row['queue']}"


def _near(tied: Mapping[str, tuple[str, ...]]) -> str:
    """What leads from an account to confirmed ones."""
    if not tied:
        return "that a confirmed account is near, over accounts that both are tied to"
    found = sorted({kind for several in tied.values() for kind in several})
    whom = (
        f"the confirmed account {names(list(tied))}"
        if len(tied) == 1
        else f"{len(tied):,} confirmed accounts, {names(list(tied), FEW)}"
    )
    return f"its tie to {whom} ({kinds(found)})"


def _chances(row: Row, alpha: float, *, same_model: bool) -> str:
    asked = f"at most {number(alpha)} is asked"
    if not same_model or row["p_value_before"] is None:
        return f"p {number(row['p_value'], 2)}, and {asked}"
    return f"p {number(row['p_value_before'], 2)} before, {number(row['p_value'], 2)} now; {asked}"


def climb(one: Climb) -> str:
    """How a case moved."""
    way = "rose" if one.now.score > one.before.score else "fell"
    where = (
        f"place {one.now.place:,} as before"
        if one.now.place == one.before.place
        else f"place {one.before.place:,} before, {one.now.place:,} now"
    )
    return f"score {way} from {fixed(one.before.score)} to {fixed(one.now.score)}, {where}"


def shift(one: Shift) -> str:
    """What became of a ring."""
    count, who = plural(len(one.accounts), "account"), names(one.accounts)
    if one.move == "formed":
        return f"came to be of {count}: {who}"
    if one.move == "apart":
        into = f"; most of it is in {visible(one.into, ID_LIMIT)} now" if one.into else ""
        return f"fell apart ({count}: {who}){into}"
    way = "came in" if one.move == "grown" else "went out"
    return f"{count} {way} ({who}); {one.size_before:,} before, {one.size:,} now"


def decision(one: Decision) -> str:
    """What a decision did."""
    note = visible(one.note or "", NOTE)
    when = "" if one.at is None else f" on {one.at:%Y-%m-%d}"
    whom = f"{_whom(one)}{when}" + f" ({note})" * bool(note)
    return f"{DECIDED[one.decision].capitalize()}: {whom}. {' '.join(_came_of(one))}"


def _whom(one: Decision) -> str:
    if one.ring_id is None or len(one.accounts) == 1:
        return names(one.accounts)
    return f"{len(one.accounts):,} accounts of {visible(one.ring_id, ID_LIMIT)}"


def _came_of(one: Decision) -> list[str]:
    """Sentences on who left and who entered."""
    told = []
    if one.left:
        told.append(_departed(len(one.left), len(one.accounts)))
    if one.beside:
        few = plural(len(one.beside), "other account")
        told.append(f"{few} of its ring left since: {names(one.beside)}.")
    if one.entered:
        few = plural(len(one.entered), "account")
        tie = kinds(sorted({kind for several in one.entered.values() for kind in several}))
        whose = "its tie" if len(one.entered) == 1 else "their ties"
        it = "it" if len(one.accounts) == 1 else "these"
        told.append(
            f"{few} entered since, and one reason is {whose} to {it}: "
            f"{names(list(one.entered))} ({tie})."
        )
    return told or ["Nobody entered or left a queue by it."]


def _departed(left: int, decided: int) -> str:
    if left == decided:
        who = {1: "It", 2: "Both"}.get(decided, f"All {decided:,}")
        return f"{who} left the queue."
    return f"{left:,} of them stood in a queue and left it."
