"""How prepaid customers pay: top-ups as the balance runs down, credits, refunds, chargebacks."""

import numpy as np
import polars as pl

from lessons.mill.cast import CREDITS, INVOICE, MICRO, NEVER, Cast
from lessons.mill.focus import Work
from lessons.mill.ranges import DAY, HOUR, Ints, Plan
from lessons.mill.ties import Ties

__all__ = ["fx_rows", "payment_rows"]


def payment_rows(
    rng: np.random.Generator, cast: Cast, work: Work, ties: Ties, plan: Plan
) -> pl.DataFrame:
    """The table ``payments``; a customer by invoice has no row in it."""
    cost = work.ticks * work.cents
    edge = np.searchsorted(work.account, np.arange(cast.size + 1))
    rows: list[tuple[int, int, str, int]] = []
    idle = rng.random(cast.size)
    for account in range(cast.size):
        if cast.pay[account] == INVOICE:
            continue
        here = slice(int(edge[account]), int(edge[account + 1]))
        spent = np.cumsum(cost[here])
        if not len(spent):
            if idle[account] < 0.25 or cast.kind(account).role == "proxy":
                when = int(cast.created[account]) + int(idle[account] * DAY)
                if 0 <= when < min(int(cast.closed[account]), plan.end):
                    rows.append((account, when, _word(cast, account, 0), int(cast.top[account])))
            continue
        rows += _topped(rng, cast, account, work.hour[here] * HOUR, cost[here])
    rows += _after(rng, cast, rows, plan)
    return _table(cast, ties, rows, plan)


def _word(cast: Cast, account: int, number: int) -> str:
    """What a payment is called: credits come once, then the customer pays."""
    return "promo_credit" if cast.pay[account] == CREDITS and number == 0 else "top_up"


def _topped(
    rng: np.random.Generator, cast: Cast, account: int, when: Ints, cost: Ints
) -> list[tuple[int, int, str, int]]:
    """Top-ups of one account, each before the balance would fall below nothing."""
    top, opened = int(cast.top[account]), max(int(cast.created[account]), 0)
    spent = np.cumsum(cost)
    if cast.cap[account] == NEVER:
        hour = np.concatenate([[0], np.flatnonzero(when[1:] != when[:-1]) + 1])
        peak = int(np.add.reduceat(cost, hour).max())
        top = max(top, -(-4 * peak // (50 * MICRO)) * 50 * MICRO)
        low = max(peak, top // 10)
    else:
        low = 0
    count = max(1, -(-(int(spent[-1]) + low) // top))
    if cast.cap[account] < NEVER:
        count = min(count, int(cast.cap[account]) // top)
    due = np.arange(count, dtype=np.int64) * top - low
    before = np.searchsorted(spent, np.maximum(due, 0), side="right")
    moment = when[np.minimum(before, len(when) - 1)] - rng.integers(3, 90, count)
    moment[0] = min(int(moment[0]), int(when[0]) - int(rng.exponential(0.4) * DAY))
    moment = np.maximum(moment, opened + np.arange(count))
    return [(account, int(t), _word(cast, account, i), top) for i, t in enumerate(moment)]


def _after(
    rng: np.random.Generator, cast: Cast, rows: list[tuple[int, int, str, int]], plan: Plan
) -> list[tuple[int, int, str, int]]:
    """Chargebacks of stolen cards, and refunds of top-ups that were made twice."""
    more: list[tuple[int, int, str, int]] = []
    for account, when, word, amount in rows:
        if word != "top_up":
            continue
        last = min(int(cast.closed[account]), plan.end)
        stolen = cast.kind(account).name == "card_fraud"
        later = when + int(rng.uniform(2, 9) * DAY)
        if stolen and last - 2 > when:
            more.append((account, min(later, last - 1), "chargeback", amount))
        elif rng.random() < 0.004 and when + 60 < last:
            more += [(account, when + 2, "top_up", amount), (account, when + 50, "refund", amount)]
    return more


def _table(
    cast: Cast,
    ties: Ties,
    rows: list[tuple[int, int, str, int]],
    plan: Plan,
) -> pl.DataFrame:
    """Rows with instruments, in order of time."""
    rows = sorted(rows)
    account = np.array([row[0] for row in rows], dtype=np.int64)
    word = pl.Series([row[2] for row in rows], dtype=pl.String)
    gift = (word == "promo_credit").to_numpy()
    third = ties.third_party[account] == 1
    amount = pl.Series([row[3] for row in rows], dtype=pl.Int64)
    frame = pl.DataFrame(
        {
            "time": plan.times(np.array([row[1] for row in rows], dtype=np.int64)),
            "account_id": pl.Series(cast.ids, dtype=pl.String).gather(account),
            "kind": word,
            "amount": (amount.cast(pl.Decimal(38, 6)) / 1_000_000).cast(pl.Decimal(38, 2)),
            "currency": pl.Series(["USD", "EUR"]).gather(cast.euro[account]),
            "instrument_hash": ties.instrument.gather(account).set(pl.Series(gift), None),
            "instrument_kind": ties.instrument_kind.gather(account).set(pl.Series(gift), "credit"),
            "payer_name_matches": pl.Series(~third).set(pl.Series(gift), None),
            "instrument_country": ties.instrument_country.gather(account).set(
                pl.Series(gift), None
            ),
        }
    )
    return frame.sort("time", "account_id", "kind", maintain_order=True)


def fx_rows(rng: np.random.Generator, plan: Plan) -> pl.DataFrame:
    """Rates of each day to the dollar."""
    walk = 1.08 + np.cumsum(rng.normal(0, 0.003, plan.days))
    days = plan.times(np.arange(plan.days, dtype=np.int64) * DAY).dt.date()
    euro = pl.DataFrame({"date": days, "currency": "EUR", "rate": pl.Series(walk).round(5)})
    dollar = euro.with_columns(currency=pl.lit("USD"), rate=pl.lit(1.0))
    both = pl.concat([euro, dollar]).sort("date", "currency")
    return both.with_columns(pl.col("rate").cast(pl.Decimal(38, 5)))
