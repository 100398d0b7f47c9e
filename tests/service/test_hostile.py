"""Hostile names and planted secrets through a live service, and its whole page as reviewed."""

from __future__ import annotations

import json
import os
import signal
import urllib.parse
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from prometheus_client.parser import text_string_to_metric_families

from detector.service import LiveService, Options, Serving
from detector.service.worker import Told

GOLDEN = Path(__file__).parent / "golden" / "metrics.txt"
HOSTILE = [
    'x"} 1\nenduse_accounts{queue="proxy"} 999\n# TYPE',
    "\x1b[2J\x1b]0;owned\x07",
    "line\r\nbreak\u2028\u2029\x85end",
    "\ud800 lone \udfff",
    "\u202eright to left\u2066",
    'back\\slash \\n quote " brace }',
    "../../etc/passwd",
    "M" * 1_000_000,
]
CANARIES = [
    "AKIAIOSFODNN7EXAMPLE", "sk-ant-api03-canary0canary1canary2canary3", "ghp_canarycanarycanary00",
    "hunter2-canary-password", "4111111111111111", "Bearer canary.canary.canary",
]  # fmt: skip


def lines(*rows: dict[str, Any]) -> str:
    # Escaped: a lone surrogate can stand in a JSON file, not in UTF-8.
    return "".join(json.dumps(row) + "\n" for row in rows)


def hostile_inbox() -> dict[str, str]:
    """Every text of every table is hostile somewhere; secrets stand wherever they may."""
    day = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=1)
    secret = {"Tags": json.dumps({"password": CANARIES[3]}), "secret_column": CANARIES[0]}
    usage = [
        {"ChargePeriodStart": f"{day + timedelta(hours=h):%FT%TZ}",
         "ChargePeriodEnd": f"{day + timedelta(hours=h + 1):%FT%TZ}",
         "BillingAccountId": name, "ChargeCategory": "Usage", "ServiceName": name,
         "ConsumedQuantity": 8, "ConsumedUnit": "Hours", "SkuMeter": "p5.48xlarge",
         "RegionId": name, "ChargeDescription": CANARIES[1], **secret}
        for name in [*HOSTILE, *(f"plain-{n}" for n in range(30))] for h in range(2)
    ]  # fmt: skip
    bad = [{**usage[0], "ConsumedQuantity": "no number", "SkuId": word} for word in CANARIES]
    accounts = [
        {"account_id": name, "created_at": f"{day:%FT%TZ}", "org_name": CANARIES[2],
         "org_address": CANARIES[5], "declared_use": CANARIES[4], "declared_country": name,
         "kyc_status": name, "note": CANARIES[0]}
        for name in HOSTILE
    ]  # fmt: skip
    links = [
        {"account_id": name, "kind": "payment", "value_hash": CANARIES[4],
         "first_seen": f"{day:%FT%TZ}", "last_seen": f"{day:%FT%TZ}"} for name in HOSTILE
    ]  # fmt: skip
    return {
        "usage/ok.jsonl": lines(*usage), "usage/bad.jsonl": lines(*usage[:64], *bad[:2]),
        "accounts.jsonl": lines(*accounts), "account_links.jsonl": lines(*links),
        f"events/{CANARIES[2][:3]}\x1b[31m\u202e\n.csv": f"no,columns\nx,{CANARIES[0]}\n",
        "payments/broken.jsonl": '{"time": ' + json.dumps(CANARIES[3]) + "\n",
    }  # fmt: skip


@pytest.mark.long
def test_hostile_names_and_secrets_in_every_table(
    start: Callable[..., Any], drop: Callable[[dict[str, str]], None]
) -> None:
    service = start(environment={"ENDUSE_ALPHA": "0.9", "ENDUSE_MAX_BAD": "0.5"})
    drop(hostile_inbox())
    service.ready(1)
    text = service.get("/metrics")[1]
    queue = service.get("/api/v1/queue?limit=500")[1]
    pages = [text, queue, *(service.get(p)[1] for p in ("/api/v1/status", "/openapi.json"))]
    for name in [*HOSTILE[:3], *HOSTILE[4:7], "plain-1"]:
        status, page = service.get(f"/api/v1/accounts/{urllib.parse.quote(name, safe='')}")
        pages.append(page)
        if status == 200:
            assert json.loads(page)["account_id"] == name
    assert json.loads(service.get("/api/v1/accounts/plain-1")[1])["reasons"]
    service.process.send_signal(signal.SIGTERM)
    said = service.process.communicate(timeout=10)[1]

    series = {(s.name, *sorted(s.labels.items())): s.value
              for f in text_string_to_metric_families(text) for s in f.samples}  # fmt: skip
    total = sum(v for s, v in series.items() if s[0] == "enduse_accounts")
    assert total == series[("enduse_account_score_count",)] >= 30
    assert series[("enduse_collector_success", ("collector", "results"))] == 1
    assert len(text) < 50_000
    assert all(character.isprintable() or character == "\n" for page in (text, said)
               for character in page)  # fmt: skip
    assert json.loads(queue)["total"] == len(json.loads(queue)["items"])
    for canary in CANARIES:
        for page in (*pages, said):
            assert canary not in page


RUN = {
    "version": "0.1.0", "as_of": "2026-05-28T01:00:00+00:00", "model_id": "0011223344556677",
    "model": {"trained_at": "2026-05-20T00:00:00Z", "sha256": "cd" * 32},
    "counts": {"usage": {"ok": 10, "quarantined": 1, "unmapped": 0, "duplicate": 2, "late": 3}},
    "timings": {"merge": 0.25, "score": 0.5}, "rings": {"queues": {"proxy": 1, "none": 2}},
    "controlled_gpu_hours": {"H100": 8.0}, "tokens": {"input": 5, "output": 7},
    "watermarks": {"usage": "2026-05-28T01:00:00Z"}, "drift": {"f01_one_run": 0.125},
}  # fmt: skip


def test_the_whole_page_of_a_live_service_is_as_reviewed(
    tmp_path: Path, as_reviewed: Callable[[str, Path], None]
) -> None:
    folder = tmp_path / "runs" / "00000001-00000001"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(RUN))
    os.utime(folder / "run.json", (1_780_000_000, 1_780_000_000))
    ranks = range(1, 5)
    pl.DataFrame(
        {
            "account_id": [*HOSTILE[:3], "plain"], "rank": ranks, "score": [0.99, 0.5, 0.2, 0.1],
            "queue": ["proxy", "victim", "none", "none"], "p_value": [0.001] * 4,
            "ring_id": [None] * 4, "change": [None] * 4, "typology": ["T01"] * 4,
            "families": [["F01"]] * 4, "coverage": [1.0] * 4,
        },
        schema_overrides={"ring_id": pl.String, "change": pl.String},
    ).write_parquet(folder / "scores.parquet")  # fmt: skip
    serving = Serving(Options("inbox", str(tmp_path)), "127.0.0.1:0", b"k" * 32)
    service = LiveService(serving, clock=lambda: 1_780_000_003.0)
    waiting = service.shown()
    assert waiting.published is None
    # By this series rules know a service, also one that shows a run of before and takes nothing in.
    assert b'enduse_last_success_timestamp_seconds{stage="ingest"} 0.0' in waiting.metrics
    service.tell(Told(run=str(folder), failed={"ingest": "no space"}))
    assert b'{stage="ingest"} 0.0' in service.shown().metrics
    assert "ingest" not in service.shown().ended
    assert b'enduse_collector_success{collector="results"} 0.0' in waiting.metrics
    ended = {"ingest": 1_780_000_000.0, "model": 1_780_000_001.0, "score": 1_780_000_002.0}
    service.tell(Told(run=str(folder), seconds={"ingest": 0.125, "score": 1.5}, ended=ended))
    text = service.shown().metrics.decode()
    as_reviewed(text, GOLDEN)
    service.tell(Told(run=str(folder), ended=ended, failed={"score": "\x1b secret"}))
    failed = service.shown()
    since = 'enduse_failing_since_timestamp_seconds{reason="other",stage="score"} 1.780000003e+09\n'
    changed = {
        'enduse_collector_success{collector="results"} 1.0',
        'enduse_collector_success{collector="results"} 0.0',
        'enduse_looks_failed_total{stage="score"} 0.0',
        'enduse_looks_failed_total{stage="score"} 1.0',
        since.strip(),
    }
    assert set(failed.metrics.decode().splitlines()) ^ set(text.splitlines()) == changed
    assert failed.failing == ("score",)
