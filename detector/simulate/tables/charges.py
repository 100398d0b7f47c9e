"""Charges before they take a provider's shape."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np

from detector.simulate.books import Books
from detector.simulate.rng import Bools, Floats, Ints
from detector.simulate.world import World

SERVICE, GPU, TOKENS_IN, TOKENS_OUT, TAX, CREDIT, PURCHASE = range(7)
_MONTH: Final = 28


@dataclass(slots=True)
class Charges:
    """Arrays of one length.

    ``begin`` and ``length`` in seconds; ``quantity`` in millionths of the unit; ``listed``,
    ``effective`` and ``billed`` in USD; ``item`` is a service, machine or model.
    """

    account: Ints
    begin: Ints
    length: Ints
    kind: Ints
    item: Ints
    quantity: Ints
    listed: Floats
    effective: Floats
    billed: Floats
    pricing: Ints
    idle: Bools
    correction: Bools

    @classmethod
    def of(
        cls, account: Ints, begin: Ints, length: Any, kind: Any, item: Any, quantity: Ints,
        listed: Floats, effective: Floats,
    ) -> Charges:  # fmt: skip
        """Make charges at standard pricing."""
        size = len(account)
        return cls(
            account, begin.astype(np.int64), _whole(length, size), _whole(kind, size),
            _whole(item, size), quantity, listed, effective, effective.copy(),
            np.zeros(size, dtype=np.int64), np.zeros(size, dtype=bool), np.zeros(size, dtype=bool),
        )  # fmt: skip

    @classmethod
    def concat(cls, parts: list[Charges]) -> Charges:
        """Join charges."""
        return cls(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)))

    def take(self, rows: Ints) -> Charges:
        """Return some rows."""
        return Charges(*(getattr(self, f.name)[rows] for f in fields(self)))

    def sorted(self) -> Charges:
        """Order by time, then account, then what was charged."""
        return self.take(np.lexsort((self.item, self.kind, self.account, self.begin)))

    def day(self) -> Ints:
        """Return the day of each charge."""
        return self.begin // 86_400


def _whole(value: Any, size: int) -> Ints:
    return np.broadcast_to(np.asarray(value), size).astype(np.int64)


def monthly(world: World, rng: np.random.Generator, books: Books, first: int, last: int) -> Charges:
    """Taxes, credits and commitment fees on the last day of each billing month."""
    parts = [_empty()]
    for day in range(first, last):
        if day % _MONTH != _MONTH - 1 and day != world.days - 1:
            continue
        begin = day - day % _MONTH
        cost = books.cost[:, begin : day + 1].sum(axis=1)
        parts += _month(world, rng, cost, day)
    return Charges.concat(parts)


def _empty() -> Charges:
    none, zero = np.zeros(0, dtype=np.int64), np.zeros(0)
    return Charges.of(none, none, 0, 0, 0, none, zero, zero)


def _month(world: World, rng: np.random.Generator, cost: Floats, day: int) -> list[Charges]:
    t = world.traits
    taxed = np.flatnonzero((cost > 0.01) & (np.arange(world.accounts) % 5 < 3))
    credit = np.flatnonzero((t["credits"] > 0) & (cost > 0.01))
    fee = np.flatnonzero((t["gpu_pricing"] == 1) & (t["gpu"] == 1) & (cost > 1))
    credited = np.minimum(t["credits"][credit] * rng.uniform(0.95, 1.02, len(credit)), 1.0)
    return [
        _lump(taxed, day, TAX, cost[taxed] * 0.12),
        _lump(credit, day, CREDIT, -cost[credit] * credited),
        _lump(fee, day, PURCHASE, cost[fee] * rng.uniform(0.05, 0.3, len(fee))),
    ]


def _lump(account: Ints, day: int, kind: int, usd: Floats) -> Charges:
    begin = np.full(len(account), day * 86_400, dtype=np.int64)
    none = np.zeros(len(account), dtype=np.int64)
    return Charges.of(account, begin, 86_400, kind, 0, none, usd, usd)
