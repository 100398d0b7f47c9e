"""Where customers and their parents have their headquarters, as far as the provider was told."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from detector.simulate.names import PLACES
from detector.simulate.policy.facts import Known, Told
from detector.simulate.policy.words import chinese, companies_of
from detector.simulate.rng import Bools
from detector.simulate.world import World

_BUSINESS: Final = (2, 3)  # business and enterprise
_SEATS: Final = (*PLACES, "HK", "TW", "CH", "IE")
_SOURCES: Final = ("register", "customer", "vendor", None)
_FORMS: Final = {
    "DE": "{} GmbH", "FR": "{} SARL", "NL": "{} B.V.", "PL": "{} Sp. z o.o.", "SE": "{} AB",
    "BR": "{} Ltda.", "MX": "{} S. de R.L. de C.V.", "JP": "株式会社{}", "KR": "주식회사 {}",
    "TR": "{} A.Ş.", "ID": "PT {}", "VN": "Công ty {}",
}  # fmt: skip
CHINESE: Final = ("CN", "SG", "MY")


def draw_known(world: World, names: list[str]) -> Known:
    """Draw what business and enterprise customers said; much is missing."""
    rng, t = world.streams.of("headquarters"), world.traits
    size = world.accounts
    asked = np.isin(t["customer_class"], _BUSINESS)
    home = [PLACES[i] for i in t["place"].tolist()]
    hq = _seats(rng, home, 0.86, asked & (rng.random(size) < 0.7))
    held = asked & (rng.random(size) < np.where(t["customer_class"] == 3, 0.3, 0.1))
    parents = companies_of(np.arange(size, dtype=np.int64), world.seed + 90)
    parent: Told = [name if is_held else None for name, is_held in zip(parents, held, strict=True)]
    parent_hq = _seats(rng, home, 0.6, held & (rng.random(size) < 0.8))
    return Known(hq, parent, parent_hq, _local(world, names, home, asked))


def _seats(rng: np.random.Generator, home: list[str], same: float, told: Bools) -> Told:
    """Mostly the customer's own place, else one of all."""
    other = rng.integers(0, len(_SEATS), len(home)).tolist()
    stays = rng.random(len(home)) < same
    return [
        (place if stay else _SEATS[seat]) if known else None
        for place, stay, seat, known in zip(home, stays, other, told, strict=True)
    ]


def _local(world: World, names: list[str], home: list[str], asked: Bools) -> Told:
    rng = world.streams.of("local names")
    told = asked & (rng.random(len(names)) < 0.5)
    found: Told = [None] * len(names)
    for row in np.flatnonzero(told).tolist():
        if home[row] in CHINESE:
            found[row] = chinese(rng, listed=False)
        elif home[row] in _FORMS:
            found[row] = _FORMS[home[row]].format(names[row])
    return found


def with_seats(world: World, owners: pl.DataFrame) -> pl.DataFrame:
    """Return ``account_owners`` with headquarters, open bounds and sources."""
    rng, size = world.streams.of("owners' headquarters"), len(owners)
    entity = (owners["owner_kind"] == "entity").to_numpy()
    seats = _seats(rng, owners["owner_country"].to_list(), 0.88, entity & (rng.random(size) < 0.75))
    band = (owners["share_min"] < owners["share_max"]).to_numpy()
    opens = [np.where(band, rng.random(size) < chance, False) for chance in (0.3, 0.4)]
    source = rng.choice(len(_SOURCES), size, p=[0.5, 0.3, 0.1, 0.1]).tolist()
    return owners.with_columns(
        pl.Series("owner_hq_country", seats, dtype=pl.String),
        _flags("share_min_open", opens[0], band),
        _flags("share_max_open", opens[1], band),
        pl.Series("source", [_SOURCES[i] for i in source], dtype=pl.String),
    )


def _flags(name: str, values: Bools, said: Bools) -> pl.Series:
    told = [bool(value) if known else None for value, known in zip(values, said, strict=True)]
    return pl.Series(name, told, dtype=pl.Boolean)
