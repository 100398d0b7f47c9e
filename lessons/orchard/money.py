"""Charges: machines and tokens by the hour, disks by the day, credits and refunds."""

from __future__ import annotations

import numpy as np
import polars as pl

from lessons.orchard.archetypes import numbers
from lessons.orchard.calls import MODELS
from lessons.orchard.cast import Cast
from lessons.orchard.machines import TYPES
from lessons.orchard.places import COUNTRIES
from lessons.orchard.setting import DAY, HOUR, Array, Columns, Setting, exact, words

CURRENCIES = ("USD", "EUR", "GBP", "SGD", "JPY", "INR")
BOOK = np.array([1.0, 0.92, 0.79, 1.34, 150.0, 88.0])  # the provider's own price book
MACHINE_PRICES = np.array([0.526, 1.006, 0.8048, 5.672, 3.673, 21.96, 55.04])
SENT_PRICES = np.array([0.00072, 0.0002, 0.00015, 0.0008, 0.0025, 0.003, 0.015, 0.005])
GOT_PRICES = np.array([0.00072, 0.0006, 0.0006, 0.004, 0.01, 0.015, 0.075, 0.025])
_SERVICES = (
    "Accelerated Compute",
    "Model Endpoints",
    "Compute",
    "Block Storage",
    "Credits",
    "Billing",
)
_CATEGORIES = ("Compute", "AI and Machine Learning", "Compute", "Storage", "Other", "Other")
_TEXTS = (
    *(f"{name} hours" for name in TYPES),
    *(f"{name} {way} tokens" for way in ("input", "output") for name in MODELS),
    "m5.large hours",
    "General purpose volume",
    "Promotional credit",
    "Service refund",
)
_UNITS = ("Hours", "1K tokens", "GB-Days")
_ORDER = ("ChargePeriodStart", "SubAccountId", "SkuMeter", "ResourceId", "BilledCost")
_COLUMNS = (
    "account",
    "start",
    "end",
    "what",
    "service",
    "unit",
    "thousandths",
    "cost",
    "list",
    "machine",
    "spot",
)


def currencies(setting: Setting, billing: Array) -> Array:
    """Give each account the currency it is billed in: mostly that of its papers, else dollars."""
    rng = setting.rng("currencies")
    local = {"GB": 2, "SG": 3, "JP": 4, "IN": 5} | dict.fromkeys(
        ("DE", "FR", "NL", "IE", "ES", "IT"), 1
    )
    table = np.array([local.get(name, 0) for name in COUNTRIES])
    return np.where(rng.random(len(billing)) < 0.75, table[billing], 0)


def _rows(**columns: Array) -> Columns:
    n = len(columns["account"])
    made = {name: columns.get(name, np.full(n, -1, dtype=np.int64)) for name in _COLUMNS}
    made["spot"] = columns.get("spot", np.zeros(n, dtype=np.int64))
    made["list"] = columns.get("list", made["cost"])
    return made


def _used(ph: Columns, ses: Columns, hours: Columns, calls: Columns, money: Array) -> list[Columns]:
    """Charge hours × price and tokens × price, in units of 10⁻⁹."""
    one = hours["session"]
    account, kind, spot = ph["account"][ses["phase"][one]], ses["kind"][one], ses["spot"][one]
    list_price = np.rint(MACHINE_PRICES[kind] * BOOK[money[account]] * 1e4).astype(np.int64)
    price = np.where(spot, list_price * 2 // 5, list_price)
    part, start = hours["hundredths"], hours["start"]
    rows = {
        "account": account,
        "start": start,
        "end": start + HOUR,
        "what": kind,
        "spot": spot.astype(np.int64),
    }
    rows |= {
        "service": np.zeros(len(one), dtype=np.int64),
        "unit": np.zeros(len(one), dtype=np.int64),
    }
    rows |= {"thousandths": part * 10, "machine": one}
    parts = [_rows(**rows, cost=part * price * 1000, list=part * list_price * 1000)]
    account, start, model = ph["account"][calls["phase"]], calls["start"], calls["model"]
    for way, (field, prices) in enumerate((("sent", SENT_PRICES), ("got", GOT_PRICES))):
        price = np.rint(prices[model] * BOOK[money[account]] * 1e6).astype(np.int64)
        rows = {
            "account": account,
            "start": start,
            "end": start + HOUR,
            "thousandths": calls[field],
        }
        rows |= {"what": len(TYPES) + way * len(MODELS) + model, "cost": calls[field] * price}
        rows |= {
            "service": np.ones(len(start), dtype=np.int64),
            "unit": np.ones(len(start), dtype=np.int64),
        }
        parts.append(_rows(**rows))
    return parts


def _plain(setting: Setting, cast: Cast, ph: Columns, money: Array) -> list[Columns]:
    """Charge plain machines and disks by the day; every living account has a disk."""
    rng, n = setting.rng("plain"), len(cast)
    fleet = rng.lognormal(0.3, 0.9, n) * (rng.random(n) < 0.6)
    disk = np.rint(rng.lognormal(4.5, 1.2, n))
    account, day = (grid.ravel() for grid in np.mgrid[0:n, 0 : setting.days])
    day = day * DAY
    alive = (day >= cast.ready[account]) & (day + DAY <= cast.closed[account])
    account, day = account[alive], day[alive]
    age = (day - np.maximum(cast.created[account], 0)) / DAY
    share = np.clip(np.exp(ph["growth"][account] * age), 0.3, 3)
    hours = np.rint(fleet[account] * share * 24).astype(np.int64)
    parts = []
    for what, unit, amount, usd in (
        ("m5.large hours", 0, hours, 0.096),
        ("General purpose volume", 2, None, 0.0033),
    ):
        number = (disk[account].astype(np.int64) if amount is None else amount) * 1000
        price = np.rint(usd * BOOK[money[account]] * 1e6).astype(np.int64)
        some = number > 0
        rows = {
            "account": account,
            "start": day,
            "end": day + DAY,
            "thousandths": number,
            "cost": number * price,
        }
        rows |= {
            "what": np.full(len(day), _TEXTS.index(what)),
            "service": np.full(len(day), 2 + (unit == 2)),
        }
        rows["unit"] = np.full(len(day), unit)
        parts.append(_rows(**{name: column[some] for name, column in rows.items()}))
    return parts


def _returns(setting: Setting, cast: Cast, ch: Columns, money: Array) -> list[Columns]:
    """Give credits until the grant is spent, day by day, and refund a charge now and then."""
    rng, n, days = setting.rng("returns"), len(cast), setting.days
    t12 = (cast.typology == "T12") & (cast.role == 1)
    granted = (rng.random(n) < numbers("credit")[cast.front]) | t12
    billed = np.zeros((n, days), dtype=np.int64)
    np.add.at(billed, (ch["account"], ch["start"] // DAY), ch["cost"])
    whole = billed.sum(axis=1)
    grant = np.rint(rng.choice([300, 1000, 5000, 10_000, 25_000], n) * BOOK[money] / 100) * 10**11
    grant = np.where(t12, whole * rng.uniform(0.95, 1.0, n), grant).astype(np.int64) * granted
    before = np.cumsum(billed, axis=1) - billed
    credit = np.clip(grant[:, None] - before, 0, billed)
    account, day = np.nonzero(credit)
    rows = {
        "account": account,
        "start": np.maximum(day * DAY, cast.ready[account]),
        "end": np.minimum(day * DAY + DAY, cast.closed[account]),
        "cost": -credit[account, day],
    }
    rows |= {"what": np.full(len(day), len(_TEXTS) - 2), "service": np.full(len(day), 4)}
    back = np.flatnonzero(rng.random(len(ch["cost"])) < 0.0004)
    again = {name: ch[name][back] for name in ("account", "start", "end")}
    again |= {"what": np.full(len(back), len(_TEXTS) - 1), "service": np.full(len(back), 5)}
    return [_rows(**rows), _rows(**again, cost=-(ch["cost"][back] // 2))]


def charges(
    setting: Setting, cast: Cast, ph: Columns, used: tuple[Columns, Columns, Columns], money: Array
) -> Columns:
    """Draw up the charges; ``used`` are sessions, their hours, and calls."""
    parts = [*_used(ph, *used, money), *_plain(setting, cast, ph, money)]
    ch = {name: np.concatenate([part[name] for part in parts]) for name in _COLUMNS}
    parts = [ch, *_returns(setting, cast, ch, money)]
    return {name: np.concatenate([part[name] for part in parts]) for name in _COLUMNS}


def usage(setting: Setting, ch: Columns, facts: dict[str, pl.Series], money: Array) -> pl.DataFrame:
    """Write the charges as the provider exports them."""
    who, what = pl.Series(ch["account"]), words(_TEXTS, ch["what"])
    used, cost, service = ch["unit"] >= 0, exact(ch["cost"], 9), ch["service"]
    machine = facts["machine"].extend_constant(None, 1)
    rows = np.where(ch["machine"] < 0, len(machine) - 1, ch["machine"])
    way = np.where(used, ch["spot"], -1)
    table = {
        "ChargePeriodStart": setting.times(ch["start"]),
        "ChargePeriodEnd": setting.times(ch["end"]),
        "BillingAccountId": facts["payer"].gather(who),
        "SubAccountId": facts["name"].gather(who),
        "ChargeCategory": words(("Usage", "Credit", "Adjustment"), np.maximum(service - 3, 0)),
        "ServiceName": words(_SERVICES, service),
        "ServiceCategory": words(_CATEGORIES, service),
        "ResourceType": words((*TYPES, "m5.large"), _type_of(ch["what"])),
        "SkuMeter": what,
        "ChargeDescription": what,
        "ResourceId": machine.gather(pl.Series(rows)),
        "RegionId": facts["region"].gather(who),
        "PricingCategory": words(("Standard", "Dynamic"), way),
        "ConsumedQuantity": exact(np.maximum(ch["thousandths"], 0), 3),
        "ConsumedUnit": words(_UNITS, ch["unit"]),
        "ListCost": exact(ch["list"], 9),
        "BilledCost": cost,
        "EffectiveCost": cost,
        "BillingCurrency": words(CURRENCIES, money[ch["account"]]),
    }
    quantity = pl.when(pl.Series(used)).then("ConsumedQuantity").alias("ConsumedQuantity")
    return pl.DataFrame(table).with_columns(quantity).sort(*_ORDER, maintain_order=True)


def _type_of(what: Array) -> Array:
    plain = np.where(what == _TEXTS.index("m5.large hours"), len(TYPES), -1)
    return np.where(what < len(TYPES), what, plain)


def fx(setting: Setting) -> pl.DataFrame:
    """Write the day's rates to dollars."""
    rng = setting.rng("fx")
    steps = rng.normal(0, 0.003, (setting.days + 1, len(CURRENCIES))).cumsum(axis=0)
    rate = np.rint(np.exp(steps) / BOOK * 1e8).astype(np.int64)
    rate[:, 0] = 100_000_000
    day = np.repeat(np.arange(setting.days + 1) * DAY, len(CURRENCIES))
    named = words(CURRENCIES, np.tile(np.arange(len(CURRENCIES)), setting.days + 1))
    table = {"date": setting.times(day), "currency": named, "rate": exact(rate.ravel(), 8)}
    return pl.DataFrame(table).with_columns(pl.col("date").dt.date())
