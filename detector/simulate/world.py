"""A world: its accounts with their latent traits, and the facts planned for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import polars as pl

from detector.simulate.presets import Preset
from detector.simulate.ranges import Ranges
from detector.simulate.rng import Floats, Ints, Streams
from detector.simulate.traits import Pool, Traits
from detector.simulate.variety import draw

BENIGN, PROXY, VICTIM, OTHER = range(4)
# Accounts for each shared address, image or client library, and the fewest there are.
_POOL_ACCOUNTS: Final = {
    "vpn": 220, "mobile": 60, "campus": 350, "sase": 600, "isp": 25, "hosting": 150,
    "images": 500, "clients": 4000, "agents": 700, "moulds": 400,
}  # fmt: skip
_POOL_FLOOR: Final = {
    "vpn": 4, "mobile": 6, "campus": 3, "sase": 3, "isp": 8, "hosting": 4,
    "images": 12, "clients": 20, "agents": 3, "moulds": 4,
}  # fmt: skip
ROLES: Final = ("benign", "proxy", "victim", "other")


@dataclass(slots=True)
class Moments:
    """Single events that are planned, beside those drawn at random."""

    account: list[Ints] = field(default_factory=list)
    second: list[Floats] = field(default_factory=list)
    operation: list[Ints] = field(default_factory=list)

    def add(self, account: Ints, day: Floats, operation: int) -> None:
        """Plan one event for each account at a time in days."""
        self.account.append(np.asarray(account, dtype=np.int64))
        self.second.append(np.asarray(day, dtype=np.float64) * 86_400)
        self.operation.append(np.full(len(account), operation, dtype=np.int64))


@dataclass(slots=True)
class Links:
    """Identifiers of accounts that belong to no pool: (account, kind, id, first, last)."""

    account: list[Ints] = field(default_factory=list)
    kind: list[Ints] = field(default_factory=list)
    value: list[Ints] = field(default_factory=list)
    since: list[Floats] = field(default_factory=list)
    until: list[Floats] = field(default_factory=list)

    def add(
        self,
        account: Ints,
        kind: int,
        value: Ints,
        since: Floats | float = -1.0e6,
        until: Floats | float = 1.0e6,
    ) -> None:
        """Record one identifier for each account, seen from day to day."""
        size = len(account)
        self.account.append(np.asarray(account, dtype=np.int64))
        self.kind.append(np.full(size, kind, dtype=np.int64))
        self.value.append(np.broadcast_to(value, size).astype(np.int64))
        self.since.append(np.broadcast_to(since, size).astype(np.float64))
        self.until.append(np.broadcast_to(until, size).astype(np.float64))


class World:
    """Accounts, pools and planned facts of one simulated provider."""

    def __init__(self, spec: Preset, accounts: int, days: int, seed: int, ranges: Ranges) -> None:
        self.spec = spec
        self.accounts = accounts
        self.days = days
        self.seed = seed
        self.ranges = ranges
        self.streams = Streams(seed)
        self.traits = Traits(accounts)
        self.operators = Pool(accounts, 12)
        self.networks = Pool(accounts, 12)
        self.tenants = Pool(accounts, 12)
        self.instruments = Pool(accounts, 6)
        self.keys = Pool(accounts, 6)
        self.moments = Moments()
        self.links = Links()
        self.role: Ints = np.zeros(accounts, dtype=np.int64)
        self.archetype: Ints = np.zeros(accounts, dtype=np.int64)
        self.ring: Ints = np.full(accounts, -1, dtype=np.int64)
        self.typology: list[str | None] = [None] * accounts
        self.labels: list[dict[str, Any]] = []
        self.tenders: list[dict[str, Any]] = []
        self.names: dict[int, str] = {}
        self.variety = draw(self.streams.of("variety"), 0.0, ())
        self.mix: Floats = np.zeros((accounts, 8))
        self._next_id = 1
        self._shared: dict[str, Ints] = {}
        self.rings = 0
        self.enforced: list[dict[str, Any]] = []
        self.decoys: list[int] = []
        self.ids: pl.Series = self._account_ids()

    def _account_ids(self) -> pl.Series:
        """Return 12 digits for each account: neither order nor value says anything."""
        rng = self.streams.of("account ids")
        room = 10**12 // self.accounts
        digits = rng.permutation(self.accounts).astype(np.int64) * room
        digits += rng.integers(0, room, self.accounts)
        return pl.Series("account_id", [f"{number:012d}" for number in digits.tolist()])

    def new_ids(self, count: int) -> Ints:
        """Return identifiers nobody has had before."""
        first = self._next_id
        self._next_id += count
        return np.arange(first, first + count, dtype=np.int64)

    def ring_ids(self) -> list[str]:
        """Return every ring's id."""
        return [f"ring-{number:04d}" for number in range(self.rings)]

    def new_id(self) -> int:
        """Return one identifier nobody has had before."""
        return int(self.new_ids(1)[0])

    def shared(self, name: str) -> Ints:
        """Return a pool of things that many customers share; it grows with the provider."""
        if name not in self._shared:
            size = max(_POOL_FLOOR[name], self.accounts // _POOL_ACCOUNTS[name])
            self._shared[name] = self.new_ids(size)
        return self._shared[name]
