"""Signs in how models are called (F04, F07, F09, F10)."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from features.tables import SCHEMAS
from lab.signs.rows import call, calls
from lab.signs.sign import CALLS, QUIET, Own, Sign

_SKETCH: Final = SCHEMAS["model_usage"].create_empty().schema["template_sketch"]
_NUMBER: Final = pl.int_range(pl.len())


def sketch(seed: int) -> pl.Expr:
    """The MinHash sketch of one template that nobody else uses."""
    values = np.random.default_rng(seed).integers(0, 2**63, 32).astype(np.uint64)
    return pl.lit(pl.Series([values.tolist()], dtype=_SKETCH)).first()


def _numbered(name: str, own: Own, many: int | None = None) -> pl.Expr:
    number = _NUMBER if many is None else _NUMBER % many
    return pl.lit(f"{name}-{own.id}-") + number.cast(pl.String)


def _end_users(own: Own, _n: int) -> Own:
    return own.change(
        "model_usage", end_user_hash=_numbered("user", own), client_hash=pl.lit(f"sdk-{own.id}")
    )


def _many_minds(own: Own, _n: int) -> Own:
    rows = own.change("model_usage", client_hash=pl.lit(f"sdk-{own.id}")).tables["model_usage"]
    rng = np.random.default_rng(7)
    values = rng.integers(0, 2**63, (rows.height, 32)).astype(np.uint64).tolist()
    new = pl.Series("template_sketch", values, dtype=_SKETCH)
    return own.with_rows("model_usage", rows.with_columns(new))


def _uncached(own: Own, _n: int) -> Own:
    return own.change("model_usage", cached_tokens=pl.lit(0))


def _flat(own: Own, _n: int) -> Own:
    none = own.with_rows("model_usage", own.tables["model_usage"].clear())
    return calls(none, range(1, 29), range(24))


def _at_the_limit(own: Own, _n: int) -> Own:
    return own.change("model_usage", rate_limited_requests=pl.col("requests"))


def _ceiling(own: Own, _n: int) -> Own:
    none = own.with_rows("model_usage", own.tables["model_usage"].clear())
    return calls(none, range(1, 29), [9, 10, 11])


def _refused(own: Own, _n: int) -> Own:
    return own.change("model_usage", refused_requests=pl.col("requests") // 2)


def _one_mould(own: Own, _n: int) -> Own:
    return own.change("model_usage", template_sketch=sketch(11))


def _common_mould(own: Own, _n: int) -> Own:
    return own.change("model_usage", template_sketch=sketch(12))


def _long_answers(own: Own, _n: int) -> Own:
    return own.change("model_usage", output_tokens=pl.col("requests") * 16_000)


def _one_length(own: Own, _n: int) -> Own:
    return own.change("model_usage", output_tokens=pl.col("requests") * 700)


def _top_tier(own: Own, _n: int) -> Own:
    return own.change("model_usage", model_id=pl.lit("grand-9-ultra"))


def _one_model(own: Own, _n: int) -> Own:
    return own.change("model_usage", model_id=pl.lit("medium-1"))


def _pivot(own: Own, _n: int) -> Own:
    late = pl.col("start") >= own.day(15)
    known = own.add("model_usage", call(own.day(15, 9)))
    model = pl.when(late).then(pl.lit(f"novel-{own.id}")).otherwise("model_id")
    return known.change("model_usage", model_id=model)


def _spike(own: Own, _n: int) -> Own:
    requests = max(own.tables["model_usage"]["requests"].to_list())
    return calls(own, [2, 3, 4], range(24), requests=300 * requests)


def _round_stop(own: Own, _n: int) -> Own:
    # Ten million tokens, and nothing after.
    quiet = own.silent_from(own.day(25))
    none = quiet.with_rows("model_usage", own.tables["model_usage"].clear())
    rows = [call(own.day(d, 9), 1000, input_tokens=600_000, output_tokens=400_000)
            for d in range(25, 35)]  # fmt: skip
    return none.add("model_usage", *rows)


def _unnamed(own: Own, _n: int) -> Own:
    return own.change("model_usage", end_user_hash=pl.lit(None))


def _first_ever(own: Own, _n: int) -> Own:
    return calls(own, range(1, 6))


def _regions(own: Own, _n: int) -> Own:
    return own.change("model_usage", region=_numbered("there", own, 8))


def _brief_keys(own: Own, _n: int) -> Own:
    day = pl.col("start").dt.date().cast(pl.String)
    return own.change("model_usage", key_hash=pl.lit(f"key-{own.id}-") + day)


def _communities(own: Own, _n: int) -> Own:
    return own.change(
        "model_usage", key_hash=_numbered("key", own, 12), client_hash=_numbered("sdk", own, 12),
        end_user_hash=_numbered("user", own, 12),
    )  # fmt: skip


_MODEL: Final = ("model_usage",)
_OPEN: Final = ("model_usage", "accounts")

SIGNS: Final = (
    Sign("T04-M-end-users", "many end users behind identical SDK headers", _OPEN,
         ("f04_users_per_client", "f04_undeclared_end_users"), _end_users, CALLS),
    Sign("T04-M-many-minds", "header homogeneity, content heterogeneity", _OPEN,
         ("f10_one_client_many_minds",), _many_minds, CALLS),
    Sign("T04-M-uncached", "sessions that no prompt cache fits", _MODEL,
         ("f09_uncached_input",), _uncached, CALLS),
    Sign("T04-M-flat", "24 x 7 flat; no human gaps", _MODEL,
         ("f09_sleepless_days", "f09_flat_hours", "f09_even_days", "f09_no_weekend"), _flat, CALLS),
    Sign("T05-M-at-the-limit", "at the rate limit all the time", _MODEL,
         ("f09_limit_hugging",), _at_the_limit, CALLS),
    Sign("T05-M-output-cap", "each day stops at the same cap", _MODEL,
         ("f14_daily_ceiling",), _ceiling, CALLS),
    Sign("F09-refused", "refused calls", _MODEL, ("f09_refused_share",), _refused, CALLS),
    Sign("T06-M-one-template", "narrow task mix, template repetition", _MODEL,
         ("f10_one_mould", "f10_few_moulds"), _one_mould, CALLS),
    Sign("T06-M-templates-across", "prompt templates overlap across accounts", _MODEL,
         ("f10_accounts_alike", "f10_common_moulds"), _common_mould, CALLS, 3),
    Sign("T06-M-long-output", "long output, share of output", _MODEL,
         ("f09_long_answers", "f09_output_share"), _long_answers, CALLS),
    Sign("T06-M-output-dispersion", "answers all of one length", _MODEL,
         ("f09_narrow_answers",), _one_length, CALLS),
    Sign("T06-M-top-tier", "share of top-tier models", _MODEL, ("f09_top_tier",),
         _top_tier, CALLS, common=True),
    Sign("T01-M-one-model", "a single app, a single model", _MODEL, ("f09_one_model",),
         _one_model, CALLS, common=True),
    Sign("T06-M-new-model", "pivot to a new model within 24 h", _MODEL,
         ("f09_new_model_pivot",), _pivot, CALLS),
    Sign("T07-M-spike", "a spike on a victim", _MODEL, ("f09_spike",), _spike, CALLS),
    Sign("T07-M-first-ever", "first model use ever", ("usage", "model_usage"),
         ("f05_sudden_models",), _first_ever, QUIET),
    Sign("T15-M-regions", "hops to regions where a model is offered", _MODEL,
         ("f09_region_hops",), _regions, CALLS),
    Sign("T04-M-brief-keys", "API keys thrown away", _MODEL,
         ("f09_brief_keys", "f04_many_keys"), _brief_keys, CALLS),
    Sign("T04-M-unnamed", "no end-user ids are passed", _OPEN, ("f04_unnamed_users",), _unnamed,
         CALLS, common=True),
    Sign("T14-M-round-stop", "tokens stop at a round total", ("usage", "model_usage"),
         ("f14_round_stop",), _round_stop, CALLS),
    Sign("T17-M-communities", "API keys, clients and users that never meet", _OPEN,
         ("f07_key_communities",), _communities, CALLS),
)  # fmt: skip
