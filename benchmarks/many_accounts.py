"""Write a log folder of very many accounts, cheaply: one simulated world again and again.

    python benchmarks/many_accounts.py OUT --base 2000 --times 5 --days 90
    python benchmarks/score_speed.py --logs OUT --memory 6GB

Each time all accounts, payers, organisations, devices and identifiers have other names, so that
nothing ties one repetition to another; files are written one repetition at a time. A million
accounts are --base 20000 --times 50: about 8 GB. OUT must not exist.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector.simulate import simulate

#: Columns that name somebody or something, beside all that end in ``_hash`` and ``_uid``.
NAMES: Final = frozenset(
    {"account_id", "payer_account_id", "organisation_id", "partner_id", "BillingAccountId",
     "SubAccountId", "instance_id", "gpu_uuid", "tls_fingerprint"}
)  # fmt: skip
#: Tables that speak of no account: they stand once.
ONCE: Final = ("fx", "tenders", "abuse_reports", "indicators", "entity_owners", "partners")


def main() -> None:
    """Simulate one world, and write it as often as it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--base", type=int, default=2_000, help="accounts of the world")
    parser.add_argument("--times", type=int, default=5, help="1 to 256")
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.out.parent) as scratch:
        world = Path(scratch) / "world"
        simulate("standard", options.base, options.days, options.seed, world)
        options.out.mkdir()
        shutil.copytree(world / "lists", options.out / "lists")
        for file in sorted(world.rglob("*.parquet")):
            rows = repeated(world, file, options.out, options.times)
            print(f"{file.relative_to(world)}: {rows:,} rows", flush=True)


def repeated(world: Path, file: Path, out: Path, times: int) -> int:
    """Write one file again and again; return how many rows that made."""
    place = file.relative_to(world)
    table = place.parts[0].removesuffix(".parquet")
    rows, written = pl.read_parquet(file), 0
    for number in range(1 if table in ONCE else times):
        folder = out / table if len(place.parts) == 1 else out / place.parent
        target = folder / f"{number:02x}-{file.name}"
        target.parent.mkdir(parents=True, exist_ok=True)
        renamed(rows, number).write_parquet(target, compression="zstd")
        written += rows.height
    return written


def renamed(rows: pl.DataFrame, number: int) -> pl.DataFrame:
    """The rows with other names: the first two characters of each are the repetition's."""
    if "template_sketch" in rows.columns:
        other = pl.element() ^ pl.lit(number, dtype=pl.UInt64)
        rows = rows.with_columns(pl.col("template_sketch").list.eval(other))
    return rows.with_columns(
        (pl.lit(f"{number:02x}") + pl.col(name).str.slice(2)).alias(name)
        for name in _names(rows.schema)
    )


def _names(schema: pl.Schema) -> Iterator[str]:
    for name, kind in schema.items():
        if kind == pl.String() and (name in NAMES or name.endswith(("_hash", "_uid"))):
            yield name


if __name__ == "__main__":
    main()
