"""Tables from outside the provider: exchange rates, tenders, abuse reports and indicators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import numpy as np
import polars as pl

from detector.simulate.frame import DAY_S, START, decimals, times
from detector.simulate.leads.facts import Leads
from detector.simulate.leads.planting import CNY
from detector.simulate.names import CURRENCIES, RATES, firms_of
from detector.simulate.tables.folder import Folder
from detector.simulate.world import World

_REPORTS: Final = {
    "day": pl.Float64, "source": pl.String, "category": pl.String, "report_id": pl.String,
    "account": pl.Int64, "indicator_kind": pl.String, "value_hash": pl.String,
    "status": pl.String, "confidence": pl.String,
}  # fmt: skip
_INDICATORS: Final = {
    "source": pl.String, "kind": pl.String, "value_hash": pl.String, "valid_from": pl.Float64,
    "valid_to": pl.Float64, "category": pl.String, "confidence": pl.String, "sharing": pl.String,
}  # fmt: skip
_TOLD: Final = (
    "notice_id", "notice_type", "supplier_names", "buyer_country", "disposition",
    "disposition_source",
)  # fmt: skip


def write(world: World, folder: Folder, leads: Leads) -> None:
    """Write exchange rates, tenders, reports and indicators."""
    folder.whole("fx", _fx(world), _yuan(world))
    more = sorted(leads.notices, key=lambda row: (row["day"], row["buyer"], row["title"]))
    urls = [f"https://notices.example/{number + 1}" for number in range(len(more))]
    folder.whole("tenders", _tenders(world), _rows_of(more, urls) if more else None)
    folder.whole("abuse_reports", _reports(world, leads))
    folder.whole("indicators", _indicators(leads))


def truth(world: World, leads: Leads) -> pl.DataFrame:
    """What was planted, and what lane E should say of it."""
    return leads.truth(world.ids, lambda day: START + timedelta(days=day))


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


def _yuan(world: World) -> pl.DataFrame:
    """Rates of a currency in which nobody pays here, and in which notices are told."""
    steps = world.streams.of("fx of notices").normal(0, 0.001, world.days).cumsum()
    dates = [START.date() + timedelta(days=day) for day in range(world.days)]
    rates = np.round(CNY * np.exp(steps), 6)
    return pl.DataFrame({"date": dates, "currency": ["CNY"] * world.days, "rate": rates})


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
    return _rows_of(rows, [f"https://tenders.example/notice/{i + 1}" for i in range(len(rows))])


def _rows_of(rows: Sequence[dict[str, Any]], urls: Sequence[str]) -> pl.DataFrame:
    amounts = [row["amount"] for row in rows]
    cents = np.array([(amount or 0) * 100 for amount in amounts], dtype=np.int64)
    told = pl.Series([amount is not None for amount in amounts])
    frame = pl.DataFrame(
        {
            "published_at": times(np.floor(np.array([row["day"] for row in rows])) * DAY_S),
            "buyer_name": [row["buyer"] for row in rows],
            "supplier_name": pl.Series([row["supplier"] for row in rows], dtype=pl.String),
            "amount": decimals(cents, 2),
            "currency": [row.get("currency", "USD") for row in rows],
            "title": [row["title"] for row in rows],
            "text": [row.get("text", row["title"]) for row in rows],
            "url": urls,
        }
    )
    days = [row.get("disposition_day") for row in rows]
    disposed = np.array([np.nan if day is None else np.floor(day) for day in days])
    return frame.with_columns(
        *(pl.Series(name, [row.get(name) for row in rows], dtype=pl.String) for name in _TOLD),
        amount=pl.when(told).then("amount"), disposition_at=times(disposed * DAY_S),
    )  # fmt: skip


def _reports(world: World, leads: Leads) -> pl.DataFrame:
    rows = [{name: row.get(name) for name in _REPORTS} for row in leads.reports]
    frame = pl.DataFrame(rows, schema=pl.Schema(_REPORTS))  # type: ignore[arg-type]
    ids = [None if row is None else world.ids[row] for row in frame["account"].to_list()]
    return frame.select(
        times(frame["day"].to_numpy() * DAY_S, "reported_at"), "source", "category", "report_id",
        pl.Series("account_id", ids, dtype=pl.String), "indicator_kind", "value_hash", "status",
        "confidence",
    ).sort("reported_at", "source", "category")  # fmt: skip


def _indicators(leads: Leads) -> pl.DataFrame:
    rows = [{name: row.get(name) for name in _INDICATORS} for row in leads.indicators]
    frame = pl.DataFrame(rows, schema=pl.Schema(_INDICATORS))  # type: ignore[arg-type]
    moments = [times(frame[name].to_numpy() * DAY_S, name) for name in ("valid_from", "valid_to")]
    return frame.with_columns(moments).sort("source", "kind", "category")
