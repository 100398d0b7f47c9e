"""What of a notice agrees with what an account did: each thing yes, no, or not seen.

==== ========= ================================================================
code agreement counts as yes
==== ========= ================================================================
N    name      the supplier's name is that of a party of the account
K    keyword   the account used what the notice names
T    time      it first did so between 30 days before the notice and 180 after
A    amount    payments or charges after the notice are 50 to 105 % of its amount
Q    quantity  tokens, most GPUs or those of usual days within 10 %, GPU-hours within 25 %
H    hand-over the account was made in the time of T
==== ========= ================================================================

Not seen is what the notice does not tell, or the records do not show: neither do they show when
use began that is there from their first days on; of an account a year old it began before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from detector.policy.leads.near import STRONG
from detector.policy.leads.notices import Notice
from detector.policy.leads.seen import AFTER, FIRST_SIGHTS, Rates, Seen
from detector.words import plural

BEFORE: Final = timedelta(days=30)
BEHIND: Final = timedelta(days=180)
LEAST_SPENT: Final = 0.5
MOST_SPENT: Final = 1.05
#: A notice says nothing new of use in an account that was older than this.
AGED: Final = timedelta(days=365)
_NEAR: Final = 0.10
_NEAR_HOURS: Final = 0.25


class Agreement(NamedTuple):
    """One thing that was looked for: ``seen`` is yes, no or not_seen."""

    code: str
    seen: str
    text: str


@dataclass(frozen=True)
class Compared:
    """What notices are compared with: the chips that are controlled, and rates of currencies."""

    controlled: frozenset[str]
    rates: Rates

    def agreements(self, notice: Notice, seen: Seen, score: int) -> list[Agreement]:
        """Everything that was looked for, in the order of the table above."""
        first = self._first_use(notice, seen)
        return [
            _name(score),
            _keyword(notice, first),
            _time(notice, seen, first),
            self._amount(notice, seen),
            self._quantity(notice, seen),
            _made(notice, seen),
        ]

    def _chips(self, notice: Notice) -> frozenset[str]:
        """The chips that a notice is about: those it names, else all that are controlled."""
        return notice.wanted.chips or self.controlled

    def _first_use(self, notice: Notice, seen: Seen) -> date | None:
        wanted, days = notice.wanted, []
        if "accelerator" in wanted.classes:
            days.append(seen.first_gpu(self._chips(notice)))
        if "model" in wanted.classes:
            days.append(seen.first_model(wanted.families))
        return min((day for day in days if day is not None), default=None)

    def _amount(self, notice: Notice, seen: Seen) -> Agreement:
        if notice.amount is None or notice.currency is None or notice.amount <= 0:
            return Agreement("A", "not_seen", "the notice tells no amount")
        money = (("payments", seen.paid), ("charges", seen.billed))
        worth = [(words, self._worth(rows, notice)) for words, rows in money]
        shares = [(told / float(notice.amount), words) for words, told in worth if told is not None]
        if not shares:
            return Agreement("A", "not_seen", "no money in a currency whose rate is known")
        fitting = [one for one in shares if LEAST_SPENT <= one[0] <= MOST_SPENT]
        best, words = fitting[0] if fitting else max(shares)
        amount = f"{notice.amount.normalize():f} {notice.currency}"
        return Agreement(
            "A", "yes" if fitting else "no",
            f"{words} after the notice are {best:.0%} of {amount}",
        )  # fmt: skip

    def _worth(self, rows: Sequence[tuple[date, str, Decimal]], notice: Notice) -> float | None:
        """Money from a notice on, in its currency by the rate of its day."""
        start, total, known = notice.published.date(), 0.0, False
        end = (notice.published + AFTER).date()
        for day, currency, amount in rows:
            if start <= day <= end and currency:
                rate = self.rates.between(currency, notice.currency or "", start)
                if rate is not None:
                    total, known = total + float(amount) * rate, True
        return total if known else None

    def _quantity(self, notice: Notice, seen: Seen) -> Agreement:
        wanted, chips, moment = notice.wanted, self._chips(notice), notice.published
        told: list[tuple[float, int, float, str]] = []
        if wanted.tokens:
            told.append((seen.tokens_after(moment), wanted.tokens, _NEAR, "tokens"))
        if wanted.gpus:
            told.append((seen.most_gpus(chips, moment), wanted.gpus, _NEAR, "GPUs"))
            usual = _nearest(seen.usual_gpus(chips, moment), wanted.gpus)
            told.append((usual, wanted.gpus, _NEAR, "GPUs on usual days"))
        if wanted.gpu_hours:
            told.append(
                (seen.gpu_hours_after(chips, moment), wanted.gpu_hours, _NEAR_HOURS, "GPU-hours")
            )
        if not told:
            return Agreement("Q", "not_seen", "the notice tells no quantity")
        agreed = [_fits(*one) for one in told]
        best = next((a for a in agreed if a.seen == "yes"), agreed[0])
        return best


def _fits(used: float, asked: int, near: float, what: str) -> Agreement:
    fits = asked * (1 - near) <= used <= asked * (1 + near)
    return Agreement("Q", "yes" if fits else "no", f"used {used:,.0f} of {asked:,} {what}")


def _nearest(numbers: Sequence[float], asked: int) -> float:
    return min(numbers, key=lambda number: abs(number - asked))


def _name(score: int) -> Agreement:
    near = "is" if score >= STRONG else "may be"
    return Agreement(
        "N", "yes", f"the supplier {near} a party of the account: name score {score} of 1000"
    )


def _keyword(notice: Notice, first: date | None) -> Agreement:
    wanted = notice.wanted
    about = wanted.about
    if not wanted.classes & {"accelerator", "model"}:
        return Agreement("K", "not_seen", f"the notice names no chip and no model: {about}")
    seen = "yes" if first is not None else "no"
    return Agreement("K", seen, f"{about}: {'used' if first else 'not used'}")


def _time(notice: Notice, seen: Seen, first: date | None) -> Agreement:
    if first is None:
        return Agreement("T", "not_seen", "no such use")
    made: datetime | None = seen.facts.get("created_at")
    old = made is None or made < notice.published - BEFORE
    if old and seen.since is not None and first < seen.since + FIRST_SIGHTS:
        aged = made is not None and made < notice.published - AGED
        text = f"such use since the records begin, {seen.since}"
        return Agreement("T", "no" if aged else "not_seen", text)
    days = (first - notice.published.date()).days
    inside = -BEFORE.days <= days <= BEHIND.days
    when = f"{plural(abs(days), 'day')} {'after' if days >= 0 else 'before'}"
    return Agreement("T", "yes" if inside else "no", f"first such use {when} the notice")


def _made(notice: Notice, seen: Seen) -> Agreement:
    made: datetime | None = seen.facts.get("created_at")
    if made is None:
        return Agreement("H", "not_seen", "nobody tells when the account was made")
    inside = notice.published - BEFORE <= made <= notice.published + BEHIND
    days = (made.date() - notice.published.date()).days
    when = f"{plural(abs(days), 'day')} {'after' if days >= 0 else 'before'}"
    return Agreement("H", "yes" if inside else "no", f"account made {when} the notice")
