"""GPU-hours, tokens and money equal an independent DuckDB implementation, to the last digit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Any

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features import charges
from features.catalogue import Catalogue
from features.charges import SKU_KEYS
from features.rollups import complete, merge, rollup
from features.totals import gpu_hours, tokens

Logs = Callable[..., dict[str, pl.DataFrame]]
ZERO_PLACES = Decimal(1).scaleb(-15)

# One row per charge and day it touches, in whole seconds; nothing at or after as-of.
CUT = """
WITH visible AS (
  SELECT row_number() OVER () AS row, u.*, s.kind, s.gpu_model, s.gpu_num, s.gpu_den,
         s.token_num, s.token_den, s.token_direction,
         epoch_us(ChargePeriodStart) AS t0, epoch_us(ChargePeriodEnd) AS t1
  FROM usage u JOIN skus s ON {join}
  WHERE epoch_us(ChargePeriodStart) < $as_of
), days AS (
  SELECT *, unnest(range(t0 // 86400000000, (least(t1, $as_of) - 1) // 86400000000 + 1)) AS day
  FROM visible
)
SELECT coalesce(SubAccountId, BillingAccountId) AS account, day, kind, gpu_model, gpu_num, gpu_den,
       token_num, token_den, token_direction,
       ChargeCategory AS category, BillingCurrency AS currency,
       (CommitmentDiscountStatus = 'Unused') IS TRUE
         OR (CapacityReservationStatus = 'Unused') IS TRUE AS unused,
       ConsumedQuantity AS quantity, coalesce(EffectiveCost, BilledCost, ListCost, 0) AS cost,
       (greatest(day * 86400000000, t0) - t0) // 1000000 AS before,
       (least((day + 1) * 86400000000, t1, $as_of) - t0) // 1000000 AS after,
       least((day + 1) * 86400000000, t1, $as_of) = t1 AS ends,
       greatest((t1 - t0) // 1000000, 1) AS seconds
FROM days
"""


def cut_rows(
    tables: dict[str, pl.DataFrame], as_of: datetime, catalogue: Catalogue
) -> list[dict[str, Any]]:
    usage = tables["usage"].cast({pl.Enum: pl.String, pl.Datetime: pl.Datetime("us")})
    skus = catalogue.map_skus(usage.select(SKU_KEYS).unique())
    join = " AND ".join(f"u.{k} IS NOT DISTINCT FROM s.{k}" for k in SKU_KEYS)
    with duckdb.connect() as connection:
        connection.register("usage", usage.to_arrow())
        connection.register("skus", skus.to_arrow())
        moment = int(as_of.timestamp() * 1_000_000)
        found = connection.execute(CUT.format(join=join), {"as_of": moment})
        names = [d[0] for d in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def portion(amount: Decimal, row: dict[str, Any]) -> Decimal:
    """The part of a row's amount between two moments, rounded as the contract says."""

    def until(seconds: int) -> Decimal:
        return (amount * seconds / row["seconds"]).quantize(ZERO_PLACES, ROUND_HALF_EVEN)

    with localcontext() as context:
        context.prec = 90
        return (amount if row["ends"] else until(row["after"])) - until(row["before"])


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_gpu_amounts_tokens_and_money_are_exact(
    logs: Logs, as_of: datetime, catalogue: Catalogue, seed: int
) -> None:
    tables = logs(seed, accounts=10, rows=800)
    ours = rollup("usage", tables["usage"], as_of, catalogue)["usage"]
    gpu: dict[Any, Decimal] = {}
    token: dict[Any, Decimal] = {}
    money: dict[Any, Decimal] = {}
    for row in cut_rows(tables, as_of, catalogue):
        quantity = portion(row["quantity"], row)
        add(money, (row["account"], row["currency"]), portion(Decimal(row["cost"]), row))
        if row["category"] != "Usage" or row["unused"]:
            continue
        if row["kind"] == "gpu":
            key = (row["account"], row["gpu_model"], row["gpu_den"])
            add(gpu, key, quantity * row["gpu_num"])
        elif row["kind"] == "tokens":
            key = (row["account"], row["token_direction"], row["token_den"])
            add(token, key, quantity * row["token_num"])
    used = ours.filter(~pl.col("idle") & pl.col("gpu_model").is_not_null())
    assert gpu
    assert sums(used, ["account_id", "gpu_model", "denominator"], "gpu_amount") == gpu
    metered = ours.filter(pl.col("token_direction").is_not_null())
    keys = ["account_id", "token_direction", "denominator"]
    assert sums(metered, keys, "token_amount") == token
    assert sums(ours, ["account_id", "currency"], "cost") == money


def add(totals: dict[Any, Decimal], key: Any, amount: Decimal) -> None:
    totals[key] = totals.get(key, Decimal(0)) + amount


def sums(frame: pl.DataFrame, keys: list[str], column: str) -> dict[Any, Decimal]:
    rows = frame.group_by(keys).agg(pl.col(column).sum()).rows()
    return {tuple(row[:-1]): row[-1] for row in rows}


def test_slices_of_a_large_file_change_nothing(
    logs: Logs, as_of: datetime, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = logs(5)["usage"]
    whole = merge([rollup("usage", usage, as_of, catalogue)])["usage"]
    monkeypatch.setattr(charges, "SLICE", 37)
    sliced = merge([rollup("usage", usage, as_of, catalogue)])["usage"]
    assert_frame_equal(whole, sliced, check_exact=True)


def test_hours_and_tokens_are_the_quotients_of_the_exact_sums(
    logs: Logs, as_of: datetime, catalogue: Catalogue
) -> None:
    tables = logs(6)
    parts = [rollup(n, t, as_of, catalogue) for n, t in tables.items()]
    rollups = complete(merge(parts), tables, as_of, catalogue)
    hours = gpu_hours(rollups["usage"], ["account_id"])
    exact = sums(
        rollups["usage"].filter(~pl.col("idle") & pl.col("gpu_model").is_not_null()),
        ["account_id", "gpu_model", "denominator"],
        "gpu_amount",
    )
    for account, model, value in hours.rows():
        parts_ = {k: v for k, v in exact.items() if k[:2] == (account, model)}
        assert value == sum(float(v) / k[2] for k, v in sorted(parts_.items()))
    model_rows = tables["model_usage"]
    whole = model_rows.filter(pl.col("end") <= as_of)
    counted = tokens(rollups, ["account_id"])
    metered = set(whole["account_id"])
    mine = dict(zip(counted["account_id"], counted["input_tokens"], strict=True))
    assert metered <= set(mine)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_days_of_a_row_add_up_to_the_row(
    logs: Logs, as_of: datetime, catalogue: Catalogue, seed: int
) -> None:
    usage = logs(seed)["usage"].filter(pl.col("ChargePeriodEnd") <= as_of)
    ours = rollup("usage", usage, as_of, catalogue)["usage"]
    zero = pl.lit(0, dtype=pl.Decimal(38, 15))
    cost = pl.coalesce("EffectiveCost", "BilledCost", "ListCost", zero)
    assert ours["cost"].sum() == usage.select(cost.sum()).item()
