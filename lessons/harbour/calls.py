"""Hourly model usage from rates and streams: requests, tokens, end users, template sketches."""

from __future__ import annotations

import numpy as np
import polars as pl

from lessons.harbour.cast import Account
from lessons.harbour.demand import FIRST_NEW, MODELS, Stream
from lessons.harbour.stage import Floats, Ints, Stage, hexes

SHINGLES = 200  # of a template
SKETCHED = 8  # requests of a day below which nothing is sketched


def spend(found: list[Stream], table: Floats, accounts: int) -> Floats:
    """Add up what each account is expected to spend on models, in dollars."""
    total = np.zeros(accounts)
    hour = np.arange(table.shape[1])
    for s in found:
        later = s.pivot * (hour >= s.adopt[1])
        sooner = (1 - later) * s.pivot * (hour >= s.adopt[0])
        mix = np.stack([1 - later - sooner, sooner, later])
        price = [
            (s.tokens[0] * MODELS[m][2] + s.tokens[1] * MODELS[m][3]) / 1e6
            for m in (s.model, FIRST_NEW, FIRST_NEW + 1)
        ]
        total[s.account] += float((mix * table[s.row]).sum(axis=1) @ np.array(price)) * s.share
    return total


def calls(stage: Stage, people: list[Account], table: Floats, found: list[Stream]) -> pl.DataFrame:
    """Draw the rows of ``model_usage``; accounts, hours, models and streams are numbers."""
    draw = stage.rng("calls")
    cell = _cells(draw, people, table, found)
    cell = _models(draw, cell, found)
    cell = _users(draw, cell, found)
    frame = _tokens(draw, cell, people, found)
    return _sketch(draw, frame, found)


def _cells(
    draw: np.random.Generator,
    people: list[Account],
    table: Floats,
    found: list[Stream],
) -> dict[str, Ints]:
    """Draw requests by stream and hour, and what the rate limit turned away."""
    parts: list[tuple[Ints, Ints, Ints, Ints]] = []
    for begin in range(0, len(found), 512):
        some = found[begin : begin + 512]
        rate = table[[s.row for s in some]] * np.array([s.share for s in some])[:, None]
        wanted = draw.poisson(rate)
        busy = np.maximum((rate > 0).sum(axis=1), 1)
        factor = np.array([people[s.account].kind.cap for s in some])
        cap = np.where(factor > 0, np.ceil(factor * rate.sum(axis=1) / busy), 2**40).astype(
            np.int64
        )
        served = np.minimum(wanted, cap[:, None])
        stream, hour = np.nonzero(wanted)
        parts.append((stream + begin, hour, served[stream, hour], (wanted - served)[stream, hour]))
    names = ("stream", "hour", "requests", "limited")
    return {name: np.concatenate([p[i] for p in parts]) for i, name in enumerate(names)}


def _models(
    draw: np.random.Generator, cell: dict[str, Ints], found: list[Stream]
) -> dict[str, Ints]:
    """Move part of the requests to models that came out."""
    stream, hour, old = cell["stream"], cell["hour"], cell["requests"]
    pivot = np.array([s.pivot for s in found])[stream]
    base = np.array([s.model for s in found], dtype=np.int64)[stream]
    moved = []
    for new in (1, 0):
        since = np.array([s.adopt[new] for s in found], dtype=np.int64)[stream]
        taken = draw.binomial(old, np.where(hour >= since, pivot, 0.0))
        old = old - taken
        moved.append(taken)
    requests = np.concatenate([old, moved[1], moved[0]])
    keep = requests > 0
    model = np.concatenate([base, np.full_like(base, FIRST_NEW), np.full_like(base, FIRST_NEW + 1)])
    limited = np.concatenate([cell["limited"], np.zeros_like(old), np.zeros_like(old)])
    three = {name: np.tile(cell[name], 3) for name in ("stream", "hour")}
    three |= {"requests": requests, "limited": limited, "model": model}
    return {name: column[keep | (limited > 0)] for name, column in three.items()}


def _users(
    draw: np.random.Generator, cell: dict[str, Ints], found: list[Stream]
) -> dict[str, Ints]:
    """Set the heaviest end users apart in one hour of four; the rest of a row has no name."""
    pool = np.array([s.users for s in found], dtype=np.int64)[cell["stream"]]
    pool = np.where((cell["hour"] + cell["stream"]) % 4 == 0, pool, 0)
    rows = np.where(pool > 0, np.minimum(1 + draw.poisson(1.4, len(pool)), cell["requests"]), 1)
    rows = np.maximum(rows, 1)
    at = np.repeat(np.arange(len(rows)), rows)
    place = np.arange(len(at)) - np.repeat(np.cumsum(rows) - rows, rows)
    wide = {name: column[at] for name, column in cell.items()}
    each = wide["requests"] // rows[at]
    wide["requests"] = np.where(place == 0, wide["requests"] - each * (rows[at] - 1), each)
    wide["limited"] = np.where(place == 0, wide["limited"], 0)
    skew = np.where(pool[at] > 500, 2.0, 1.2)
    wide["user"] = (pool[at] * draw.random(len(at)) ** skew).astype(np.int64)
    rest = (pool[at] == 0) | ((place == 0) & (rows[at] > 2))
    wide["user"] = np.where(rest, -1, wide["user"])
    return wide


def _tokens(
    draw: np.random.Generator, cell: dict[str, Ints], people: list[Account], found: list[Stream]
) -> pl.DataFrame:
    """Draw tokens for the requests of every row."""
    stream, requests = cell["stream"], cell["requests"]
    kinds = [people[s.account].kind for s in found]
    spread = np.array([k.spread for k in kinds])[stream] / np.sqrt(np.maximum(requests, 1))
    size = np.array([s.tokens for s in found])[stream]
    both = requests[:, None] * size * np.exp(draw.normal(0, 1, (len(stream), 2)) * spread[:, None])
    into, out = (np.maximum(np.rint(both[:, i]).astype(np.int64), requests) for i in (0, 1))
    share = np.clip(
        np.array([k.cached for k in kinds])[stream] * draw.uniform(0.5, 1.5, len(stream)), 0, 0.9
    )
    return pl.DataFrame(
        cell
        | {
            "account": np.array([s.account for s in found], dtype=np.int64)[stream],
            "input": into,
            "output": out,
            "cached": (into * share).astype(np.int64),
            "refused": draw.binomial(requests, 0.002),
        }
    )


def _sketch(draw: np.random.Generator, frame: pl.DataFrame, found: list[Stream]) -> pl.DataFrame:
    """Sketch a day's prompts once for an account, on the row with most requests."""
    frame = frame.sort("account", "hour", "stream", "model", "user", "requests", "input", "output")
    frame = frame.with_row_index("row").with_columns(day=pl.col("hour") // 24)
    best = (
        frame.sort("requests", "row", descending=[True, False])
        .group_by("account", "day", maintain_order=True)
        .agg(pl.col("row", "stream").first(), pl.col("requests").sum())
        .filter(pl.col("requests") >= SKETCHED)
        .sort("row")
    )
    used = best["stream"].to_numpy()
    words = np.array([s.words for s in found], dtype=np.int64)
    top = int(words.max()) + 1
    known = np.vstack(
        [_least(draw.random((top, 32)), np.full(top, SHINGLES)), np.full((1, 32), 2.0)]
    )
    noise = np.array([s.noise for s in found])[used] * draw.lognormal(0, 0.3, len(used)) * SHINGLES
    fresh = _least(draw.random((len(used), 32)), noise)
    # A day may know one of the templates alone.
    second = np.where(draw.random(len(used)) < 0.6, words[used, 1], -1)
    least = np.minimum(np.minimum(known[words[used, 0]], known[second]), fresh)
    values = pl.Series("template_sketch", (least * 2.0**63).astype(np.uint64)).arr.to_list()
    sketches = best.select("row").with_columns(values)
    return frame.join(sketches, on="row", how="left", maintain_order="left").drop("row")


def _least(draws: Floats, shingles: Floats | Ints) -> Floats:
    """Turn uniform draws into the least of so many hashes."""
    least: Floats = -np.expm1(np.log1p(-draws) / shingles[:, None])
    return least


def model_usage(
    stage: Stage, people: list[Account], frame: pl.DataFrame, found: list[Stream]
) -> pl.DataFrame:
    """Write the rows as the contract has them."""
    draw = stage.rng("end users")
    named = (
        frame.filter(pl.col("user") >= 0).select("account", "user").unique().sort("account", "user")
    )
    named = named.with_columns(end_user_hash=pl.Series(hexes(draw, len(named)), dtype=pl.String))
    frame = frame.join(named, on=["account", "user"], how="left", maintain_order="left")
    start = pl.from_epoch(pl.col("hour") * 3600 + stage.epoch, time_unit="s").dt.replace_time_zone(
        "UTC"
    )

    def told(texts: list[str], by: str) -> pl.Expr:
        return pl.lit(pl.Series(texts)).gather(pl.col(by))

    return frame.select(
        start=start,
        end=start + pl.duration(hours=1),
        account_id=told([one.account_id for one in people], "account"),
        model_id=told([row[0] for row in MODELS], "model"),
        region=told([s.region for s in found], "stream"),
        key_hash=told([s.key for s in found], "stream"),
        end_user_hash="end_user_hash",
        client_hash=told([s.client for s in found], "stream"),
        requests="requests",
        input_tokens="input",
        output_tokens="output",
        cached_tokens="cached",
        rate_limited_requests="limited",
        refused_requests="refused",
        template_sketch="template_sketch",
    ).sort("start", maintain_order=True)
