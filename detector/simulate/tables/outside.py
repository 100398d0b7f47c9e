"""Tables from outside the provider: exchange rates and public tenders."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from detector.simulate.frame import START, decimals, times
from detector.simulate.names import CURRENCIES, RATES, firms_of
from detector.simulate.tables.folder import Folder
from detector.simulate.world import World


def write(world: World, folder: Folder) -> None:
    """Write exchange rates and tenders."""
    folder.whole("fx", _fx(world))
    folder.whole("tenders", _tenders(world))


def _fx(world: World) -> pl.DataFrame:
    """Daily rates to USD: each a slow random walk."""
    rng = world.streams.of("fx")
    steps = rng.normal(0, 0.003, (world.days, len(CURRENCIES))).cumsum(axis=0)
    rates = np.round(np.array(RATES) * np.exp(steps), 6)
    rates[:, 0] = 1.0
    dates = [START.date() + timedelta(days=day) for day in range(world.days)]
    return pl.DataFrame(
        {
            "date": pl.Series([date for date in dates for _ in CURRENCIES], dtype=pl.Date),
            "currency": list(CURRENCIES) * world.days,
            "rate": rates.reshape(-1),
        }
    )


def _tenders(world: World) -> pl.DataFrame:
    """Notices: the planned ones among many that have nothing to do with any account."""
    rng = world.streams.of("tenders")
    count = max(6, world.accounts // 400)
    buyers = firms_of(world.new_ids(count), world.seed + 70)
    suppliers = firms_of(world.new_ids(count), world.seed + 71)
    subjects = ("Laboratory furniture", "Cloud computing service", "Network switches",
                "Software licences", "Graphics workstation", "Model interface tokens")  # fmt: skip
    rows: list[dict[str, Any]] = [
        {"day": float(rng.uniform(-120, world.days)), "buyer": buyers[i], "supplier": suppliers[i],
         "amount": int(rng.integers(20, 900)) * 1000, "title": subjects[int(rng.integers(0, 6))]}
        for i in range(count)
    ]  # fmt: skip
    rows = sorted([*rows, *world.tenders], key=lambda row: (row["day"], row["buyer"]))
    return pl.DataFrame(
        {
            "published_at": times(np.floor(np.array([row["day"] for row in rows])) * 86_400),
            "buyer_name": [row["buyer"] for row in rows],
            "supplier_name": [row["supplier"] for row in rows],
            "amount": decimals(np.array([row["amount"] for row in rows], dtype=np.int64) * 100, 2),
            "currency": [row.get("currency", "USD") for row in rows],
            "title": [row["title"] for row in rows],
            "text": [row.get("text", row["title"]) for row in rows],
            "url": [f"https://tenders.example/notice/{i + 1}" for i in range(len(rows))],
        }
    )
