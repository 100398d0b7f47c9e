"""Which innocents of a world a case can be hung on, without changing what they do."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from detector.simulate.calls import main_spells
from detector.simulate.catalogue import MACHINES, NEW_MODEL
from detector.simulate.names import PLACES
from detector.simulate.plan import Plan
from detector.simulate.rng import Bools, Ints
from detector.simulate.world import BENIGN, World

# Parts of class 3A090.a or .b, by the product's catalogue.
_PARTS: Final = frozenset({
    "A100-40GB", "A100-80GB", "H100-SXM", "H100-PCIe", "H100-NVL", "H200", "L4", "L40S",
    "RTXA6000",
})  # fmt: skip
CONTROLLED: Final = np.array([machine.part in _PARTS for machine in MACHINES])
# Features take a model for new that is first seen a week after the data begin.
_FIRST_SIGHTS: Final = 7


@dataclass(slots=True)
class Innocents:
    """Open accounts of innocents, each given away once.

    Attributes
    ----------
    names : the holder of every account.
    firm : accounts of firms.
    named : accounts whose name no other holder or owner has.
    distinct : accounts of whose name nobody else has the first word.
    person : accounts of people whose name nobody else has.
    unowned : accounts of which ``account_owners`` says nothing.
    controlled : accounts that run controlled GPUs.
    callers : accounts whose main model can go by another id.
    place : of each account, as declared.
    """

    names: list[str]
    firm: Bools
    named: Bools
    distinct: Bools
    person: Bools
    unowned: Bools
    controlled: Bools
    callers: Bools
    place: list[str]
    order: Ints
    used: set[int] = field(default_factory=set)

    def take(self, *masks: Bools) -> int | None:
        """Give away an account that fits all masks, or None where none is left."""
        fits = np.logical_and.reduce(masks)
        left = (int(row) for row in self.order[fits[self.order]])
        found = next((row for row in left if row not in self.used), None)
        if found is not None:
            self.used.add(found)
        return found

    def take_named(self, *masks: Bools) -> int | None:
        """Give away a firm that its name tells apart; large worlds run out of first words."""
        found = self.take(self.firm, self.distinct, *masks)
        return self.take(self.firm, self.named, *masks) if found is None else found

    def at(self, *places: str) -> Bools:
        """Accounts that declare one of some places."""
        return np.isin(np.array(self.place), places)


def innocents(world: World, plan: Plan, names: list[str], owners: pl.DataFrame) -> Innocents:
    """Find the accounts that cases can be hung on."""
    t = world.traits
    open_ = (world.role == BENIGN) & (t["closed"] >= world.days) & (t["created"] < 0)
    open_[world.decoys] = False
    others = owners["owner_name"].to_list()
    distinct = _alone([_first(name) for name in names], [_first(name) for name in others])
    kind = t["customer_class"]
    owned = world.ids.is_in(owners["account_id"].unique().implode()).to_numpy()
    return Innocents(
        names,
        firm=open_ & (kind > 0),
        named=_alone(names, others),
        distinct=distinct,
        person=open_ & distinct & (kind == 0),
        unowned=~owned,
        controlled=_any(world, plan.gpu.account[CONTROLLED[plan.gpu.machine]]),
        callers=_callers(world, plan),
        place=[PLACES[i] for i in t["place"].tolist()],
        order=world.streams.of("policy accounts").permutation(world.accounts).astype(np.int64),
    )


def _first(name: str) -> str:
    return name.split(" ", 1)[0]


def _alone(texts: list[str], others: list[str]) -> Bools:
    """Which of some texts stand once among themselves and others."""
    seen = Counter([*texts, *others])
    return np.array([seen[text] == 1 for text in texts])


def _any(world: World, accounts: Ints) -> Bools:
    return np.bincount(accounts, minlength=world.accounts) > 0


def _callers(world: World, plan: Plan) -> Bools:
    """Accounts whose main model can go by another id, and no feature tells the difference.

    They call it in the first week, when first sights tell nothing, and have no stretch of use
    in common with anybody: it is of a day, or lasts to the end, or nobody else has it.
    """
    spells = main_spells(world, plan)
    stretch = ["model", "region", "from", "to"]
    alone = (pl.col("days") == 1) | (pl.col("to") == world.days - 1) | (pl.len().over(stretch) == 1)
    safe = (
        spells.with_columns(alone=alone)
        .group_by("account")
        .agg(pl.col("alone").all(), early=pl.col("from").min() < _FIRST_SIGHTS)
    )
    calls = np.zeros(world.accounts, dtype=bool)
    calls[safe.filter("alone", "early")["account"].to_numpy()] = True
    return np.asarray(calls & (world.traits["llm_model"] != NEW_MODEL))
