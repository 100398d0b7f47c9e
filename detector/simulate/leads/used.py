"""What accounts of a world did, where a notice may be made to fit or to miss it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from detector.simulate.books import PARTS, Books
from detector.simulate.plan import Plan
from detector.simulate.policy.pool import CONTROLLED
from detector.simulate.rng import Bools, Floats, Ints
from detector.simulate.world import World

_NEVER: Final = 10**6
#: Names that notices give to parts.
_CHIPS: Final = {
    "A100-40GB": "A100", "A100-80GB": "A100", "H100-SXM": "H100", "H100-PCIe": "H100",
    "H100-NVL": "H100", "H200": "H200", "L40S": "L40S", "L4": "L4", "RTXA6000": "RTXA6000",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Used:
    """By account: the first day of controlled GPUs and of models, and the cost of each day."""

    chips: Ints
    models: Ints
    cost: Floats
    _parts: Ints

    @property
    def no_chips(self) -> Bools:
        """Accounts that never ran a controlled GPU."""
        return np.asarray(self.chips == _NEVER)

    def began(self, first: float, last: float) -> Bools:
        """Accounts whose use of chips or of models, where there is one of both, began then."""
        begins = np.minimum(self.chips, self.models)
        return np.asarray((begins >= first) & (begins < last))

    def runs_chips(self, row: int) -> bool:
        """Whether an account runs controlled GPUs."""
        return bool(self.chips[row] < _NEVER)

    def day(self, row: int) -> int:
        """The first day of an account's chips, else of its models."""
        return int(self.chips[row] if self.runs_chips(row) else self.models[row])

    def spent(self, row: int, day: float) -> float:
        """What an account's use cost from a day on, in USD."""
        return float(self.cost[row, max(0, int(np.floor(day))) :].sum())

    def chip(self, row: int) -> str:
        """The chip that an account used most, as notices call it."""
        named = [(int(self._parts[row, i]), name) for i, part in enumerate(PARTS)
                 if (name := _CHIPS.get(part))]  # fmt: skip
        return max(named)[1]


def used_in(world: World, plan: Plan, books: Books) -> Used:
    """Look it up in what was planned and written."""
    chips = CONTROLLED[plan.gpu.machine]
    return Used(
        _first(world, plan.gpu.account[chips], plan.gpu.day[chips]),
        _first(world, plan.calls.account, plan.calls.day),
        books.cost, books.gpu,
    )  # fmt: skip


def _first(world: World, account: Ints, day: Ints) -> Ints:
    found = np.full(world.accounts, _NEVER, dtype=np.int64)
    np.minimum.at(found, account, day)
    return found
