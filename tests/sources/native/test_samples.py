"""Third-party samples of native logs: every record is accounted for, no prompt passes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detector.sources import Logs, TableCounts, read_logs

DATA = Path(__file__).parents[4] / "shared/data"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the third-party samples are not here")

PROMPT_FIELDS = frozenset({"text", "content", "prompt", "completion", "inputText", "outputText"})


def logs_with(folder: Path, sample: str, name: str) -> Logs:
    target = folder / name
    target.parent.mkdir(exist_ok=True)
    target.write_bytes((DATA / sample).read_bytes())
    return read_logs(folder, max_bad=1.0)


@pytest.mark.parametrize(
    ("sample", "table", "counts"),
    [
        ("aws_cloudtrail", "events", TableCounts(243, 121, 34, 174, 88)),
        ("gcp_auditlog", "events", TableCounts(175, 114, 38, 122, 23)),
        ("aws_bedrock_invocation", "model_usage", TableCounts(6, 2, 1, 0, 3)),
    ],
)
def test_counts(folder: Path, sample: str, table: str, counts: TableCounts) -> None:
    logs = logs_with(folder, f"events/{sample}.jsonl", f"{table}.jsonl")
    assert logs.validate()[table] == counts
    # Made anonymous, the samples give one id and time to several events: they count once.
    assert counts.read == counts.ok + counts.quarantined + counts.duplicate
    assert logs[table].collect().height == counts.ok


def test_cloudtrail_operations_are_the_contracts(folder: Path) -> None:
    events = logs_with(folder, "events/aws_cloudtrail.jsonl", "events.jsonl")["events"].collect()
    found = dict(events.group_by("operation").len().iter_rows())
    assert found["RunInstances"] == 4
    assert found["ConsoleLogin"] == 4
    assert found["DeleteModelInvocationLoggingConfiguration"] == 1
    logins = events.filter(pl.col("operation") == "ConsoleLogin")
    assert logins["class_uid"].unique().to_list() == [3002]
    assert "failure" in logins["status"]


def test_a_scrape_takes_its_time_from_its_name_and_blanks_are_null(folder: Path) -> None:
    logs = logs_with(
        folder,
        "telemetry/dcgm_exporter_blank_sentinel.prom",
        "gpu_telemetry/node1_2026-01-01T00-00-00Z.prom",
    )
    row = logs["gpu_telemetry"].collect().row(0, named=True)
    assert row["value"] is None
    assert row["metric"] == "DCGM_FI_DEV_MEMORY_TEMP"
    assert row["gpu_uuid"] == "GPU-604ac76c-d9cf-fef3-62e9-d92044ab6e52"
    assert row["time"].isoformat() == "2026-01-01T00:00:00+00:00"


def texts(value: Any, key: str = "") -> set[str]:
    """Return every text a person or a model wrote, wherever it stands."""
    if isinstance(value, dict):
        return {t for k, v in value.items() for t in texts(v, k)}
    if isinstance(value, list):
        return {t for v in value for t in texts(v, key)}
    return {value} if isinstance(value, str) and key in PROMPT_FIELDS and " " in value else set()


def test_no_prompt_text_occurs_in_any_output(folder: Path) -> None:
    sample = DATA / "events/aws_bedrock_invocation.jsonl"
    written = set().union(*(texts(json.loads(line)) for line in sample.read_text().splitlines()))
    assert len(written) >= 3
    logs = logs_with(folder, "events/aws_bedrock_invocation.jsonl", "model_usage.jsonl")
    logs.validate()
    output = logs["model_usage"].collect().write_json() + logs.quarantine.write_json()
    assert not [text for text in written if text in output]
