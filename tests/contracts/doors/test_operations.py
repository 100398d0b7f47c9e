"""One operation is one event, one bucket of usage one row: over all files, at every door."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

USAGE = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter\n"
    "2026-03-31T23:00:00Z,2026-04-01T00:00:00Z,p1,mini,Usage,Compute,1,Hours,m5.large\n"
)
BASE = {"usage.csv": USAGE, "accounts.csv": "account_id,created_at\nmini,2025-01-01\n"}


def trail(*events: tuple[str, str], day: int = 30) -> str:
    """A CloudTrail file of events (id, name)."""
    records = [
        {
            "eventVersion": "1.11", "eventID": event, "eventName": name, "awsRegion": "us-east-1",
            "eventTime": f"2026-03-{day}T10:00:00Z", "eventSource": "ec2.amazonaws.com",
            "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::1:user/x"},
            "recipientAccountId": "mini",
        }
        for event, name in events
    ]  # fmt: skip
    return json.dumps({"Records": records})


def operations(rows: pl.DataFrame) -> dict[str, int]:
    return dict(rows.group_by("operation").agg(pl.col("n").sum()).sort("operation").iter_rows())


RUN, END = "RunInstances", "TerminateInstances"


def test_two_trails_of_one_account_tell_of_each_event_once(through: Any) -> None:
    seen = through(
        {
            **BASE,
            "events/a.json": trail(("e1", RUN), ("e2", RUN)),
            "events/org/b.json": trail(("e1", RUN), ("e2", RUN), ("e3", END)),
        }
    )
    assert operations(seen.rollups["events"]) == {RUN: 2, END: 1}
    assert seen.counts["events"] == {
        "read": 5, "ok": 3, "quarantined": 0, "unmapped": 0, "duplicate": 2, "late": 0,
    }  # fmt: skip


def test_an_event_told_twice_in_one_file_counts_once(through: Any) -> None:
    seen = through({**BASE, "events.json": trail(("e1", RUN), ("e1", RUN))})
    assert operations(seen.rollups["events"]) == {RUN: 1}


def test_events_without_an_id_all_count(through: Any) -> None:
    text = trail(("", RUN), ("", RUN)).replace('"eventID": "", ', "")
    seen = through({**BASE, "events/a.json": text, "events/b.json": text + " "})
    assert operations(seen.rollups["events"]) == {RUN: 4}


def entry(insert: str, moment: str, **operation: object) -> dict[str, Any]:
    """A GCP audit log entry of one operation."""
    return {
        "protoPayload": {
            "methodName": "v1.compute.instances.insert", "serviceName": "compute.googleapis.com",
            "authenticationInfo": {"principalEmail": "u@example.com"},
        },
        "insertId": insert, "timestamp": f"2026-03-30T{moment}Z",
        "logName": "projects/mini/logs/cloudaudit.googleapis.com%2Factivity",
        "resource": {"type": "gce_instance", "labels": {"project_id": "mini"}},
        "operation": {"id": "op1", "producer": "compute.googleapis.com", **operation},
    }  # fmt: skip


FIRST = entry("a", "10:00:00", first=True)
LAST = entry("b", "10:00:31", last=True)


def test_of_a_long_operation_the_last_record_counts(through: Any) -> None:
    seen = through({**BASE, "events.json": json.dumps([FIRST, LAST])})
    rows = seen.rollups["events"]
    assert operations(rows) == {RUN: 1}
    assert str(rows["first"][0]) == "2026-03-30 10:00:31+00:00"


def test_the_two_records_of_an_operation_may_lie_in_two_files(through: Any) -> None:
    for first, last in (("a", "b"), ("b", "a")):
        files = {f"events/{first}.json": json.dumps([FIRST]),
                 f"events/{last}.json": json.dumps([LAST])}  # fmt: skip
        assert operations(through({**BASE, **files}).rollups["events"]) == {RUN: 1}


def test_a_start_whose_end_never_came_counts(through: Any) -> None:
    files = {"events/a.json": json.dumps([FIRST]), "events/b.json": json.dumps([FIRST]) + "\n"}
    assert operations(through({**BASE, **files}).rollups["events"]) == {RUN: 1}


def bucket(tokens: int, *, start: int = 1_774_828_800, key: str = "k1", model: str = "m") -> Any:
    result = {
        "object": "organization.usage.completions.result", "project_id": "mini", "model": model,
        "api_key_id": key, "input_tokens": tokens, "output_tokens": 1, "num_model_requests": 1,
    }  # fmt: skip
    return {
        "object": "bucket", "start_time": start, "end_time": start + 86_400, "results": [result],
    }  # fmt: skip


def page(*buckets: Any) -> str:
    return json.dumps({"object": "page", "data": list(buckets), "has_more": False})


def tokens(seen: Any) -> int:
    return int(seen.rollups["model"]["input_tokens"].sum())


def test_of_overlapping_pulls_the_later_counts(through: Any) -> None:
    files = {
        "model_usage/2026-03-30.json": page(bucket(100)),
        "model_usage/2026-03-31.json": page(bucket(150), bucket(7, start=1_774_915_200)),
    }
    seen = through({**BASE, **files})
    assert tokens(seen) == 157
    assert seen.counts["model_usage"]["duplicate"] == 1


def test_buckets_of_other_keys_and_models_are_other_rows(through: Any) -> None:
    files = {
        "model_usage/1.json": page(bucket(100), bucket(10, key="k2")),
        "model_usage/2.json": page(bucket(1, model="n"), bucket(100)),
    }
    assert tokens(through({**BASE, **files})) == 111


def test_what_another_file_told_counts_again_when_that_file_is_replaced(
    write: Callable[[Mapping[str, str]], Path],
    take_in: Callable[[Path, Path], None],
    rolled_up: Callable[[Path, str], pl.DataFrame],
    tmp_path: Path,
) -> None:
    """A state lets rows go; what it dropped as told before must come back nevertheless."""
    state = tmp_path / "state"
    inbox = write({**BASE, "events/a.json": trail(("e1", RUN), ("e2", END))})
    take_in(inbox, state)
    (inbox / "events" / "b.json").write_text(trail(("e1", RUN), ("e3", RUN)))
    take_in(inbox, state)
    assert operations(rolled_up(state, "events")) == {RUN: 2, END: 1}
    (inbox / "events" / "a.json").write_text(trail(("e9", END)))
    take_in(inbox, state)
    assert operations(rolled_up(state, "events")) == {RUN: 2, END: 1}
    shutil.rmtree(inbox / "events")
    (inbox / "events").mkdir()
    (inbox / "events" / "b.json").write_text(trail(("e9", END)))
    take_in(inbox, state)
    assert operations(rolled_up(state, "events")) == {END: 1}


def test_what_follows_a_state_counts_operations_as_a_fresh_look_does(
    write: Callable[[Mapping[str, str]], Path],
    take_in: Callable[[Path, Path], None],
    followed: Callable[[Path], tuple[Mapping[str, pl.DataFrame], Mapping[str, pl.DataFrame]]],
    tmp_path: Path,
) -> None:
    state = tmp_path / "state"
    inbox = write({**BASE, "events/a.json": json.dumps([FIRST])})
    steps = {
        "events/b.json": json.dumps([LAST]),
        "events/c.json": json.dumps([FIRST, LAST]),
        "events/a.json": json.dumps([entry("z", "11:00:00")]),
        "model_usage/1.json": page(bucket(100)),
        "model_usage/2.json": page(bucket(150)),
    }
    for path, text in (("", ""), *steps.items()):
        if path:
            (inbox / path).parent.mkdir(exist_ok=True)
            (inbox / path).write_text(text)
        take_in(inbox, state)
        kept, fresh = followed(state)
        assert operations(kept["events"]) == operations(fresh["events"]), path
        for name, frame in fresh.items():
            assert frame.equals(kept[name].select(frame.columns)), (path, name)


def test_under_pseudonyms_operations_count_once_too(
    write: Callable[[Mapping[str, str]], Path],
    take_in: Callable[..., None],
    rolled_up: Callable[[Path, str], pl.DataFrame],
    tmp_path: Path,
) -> None:
    files = {"events/a.json": json.dumps([FIRST]), "events/b.json": json.dumps([LAST, FIRST])}
    take_in(write({**BASE, **files}), tmp_path / "state", pseudonym_key=b"secret")
    rows = rolled_up(tmp_path / "state", "events")
    assert operations(rows) == {RUN: 1}
    assert "mini" not in rows["account_id"].to_list()
