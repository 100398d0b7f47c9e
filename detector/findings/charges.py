"""What charges are for, beside their own columns: GPU time, used or not, or tokens."""

from __future__ import annotations

from typing import Final

import polars as pl

from features.catalogue import ROW_COLUMNS, Catalogue

_UNUSED: Final = pl.any_horizontal(
    pl.col(column).eq_missing(pl.lit("Unused"))
    for column in ("CommitmentDiscountStatus", "CapacityReservationStatus")
)
ADDED: Final = pl.Schema(
    {
        "gpu_model": pl.String(), "unused": pl.Boolean(), "controlled": pl.Boolean(),
        "tokens": pl.Boolean(),
    }
)  # fmt: skip
"""The columns that ``with_kinds`` adds."""


def with_kinds(rows: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """Charge rows with ``ADDED``: as features see them, by the catalogue of the same run.

    ``gpu_model`` is null where a row is no charge for GPU time; ``unused`` is what was held and
    not used; ``controlled`` an export-controlled GPU, and ``tokens`` tokens, that were used.
    """
    used = rows.select(ROW_COLUMNS).unique(maintain_order=True)
    known = catalogue.gpus.select("gpu_model", is_controlled="controlled")
    models = catalogue.map_skus(used).select(*ROW_COLUMNS, "kind", "gpu_model")
    gpu, tokens = (
        (pl.col("ChargeCategory") == "Usage") & pl.col("kind").eq_missing(pl.lit(kind))
        for kind in ("gpu", "tokens")
    )
    return (
        rows.join(models, on=ROW_COLUMNS, how="left", nulls_equal=True, maintain_order="left")
        .join(known, on="gpu_model", how="left", maintain_order="left")
        .with_columns(
            gpu_model=pl.when(gpu).then("gpu_model"),
            unused=_UNUSED,
            tokens=tokens & ~_UNUSED,
            controlled=gpu & ~_UNUSED & pl.col("is_controlled").fill_null(value=False),
        )
        .drop("kind", "is_controlled")
    )
