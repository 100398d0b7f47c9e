"""What customer records say of holders and owners, before anything is written."""

from __future__ import annotations

import numpy as np
import polars as pl

from detector.simulate.frame import times, words
from detector.simulate.names import PLACES, firms_of, words_of
from detector.simulate.world import World

_DAY_S = 86_400.0


def holders(world: World) -> list[str]:
    """Return the name on each account."""
    t, salt = world.traits, world.seed
    firm = t["customer_class"] > 0
    names = firms_of(t["name_id"], salt)
    people = words_of(t["name_id"] + 7, salt)
    titles = [n if f else p for n, p, f in zip(names, people, firm.tolist(), strict=True)]
    for row, name in world.names.items():
        titles[row] = name
    return titles


def owner_rows(world: World) -> pl.DataFrame:
    """One to three owners of every firm; an opaque firm's shares are wide open."""
    rng, t = world.streams.of("owners"), world.traits
    firms = np.flatnonzero((t["customer_class"] > 0) & (t["customer_class"] < 4))
    firms = firms[rng.random(len(firms)) < 0.7]
    count = rng.integers(1, 4, len(firms))
    row = np.repeat(np.arange(len(firms)), count)
    account = firms[row]
    share = rng.exponential(1, len(row))
    share /= np.bincount(row, weights=share)[row]
    opaque = rng.random(len(row)) < t["owner_opaque"][account]
    low = np.where(opaque, 0.0, np.floor(share * 100) / 100)
    high = np.where(opaque, np.minimum(1, np.ceil(share * 100) / 100 + 0.3), low)
    person = rng.random(len(row)) < 0.7
    ids = t["name_id"][account] * 8 + (np.arange(len(row)) % 7)
    names = [a if p else b for a, b, p in zip(
        words_of(ids, world.seed + 50), firms_of(ids, world.seed + 51), person.tolist(), strict=True
    )]  # fmt: skip
    home = np.where(rng.random(len(row)) < 0.85, t["place"][account], rng.integers(0, 24, len(row)))
    return pl.DataFrame(
        {
            "account_id": world.ids.gather(account.astype(np.uint32)),
            "owner_name": names,
            "share_min": low,
            "share_max": np.round(high, 2),
            "owner_kind": words(np.where(person, 0, 1), ("person", "entity")),
            "owner_country": words(home.astype(np.int64), PLACES),
            "since": times((t["created"] - t["entity_age"])[account] * _DAY_S),
            "until": times(np.full(len(row), np.nan)),
        }
    ).sort("account_id", "owner_name")
