"""The `model_usage` table, and the token charges that go with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import polars as pl

from detector.simulate.books import Books
from detector.simulate.calls import Calls, callers_of, draw_calls, metered, place_of
from detector.simulate.catalogue import MODELS, REGIONS
from detector.simulate.frame import blank, hexes, times, words
from detector.simulate.plan import Plan
from detector.simulate.rng import Ints, mix64
from detector.simulate.tables.charges import TOKENS_IN, TOKENS_OUT, Charges
from detector.simulate.tables.folder import Folder
from detector.simulate.world import World

SKETCH: Final = 32
_REGION_NAMES: Final = tuple(name for cloud in REGIONS for name in cloud)


def write_week(
    world: World, plan: Plan, folder: Folder, books: Books, first: int, last: int,
    sold_as: Mapping[int, str],
) -> Charges:  # fmt: skip
    """Write the model calls of some days; return what they are charged.

    The main model of accounts in ``sold_as`` goes by the id under which that form sells it.
    """
    rng = world.streams.of("model usage", first)
    drawn = draw_calls(world, plan, rng, first, last)
    shown = drawn.take(metered(world, drawn))
    folder.part("model_usage", first, _frame(world, rng, shown, sold_as))
    books.add_tokens(drawn.account, drawn.tokens_in, drawn.tokens_out)
    return _charges(drawn.account, drawn.hour // 24, drawn.model, drawn.tokens_in, drawn.tokens_out)


def _frame(
    world: World, rng: np.random.Generator, shown: Calls, sold_as: Mapping[int, str]
) -> pl.DataFrame:
    t, account = world.traits, shown.account
    callers = callers_of(world, rng, shown)
    return pl.DataFrame(
        {
            "start": times(shown.hour * 3600),
            "end": times(shown.hour * 3600 + 3600),
            "account_id": world.ids.gather(account.astype(np.uint32)),
            "model_id": _model_ids(world, shown, sold_as),
            "requests": shown.calls,
            "input_tokens": shown.tokens_in,
            "output_tokens": shown.tokens_out,
            "region": words(place_of(world, account, callers.region), _REGION_NAMES),
            "key_hash": hexes(world.keys.ids[account, callers.slot], world.seed),
            "end_user_hash": hexes(callers.user + 1, world.seed + 1),
            "cached_tokens": callers.cached,
            "rate_limited_requests": rng.binomial(shown.calls, t["llm_limit"][account]),
            "refused_requests": rng.binomial(shown.calls, t["llm_refuse"][account]),
            "client_hash": hexes(callers.client, world.seed + 2),
            "template_sketch": sketches(world, rng, account),
        }
    )


def _model_ids(world: World, shown: Calls, sold_as: Mapping[int, str]) -> pl.Series:
    """The model's name; where an account's main model is sold by another id, that one."""
    names = [model.name for model in MODELS]
    ids = words(shown.model, names)
    renamed = np.isin(shown.account, list(sold_as))
    rows = np.flatnonzero(renamed & (world.traits["llm_model"][shown.account] == shown.model))
    told = [sold_as[int(shown.account[row])].format(names[shown.model[row]]) for row in rows]
    return ids.scatter(rows, told) if told else ids


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
