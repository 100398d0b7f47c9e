"""A cluster says of any folder what one machine says: what counts, what not, and why not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from detector import read_logs
from detector.errors import DataError
from detector.pipeline.engine import LocalEngine
from detector.pipeline.prepare import Stages
from detector.spark import SparkEngine, open_cluster_logs

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

KEY = b"everything"
# Each starts a cluster; what its tasks make is asked in one process elsewhere.
pytestmark = pytest.mark.long
HEADER = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter\n"
)
ACCOUNTS = "account_id,created_at\nmini,2025-01-01\nother,2025-01-01\n"
PERIOD = "usage/source=azure/period=2026-03"


def charges(*days: int, machines: int = 1) -> str:
    rows = (
        f"2026-03-{d:02d}T00:00:00Z,2026-03-{d + 1:02d}T00:00:00Z,p,mini,Usage,c,24,Hours,"
        "p5.48xlarge\n"
        for d in days
        for _ in range(machines)
    )
    return HEADER + "".join(rows)


TRAIL = json.dumps(
    {
        "Records": [
            {
                "eventVersion": "1.11", "eventID": "e1", "eventName": "RunInstances",
                "eventTime": "2026-03-01T10:00:00Z", "eventSource": "ec2.amazonaws.com",
                "userIdentity": {"type": "IAMUser"}, "recipientAccountId": "mini",
            }
        ]
    }
)  # fmt: skip
FOLDERS: Mapping[str, Mapping[str, str]] = {
    "everything": {
        "accounts.csv": ACCOUNTS,
        "usage/plain.csv": charges(9),
        "usage/zz_copy.csv": charges(9),
        "usage/broken.parquet": "PAR1",
        f"{PERIOD}/20260402/d.csv": charges(1, machines=2),
        f"{PERIOD}/20260403/c.csv": charges(1, machines=2),
        f"{PERIOD}/20260403/d.csv": charges(2, machines=2),
        "events/a.json": TRAIL,
        "events/b.json": TRAIL + " rest",
        "events/digest.json": '{"digestStartTime": "x", "digestEndTime": "y"}',
        "model_usage.json": '{"data": []}',
    },
    "an optional table that is broken": {
        "accounts.csv": ACCOUNTS, "usage.csv": charges(1), "events.json": '{"Records": [,]}',
    },
    "usage that is broken": {"accounts.csv": ACCOUNTS, "usage.parquet": "PAR1"},
    "usage that is a web page": {"accounts.csv": ACCOUNTS, "usage/1.csv": "<html>503</html>"},
    "usage without rows": {"accounts.csv": ACCOUNTS, "usage.csv": HEADER},
}  # fmt: skip


REFUSED = {name for name in FOLDERS if name.startswith("usage ")}


def write(folder: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


@pytest.mark.parametrize("name", sorted(FOLDERS.keys() - REFUSED))
def test_a_cluster_says_what_one_machine_says(
    spark: SparkSession, tmp_path: Path, name: str
) -> None:
    write(tmp_path, FOLDERS[name])
    here = read_logs(tmp_path, hash_key=KEY, max_bad=0.5)
    there = open_cluster_logs(spark, tmp_path, hash_key=KEY, max_bad=0.5)
    one = LocalEngine().prepare(here, None, Stages())
    many = SparkEngine(spark).prepare(there, None, Stages())
    assert many.table.equals(one.table)
    assert there.counts == here.counts
    assert there.quarantine.equals(here.quarantine)
    assert sorted(there.warnings) == sorted(here.warnings)
    assert there.unread == here.unread


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_cluster_refuses_in_one_machines_words(
    spark: SparkSession, tmp_path: Path, name: str
) -> None:
    write(tmp_path, FOLDERS[name])
    with pytest.raises(DataError) as one:
        LocalEngine().prepare(read_logs(tmp_path, hash_key=KEY), None, Stages())
    there = open_cluster_logs(spark, tmp_path, hash_key=KEY)
    with pytest.raises(type(one.value)) as many:
        SparkEngine(spark).prepare(there, None, Stages())
    assert str(many.value) == str(one.value)
