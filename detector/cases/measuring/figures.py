"""What `/metrics` tells of cases: counts, shares and times; no person, account or case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

#: Queues that a case may be in.
CASE_QUEUES: Final = ("proxy", "victim", "policy", "other", "sample")
ROUNDS: Final = ("1", "2", "qa", "3", "appeal")
#: Upper ends of the bands of active seconds; below a minute nobody has read a case.
SECONDS: Final = (15, 30, 60, 120, 300, 600, 1200, 3600)


@dataclass(frozen=True)
class CaseFigures:
    """Figures of a folder of cases at one time; times are Unix seconds.

    Attributes
    ----------
    cases
        By queue and state.
    oldest
        By queue, since when the open case waits that waits longest.
    judgements
        Stored ones by round and outcome, also those taken back: a counter never falls.
    seconds, seconds_sum
        Judgements by ``SECONDS``, each band with those below it, then all; and their sum.
    shares
        ``tool``, ``second``, ``override``, ``golden``, ``changed``: up to the end of last week,
        and only of those that enough judgements stand behind.
    alarms
        By alarm, for how many people (and all together as one more) it rings.
    appeals, letters
        By state, and by kind and state.
    suppressed
        Accounts that open no case now.
    events, verified, anchored
        Of the chain: its length, when it was last found whole, and the last head kept.
    """

    cases: Mapping[tuple[str, str], int]
    oldest: Mapping[str, float]
    judgements: Mapping[tuple[str, str], int]
    seconds: tuple[int, ...]
    seconds_sum: float
    shares: Mapping[str, float]
    alarms: Mapping[str, int]
    appeals: Mapping[str, int]
    letters: Mapping[tuple[str, str], int]
    suppressed: int
    events: int
    verified: float | None
    anchored: float | None
