"""Charges in FOCUS's words."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from lessons.mill.cast import Cast
from lessons.mill.catalogue import REGIONS, SKUS
from lessons.mill.ranges import HOUR, Ints, Plan, either
from lessons.mill.work import Launches

__all__ = ["Work", "focus_rows"]


@dataclass
class Work:
    """What ran: launches, their machines, and the hours charged, as columns.

    ``machine`` of an hour is -1 where the row is storage; ``ticks`` are hundredths of what is
    consumed; ``cents`` is the price in 1/10,000.
    """

    launches: Launches
    launch: Ints  # of a machine
    start: Ints
    end: Ints
    ids: list[str]
    region: Ints  # of a machine, a number that its cloud's list wraps
    account: Ints  # of an hour, and so the rest
    hour: Ints
    machine: Ints
    ticks: Ints
    cents: Ints


def _money(column: str, name: str) -> pl.Expr:
    """Micro-units as an exact decimal."""
    return (pl.col(column).cast(pl.Decimal(38, 6)) / 1_000_000).cast(pl.Decimal(38, 6)).alias(name)


def focus_rows(cast: Cast, work: Work, frame: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """Rows of ``usage``, in order of time, account and resource."""
    bought, unused = pl.col("kind") == "purchase", pl.col("kind") == "unused"
    commit, reserve = pl.col("rule") == "commit", pl.col("rule") == "reserve"
    disk, hollow = pl.col("sku") < 0, bought | unused
    start, used = pl.col("ChargePeriodStart"), either(unused, "Unused", "Used")
    amount = (pl.col("ticks").cast(pl.Decimal(38, 2)) / 100).cast(pl.Decimal(38, 2))
    discount = either(commit, pl.lit("Committed"), "Standard")
    columns = {
        "ChargePeriodEnd": start + either(bought, pl.duration(hours=24), pl.duration(hours=1)),
        "ChargeCategory": either(bought, "Purchase", "Usage"),
        "ChargeClass": either(pl.col("kind") == "correction", "Correction"),
        "ChargeFrequency": either(bought, "Recurring", "Usage-Based"),
        "ServiceName": either(disk, "Mill Disks", "Mill Machines"),
        "ServiceCategory": either(disk, "Storage", "Compute"),
        "ServiceProviderName": pl.lit("Mill Compute"),
        "ConsumedQuantity": either(~hollow, amount),
        "ConsumedUnit": either(~hollow, either(disk, "GB-Days", "Hours")),
        "PricingCategory": either(pl.col("spot") == 1, "Dynamic", discount),
        "CommitmentDiscountStatus": either(commit & ~bought, used),
        "CommitmentDiscountType": either(commit, "Machine Commitment"),
        "CapacityReservationId": either(reserve, "cr-" + pl.col("SubAccountId")),
        "CapacityReservationStatus": either(reserve, used),
        "EffectiveCost": _money("effective", "EffectiveCost"),
        "BilledCost": _money("billed", "BilledCost"),
        "ListCost": _money("listed", "ListCost"),
    }
    listed = either(unused, pl.lit(0, pl.Int64), pl.col("ticks") * pl.col("cents"))
    frame = frame.with_columns(listed=listed, **_names(cast, work, frame, plan))
    firm = ["ChargePeriodStart", "BillingAccountId", "SubAccountId", "ResourceType", "ResourceId"]
    done = frame.select(
        *firm, "RegionId", "BillingCurrency", *(value.alias(key) for key, value in columns.items())
    )
    keys = ["ResourceId", "ChargeClass", "ChargeCategory", "CommitmentDiscountStatus"]
    return done.sort("ChargePeriodStart", "SubAccountId", *keys, maintain_order=True)


def _names(cast: Cast, work: Work, frame: pl.DataFrame, plan: Plan) -> dict[str, pl.Series]:
    """Who, what and where, by row."""
    account, sku = frame["account"].to_numpy(), frame["sku"].to_numpy()
    machine, disks = frame["machine"].to_numpy(), len(work.ids)
    ids = pl.Series(cast.ids)
    things = pl.Series([*work.ids, *(f"vol-{name}" for name in cast.ids)])
    thing = things.gather(np.where(machine < 0, disks + account, machine))
    nothing = pl.Series((machine < 0) & (sku >= 0))
    return {
        "ChargePeriodStart": plan.times(frame["hour"] * HOUR),
        "BillingAccountId": ids.gather(cast.payer[account]),
        "SubAccountId": ids.gather(account),
        "ResourceType": pl.Series([*(entry.name for entry in SKUS), "block-storage"]).gather(
            np.where(sku < 0, len(SKUS), sku)
        ),
        "ResourceId": thing.set(nothing, None),
        "RegionId": _regions(work, account, sku, machine),
        "BillingCurrency": pl.Series(["USD", "EUR"]).gather(cast.euro[account]),
    }


def _regions(work: Work, account: Ints, sku: Ints, machine: Ints) -> pl.Series:
    """Region of each row: an account's own in each cloud, now and then the next one."""
    number = account * 7
    if len(work.region):
        number = np.where(machine >= 0, work.region[np.maximum(machine, 0)], number)
    clouds = sorted(REGIONS)
    flat = [region for cloud in clouds for region in REGIONS[cloud]]
    size = np.array([len(REGIONS[cloud]) for cloud in clouds])
    base = np.cumsum(size) - size
    cloud = np.array([*(clouds.index(entry.cloud) for entry in SKUS), clouds.index("aws")])[sku]
    return pl.Series(flat).gather(base[cloud] + number % size[cloud])
