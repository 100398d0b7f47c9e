"""What an account did, where a notice may speak of it: use, money, and its beginning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import polars as pl

from detector.policy.lane import Known
from features.rollups import Rollups
from features.totals import gpu_hours, tokens

#: How long after a notice what follows from it is looked for.
AFTER: Final = timedelta(days=365)
#: Use in the first days of the records may have begun at any time before them.
FIRST_SIGHTS: Final = timedelta(days=7)
# Of fewer accounts nobody can tell whether the records began, or their use.
_CROWD: Final = 20
_HOURS: Final = 24.0
#: What a notice speaks of: charges for chips and for tokens.
_OURS: Final = pl.col("gpu_model").is_not_null() | (pl.col("token_amount") != 0)


@dataclass(frozen=True)
class Seen:
    """One account.

    Attributes
    ----------
    facts
        Its record: created_at, declared_reseller, partner_id, customer_class.
    gpus
        ``(day, chip, hours)``, of controlled chips and all others, by day.
    models
        First day of each model id.
    tokens
        ``(day, tokens)``.
    paid, billed
        ``(day, currency, amount)`` of payments that reached it, and of charges for chips and
        models before credits.
    since
        The first day of the records of use, of all accounts; None where few accounts tell it.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    gpus: Sequence[tuple[date, str, float]] = ()
    models: Mapping[str, date] = field(default_factory=dict)
    tokens: Sequence[tuple[date, int]] = ()
    paid: Sequence[tuple[date, str, Decimal]] = ()
    billed: Sequence[tuple[date, str, Decimal]] = ()
    since: date | None = None

    def first_gpu(self, chips: frozenset[str]) -> date | None:
        """The first day on which one of some chips was used."""
        return min((day for day, chip, _ in self.gpus if chip in chips), default=None)

    def first_model(self, families: frozenset[str]) -> date | None:
        """The first day of a model of some families; of any, where none is named."""
        days = [
            day
            for model, day in self.models.items()
            if not families or any(family in model.casefold() for family in families)
        ]
        days += [] if families or not self.tokens else [self.tokens[0][0]]
        return min(days, default=None)

    def tokens_after(self, moment: datetime) -> int:
        """Tokens from a notice on."""
        return sum(number for day, number in self.tokens if _after(day, moment))

    def gpu_hours_after(self, chips: frozenset[str], moment: datetime) -> float:
        """GPU-hours of some chips from a notice on."""
        return sum(h for day, chip, h in self.gpus if chip in chips and _after(day, moment))

    def most_gpus(self, chips: frozenset[str], moment: datetime) -> float:
        """How many of some chips ran all day at most, on any day from a notice on."""
        return max(self._gpu_hours(chips, moment), default=0.0) / _HOURS

    def usual_gpus(self, chips: frozenset[str], moment: datetime) -> list[float]:
        """How many of some chips ran all day, on the middle half of the days on which they ran."""
        hours = sorted(self._gpu_hours(chips, moment)) or [0.0]
        quarter = (len(hours) - 1) // 4
        return [number / _HOURS for number in hours[quarter : len(hours) - quarter]]

    def _gpu_hours(self, chips: frozenset[str], moment: datetime) -> list[float]:
        """Hours of some chips on each day from a notice on."""
        by_day: dict[date, float] = {}
        for day, chip, hours in self.gpus:
            if chip in chips and _after(day, moment):
                by_day[day] = by_day.get(day, 0.0) + hours
        return list(by_day.values())


def _after(day: date, moment: datetime) -> bool:
    return moment.date() <= day <= (moment + AFTER).date()


@dataclass(frozen=True)
class Rates:
    """Rates of currencies to one currency, by day (the table ``fx``)."""

    by_currency: Mapping[str, Sequence[tuple[date, float]]]

    @classmethod
    def of(cls, fx: pl.DataFrame) -> Rates:
        """Those of the table."""
        rows = fx.select("currency", "date", pl.col("rate").cast(pl.Float64)).drop_nulls()
        found: dict[str, list[tuple[date, float]]] = {}
        for currency, day, rate in rows.sort("currency", "date").iter_rows():
            found.setdefault(currency, []).append((day, rate))
        return cls(found)

    def between(self, currency: str, other: str, day: date) -> float | None:
        """How much of another currency one unit was worth; None where nobody told."""
        if currency == other:
            return 1.0
        rates = [self._at(each, day) for each in (currency, other)]
        return rates[0] / rates[1] if rates[0] and rates[1] else None

    def _at(self, currency: str, day: date) -> float | None:
        """The rate of the day, else the last before it, else the first after."""
        told = self.by_currency.get(currency, ())
        before = [rate for when, rate in told if when <= day]
        return before[-1] if before else (told[0][1] if told else None)


def seen_of(known: Known, accounts: pl.Series) -> dict[str, Seen]:
    """What some accounts did."""
    rollups = known.rollups.of(accounts, "usage", "model", "payments")
    facts = _by_account(
        known["accounts"].filter(pl.col("account_id").is_in(accounts.implode())).select(
            "account_id", "created_at", "declared_reseller", "partner_id", "customer_class"
        )
    )  # fmt: skip
    gpus = _by_account(gpu_hours(rollups["usage"], ["account_id", "day"]))
    models = _by_account(
        rollups["model"].group_by("account_id", "model_id").agg(pl.col("day").min())
    )
    counted = tokens(rollups, ["account_id", "day"]).select(
        "account_id", "day", number=pl.col("input_tokens") + pl.col("output_tokens")
    )
    used = _by_account(counted.filter(pl.col("number") > 0))
    billed = _by_account(
        # What a credit pays was used all the same.
        rollups["usage"]
        .filter(pl.col("charge").ne_missing("Credit"), _OURS)
        .group_by("account_id", "day", "currency")
        .agg(pl.col("billed").sum())
    )
    paid = _by_account(_payments(rollups["payments"]))
    since = _records_begin(known.rollups)
    return {
        account: Seen(
            facts.get(account, [{}])[0],
            [(r["day"], r["gpu_model"], r["gpu_hours"]) for r in gpus.get(account, ())],
            {r["model_id"]: r["day"] for r in models.get(account, ())},
            [(r["day"], r["number"]) for r in used.get(account, ())],
            [(r["day"], r["currency"], r["amount"]) for r in paid.get(account, ())],
            [(r["day"], r["currency"], r["billed"]) for r in billed.get(account, ())],
            since,
        )
        for account in accounts
    }


def _records_begin(rollups: Rollups) -> date | None:
    """The first day of use, where many accounts were there from the first days on."""
    # By what was first seen of a row: charges may stand added up over days.
    days = rollups.of_pieces(_first_days, "usage", "model")
    begin = days["day"].min()
    if not isinstance(begin, date):
        return None
    first = days.filter(pl.col("day") < begin + FIRST_SIGHTS)["account_id"].n_unique()
    return begin if first >= _CROWD else None


def _first_days(rollups: Rollups) -> pl.DataFrame:
    times = pl.concat(rollups[name].select("account_id", "first") for name in ("usage", "model"))
    return times.group_by("account_id").agg(day=pl.col("first").min().dt.date())


def _payments(payments: pl.DataFrame) -> pl.DataFrame:
    reached = payments.filter(
        pl.col("kind").cast(pl.String).is_in(["top_up", "invoice"]) & (pl.col("amount") > 0)
    )
    return reached.select("account_id", "currency", "amount", day=pl.col("time").dt.date())


def _by_account(rows: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    order = [name for name in rows.columns if not rows.schema[name].is_nested()]
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows.sort(order, nulls_last=True).iter_rows(named=True):
        found.setdefault(row["account_id"], []).append(row)
    return found
