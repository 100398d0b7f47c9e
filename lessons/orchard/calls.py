"""Calls to models: one row an hour with calls, by one key, to one model."""

from __future__ import annotations

import numpy as np
import polars as pl

from lessons.orchard.cast import Cast
from lessons.orchard.machines import days_of
from lessons.orchard.phases import weight
from lessons.orchard.setting import DAY, HOUR, Array, Columns, Setting, hexed, words

MODELS = (
    "llama-3.3-70b-instruct",
    "mistral-small",
    "gpt-4o-mini",
    "claude-3-5-haiku",
    "gpt-4o",
    "claude-sonnet-4",
    "claude-opus-4",
    "claude-opus-4-5",
)
DEAREST, RELEASED = 6, 7


def release(setting: Setting) -> int:
    """Return when the newest model came out."""
    return int(setting.days * 0.45) * DAY + 16 * HOUR


def draw_calls(setting: Setting, cast: Cast, ph: Columns) -> Columns:
    """Draw hours with calls, and what went through in them."""
    rng = setting.rng("calls")
    phase, at = days_of(setting, ph)
    phase, at = phase[ph["calls"][phase] > 0], at[ph["calls"][phase] > 0]
    share = weight(cast, ph, phase, at)
    hours = np.arange(24)
    near = np.abs((hours[None, :] - ph["peak"][phase][:, None] + 12) % 24 - 12)
    shape = np.exp(-((near / 4.5) ** 2))
    shape = ph["flat"][phase][:, None] + (1 - ph["flat"][phase][:, None]) * shape * 2.8
    busy = rng.random(len(phase)) < np.minimum(share * 1.2, 1)
    chance = (
        np.clip(ph["calls"][phase][:, None] / 24 * shape, 0, 0.99)
        * (busy * np.minimum(share, 1) ** 0.3)[:, None]
    )
    day, hour = np.nonzero(rng.random(chance.shape) < chance)
    phase, share, start = phase[day], share[day], at[day] + hour * HOUR
    born = np.maximum(ph["from"][phase], cast.ready[ph["account"][phase]])
    keep = (start >= born) & (start + HOUR <= ph["until"][phase])
    phase, share, start, rows = phase[keep], share[keep], start[keep], int(keep.sum())
    requests = 1 + rng.poisson(
        ph["requests"][phase] * np.clip(share, 0.2, 3) * rng.lognormal(0, 0.45, rows)
    )
    sent = (requests * ph["tokens_in"][phase] * rng.lognormal(0, 0.25, rows)).astype(np.int64) + 1
    got = (requests * ph["tokens_out"][phase] * rng.lognormal(0, 0.25, rows)).astype(np.int64) + 1
    cached = (sent * rng.beta(1, 6, rows) * (ph["pick"][phase] < 0.4)).astype(np.int64)
    return {
        "phase": phase,
        "start": start,
        "model": _models(setting, rng, ph, phase, start),
        "requests": requests,
        "sent": sent,
        "got": got,
        "cached": cached,
        "key": (rng.random(rows) ** 2 * (1 + (ph["pick"][phase] * 3).astype(np.int64))).astype(
            np.int64
        ),
        "limited": rng.binomial(requests, ph["limited"][phase].clip(0, 0.5)),
        "refused": rng.binomial(requests, 0.004),
        "user": rng.integers(0, 1 << 30, rows),
    }


def _models(
    setting: Setting, rng: np.random.Generator, ph: Columns, phase: Array, start: Array
) -> Array:
    """Choose models: a usual one, a second one, and in time the newest."""
    usual = np.where(
        ph["top"], 4 + (ph["pick"] * 3).astype(np.int64), (ph["pick"] * 5).astype(np.int64)
    )
    second = np.maximum(usual - 2, 0)
    chosen = np.where(rng.random(len(phase)) < 0.82, usual[phase], second[phase])
    adopted = start >= release(setting) + ph["adopt"][phase] * DAY
    newest = ph["top"][phase] & adopted & (rng.random(len(phase)) < 0.55)
    chosen = np.where(newest, RELEASED, chosen)
    return np.where(ph["vain"][phase], np.minimum(chosen, 3), chosen)


def key_marks(setting: Setting, ph: Columns, phase: Array, key: Array) -> Array:
    """Name the keys of a phase; what a thief uses is the holder's first."""
    index = np.where(ph["stolen"][phase], 0, key) + 100 * ph["new"][phase]
    return setting.mark("access_key", ph["account"][phase], index)


def model_usage(
    setting: Setting, calls: Columns, names: pl.Series, ph: Columns, regions: pl.Series
) -> pl.DataFrame:
    """Write the table."""
    phase = calls["phase"]
    account = ph["account"][phase]
    users = ph["users"][phase]
    client = setting.mark("client", (ph["pick"][phase] * 23).astype(np.int64) % 9)
    return pl.DataFrame(
        {
            "start": setting.times(calls["start"]),
            "end": setting.times(calls["start"] + HOUR),
            "account_id": names.gather(pl.Series(account)),
            "model_id": words(MODELS, calls["model"]),
            "requests": calls["requests"],
            "input_tokens": calls["sent"],
            "output_tokens": calls["got"],
            "cached_tokens": calls["cached"],
            "rate_limited_requests": calls["limited"],
            "refused_requests": calls["refused"],
            "region": regions.gather(pl.Series(account)),
            "key_hash": hexed(key_marks(setting, ph, phase, calls["key"])),
            "end_user_hash": hexed(
                setting.mark("user", account, calls["user"] % np.maximum(users, 1)), users > 0
            ),
            "client_hash": hexed(client),
        }
    ).sort("start", "account_id", maintain_order=True)
