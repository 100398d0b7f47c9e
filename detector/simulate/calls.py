"""Calls of models as they are drawn: when, which model, by which key, from which region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from detector.simulate.catalogue import MODELS, NEW_MODEL
from detector.simulate.frame import repeat_rows
from detector.simulate.plan import Plan
from detector.simulate.rng import Floats, Ints
from detector.simulate.world import World

_MOST_ROWS: Final = 9
_SPELL: Final = ("account", "model", "region")


@dataclass(frozen=True, slots=True)
class Calls:
    """Rows of calls as drawn, in hours since the start of the window."""

    account: Ints
    hour: Ints
    model: Ints
    calls: Ints
    tokens_in: Ints
    tokens_out: Ints

    def take(self, rows: Ints) -> Calls:
        """Return some rows, in that order."""
        return Calls(*(getattr(self, name)[rows] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Callers:
    """From where the rows were called: key, person, program, what was cached, region."""

    slot: Ints
    user: Ints
    client: Ints
    cached: Ints
    region: Ints


def main_spells(world: World, plan: Plan) -> pl.DataFrame:
    """Return when each account calls its main model in each region, as the table will tell.

    Columns are account, model, region, from and to (days) and days.
    """
    weeks = [_week_of_spells(world, plan, first) for first in range(0, world.days, 7)]
    return pl.concat(weeks).group_by(_SPELL).agg(
        pl.col("from").min(), pl.col("to").max(), pl.col("days").sum()
    )  # fmt: skip


def _week_of_spells(world: World, plan: Plan, first: int) -> pl.DataFrame:
    rng = world.streams.of("model usage", first)
    drawn = draw_calls(world, plan, rng, first, min(first + 7, world.days))
    shown = drawn.take(metered(world, drawn))
    region = place_of(world, shown.account, callers_of(world, rng, shown).region)
    main = world.traits["llm_model"][shown.account] == shown.model
    columns = (shown.account, shown.model, region, shown.hour // 24)
    rows = pl.DataFrame(dict(zip([*_SPELL, "day"], (c[main] for c in columns), strict=True)))
    return rows.group_by(_SPELL).agg(
        pl.col("day").min().alias("from"),
        pl.col("day").max().alias("to"),
        pl.col("day").n_unique().cast(pl.Int64).alias("days"),
    )


def draw_calls(world: World, plan: Plan, rng: np.random.Generator, first: int, last: int) -> Calls:
    """Draw the calls of some days."""
    rows = plan.calls.between(first, last)
    count = 1 + np.minimum(rng.poisson(rows.amount / 9), _MOST_ROWS - 1)
    count = np.minimum(count, rows.amount.astype(np.int64))
    row = repeat_rows(count)
    account, day = rows.account[row], rows.day[row]
    calls = _share_out(rng, rows.amount.astype(np.int64), count, row)
    model = _models(world, plan, rng, account, day)
    tokens_in, tokens_out = _tokens(world, rng, account, model, calls)
    hour = day * 24 + _hours(world, rng, account)
    return Calls(account, hour, model, calls, tokens_in, tokens_out)


def metered(world: World, drawn: Calls) -> Ints:
    """Return the rows that the table has, in its order."""
    rows = np.flatnonzero(world.traits["meter"][drawn.account] == 1)
    order = np.lexsort((drawn.model[rows], drawn.account[rows], drawn.hour[rows]))
    return np.asarray(rows[order], dtype=np.int64)


def _share_out(rng: np.random.Generator, total: Ints, count: Ints, row: Ints) -> Ints:
    """Split each day's calls over its rows; every row gets at least one."""
    weight = rng.exponential(1, len(row))
    per_day = np.bincount(row, weights=weight, minlength=len(total))
    spare = total - count
    calls = 1 + np.floor(spare[row] * weight / per_day[row]).astype(np.int64)
    rest = total - np.bincount(row, weights=calls, minlength=len(total)).astype(np.int64)
    first = np.cumsum(count) - count
    calls[first] += rest
    return calls


def _models(world: World, plan: Plan, rng: np.random.Generator, account: Ints, day: Ints) -> Ints:
    t = world.traits
    model = t["llm_model"][account].astype(np.int64)
    other = rng.choice(len(MODELS) - 1, len(account), p=_second_choice())
    model = np.where(rng.random(len(account)) < t["llm_second"][account], other, model)
    since = plan.release_day + t["llm_adopt"][account]
    moved = (day + rng.random(len(account)) >= since) & (rng.random(len(account)) < 0.55)
    return np.where(moved, NEW_MODEL, model).astype(np.int64)


def _second_choice() -> Floats:
    weights = np.array([0.36, 0.24, 0.2, 0.12, 0.03, 0.05])
    return np.asarray(weights / weights.sum())


def _tokens(
    world: World, rng: np.random.Generator, account: Ints, model: Ints, calls: Ints
) -> tuple[Ints, Ints]:
    """Tokens of a row: the account's typical lengths, the more alike the more calls."""
    t = world.traits
    spread = t["llm_spread"][account] / np.sqrt(np.minimum(calls, 9))
    length_in = np.exp(t["llm_in"][account] + rng.normal(0, 1, len(account)) * spread)
    length_out = np.exp(t["llm_out"][account] + rng.normal(0, 1, len(account)) * spread)
    embeds = np.array([m.price_out == 0 for m in MODELS])[model]
    tokens_in = np.maximum(1, np.round(calls * length_in)).astype(np.int64)
    tokens_out = np.maximum(1, np.round(calls * length_out)).astype(np.int64)
    return tokens_in, np.where(embeds, 0, tokens_out)


def _hours(world: World, rng: np.random.Generator, account: Ints) -> Ints:
    t, size = world.traits, len(account)
    middle = 14 - t["tz"][account] + rng.normal(0, 3.4, size)
    flat = rng.random(size) < t["llm_flat"][account]
    return np.where(flat, rng.integers(0, 24, size), np.round(middle) % 24).astype(np.int64)


def callers_of(world: World, rng: np.random.Generator, shown: Calls) -> Callers:
    """Draw from where rows are called."""
    t, account, size = world.traits, shown.account, len(shown.account)
    slot = world.keys.draw(rng, account, shown.hour / 24)
    user = np.where(t["end_users"][account] > 0, rng.integers(0, 2**31, size), -1)
    user = np.where(user >= 0, account * 8192 + user % np.maximum(t["end_users"][account], 1), -1)
    client = t["client_pool"][account] * 16 + rng.integers(0, 16, size) % t["clients"][account]
    split = t["key_split"][account] == 1
    user = np.where(split & (user >= 0), user // 8 * 8 + slot, user)
    client = np.where(split, world.keys.ids[account, slot] * 16 + 2**40, client)
    cached = np.floor(shown.tokens_in * t["llm_cached"][account] * rng.random(size))
    return Callers(slot, user, client, cached.astype(np.int64), _regions(world, rng, account))


def _regions(world: World, rng: np.random.Generator, account: Ints) -> Ints:
    """Return the number of a region in the account's cloud: its own, or now and then another."""
    t = world.traits
    hop = rng.random(len(account)) < t["region_hop"][account]
    return np.where(hop, rng.integers(0, 6, len(account)), t["region"][account]).astype(np.int64)


def place_of(world: World, account: Ints, region: Ints) -> Ints:
    """Return the number of a region among those of all clouds."""
    return np.asarray(world.traits["cloud"][account].astype(np.int64) * 6 + region)
