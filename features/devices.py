"""GPUs and their slices: which device a meter is of, and whose.

A MIG slice is a device of its own, named by its GPU's id with the instance behind a stroke
(``GPU-…/1``). Whoever holds the GPU holds its one slice. Of several slices nobody can tell whose
they are by the GPU alone: a neighbour's work is not laid at its holder's door. The inventory then
has to name the slices, or their instance.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from features.graph import smallest_member
from features.numbering import number

DEVICE: Final = ["instance_id", "gpu_uuid"]
_SLICE: Final = r"^(GPU-[^/]+|[0-9a-f]{32})/\d+$"
"""A GPU's id, plain or under a pseudonym, and its slice; other ids may have a stroke too."""


def whole(device: pl.Expr) -> pl.Expr:
    """Return the GPU of a slice, and any other device as it is."""
    return device.str.replace(_SLICE, "$1")


def is_slice(device: pl.Expr) -> pl.Expr:
    """True where a device is a slice of a GPU; never null."""
    return device.str.contains(_SLICE).fill_null(value=False)


def assigned(rows: pl.DataFrame, inventory: pl.DataFrame) -> pl.DataFrame:
    """Rows with their account and device; rows of unknown holders are left out.

    Of a GPU whose slices report in the same hour for the same account, the meters of the
    whole are left out: they tell of all slices together.
    """
    rows = rows.with_columns(device=pl.coalesce("gpu_uuid", "instance_id"))
    named = rows.filter(pl.col("account_id").is_not_null())
    found = pl.concat([named, _held(rows.filter(pl.col("account_id").is_null()), inventory)])
    sliced = found.filter(is_slice(pl.col("gpu_uuid"))).select(
        "account_id", "hour", gpu_uuid=whole(pl.col("gpu_uuid"))
    )
    if sliced.is_empty():
        return found
    return found.join(sliced.unique(), on=sliced.columns, how="anti")


def _held(rows: pl.DataFrame, inventory: pl.DataFrame) -> pl.DataFrame:
    """Rows that one account alone held from their first to their last sample."""
    columns = rows.columns
    numbered = rows.drop("account_id").with_row_index("_row")
    by_gpu = _holders(numbered, inventory, "gpu_uuid", pl.col("gpu_uuid"))
    unnamed = numbered.filter(is_slice(pl.col("gpu_uuid"))).join(by_gpu, on="_row", how="anti")
    several = pl.col("gpu_uuid").n_unique().over(whole(pl.col("gpu_uuid"))) > 1
    unnamed = unnamed.filter(~several)
    both = pl.concat(
        [
            _holders(numbered, inventory, "instance_id", pl.col("instance_id")),
            by_gpu,
            _holders(unnamed, inventory, "gpu_uuid", whole(pl.col("gpu_uuid"))),
        ]
    ).unique()
    keys = ["instance_id", "gpu_uuid", "hour", "metric"]
    held = numbered.join(both, on="_row").select(columns)
    return held.filter(pl.col("account_id").n_unique().over(keys) == 1)


def _holders(
    rows: pl.DataFrame, inventory: pl.DataFrame, key: str, device: pl.Expr
) -> pl.DataFrame:
    """Return ``_row`` and ``account_id`` of each that held the device of a row throughout."""
    spans = inventory.filter(pl.col(key).is_not_null()).select(
        "account_id", "valid_from", "valid_to", _device=pl.col(key)
    )
    return (
        rows.select("_row", "first", "last", _device=device)
        .join(spans, on="_device")
        .filter(
            (pl.col("valid_from") <= pl.col("first"))
            & (pl.col("valid_to").is_null() | (pl.col("last") < pl.col("valid_to")))
        )
        .select("_row", "account_id")
    )


def machines(*tables: pl.DataFrame) -> pl.DataFrame:
    """Instances and GPUs, and which of them hang together by rows that name both.

    Parameters
    ----------
    tables
        Rows with ``instance_id`` and ``gpu_uuid``, of which one may be null.

    Returns
    -------
    pl.DataFrame
        ``instance_id`` and ``gpu_uuid``, each two once, and ``machine``: the same text wherever
        an instance or a GPU, whole or any slice of it, leads from one to the other.
    """
    # Rows of a device stand together, so that few are left where a row follows its like.
    told = pl.any_horizontal(pl.col(key).ne_missing(pl.col(key).shift(1)) for key in DEVICE)
    devices = pl.concat([rows.select(DEVICE).filter(told) for rows in tables]).unique()
    instance, gpu = pl.format("i{}", "instance_id"), pl.format("g{}", whole(pl.col("gpu_uuid")))
    named = devices.filter(pl.any_horizontal(pl.col(DEVICE).is_not_null()))
    ends = named.select(one=pl.coalesce(instance, gpu), other=pl.coalesce(gpu, instance))
    places = number(ends["one"], ends["other"])
    smallest = smallest_member(places.left, places.right, len(places.ids))
    return named.with_columns(machine=places.ids.gather(smallest[places.left]))
