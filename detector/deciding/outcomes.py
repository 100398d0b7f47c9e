"""Which word each account of a case gets, and why: a ring is no verdict on all of its members."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from detector.deciding.case import SHOWN, Decided, Member, kind_words
from detector.errors import UsageError
from detector.results.nearest import nearest
from detector.terminal import safe_text
from features.decided import UNRESOLVED
from features.tables.decisions import DECISIONS

PROXY: Final = "confirmed_proxy"
VICTIM: Final = "confirmed_victim"
CLEARED: Final = "cleared"
#: How many days a clearing lasts where nothing else is said, and the fewest and most.
LASTS: Final = 180
SHORTEST: Final = 30
LONGEST: Final = 400
ENOUGH_KINDS: Final = 2
_MOST: Final = {"reviewer": 200, "note": 4000}
# Joiners shape words of some scripts; every other invisible character is refused.
_JOINERS: Final = str.maketrans("", "", "\u200c\u200d")


@dataclass(frozen=True)
class Asked:
    """What a reviewer says of a case.

    ``also`` are members that share the case's outcome though little ties them, ``others`` those
    with an outcome of their own; ``days`` says how long a clearing lasts.
    """

    outcome: str
    reviewer: str
    note: str
    decided_at: datetime
    also: Collection[str] = ()
    others: Mapping[str, str] = field(default_factory=dict)
    days: int | None = None
    overrule: bool = False


@dataclass(frozen=True)
class Outcome:
    """What one account gets; ``decision`` None leaves the decision that stands."""

    member: Member
    decision: str | None
    why: str


def outcomes(case: Decided, asked: Asked, standing: Mapping[str, str]) -> list[Outcome]:
    """Return what becomes of each account of a case, by rank.

    Of a ring that is confirmed as proxy access, members with evidence of their own or tied by two
    independent kinds are confirmed with it. Of the others the case is left unresolved, unless
    they are named; what ``standing`` says of them stays.

    Raises
    ------
    UsageError
        Somebody is named who is no member, or twice, or the words do not go together.
    """
    _check(case, asked)
    found = [_outcome(case, asked, member, standing) for member in case.members]
    if asked.days is not None and all(each.decision != CLEARED for each in found):
        raise UsageError("--expires says when a clearing ends, and nobody is cleared; leave it out")
    return found


def _outcome(case: Decided, asked: Asked, member: Member, standing: Mapping[str, str]) -> Outcome:
    name = member.account_id
    if name in asked.others:
        return Outcome(member, asked.others[name], "named by --members")
    if name in asked.also:
        return Outcome(member, asked.outcome, "named by --also")
    if not case.is_ring or asked.outcome != PROXY:
        return Outcome(member, asked.outcome, "as the ring" if case.is_ring else "named")
    if member.queue == "proxy":
        return Outcome(member, PROXY, "own evidence: in queue proxy")
    tied = kind_words(member.kinds)
    if len(member.kinds) >= ENOUGH_KINDS and member.queue != "victim":
        return Outcome(member, PROXY, f"tied by {tied}")
    if name in standing:
        return Outcome(member, None, f"stays {standing[name]}")
    if member.queue == "victim":
        return Outcome(member, UNRESOLVED, "in queue victim: likely the injured party")
    return Outcome(member, UNRESOLVED, f"tied by {tied} alone" if tied else "no rare tie")


def ends(decision: str, asked: Asked) -> datetime | None:
    """When a decision ends: a clearing always does, the others never."""
    if decision != CLEARED:
        return None
    return asked.decided_at + timedelta(days=LASTS if asked.days is None else asked.days)


def plain(text: str, option: str) -> str:
    r"""Return a name or a note as one line of plain text.

    Raises
    ------
    UsageError
        It is blank, too long, or holds characters that nobody sees.

    Examples
    --------
    >>> plain(" called the\n holder ", "note")
    'called the holder'
    """
    line = " ".join(text.split())
    # The readers of every table take the word NULL for nothing at all.
    if line in ("", "NULL"):
        raise UsageError(f"--{option} is blank; a decision that counts says who made it and why")
    if len(line) > _MOST[option]:
        raise UsageError(
            f"--{option} has {len(line):,} characters; expected at most {_MOST[option]:,}"
        )
    seen = line.translate(_JOINERS)
    if safe_text(seen) != seen:
        raise UsageError(
            f"--{option} holds characters that are not printed: {safe_text(seen, limit=SHOWN)}; "
            "write plain text"
        )
    return line


def word(text: str) -> str:
    """Return an outcome as the table of decisions writes it.

    Raises
    ------
    UsageError
        It is none of the four.
    """
    folded = text.strip().casefold()
    if folded not in DECISIONS:
        raise UsageError(
            f"'{safe_text(text, limit=SHOWN)}' is no outcome; expected one of "
            f"{', '.join(DECISIONS)}"
        )
    return folded


def _check(case: Decided, asked: Asked) -> None:
    named = {"--also": asked.also, "--members": asked.others}
    given = [option for option, ids in named.items() if ids]
    if given and not case.is_ring:
        raise UsageError(f"{given[0]} names members of a ring; this case is one account")
    if asked.also and asked.outcome != PROXY:
        raise UsageError(
            f"--also is for rings that are {PROXY}: every member gets {asked.outcome} anyway"
        )
    for option in given:
        for name in named[option]:
            _check_member(case, name, option)
    if both := sorted(set(asked.also) & set(asked.others)):
        raise UsageError(f"'{safe_text(both[0], limit=SHOWN)}' is named by --also and --members")


def _check_member(case: Decided, name: str, option: str) -> None:
    ids = case.ids
    if name in ids:
        return
    near = ", ".join(safe_text(each, limit=SHOWN) for each in nearest(name, ids))
    remedy = f"near it: {near}" if near else "its page and rings.parquet list them"
    raise UsageError(
        f"{option} names '{safe_text(name, limit=SHOWN)}', which is no member of "
        f"{safe_text(case.name, limit=SHOWN)}; {remedy}"
    )
