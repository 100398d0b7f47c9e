"""Who paid what and when: invoices after the half month, top-ups before the use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

import numpy as np
import polars as pl

from lessons.harbour.cast import Account
from lessons.harbour.money import PICO, exact, instruments, round_up
from lessons.harbour.places import country
from lessons.harbour.stage import Ints, Stage, hexes

CENT = PICO // 100
AHEAD = ("prepaid", "crypto", "threshold", "fraud", "budget")
KINDS = {
    "card": ("card", "card", "card", "virtual_card"), "bank": ("bank",), "plan": ("card", "card",
    "wallet"),
    "prepaid": ("card", "card", "wallet", "virtual_card", "prepaid_card"), "crypto": ("crypto",
    "crypto", "voucher"),
    "threshold": ("virtual_card", "card", "prepaid_card"), "credits": ("card", "virtual_card"),
    "fraud": ("card", "virtual_card"), "budget": ("bank", "bank", "card"),
}  # fmt: skip


@dataclass
class _Book:
    """Payments as they are made, in columns."""

    hour: list[float] = field(default_factory=list)
    account: list[int] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    cents: list[int] = field(default_factory=list)
    instrument: list[str | None] = field(default_factory=list)

    def add(self, hour: float, account: int, kind: str, cents: int, instrument: str | None) -> None:
        """Write one payment down."""
        self.hour.append(hour)
        self.account.append(account)
        self.kind.append(kind)
        self.cents.append(cents)
        self.instrument.append(instrument)


def payments(stage: Stage, people: list[Account], net: Ints, grants: Ints) -> pl.DataFrame:
    """Write the payments for what each account cost by day, credits taken off."""
    draw = stage.rng("payments")
    book = _Book()
    means = instruments(stage, people)
    halves = _halves(stage)
    for i, one in enumerate(people):
        if grants[i]:
            at = one.created + 0.5 if one.created >= 0 else one.begin
            book.add(min(at, stage.hours - 1), i, "promo_credit", int(grants[i]) * 100, None)
        if one.pay in AHEAD:
            _ahead(stage, draw, book, i, one, net[i], means[i])
        else:
            for first, last in halves:
                owed = int(net[i, first:last].sum())
                due = last * 24 + draw.uniform(4, 9)
                if owed > 0 and due < stage.hours:
                    book.add(due, i, "invoice", (owed + CENT // 2) // CENT, means[i])
    return _write(stage, draw, people, book)


def _halves(stage: Stage) -> list[tuple[int, int]]:
    """Give the half months that end inside the world, as days: bills go out on the 1st and 16th."""
    dates = [(stage.start + timedelta(days=d)).day for d in range(stage.days)]
    return list(pairwise([0, *(d for d in range(1, stage.days) if dates[d] in (1, 16))]))


def _ahead(
    stage: Stage, draw: np.random.Generator, book: _Book, i: int, one: Account, net: Ints, own: str
) -> None:
    """Top up before use: a balance that is filled again and again, or a budget at once."""
    total = int(net.sum())
    if total <= 0:
        return
    used = -(-np.maximum.accumulate(np.cumsum(net)) // PICO)  # whole units, rounded up
    step = _step(stage, draw, one, int(used[-1]))
    spare = 0 if one.pay in ("budget", "threshold") else int(step * draw.random())
    count = np.where(used > 0, -(-(used + spare) // step), 0)
    paid = 0
    for day in np.nonzero(np.diff(count, prepend=0) > 0)[0]:
        for _ in range(
            1 if one.pay != "threshold" else int(count[day] - (count[day - 1] if day else 0))
        ):
            amount = (
                int(count[day]) * step - paid
                if one.pay != "threshold"
                else 940 + int(draw.integers(55))
            )
            hour = max(day * 24 - draw.uniform(0.2, 14), one.created + draw.uniform(0.1, 0.5))
            if not paid and one.created < 0:
                hour = max(hour - draw.exponential(150), one.created + 0.5)
            mean = hexes(draw, 1)[0] if one.pay == "fraud" else own
            book.add(hour, i, "top_up", amount * 100, mean)
            if one.pay == "fraud" and draw.random() < 0.8:
                book.add(
                    min(one.end + draw.uniform(1, 20), stage.hours - 1),
                    i,
                    "chargeback",
                    amount * 100,
                    mean,
                )
            paid += amount if one.pay != "threshold" else 0
    if one.close_reason == "customer" and one.closed is not None:
        rest = (paid * PICO - total) // CENT
        if rest > 0:
            book.add(min(one.closed + 2, stage.hours - 1), i, "refund", rest, own)


def _step(stage: Stage, draw: np.random.Generator, one: Account, total: int) -> int:
    """Choose what an account tops up by, given what it will have used."""
    if one.pay == "budget":
        return round_up(total)
    if one.pay == "threshold":
        return 940
    per_week = max(total / stage.days * draw.uniform(4, 20), 10)
    step = int(
        min(
            [10, 25, 50, 100, 200, 500, 1000, 2000, 5000, 10000],
            key=lambda s: abs(s - per_week),
        )
    )
    if step == 1000 and draw.random() < 0.3:
        step = 990  # the page asks for papers from 1,000 on, and not traders alone dislike it
    return step


def _write(
    stage: Stage, draw: np.random.Generator, people: list[Account], book: _Book
) -> pl.DataFrame:
    """Write the book as the contract's ``payments``."""
    kinds = [str(draw.choice(KINDS[one.pay])) for one in people]
    match: list[bool | None] = []
    for one in people:
        same = bool(draw.random() >= (1.0 if one.pay == "fraud" else one.kind.foreign_payer))
        match.append(None if one.pay == "crypto" or draw.random() < 0.1 else same)
    home = [country(draw) for _ in people]
    at = np.array(book.account, dtype=np.int64)
    second = np.rint(np.array(book.hour) * 3600).astype(np.int64) + stage.epoch
    held = pl.Series([x is not None for x in book.instrument])
    frame = pl.DataFrame(
        {
            "time": pl.from_epoch(pl.Series(second), time_unit="s").dt.replace_time_zone("UTC"),
            "account_id": pl.Series([one.account_id for one in people]).gather(at),
            "kind": book.kind,
            "amount": exact(np.array(book.cents, dtype=np.int64), 2),
            "currency": pl.Series([one.currency for one in people]).gather(at),
            "instrument_hash": pl.Series(book.instrument, dtype=pl.String),
            "instrument_kind": pl.Series(kinds).gather(at),
            "payer_name_matches": pl.Series(match, dtype=pl.Boolean).gather(at),
            "instrument_country": pl.Series(home).gather(at),
        }
    )
    some = pl.when(held)
    columns = ("instrument_kind", "payer_name_matches", "instrument_country")
    given = [some.then(pl.col(c)).alias(c) for c in columns]
    credit = (
        pl.when(pl.col("kind") == "promo_credit")
        .then(pl.lit("credit"))
        .otherwise("instrument_kind")
    )
    return (
        frame.with_columns(given)
        .with_columns(instrument_kind=credit)
        .sort("time", "account_id", "kind", "amount", maintain_order=True)
    )
