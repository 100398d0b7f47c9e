"""What a set of files means is the same for tasks that see one file each as for one machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from detector import read_logs
from detector.pipeline.engine import LocalEngine
from detector.pipeline.prepare import Stages
from detector.spark import SparkEngine, open_cluster_logs

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

HEADER = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter\n"
)
KEY = b"sets"


def charges(*days: int) -> str:
    rows = (
        f"2026-03-{d:02d}T00:00:00Z,2026-03-{d + 1:02d}T00:00:00Z,p,mini,Usage,c,24,Hours,"
        "p5.48xlarge\n"
        for d in days
    )
    return HEADER + "".join(rows)


def entry(insert: str, second: int, **operation: object) -> dict[str, object]:
    return {
        "protoPayload": {"methodName": "v1.compute.instances.insert", "serviceName": "c"},
        "insertId": insert, "timestamp": f"2026-03-03T10:00:{second:02d}Z",
        "logName": "projects/mini/logs/x", "resource": {"labels": {"project_id": "mini"}},
        "operation": {"id": "op", "producer": "c", **operation},
    }  # fmt: skip


def bucket(tokens: int) -> str:
    result = {
        "object": "organization.usage.completions.result", "project_id": "mini", "model": "m",
        "api_key_id": "k", "input_tokens": tokens, "output_tokens": 1, "num_model_requests": 1,
    }  # fmt: skip
    held = {"object": "bucket", "start_time": 1_772_409_600, "end_time": 1_772_496_000}
    return json.dumps({"object": "page", "data": [{**held, "results": [result]}]})


@pytest.mark.long
def test_versions_operations_and_pulls_count_once(spark: SparkSession, tmp_path: Path) -> None:
    period = "usage/source=azure/period=2026-03/x"
    files = {
        f"{period}/1/part.csv": charges(1, 2),
        f"{period}/2/part.csv": charges(1, 2, 3),
        "accounts.csv": "account_id,created_at\nmini,2025-01-01\n",
        "events/a.json": json.dumps([entry("a", 0, first=True)]),
        "events/b.json": json.dumps([entry("b", 31, last=True), entry("c", 5)]),
        "events/broken.json": '{"Records": [',
        "model_usage/1.json": bucket(100),
        "model_usage/2.json": bucket(150),
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    here = read_logs(tmp_path, hash_key=KEY, max_bad=0.5)
    one = LocalEngine().prepare(here, None, Stages())
    there = open_cluster_logs(spark, tmp_path, hash_key=KEY, max_bad=0.5)
    many = SparkEngine(spark).prepare(there, None, Stages())
    assert many.table.equals(one.table)
    assert one.table["h100_hours"].to_list() == [3 * 24 * 8]
    assert one.table["input_tokens"].to_list() == [150]
    assert there.counts == here.counts
    assert there.quarantine.equals(here.quarantine)
    assert sorted(there.warnings) == sorted(here.warnings)
    assert there.unread == here.unread
