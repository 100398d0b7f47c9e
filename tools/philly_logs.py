"""Turn the public Philly trace of GPU jobs into a log folder.

``python tools/philly_logs.py TRACE.parquet OUT`` writes ``usage`` and ``accounts``; the
GPU-seconds of every group and in all equal the trace's own to the last second.

The trace (msr-fiddle/philly-traces, CC BY 4.0) has 82,247 jobs of 15 groups in 2017. A job
becomes one charge from its submission for as long as it ran. The trace does not say which GPU
a job had, so the machine is a stand-in (a P100 machine of that time would not be in a
catalogue of cloud instances): figures in GPU-hours are the trace's, figures in TPP are not.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import polars as pl

INSTANCE = "p3.2xlarge"
"""One V100: an instance-hour is a GPU-hour."""


def jobs_of(trace: Path) -> pl.DataFrame:
    """Return the trace's jobs that ran: group, submission, length and GPU-seconds.

    Raises
    ------
    ValueError
        If a job's seconds are not whole or its GPU-seconds are not length times GPUs.
    """
    jobs = pl.read_parquet(trace).drop_nulls("submit_time")
    odd = jobs.filter(
        (pl.col("gpu_seconds") != pl.col("duration_s") * pl.col("num_gpus"))
        | (pl.col("duration_s") % 1 != 0)
    )
    if len(odd):
        raise ValueError(f"{len(odd)} jobs of {trace} do not add up; expected whole seconds.")
    return jobs.with_columns(pl.col("duration_s", "gpu_seconds").cast(pl.Int64)).filter(
        pl.col("gpu_seconds") > 0
    )


def usage_of(jobs: pl.DataFrame) -> pl.DataFrame:
    """Return one FOCUS row a job: GPU-hours as exact decimals, or as seconds in the unit."""
    start = pl.col("submit_time").dt.replace_time_zone("UTC")
    account = pl.format("philly-{}", "vc")
    return jobs.sort("submit_time", "vc", "duration_s", "num_gpus").select(
        ChargePeriodStart=start,
        ChargePeriodEnd=start + pl.duration(seconds=pl.col("duration_s")),
        BillingAccountId=account,
        SubAccountId=account,
        ChargeCategory=pl.lit("Usage"),
        ServiceName=pl.lit("Shared GPU cluster"),
        ServiceCategory=pl.lit("Compute"),
        ServiceProviderName=pl.lit("Philly trace"),
        SkuPriceDetails=pl.lit(f'{{"InstanceType":"{INSTANCE}"}}'),
        SkuId=pl.lit(INSTANCE),
        ConsumedQuantity=pl.col("gpu_seconds").cast(pl.Decimal(38, 15)),
        ConsumedUnit=pl.lit("Seconds"),
        PricingCategory=pl.lit("Standard"),
    )


def accounts_of(usage: pl.DataFrame) -> pl.DataFrame:
    """Return one account a group, opened when its first job was submitted."""
    return (
        usage.group_by(account_id="SubAccountId")
        .agg(created_at=pl.col("ChargePeriodStart").min())
        .sort("account_id")
    )


def write(trace: Path, out: Path) -> pl.DataFrame:
    """Write the log folder; return the GPU-seconds of each group."""
    jobs = jobs_of(trace)
    usage = usage_of(jobs)
    out.mkdir(parents=True, exist_ok=True)
    usage.write_parquet(out / "usage.parquet")
    accounts_of(usage).write_parquet(out / "accounts.parquet")
    return jobs.group_by("vc").agg(pl.col("gpu_seconds").sum()).sort("vc")


def main() -> None:
    """Write a log folder and print the totals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trace", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    totals = write(args.trace, args.out)
    print(totals)
    print("GPU-seconds in all:", totals["gpu_seconds"].sum())


if __name__ == "__main__":
    main()
