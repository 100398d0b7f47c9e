"""Hang notices on accounts: those that fit what an account did, and those that do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from detector.simulate.leads.facts import Case, Leads
from detector.simulate.leads.used import Used
from detector.simulate.leads.words import CHIPS, COUNTED, MODELS, TOKENS, Buyers
from detector.simulate.policy.facts import Policy
from detector.simulate.policy.pool import Innocents
from detector.simulate.rng import Bools
from detector.simulate.world import World

#: USD for one CNY when the window starts.
CNY: Final = 0.14
_SHARE: Final = 0.8
"""Of an amount that fits: what was spent after the notice."""
_PLACES: Final = ("CN", "HK", "MY", "SG", "AE", None, None)


def disposed(word: str, day: float) -> dict[str, Any]:
    """What became of a notice, as its buyer told on some day."""
    return {"disposition": word, "disposition_day": day, "disposition_source": "the buyer"}


@dataclass(slots=True)
class Planter:
    """Plants notices: one at a time, each with what it should give."""

    world: World
    policy: Policy
    pool: Innocents
    used: Used
    leads: Leads
    buyers: Buyers
    rng: np.random.Generator
    _number: int = 0

    @property
    def many(self) -> int:
        """How many notices of one sort a world of this size has."""
        return 1 + self.world.accounts // 6000

    def fits(self) -> Bools:
        """Accounts whose use began within the window, and cost something."""
        some = self.used.cost.sum(axis=1) > 300
        reseller = self.world.traits["reseller"] == 1
        return np.asarray(self.used.began(9, self.world.days - 5) & some & ~reseller)

    def name(self, row: int) -> str:
        """The holder as a notice calls it: by its name at home, now and then."""
        local = self.policy.known.local[row]
        return local if local and self.rng.random() < 0.3 else self.pool.names[row]

    def before(self, row: int) -> float:
        """A day some days before an account's use began."""
        return float(self.used.day(row) - int(self.rng.integers(2, 9)))

    def fitting(self, row: int, day: float) -> int:
        """An amount in USD that an account's spending after a day fits."""
        return max(1, round(self.used.spent(row, day) / _SHARE))

    def some_amount(self) -> int:
        """An amount in USD as notices have them."""
        return round(10 ** float(self.rng.uniform(4, 6.2)), -3)

    def words(self, row: int) -> tuple[str, str]:
        """Title and text about what an account runs, without a quantity."""
        of_chips = self.used.runs_chips(row)
        return self._drawn(CHIPS if of_chips else MODELS, self.used.chip(row) if of_chips else "")

    def counted(self, row: int | None = None, *, chips: bool = True) -> tuple[str, str]:
        """Title and text with a quantity that no account is asked about."""
        chip = self.used.chip(row) if row is not None else "A100"
        return self._drawn(COUNTED if chips else TOKENS, chip)

    def _drawn(self, choices: tuple[tuple[str, str], ...], chip: str) -> tuple[str, str]:
        title, text = choices[int(self.rng.integers(len(choices)))]
        machines = 2 ** int(self.rng.integers(0, 7))
        told = {"chip": chip, "m": machines, "n": 8 * machines,
                "w": int(self.rng.integers(1, 90))}  # fmt: skip
        return title.format(**told), text.format(**told)

    def notice(
        self, day: float, supplier: str | None, usd: int | None, words: tuple[str, str],
        **more: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """Publish a first row; what a notice is called, who buys and in which money is drawn."""
        self._number += 1
        chinese = any(sign > "\u3400" for sign in words[0])
        buyer = self.buyers.chinese() if chinese else self.buyers.latin()
        row = {
            "day": float(np.floor(day)), "buyer": buyer, "supplier": supplier, "title": words[0],
            "text": words[1], "notice_id": f"N-{self.world.seed}-{self._number:04d}",
            "notice_type": "award", "currency": "CNY" if chinese else "USD",
            "buyer_country": _PLACES[int(self.rng.integers(len(_PLACES)))],
            "amount": None if usd is None else round(usd / CNY) if chinese else usd,
        }  # fmt: skip
        self.leads.notices.append(row | more)
        return row | more

    def follow(self, first: dict[str, Any], days: int, **changes: Any) -> None:
        """Publish a later row of a notice: a correction, a twin, a cancellation."""
        self.leads.notices.append(first | {"day": first["day"] + days} | changes)

    def expect(
        self, row: dict[str, Any], shape: str, kind: str, account: int | None, *strengths: str,
        queues: bool | None = None,
    ) -> None:  # fmt: skip
        """Write down what should come of a notice."""
        case = Case(shape, kind, row["buyer"], row.get("notice_id"), row["day"], account,
                    strengths, queues)  # fmt: skip
        self.leads.cases.append(case)
