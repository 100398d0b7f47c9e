"""Small files that grow: what they need in memory stays bounded at every door."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

MIB = 1 << 20
MOST = 512
"""MiB of memory that a process may take, the libraries counted in."""
ACCOUNTS = "account_id,created_at\nmini,2025-01-01\n"
USAGE = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter\n"
    "2026-03-31T23:00:00Z,2026-04-01T00:00:00Z,p1,mini,Usage,Compute,1,Hours,m5.large\n"
)
DOORS = {
    "folder": "from detector import read_logs; logs = read_logs(inbox, max_bad=1.0);"
    "logs.validate(); ok = logs.counts['usage'].ok",
    "state": "from detector.pipeline.ingest import ingest;"
    "from detector.pipeline.stored import open_state;"
    "ingest(inbox, inbox.parent / 'state', max_bad=1.0, reject=True)\n"
    "with open_state(inbox.parent / 'state', max_bad=1.0) as s: ok = s.counts['usage'].ok",
}
PEAK = "print(ok, open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"


def charges(rows: int, **more: pa.Array) -> pa.Table:
    same = {
        "ChargePeriodStart": "2026-03-01T00:00:00Z", "ChargePeriodEnd": "2026-03-01T01:00:00Z",
        "BillingAccountId": "p", "SubAccountId": "mini", "ChargeCategory": "Usage",
        "ServiceName": "c", "ConsumedUnit": "Hours", "SkuMeter": "vm",
    }  # fmt: skip
    held = {name: pa.array([value] * rows) for name, value in same.items()}
    return pa.table({**held, "ConsumedQuantity": pa.array([1.0] * rows), **more})


def named_again(rows: int, chars: int) -> pa.Array:
    """One long text that every row names."""
    return pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["x" * chars]))


def nested_again(rows: int, chars: int) -> pa.Array:
    """The same inside a list of pairs, as maps are written."""
    value = pa.array(["x" * chars]).dictionary_encode().take(pa.array([0] * rows)).cast(pa.string())
    pair = pa.StructArray.from_arrays([pa.array(["k"] * rows), value], ["key", "value"])
    return pa.ListArray.from_arrays(pa.array(range(rows + 1), pa.int32()), pair)


def write_long_text(folder: Path) -> None:
    table = charges(40_000, ChargeDescription=named_again(40_000, MIB))
    pq.write_table(table, folder / "usage" / "2.parquet", compression="zstd")


def write_more_rows(folder: Path) -> None:
    table = charges(400_000, ResourceId=named_again(400_000, 100_000))
    pq.write_table(table, folder / "usage" / "2.parquet", compression="zstd")


def write_text_as_id(folder: Path) -> None:
    table = charges(40_000).set_column(3, "SubAccountId", named_again(40_000, MIB))
    pq.write_table(table, folder / "usage" / "2.parquet", compression="zstd")


def write_long_tags(folder: Path) -> None:
    target = folder / "usage" / "2.parquet"
    part = charges(50, Tags=nested_again(50, MIB))
    with pq.ParquetWriter(target, part.schema, compression="zstd") as writer:
        for _ in range(20):
            writer.write_table(part)


def write_growing_gzip(folder: Path) -> None:

    with gzip.open(folder / "usage" / "2.csv.gz", "wb") as file:
        file.write(USAGE.encode())
        for _ in range(600):
            file.write(b"\0" * MIB)


def write_long_years(folder: Path) -> None:
    row = "2000-01-01T00:00:00Z,9999-01-01T00:00:00Z,p,mini,Usage,c,1,Hours,vm\n"
    (folder / "usage" / "2.csv").write_text(USAGE.split("\n")[0] + "\n" + row * 3)


KINDS: dict[str, tuple[Callable[[Path], None], int]] = {
    "a text that 40,000 rows name": (write_long_text, 40_001),
    "a text that 400,000 rows name": (write_more_rows, 400_001),
    "a text that is an id": (write_text_as_id, 1),
    "a text in every row's tags": (write_long_tags, 1_001),
    "600 MiB of nothing in a gzip": (write_growing_gzip, 1),
    "three rows of 8,000 years": (write_long_years, 1),
}


@pytest.mark.long
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_grows_stays_small_in_memory(tmp_path: Path, kind: str, door: str) -> None:
    inbox = tmp_path / "inbox"
    (inbox / "usage").mkdir(parents=True)
    (inbox / "accounts.csv").write_text(ACCOUNTS)
    (inbox / "usage" / "1.csv").write_text(USAGE)
    write, least = KINDS[kind]
    write(inbox)
    script = f"from pathlib import Path; inbox = Path({str(inbox)!r})\n{DOORS[door]}\n{PEAK}"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    )
    ok, peak = run.stdout.split()
    assert int(ok) >= least
    assert int(peak) < MOST * 1024
