"""Charges and payments: price times quantity, discounts by payer, bills paid as billed."""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_CEILING, Decimal

import numpy as np
import polars as pl

from lessons.quarry.calls import REGIONS
from lessons.quarry.kinds import CPUS, GPU_NAMES, GPUS, MODEL_NAMES, MODELS, PLACES
from lessons.quarry.state import Ints, World, hashes, moments, periods

#: Currencies of price lists: percent of the dollar price, and the share of payers who have it.
CURRENCIES = {"USD": (100, 0.7), "EUR": (92, 0.15), "GBP": (79, 0.07), "SGD": (134, 0.08)}
UNIT = pl.lit(Decimal("0.000000000001"), dtype=pl.Decimal(38, 12))


def exact(units: Ints) -> pl.Series:
    """Return whole numbers of 1e-12 as exact decimals."""
    frame = pl.DataFrame({"units": units}).select(pl.col("units").cast(pl.Decimal(38, 12)) * UNIT)
    return frame.to_series().cast(pl.Decimal(38, 12))


def _priced(hours: pl.DataFrame, calls: pl.DataFrame, world: World) -> pl.DataFrame:
    """Bring machine-hours and tokens into one form: text, quantity in 1e-3, price in 1e-5 USD."""
    acc = world.streams["acc"][hours["stream"].to_numpy()]
    cpu = (hours["what"] == "cpu").to_numpy()
    sku = hours["sku"].to_numpy()
    cpus, gpus = tuple(CPUS), np.array(list(GPUS.values()))
    last = len(cpus) - 1
    names = pl.Series([*cpus, *GPU_NAMES])
    at = np.where(cpu, np.minimum(sku, last), len(cpus) + np.minimum(sku, len(gpus) - 1))
    prices = np.array([*CPUS.values(), *GPUS.values()])
    frames = [
        pl.DataFrame(
            {
                "acc": acc,
                "day": hours["day"],
                "sku": names[at],
                "thousandths": hours["quantity"] * 10,
                "price": prices[at],
                "stream": hours["stream"],
                "service": "Virtual Machines",
                "unit": "Hours",
                "region": world.streams["region"][hours["stream"].to_numpy()],
            }
        )
    ]
    whole = calls.group_by("acc", "day", "model", "region", maintain_order=True).agg(
        pl.col("tin", "tout").sum()
    )
    model = whole["model"].to_numpy()
    for column, word, which in (("tin", "Input", 0), ("tout", "Output", 1)):
        texts = pl.Series([f"{name} {word} Tokens" for name in MODEL_NAMES])
        price = np.array([MODELS[name][which] for name in MODEL_NAMES])
        frames.append(
            pl.DataFrame(
                {
                    "acc": whole["acc"],
                    "day": whole["day"],
                    "sku": texts[model],
                    "thousandths": whole[column],
                    "price": price[model],
                    "stream": pl.Series([-1], dtype=pl.Int64).new_from_index(0, whole.height),
                    "service": "Foundation Models",
                    "unit": "1K tokens",
                    "region": whole["region"],
                },
                strict=False,
            )
        )
    return pl.concat(frames, how="vertical_relaxed").filter(pl.col("thousandths") > 0)


def terms(world: World) -> tuple[Ints, Ints]:
    """Return each account's currency and discount in percent: those of its payer."""
    rng, payer, n = world.rng, world.acc["payer"], len(world.acc)
    money = rng.choice(len(CURRENCIES), n, p=[share for _, share in CURRENCIES.values()])
    off = np.where(np.isin(world.acc["cls"], ("reseller", "enterprise")), rng.integers(5, 19, n), 0)
    off = np.where((off == 0) & (rng.random(n) < 0.12), rng.integers(2, 11, n), off)
    return money[payer].astype(np.int64), off[payer].astype(np.int64)


def charges(world: World, hours: pl.DataFrame, calls: pl.DataFrame) -> pl.DataFrame:
    """Return the usage table by day, with the number of account and payer still in it."""
    money, off = terms(world)
    rows = _priced(hours, calls, world)
    rows = rows.sample(fraction=1.0, shuffle=True, seed=int(world.rng.integers(2**31))).sort(
        "day", maintain_order=True
    )
    acc, day = rows["acc"].to_numpy(), rows["day"].to_numpy()
    percent = np.array([share for share, _ in CURRENCIES.values()])[money[acc]]
    quantity = rows["thousandths"].to_numpy()
    listed = rows["price"].to_numpy() * percent  # 1e-7
    cost = quantity * listed * 100  # 1e-12, as thousandths times 1e-7 are 1e-10
    billed = quantity * listed * (100 - off[acc])
    begin, end = periods(world, acc, day)
    pools = np.where(rows["stream"].to_numpy() >= 0, rows["stream"].to_numpy(), -1)
    names = np.array(list(CURRENCIES))[money[acc]]
    return pl.DataFrame(
        {
            "acc": acc,
            "payer": world.acc["payer"][acc],
            "day": day,
            "ChargePeriodStart": begin,
            "ChargePeriodEnd": end,
            "ChargeCategory": "Usage",
            "ChargeFrequency": "Usage-Based",
            "PricingCategory": "Standard",
            "ServiceProviderName": "Quarry Cloud",
            "ServiceName": rows["service"],
            "SkuMeter": rows["sku"],
            "SkuPriceId": rows["sku"] + "/" + pl.Series(names),
            "ConsumedQuantity": exact(quantity * 10**9),
            "ConsumedUnit": rows["unit"],
            "RegionId": pl.Series(REGIONS)[rows["region"].to_numpy()],
            "ResourceId": hashes(world, "pool", pools),
            "ListCost": exact(cost),
            "BilledCost": exact(billed),
            "EffectiveCost": exact(billed),
            "BillingCurrency": names,
        },
        strict=False,
    )


def _months(world: World) -> Ints:
    """Return the number of the month of each day of the logs."""
    dates = [world.start + timedelta(days=d) for d in range(world.days)]
    return np.array(
        [d.year * 12 + d.month - world.start.year * 12 - world.start.month for d in dates]
    )


def payments(world: World, usage: pl.DataFrame) -> pl.DataFrame:
    """Return who paid what when: months as billed, budgets and top-ups before they are used."""
    month = _months(world)
    by = usage.group_by("payer", "day").agg(
        pl.col("BilledCost").sum(), pl.col("BillingCurrency").first()
    )
    rows: list[tuple[float, int, str, Decimal, str]] = []
    for part in by.sort("payer", "day").partition_by("payer", maintain_order=True):
        payer, pay = int(part["payer"][0]), str(world.acc["pay"][part["payer"][0]])
        money = str(part["BillingCurrency"][0])
        bills: dict[int, tuple[int, Decimal]] = {}
        for day, cost in zip(part["day"].to_list(), part["BilledCost"].to_list(), strict=True):
            first, so_far = bills.get(int(month[day]), (day, Decimal(0)))
            bills[int(month[day])] = (first, so_far + cost)
        rows += _paid(world, payer, pay, money, bills, month)
    return _payment_table(world, rows)


def _paid(
    world: World,
    payer: int,
    pay: str,
    money: str,
    bills: dict[int, tuple[int, Decimal]],
    month: Ints,
) -> list[tuple[float, int, str, Decimal, str]]:
    """Return one payer's payments for its bills, in its way of paying."""
    rng, rows = world.rng, []
    whole = sum((cost for _, cost in bills.values()), Decimal(0))
    first = min(day for day, _ in bills.values())
    shut = float(np.nan_to_num(world.acc["closed"][payer], nan=np.inf))
    born = max(0.0, float(world.acc["created"][payer]))
    early = min(max(born, first - rng.uniform(0, 2)), first + 0.0) if first > born else born
    if pay == "budget":
        return [(early, payer, "top_up", _round_up(whole, int(world.dial["budget"])), money)]
    credit = Decimal(0)
    if pay == "credits":
        credit = _round_up(whole * Decimal(str(round(rng.choice((0.4, 0.7, 1.0)), 1))), 500)
        rows.append((early, payer, "promo_credit", credit, money))
    late = rng.uniform(0.2, 2) if pay in ("card", "credits") else rng.uniform(4, 40)
    for number, (start, cost) in sorted(bills.items()):
        if pay == "prepaid":
            day = early if start == first else start
            rows.append((float(day), payer, "top_up", _round_up(cost, 50), money))
            continue
        used = min(credit, cost)
        credit, cost = credit - used, cost - used
        due = float(np.flatnonzero(month == number)[-1]) + 1 + late + rng.uniform(0, 1)
        due = min(due, shut - 0.01)
        if cost > 0 and due < world.days:
            rows.append((due, payer, "invoice", cost, money))
            if world.acc["kind"][payer] == "card_fraud" or rng.random() < 0.002:
                rows.append(
                    (
                        min(due + rng.uniform(1, 9), world.days - 0.1, shut - 0.001),
                        payer,
                        "chargeback",
                        cost,
                        money,
                    )
                )
    return rows


def _round_up(amount: Decimal, step: int) -> Decimal:
    """Return the next multiple of `step` that covers the amount."""
    steps = (amount / step).to_integral_value(ROUND_CEILING)
    return max(steps, Decimal(1)) * step


def _payment_table(world: World, rows: list[tuple[float, int, str, Decimal, str]]) -> pl.DataFrame:
    """Write payments with their instruments; a payer keeps one instrument."""
    rng, n = world.rng, len(world.acc)
    kinds = np.where(rng.random(n) < 0.6, "bank", "credit")
    for pay, choice in (
        ("card", ("card",) * 7 + ("virtual_card", "wallet", "bank")),
        ("credits", ("card", "virtual_card")),
        (
            "prepaid",
            ("card", "card", "virtual_card", "prepaid_card", "wallet", "crypto", "voucher"),
        ),
        ("budget", ("bank", "bank", "card", "wallet")),
    ):
        kinds = np.where(world.acc["pay"] == pay, rng.choice(choice, n), kinds)
    payer = np.array([row[1] for row in rows], dtype=np.int64)
    places = pl.Series(list(PLACES))
    free = np.array([row[2] == "promo_credit" for row in rows], dtype=bool)
    table = pl.DataFrame(
        {
            "time": moments(world, np.array([row[0] for row in rows])),
            "acc": payer,
            "kind": [row[2] for row in rows],
            "amount": pl.Series([row[3] for row in rows], dtype=pl.Decimal(38, 12)),
            "currency": [row[4] for row in rows],
            "instrument_hash": hashes(
                world, "payment", np.where(free, -1, world.acc["card"][payer])
            ),
            "instrument_kind": [
                None if f else k for f, k in zip(free.tolist(), kinds[payer].tolist(), strict=True)
            ],
            "payer_name_matches": [
                None if f else not t
                for f, t in zip(free.tolist(), world.acc["third"][payer].tolist(), strict=True)
            ],
            "instrument_country": places[world.acc["bill"][payer]],
        },
        strict=False,
    )
    return table.sort("time", "instrument_hash", maintain_order=True)
