"""Turn the public Helios trace of GPU use into a log folder.

``python tools/helios_logs.py TRACE.parquet OUT`` writes ``usage`` and ``accounts``; the
GPU-seconds of every group and in all equal the trace's own exactly.

The trace (S-Lab-System-Group/HeliosArtifact, data CC BY 4.0) says how many GPUs each of 16
groups of the cluster Earth had running, every ten minutes of May 2020, with one decimal. Each
sample with a running GPU becomes one charge of ten minutes. The cluster has V100s, so the
machine is one with one V100: an instance-second is a GPU-second.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import polars as pl

INSTANCE: Final = "p3.2xlarge"
SECONDS: Final = 600
"""Between two samples."""


def samples_of(trace: Path) -> pl.DataFrame:
    """Return the samples with running GPUs: group, time and GPU-seconds (Int64).

    Raises
    ------
    ValueError
        If a sample is not a whole number of tenths, or two samples of a group overlap.
    """
    samples = pl.read_parquet(trace, columns=["time", "vc", "running_gpu_num"])
    tenths = pl.col("running_gpu_num") * 10
    odd = samples.filter((tenths - tenths.round()).abs() > 1e-6)
    apart = samples.sort("vc", "time")["time"].diff().dt.total_seconds()
    if len(odd) or bool(((apart > 0) & (apart < SECONDS)).any()):
        raise ValueError(f"{trace} does not add up; expected tenths of GPUs every {SECONDS} s.")
    seconds = (tenths.round().cast(pl.Int64) * (SECONDS // 10)).alias("gpu_seconds")
    return samples.select("time", "vc", seconds).filter(pl.col("gpu_seconds") > 0)


def usage_of(samples: pl.DataFrame) -> pl.DataFrame:
    """Return one FOCUS row a sample, metered in seconds of a machine with one GPU."""
    start = pl.col("time").dt.replace_time_zone("UTC")
    account = pl.format("helios-{}", "vc")
    return samples.sort("time", "vc").select(
        ChargePeriodStart=start,
        ChargePeriodEnd=start + pl.duration(seconds=SECONDS),
        BillingAccountId=account,
        SubAccountId=account,
        ChargeCategory=pl.lit("Usage"),
        ServiceName=pl.lit("Shared GPU cluster"),
        ServiceCategory=pl.lit("Compute"),
        ServiceProviderName=pl.lit("Helios trace"),
        SkuPriceDetails=pl.lit(f'{{"InstanceType":"{INSTANCE}"}}'),
        SkuId=pl.lit(INSTANCE),
        ConsumedQuantity=pl.col("gpu_seconds").cast(pl.Decimal(38, 15)),
        ConsumedUnit=pl.lit("Seconds"),
        PricingCategory=pl.lit("Standard"),
    )


def write(trace: Path, out: Path) -> pl.DataFrame:
    """Write the log folder; return the GPU-seconds of each group."""
    samples = samples_of(trace)
    usage = usage_of(samples)
    made = usage.group_by(account_id="SubAccountId").agg(
        created_at=pl.col("ChargePeriodStart").min()
    )
    out.mkdir(parents=True, exist_ok=True)
    usage.write_parquet(out / "usage.parquet")
    made.sort("account_id").write_parquet(out / "accounts.parquet")
    return samples.group_by("vc").agg(pl.col("gpu_seconds").sum()).sort("vc")


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
