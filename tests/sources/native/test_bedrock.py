"""Bedrock's invocation log: models behind profiles, records that are no calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detector.sources import read_logs
from detector.sources.native import bedrock
from detector.sources.native.adapter import Hasher
from detector.sources.native.adapters import adapt
from detector.sources.native.documents import Found
from detector.sources.raw import RawPart
from features import build_features, modelapi
from features.registry import Registry

Put = Callable[[str, str | bytes], Path]
HAIKU = "anthropic.claude-3-haiku-20240307-v1:0"
ARN = "arn:aws:bedrock:us-east-1:0012"
APPLICATION = f"{ARN}:application-inference-profile/hq2of259skzs"


def call(**more: Any) -> dict[str, Any]:
    return {
        "schemaType": "ModelInvocationLog", "timestamp": "2026-03-01T10:00:30Z",
        "accountId": "0012", "identity": {"arn": "arn:aws:sts::0012:assumed-role/r/s"},
        "region": "us-east-1", "requestId": "q1", "operation": "Converse", "modelId": HAIKU,
        "input": {"inputTokenCount": 100}, "output": {"outputTokenCount": 20}, **more,
    }  # fmt: skip


def part(*records: dict[str, Any]) -> RawPart:
    (only,) = adapt(bedrock.ADAPTER, iter([Found(r) for r in records]), Hasher(b"k"))
    return only


@pytest.mark.parametrize(
    ("more", "model"),
    [
        ({"modelId": f"{ARN}:inference-profile/us.{HAIKU}"}, HAIKU),
        ({"modelId": f"us.{HAIKU}"}, HAIKU),
        ({"modelId": f"arn:aws:bedrock:us-east-1::foundation-model/{HAIKU}"}, HAIKU),
        ({"modelId": APPLICATION}, APPLICATION),
        ({"modelId": APPLICATION, "inferenceProfileArn": f"{ARN}:inference-profile/eu.{HAIKU}"},
         HAIKU),
        ({"modelId": None}, None),
    ],
)  # fmt: skip
def test_the_model_of_a_call(more: dict[str, Any], model: str | None) -> None:
    assert part(call(**more)).frame["model_id"].to_list() == [model]


@pytest.mark.parametrize("name", [f"{ARN}:inference-profile/us.{HAIKU}", APPLICATION])
def test_a_profile_of_a_known_model_is_no_new_model(put: Put, folder: Path, name: str) -> None:
    usage = (folder / "usage.csv").read_text().replace("2026-01-0", "2026-04-0")
    put("usage.csv", usage)
    calls = [
        call(timestamp=f"2026-03-{day:02}T10:00:30Z", modelId=HAIKU if day < 20 else name)
        for day in range(1, 31)
    ]
    put("model_usage.jsonl", "\n".join(map(json.dumps, calls)))
    logs = read_logs(folder)
    table = build_features(logs, logs.as_of, registry=Registry((modelapi.FAMILY,)))
    assert (table["f09_new_model_pivot"].fill_null(0.0) == 0.0).all()


def test_one_record_in_two_places_has_one_name() -> None:
    keys = part(call(), call(), call(requestId="q2"), call(accountId="0013")).keys
    assert keys is not None
    first, again, *others = keys
    assert first == again
    assert len({first, *others}) == 3


def test_a_record_without_a_request_has_no_name() -> None:
    found = part(call(), call(requestId=None)).keys
    assert found is not None
    assert found.is_null().to_list() == [False, True]


def test_a_throttled_call_is_a_request_of_the_account() -> None:
    row = part(call(errorCode="ThrottlingException", output=None)).frame.row(0, named=True)
    assert (row["requests"], row["rate_limited_requests"], row["output_tokens"]) == ("1", "1", "0")


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (call(operation="InvokeModelWithBidirectionalStream"), "stream both ways"),
        (call(operation="StartAsyncInvoke"), "asynchronous job"),
        (call(operation="ApplyGuardrail"), "check of a text"),
        (call(operation="ListModels"), "its operation is not the call of a model"),
        (call(operation=None), "its operation is not the call of a model"),
        ({"recordId": "r1", "modelInput": {"prompt": "<words>"}}, "batch inference job"),
        ({"recordId": "r1", "modelOutput": {}}, "batch inference job"),
        ({"eventName": "InvokeModel"}, "not a record of the invocation log"),
    ],
)
def test_records_that_are_no_calls_say_what_they_are(record: dict[str, Any], words: str) -> None:
    found = part(record)
    assert (len(found.rows), found.keys) == (0, None)
    assert words in found.bad[0].reason
    assert "<words>" not in found.bad[0].reason


def test_a_batch_jobs_output_is_named(put: Put, folder: Path) -> None:
    record = {"recordId": "r1", "modelInput": {"prompt": "<words>"}, "modelOutput": {"text": "x"}}
    put("model_usage/out.jsonl", "\n".join([json.dumps(record)] * 2))
    logs = read_logs(folder, max_bad=1.0)
    assert logs.validate()["model_usage"].quarantined == 2
    assert "batch inference job" in logs.quarantine["reason"][0]
    assert "<words>" not in logs.quarantine.write_json()
