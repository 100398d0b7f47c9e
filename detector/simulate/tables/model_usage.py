"""The `model_usage` table, and the token charges that go with it."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from detector.simulate.books import Books
from detector.simulate.catalogue import MODELS, NEW_MODEL, REGIONS
from detector.simulate.frame import blank, hexes, repeat_rows, times, words
from detector.simulate.plan import Plan
from detector.simulate.rng import Floats, Ints, mix64
from detector.simulate.tables.charges import TOKENS_IN, TOKENS_OUT, Charges
from detector.simulate.tables.folder import Folder
from detector.simulate.world import World

SKETCH: Final = 32
_MOST_ROWS: Final = 9


def write_week(
    world: World, plan: Plan, folder: Folder, books: Books, first: int, last: int
) -> Charges:
    """Write the model calls of some days; return what they are charged."""
    rng = world.streams.of("model usage", first)
    rows = plan.calls.between(first, last)
    count = 1 + np.minimum(rng.poisson(rows.amount / 9), _MOST_ROWS - 1)
    count = np.minimum(count, rows.amount.astype(np.int64))
    row = repeat_rows(count)
    account, day = rows.account[row], rows.day[row]
    calls = _share_out(rng, rows.amount.astype(np.int64), count, row)
    model = _models(world, plan, rng, account, day)
    tokens_in, tokens_out = _tokens(world, rng, account, model, calls)
    hour = _hours(world, rng, account)
    metered = np.flatnonzero(world.traits["meter"][account] == 1)
    order = metered[np.lexsort((model[metered], account[metered], (day * 24 + hour)[metered]))]
    frame = _frame(world, rng, account[order], (day * 24 + hour)[order], model[order],
                   calls[order], tokens_in[order], tokens_out[order])  # fmt: skip
    folder.part("model_usage", first, frame)
    books.add_tokens(account, tokens_in, tokens_out)
    return _charges(account, day, model, tokens_in, tokens_out)


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


def _frame(
    world: World, rng: np.random.Generator, account: Ints, hour: Ints, model: Ints, calls: Ints,
    tokens_in: Ints, tokens_out: Ints,
) -> pl.DataFrame:  # fmt: skip
    t, size = world.traits, len(account)
    slot = world.keys.draw(rng, account, hour / 24)
    user = np.where(t["end_users"][account] > 0, rng.integers(0, 2**31, size), -1)
    user = np.where(user >= 0, account * 8192 + user % np.maximum(t["end_users"][account], 1), -1)
    client = t["client_pool"][account] * 16 + rng.integers(0, 16, size) % t["clients"][account]
    split = t["key_split"][account] == 1
    user = np.where(split & (user >= 0), user // 8 * 8 + slot, user)
    client = np.where(split, world.keys.ids[account, slot] * 16 + 2**40, client)
    cached = np.floor(tokens_in * t["llm_cached"][account] * rng.random(size)).astype(np.int64)
    return pl.DataFrame(
        {
            "start": times(hour * 3600),
            "end": times(hour * 3600 + 3600),
            "account_id": world.ids.gather(account.astype(np.uint32)),
            "model_id": words(model, tuple(m.name for m in MODELS)),
            "requests": calls,
            "input_tokens": tokens_in,
            "output_tokens": tokens_out,
            "region": _regions(world, rng, account),
            "key_hash": hexes(world.keys.ids[account, slot], world.seed),
            "end_user_hash": hexes(user + 1, world.seed + 1),
            "cached_tokens": cached,
            "rate_limited_requests": rng.binomial(calls, t["llm_limit"][account]),
            "refused_requests": rng.binomial(calls, t["llm_refuse"][account]),
            "client_hash": hexes(client, world.seed + 2),
            "template_sketch": sketches(world, rng, account),
        }
    )


def _regions(world: World, rng: np.random.Generator, account: Ints) -> pl.Series:
    t = world.traits
    hop = rng.random(len(account)) < t["region_hop"][account]
    region = np.where(hop, rng.integers(0, 6, len(account)), t["region"][account])
    every = [name for cloud in REGIONS for name in cloud]
    return words(t["cloud"][account].astype(np.int64) * 6 + region, every)


def sketches(world: World, rng: np.random.Generator, account: Ints) -> pl.Series:
    """MinHash sketches of prompt templates: rows of one template agree in most places."""
    t, size = world.traits, len(account)
    template = (rng.random(size) ** 1.7 * t["templates"][account]).astype(np.int64)
    shown = rng.random(size) < world.spec.sketches
    rows = np.flatnonzero(shown)
    base = t["template_pool"][account[rows]] * 1024 + template[rows]
    place = np.arange(SKETCH, dtype=np.int64)[None, :]
    values = mix64(base[:, None] * 64 + place, world.seed + 3)
    noisy = rng.random(values.shape) < t["template_noise"][account[rows]][:, None]
    own = rng.integers(1, 2**63, values.shape, dtype=np.int64).astype(np.uint64)
    values = np.where(noisy, own, values)
    lists = pl.Series(values, dtype=pl.Array(pl.UInt64, SKETCH)).cast(pl.List(pl.UInt64))
    index = np.zeros(size, dtype=np.uint32)
    index[rows] = np.arange(len(rows), dtype=np.uint32)
    if not len(rows):
        return pl.Series([None] * size, dtype=pl.List(pl.UInt64))
    return blank(lists.gather(index), ~shown)


def _charges(account: Ints, day: Ints, model: Ints, tokens_in: Ints, tokens_out: Ints) -> Charges:
    """One charge a day, account, model and direction."""
    key = (day * 16 + model) * 2**32 + account
    known, back = np.unique(key, return_inverse=True)
    who, when, what = known % 2**32, known // 2**32 // 16, known // 2**32 % 16
    parts = []
    for kind, tokens, side in (
        (TOKENS_IN, tokens_in, "price_in"), (TOKENS_OUT, tokens_out, "price_out")
    ):  # fmt: skip
        total = np.zeros(len(known), dtype=np.int64)
        np.add.at(total, back, tokens)
        usd = total * np.array([getattr(m, side) for m in MODELS])[what] / 1e6
        part = Charges.of(who, when * 86_400, 86_400, kind, what, total * 10**6, usd, usd)
        parts.append(part.take(np.flatnonzero(total > 0)))
    return Charges.concat(parts)
