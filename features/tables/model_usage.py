"""``model_usage``: hourly or daily use of model endpoints."""

from __future__ import annotations

from typing import Final

import dataframely as dy
import polars as pl

from features import observed
from features.clock import covers_too_much
from features.tables.columns import HIDE, KEEP, count, identifier, moment, place, sketch
from features.tables.known import Known
from features.tables.table import Table

SKETCH_LENGTH: Final = 32


class ModelUsage(dy.Schema):
    """Hourly or daily use of model endpoints; counts only, never text."""

    start = moment(KEEP, happened=True)
    end = moment(KEEP, happened=True)
    account_id = identifier(HIDE)
    model_id = identifier(KEEP)
    requests = count(KEEP)
    input_tokens = count(KEEP)
    output_tokens = count(KEEP)
    region = place(KEEP)
    key_hash = identifier(KEEP, nullable=True)
    end_user_hash = identifier(KEEP, nullable=True)
    cached_tokens = count(KEEP, nullable=True)
    rate_limited_requests = count(KEEP, nullable=True)
    refused_requests = count(KEEP, nullable=True)
    client_hash = identifier(KEEP, nullable=True)
    template_sketch = sketch(KEEP, SKETCH_LENGTH)

    @dy.rule()
    def ends_after_it_starts(cls) -> pl.Expr:
        """End lies after start."""
        return pl.col("end") > pl.col("start")

    @dy.rule()
    def is_not_longer_than_three_years(cls) -> pl.Expr:
        """A row covers at most 1,100 days."""
        return ~covers_too_much("start", "end")

    @dy.rule()
    def cached_tokens_are_part_of_input(cls) -> pl.Expr:
        """Cached tokens are a part of input tokens."""
        return pl.col("cached_tokens").is_null() | (
            pl.col("cached_tokens") <= pl.col("input_tokens")
        )


MODEL_USAGE: Final = Table(
    name="model_usage",
    schema=ModelUsage,
    title="model calls",
    required=(
        "start", "end", "account_id", "model_id", "requests", "input_tokens", "output_tokens",
    ),
    known=Known(since="start"),
    seen_whole=pl.col("end"),
    ends=pl.col("end"),
    span=("start", "end"),
    account=("account_id",),
    sentences={"is_not_longer_than_three_years": "covers more than 1,100 days"},
    rollup=lambda rows, as_of, _catalogue: observed.model_use(rows, as_of),
    told=observed.told_of_models,
    watermark=("model", "last"),
    population="model",
    missed=True,
    lesson=3,
)  # fmt: skip
