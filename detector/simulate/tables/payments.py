"""The `payments` table: invoices, top-ups, credits, refunds and chargebacks."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import polars as pl

from detector.simulate.books import Books
from detector.simulate.frame import decimals, hexes, times, words
from detector.simulate.names import CURRENCIES, PLACES, RATES
from detector.simulate.rng import Bools, Floats, Ints
from detector.simulate.tables.folder import Folder
from detector.simulate.world import World

KINDS: Final = ("top_up", "invoice", "refund", "chargeback", "promo_credit")
TOP_UP, INVOICE, REFUND, CHARGEBACK, PROMO = range(5)
INSTRUMENTS: Final = (
    "card", "prepaid_card", "virtual_card", "bank", "wallet", "crypto", "voucher", "credit",
)  # fmt: skip
_CREDIT: Final = 7
_MONTH: Final = 28
_THRESHOLDS: Final = np.array([100.0, 500.0, 1000.0, 5000.0])
Rows: TypeAlias = tuple[Ints, Floats, Ints, Floats]


def write(world: World, folder: Folder, books: Books) -> None:
    """Write what was paid for the booked costs."""
    rng = world.streams.of("payments")
    rows = [*_invoices(world, rng, books), _top_ups(world, rng, books), _promos(world, rng, books)]
    account, day, kind, usd = (np.concatenate([part[i] for part in rows]) for i in range(4))
    back = _paid_back(world, rng, account, day, usd)
    account, day, kind, usd = (
        np.concatenate([a, b]) for a, b in zip((account, day, kind, usd), back, strict=True)
    )
    keep = (day >= world.traits["created"][account]) & (day < world.days)
    folder.whole("payments", _frame(world, rng, account[keep], day[keep], kind[keep], usd[keep]))


def _invoices(world: World, rng: np.random.Generator, books: Books) -> list[Rows]:
    """Post-paid accounts get a bill for every month, some days after it."""
    t, parts = world.traits, []
    for begin in range(0, world.days, _MONTH):
        cost = books.cost[:, begin : begin + _MONTH].sum(axis=1)
        cost = cost * (1 - t["credits"])
        billed = np.flatnonzero((t["pay_mode"] != 1) & (cost > 0.5))
        day = min(begin + _MONTH, world.days - 2) + rng.uniform(0, 2, len(billed))
        usd = np.round(cost[billed], 2)
        parts.append((billed, day, np.full(len(billed), INVOICE), usd))
    return parts


def _top_ups(world: World, rng: np.random.Generator, books: Books) -> Rows:
    """Prepaid accounts pay whenever what they have runs out."""
    t = world.traits
    prepaid = np.flatnonzero((t["pay_mode"] == 1) & (books.cost.sum(axis=1) > 0.05))
    spent = np.cumsum(books.cost[prepaid], axis=1)
    total = spent[:, -1]
    days = np.maximum((books.cost[prepaid] > 0).sum(axis=1), 1)
    step = np.maximum(total / days * t["pay_days"][prepaid], np.maximum(total / 12, 1.0))
    once = t["pay_once"][prepaid] == 1
    step = np.where(once, total * rng.uniform(1.0, 1.06, len(prepaid)) + 0.01, step)
    step = _rounded(world, rng, prepaid, step)
    needed = np.ceil(spent / step[:, None] + 1e-12)
    bought = np.diff(np.concatenate([np.zeros((len(prepaid), 1)), needed], axis=1), axis=1)
    row, day = np.nonzero(bought > 0)
    count = bought[row, day].astype(np.int64)
    row, day = np.repeat(row, count), np.repeat(day, count)
    usd = step[row]
    odd = rng.random(len(row)) >= t["pay_round"][prepaid[row]]
    usd = np.where(odd & ~once[row], np.round(usd * rng.uniform(0.7, 1.3, len(row)), 2), usd)
    same = t["pay_same"][prepaid[row]]
    usd = np.where((same > 0) & (rng.random(len(row)) < 0.7), same, usd)
    # Nobody can pay before the account is there, and nobody runs a machine before it is paid.
    when = np.maximum(day + rng.uniform(0, 0.3, len(row)), t["created"][prepaid[row]])
    return prepaid[row], when, np.full(len(row), TOP_UP), usd


def _rounded(world: World, rng: np.random.Generator, index: Ints, usd: Floats) -> Floats:
    """Round amounts up to one or two leading digits, or down to just under a threshold."""
    t = world.traits
    size = 10 ** np.floor(np.log10(np.maximum(usd, 1)))
    unit = np.where(rng.random(len(usd)) < 0.5, size, size / 2)
    rounds = rng.random(len(usd)) < t["pay_round"][index]
    usd = np.where(rounds, np.ceil(usd / unit) * unit, np.round(usd, 2))
    hugs = rng.random(len(usd)) < t["pay_hug"][index]
    near = np.searchsorted(_THRESHOLDS, usd).clip(0, len(_THRESHOLDS) - 1)
    under = np.round(_THRESHOLDS[near] * rng.uniform(0.93, 0.999, len(usd)), 2)
    return np.maximum(np.where(hugs, under, usd), 0.01)


def _promos(world: World, rng: np.random.Generator, books: Books) -> Rows:
    t = world.traits
    given = np.flatnonzero((t["credits"] > 0) & (books.cost.sum(axis=1) > 0))
    size = 10 ** rng.integers(2, 5, len(given))
    usd = size * rng.choice([1.0, 2.0, 2.5, 5.0], len(given))
    day = np.maximum(t["created"][given] + rng.exponential(2, len(given)), 0)
    return given, day, np.full(len(given), PROMO), usd


def _paid_back(
    world: World, rng: np.random.Generator, account: Ints, day: Floats, usd: Floats
) -> Rows:
    """Some payments are refunded after days or charged back after weeks."""
    t, size = world.traits, len(account)
    refund: Bools = rng.random(size) < t["refund"][account]
    charge: Bools = rng.random(size) < t["chargeback"][account]
    some = np.flatnonzero(refund | charge)
    kind = np.where(charge[some], CHARGEBACK, REFUND)
    part = np.where(charge[some], 1.0, rng.uniform(0.1, 1, len(some)))
    later = np.where(charge[some], rng.uniform(7, 40, len(some)), rng.uniform(0.5, 9, len(some)))
    return account[some], day[some] + later, kind, np.round(usd[some] * part, 2)


def _frame(
    world: World, rng: np.random.Generator, account: Ints, day: Floats, kind: Ints, usd: Floats
) -> pl.DataFrame:
    t, pool = world.traits, world.instruments
    order = np.lexsort((kind, account, np.floor(day * 86_400)))
    account, day, kind, usd = account[order], day[order], kind[order], usd[order]
    slot = pool.draw(rng, account, day)
    promo = kind == PROMO
    code = t["currency"][account].astype(np.int64)
    # Top-ups are round in the account's own currency, so their amount is not converted.
    rate = np.where(np.isin(kind, (TOP_UP, PROMO)), 1.0, np.array(RATES)[code])
    amount = np.maximum(np.round(usd / rate * 100), 1).astype(np.int64)
    ids = np.where(promo, 0, pool.ids[account, slot])
    return pl.DataFrame(
        {
            "time": times(np.floor(day * 86_400)),
            "account_id": world.ids.gather(account.astype(np.uint32)),
            "kind": words(kind, KINDS),
            "amount": decimals(amount, 2),
            "currency": words(code, CURRENCIES),
            "instrument_hash": hexes(ids, world.seed),
            "instrument_kind": words(
                np.where(promo, _CREDIT, pool.code[account, slot]), INSTRUMENTS
            ),
            "payer_name_matches": pl.Series(rng.random(len(account)) < t["pay_match"][account]),
            "instrument_country": words(np.where(promo, -1, pool.place[account, slot]), PLACES),
        }
    )
