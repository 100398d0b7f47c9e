"""Charges and payments, exact: amounts are whole trillionths until they are written."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from lessons.harbour.cast import Account
from lessons.harbour.demand import MODELS
from lessons.harbour.machines import PRICES
from lessons.harbour.stage import Ints, Stage, hexes

PICO = 10**12
SIDES = (("input", 2), ("output", 3), ("cached", 4))


def exact(values: Ints, scale: int) -> pl.Series:
    """Read whole numbers as decimals of ``scale`` places."""
    wide = np.stack([values, values >> 63], axis=1).astype("<i8")
    kind = pa.decimal128(38, scale)
    array = pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(wide.tobytes())])
    series = pl.from_arrow(array)
    assert isinstance(series, pl.Series)  # noqa: S101 - an array gives a series
    return series


def _nano(dollars: float | str, currency: str, unit: int) -> int:
    """Give the list price of one unit in billionths; euro prices have a list of their own."""
    price = Decimal(str(dollars)) * (Decimal("0.88") if currency == "EUR" else 1)
    return int(price * 10**9 / unit)


def charges(
    stage: Stage, people: list[Account], calls: pl.DataFrame, days: pl.DataFrame
) -> pl.DataFrame:
    """Price every use: one row a day, account and SKU; ``quantity`` in thousandths."""
    draw = stage.rng("charges")
    discount = np.array(
        [int(draw.choice([0, 50, 100])) if one.pay == "bank" else 0 for one in people],
        dtype=np.int64,
    )
    plan = np.array([one.pay == "plan" for one in people])
    euro = np.array([one.currency == "EUR" for one in people]).astype(np.int64)
    parts = [
        *_token_rows(calls, plan, euro),
        *_machine_rows(draw, days, euro),
        _plan_rows(stage, people),
    ]
    frame = pl.concat(parts, how="diagonal")
    off = discount[frame["account"].to_numpy()]
    cost = frame["list"].to_numpy() // 1000 * (1000 - off)
    return frame.with_columns(cost=pl.Series(cost))


def _token_rows(calls: pl.DataFrame, plan: npt.NDArray[np.bool_], euro: Ints) -> list[pl.DataFrame]:
    """Charge tokens by day and model; a plan holds them at no price."""
    daily = calls.group_by("account", "day", "model").agg(pl.col("input", "output", "cached").sum())
    daily = daily.with_columns(input=pl.col("input") - pl.col("cached")).sort(
        "account", "day", "model"
    )
    parts = []
    for side, at in SIDES:
        rows = daily.filter(pl.col(side) > 0)
        prices = np.array([[_nano(m[at], c, 10**6) for m in MODELS] for c in ("USD", "EUR")])
        account, model = rows["account"].to_numpy(), rows["model"].to_numpy()
        tokens = rows[side].to_numpy()
        price = np.where(plan[account], 0, prices[euro[account], model])
        names = [f"{m[0]} {'cached input' if side == 'cached' else side} tokens" for m in MODELS]
        sku = pl.Series(names, dtype=pl.String).gather(model)
        parts.append(
            rows.select("account", "day").with_columns(
                sku=sku, quantity=pl.Series(tokens), list=pl.Series(tokens * price * 1000),
                service=pl.lit("Harbour Models"), category=pl.lit("AI and Machine Learning"),
                unit=pl.lit("1K tokens"), charge=pl.lit("Usage"),
            )
        )  # fmt: skip
    return parts


def _machine_rows(draw: np.random.Generator, days: pl.DataFrame, euro: Ints) -> list[pl.DataFrame]:
    """Charge machine hours by day; one row in a hundred was billed too high and is put right."""
    account, quarters = days["account"].to_numpy(), days["quarters"].to_numpy()
    code = days["machine"].replace_strict({m: i for i, m in enumerate(PRICES)}).to_numpy()
    prices = np.array([[_nano(p, c, 4) for p in PRICES.values()] for c in ("USD", "EUR")])
    price = prices[euro[account], code]
    extra = (draw.random(len(days)) < 0.01).astype(np.int64)
    base = days.select(
        "account",
        "day",
        "machine",
        "resource",
        "region",
        sku=pl.lit("hours of ") + pl.col("machine"),
    )
    base = base.with_columns(
        service=pl.lit("Harbour Compute"),
        category=pl.lit("Compute"),
        unit=pl.lit("Hours"),
        charge=pl.lit("Usage"),
    )
    first, less = quarters + extra, -extra
    rows = [
        base.with_columns(quantity=pl.Series(q * 250), list=pl.Series(q * price * 1000))
        for q in (first, less)
    ]
    corrected = rows[1].filter(pl.col("quantity") < 0).with_columns(correction=pl.lit("Correction"))
    return [rows[0], corrected]


def _plan_rows(stage: Stage, people: list[Account]) -> pl.DataFrame:
    """Charge plans every thirty days of an account's life."""
    rows: list[tuple[int, int, int]] = []
    for i, one in enumerate(people):
        if one.pay == "plan":
            first = int(one.created // 24) % 30 if one.created < 0 else int(one.created // 24)
            last = min(stage.days, int((one.closed or stage.hours) // 24))
            rows += [(i, day, one.plan * PICO) for day in range(first, last, 30)]
    frame = pl.DataFrame(
        rows, schema={"account": pl.Int64, "day": pl.Int64, "list": pl.Int64}, orient="row"
    )
    return frame.with_columns(
        sku=pl.lit("plan, 30 days"), service=pl.lit("Harbour Seats"), charge=pl.lit("Purchase"),
        category=pl.lit("AI and Machine Learning"),
    )  # fmt: skip


def credits_of(stage: Stage, people: list[Account], cost: Ints) -> tuple[Ints, Ints]:
    """Say what promotional credit pays by account and day, and what was granted, in whole units."""
    draw = stage.rng("credits")
    paid, grants = np.zeros_like(cost), np.zeros(len(people), dtype=np.int64)
    for i, one in enumerate(people):
        if one.pay == "credits":
            total = int(cost[i].sum() // PICO) + 1
            # A mill stops when its credit does; others go on, or leave some of it.
            mill = one.kind.name == "credit_mill"
            grants[i] = round_up(int(total * (1 if mill else draw.uniform(0.3, 1.6))))
            paid[i] = np.diff(np.minimum(np.cumsum(cost[i]), grants[i] * PICO), prepend=0)
    return paid, grants


def round_up(amount: int) -> int:
    """Round up to two leading digits, as budgets are."""
    step = int(10 ** max(len(str(amount)) - 2, 1))
    return -(-max(amount, 10) // step) * step


def daily(charged: pl.DataFrame, accounts: int, days: int) -> Ints:
    """Add up cost by account and day."""
    table = np.zeros((accounts, days), dtype=np.int64)
    np.add.at(
        table,
        (charged["account"].to_numpy(), charged["day"].to_numpy()),
        charged["cost"].to_numpy(),
    )
    return table


def usage(stage: Stage, people: list[Account], charged: pl.DataFrame, credit: Ints) -> pl.DataFrame:
    """Write charges and credits as the contract's ``usage``."""
    account, day = np.nonzero(credit)
    given = pl.DataFrame({"account": account, "day": day, "cost": -credit[account,
    day]}).with_columns(
        list=pl.lit(0, pl.Int64), sku=pl.lit("promotional credit"),
        service=pl.lit("Harbour Billing"),
        category=pl.lit("Other"), charge=pl.lit("Credit"),
    )  # fmt: skip
    frame = pl.concat([charged, given], how="diagonal").sort(
        "day",
        "account",
        "service",
        "sku",
        "resource",
        "quantity",
        descending=[False] * 5 + [True],
        maintain_order=True,
    )
    ids = pl.Series([one.account_id for one in people])
    payers = pl.Series([ids[one.payer] if one.payer >= 0 else one.account_id for one in people])
    start = pl.lit(stage.start) + pl.duration(days=pl.col("day"))
    return frame.select(
        ChargePeriodStart=start,
        ChargePeriodEnd=start + timedelta(days=1),
        BillingAccountId=pl.lit(payers).gather("account"),
        SubAccountId=pl.lit(ids).gather("account"),
        ChargeCategory="charge",
        ChargeClass="correction",
        ServiceName="service",
        ServiceCategory="category",
        ConsumedQuantity=pl.lit(exact(frame["quantity"].fill_null(0).to_numpy(), 3)),
        ConsumedUnit="unit",
        SkuMeter="sku",
        ResourceType="machine",
        ResourceId="resource",
        RegionId="region",
        ListCost=exact(frame["list"].to_numpy(), 12),
        BilledCost=exact(frame["cost"].to_numpy(), 12),
        BillingCurrency=pl.lit(pl.Series([one.currency for one in people])).gather("account"),
    ).with_columns(
        ConsumedQuantity=pl.when(pl.col("ConsumedUnit").is_not_null()).then("ConsumedQuantity")
    )


def fx(stage: Stage) -> pl.DataFrame:
    """Write the euro's rate to the dollar, one row a day."""
    draw = stage.rng("fx")
    rate = np.rint(10**4 * 1.13 * np.exp(np.cumsum(draw.normal(0, 0.003, stage.days)))).astype(
        np.int64
    )
    dates = [(stage.start + timedelta(days=d)).date() for d in range(stage.days)]
    euro = pl.DataFrame({"date": dates, "currency": "EUR", "rate": exact(rate, 4)})
    dollar = pl.DataFrame(
        {"date": dates, "currency": "USD", "rate": exact(np.full(stage.days, 10**4), 4)}
    )
    return pl.concat([euro, dollar]).sort("date", "currency")


def instruments(stage: Stage, people: list[Account]) -> list[str]:
    """Give each account its payment instrument; groups with one payer share it."""
    draw = stage.rng("instruments")
    own = hexes(draw, len(people))
    first: dict[int, int] = {}
    for i, one in enumerate(people):
        if one.kind.name == "appeal_returner":
            own[i] = own[first.setdefault(one.group, i)]
        elif one.payer >= 0:
            own[i] = own[one.payer]
    return own
