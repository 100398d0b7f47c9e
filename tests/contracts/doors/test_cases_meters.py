"""Meters of machines and of models, as tools write them, at every door."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from typing import Any

import pytest

pytestmark = pytest.mark.long  # each kind is asked of one door in tests/sources

USAGE = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter\n"
    "2026-03-31T23:00:00Z,2026-04-01T00:00:00Z,p1,mini,Usage,Compute,1,Hours,m5.large\n"
)
PLAIN = {"usage.csv": USAGE, "accounts.csv": "account_id,created_at\nmini,2025-01-01\n"}
HELD = "gpu_uuid,account_id,valid_from\n{},mini,2026-01-01\n"
BASE = {**PLAIN, "inventory.csv": HELD.format("GPU-aaaa")}
TIME = 1_774_864_800
"""2026-03-30, 10:00."""
UTIL, TENSOR = "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE"


def series(name: str, *values: str, **labels: str) -> dict[str, Any]:
    metric = {"__name__": name, **({"UUID": "GPU-aaaa"} | labels)}
    return {"metric": metric, "values": [[TIME + 60 * n, v] for n, v in enumerate(values)]}


def answer(*found: dict[str, Any]) -> str:
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": found}})


def features(seen: Any) -> Mapping[str, float]:
    assert seen.error is None
    found: Mapping[str, float] = seen.features["mini"]
    return found


BLANKS = [
    "140737488355328", "1.40737488355328e+14", "140737488355329", "140737488355335",
    "2147483632", "2147483647", "9223372036854775792", "9223372036854775807",
    "9.223372036854776e+18", "NaN", "+Inf", "-1", "1.7", "N/A", "<<<NULL>>>",
]  # fmt: skip


@pytest.mark.parametrize("blank", BLANKS)
def test_one_blank_leaves_an_idle_machine_idle(through: Any, blank: str) -> None:
    tensor = series(TENSOR, *["0.0"] * 10, blank, *["0.0"] * 9)
    text = answer(series(UTIL, *["0"] * 20), tensor)
    seen = through({**BASE, "gpu_telemetry/a.json": text}, slowly=False)
    assert seen.counts["gpu_telemetry"]["unmapped"] == 1
    assert features(seen)["f08_idle_share"] > 0.99
    assert features(seen)["f08_training_share"] < 0.01
    assert features(seen)["f08_tensor_duty"] == 0


@pytest.mark.parametrize("blank", [b for b in BLANKS if b != "1.7"])
@pytest.mark.parametrize("name", ["DCGM_FI_DEV_POWER_USAGE", "net_egress_bytes"])
def test_a_blank_of_a_meter_without_a_greatest_value_is_none_too(
    through: Any, name: str, blank: str
) -> None:
    files = {**BASE, "gpu_telemetry/a.json": answer(series(name, "70", blank, "71"))}
    seen = through(files, slowly=False)
    assert seen.counts["gpu_telemetry"]["unmapped"] == 1
    assert float(seen.rollups["telemetry"]["total"].sum()) == 141


def scrape(time: object, *, end: str = "# EOF\n") -> str:
    return (
        f"# TYPE {UTIL} gauge\n"
        f'{UTIL}{{gpu="0",UUID="GPU-aaaa",modelName="NVIDIA A100",Hostname="n"}} 97 {time}\n{end}'
    )


SCRAPES: Mapping[str, tuple[str, str | bytes]] = {
    "seconds": ("x.prom", scrape(TIME)),
    "seconds and a half": ("x.prom", scrape(f"{TIME}.500")),
    "nine places": ("x.prom", scrape(f"{TIME}.000000001")),
    "an exponent": ("x.prom", scrape("1.7748648e+09")),
    "seconds without an end": ("x.prom", scrape(TIME, end="")),
    "milliseconds": ("x.prom", scrape(TIME * 1000, end="")),
    "milliseconds with an end": ("x.prom", scrape(TIME * 1000)),
    "CRLF, compressed": ("x.prom.gz", gzip.compress(scrape(TIME).replace("\n", "\r\n").encode())),
    "a byte order mark": ("x.txt", "\ufeff" + scrape(TIME)),
    "small letters": ("x.prom", scrape(TIME).lower().replace("# eof", "# EOF")),
    "beside many blanks": ("x.prom", scrape(TIME) + "a" + " " * 200_000 + "b c d\n"),
}


@pytest.mark.parametrize("kind", SCRAPES)
def test_the_time_of_a_scrape_is_in_2026(through: Any, kind: str) -> None:
    name, text = SCRAPES[kind]
    seen = through({**BASE, f"gpu_telemetry/{name}": text}, max_bad=0.5, slowly=False)
    assert seen.counts["gpu_telemetry"]["ok"] == 1
    assert str(seen.rollups["telemetry"]["first"][0]).startswith("2026-03-30 10:00:00")


@pytest.mark.parametrize("time", ["", "0", "-5", "12"])
def test_a_scrape_of_no_time_is_set_aside_with_a_word(through: Any, time: str) -> None:
    files = {**BASE, "gpu_telemetry/x.prom": scrape(time)}
    seen = through(files, max_bad=1.0, slowly=False)
    assert seen.counts["gpu_telemetry"]["quarantined"] == len(seen.quarantine) == 1
    assert seen.quarantine[0][3] == "time"


LABELS = {
    "small": {"__name__": TENSOR.lower(), "uuid": "gpu-aaaa", "hostname": "n"},
    "capitals": {"__name__": TENSOR, "UUID": "GPU-AAAA", "HOSTNAME": "N"},
    "mixed": {"__name__": TENSOR.title(), "Uuid": "Gpu-aaaa"},
    "another name": {"__name__": TENSOR, "gpu_uuid": "GPU-aaaa"},
    "a slice of its own": {"__name__": TENSOR.lower(), "uuid": "gpu-aaaa", "gpu_i_id": "12"},
}


@pytest.mark.parametrize("kind", LABELS)
def test_names_and_labels_are_read_in_any_case(through: Any, kind: str) -> None:
    held = {"metric": LABELS[kind], "values": [[TIME, "0.7"], [TIME + 300, "0.8"]]}
    seen = through({**BASE, "gpu_telemetry/a.json": answer(held)}, slowly=False)
    assert seen.counts["gpu_telemetry"]["unmapped"] == 0
    assert features(seen)["f08_training_share"] > 0.99
    assert features(seen)["f08_tensor_duty"] == 0.75


def test_the_contracts_own_rows_are_read_in_any_case(through: Any) -> None:
    text = f"TIME,Metric,VALUE,Gpu_Uuid\n2026-03-30T10:00:00Z,{TENSOR.lower()},0.7,gpu-AAAA\n"
    seen = through({**BASE, "gpu_telemetry.csv": text}, slowly=False)
    assert features(seen)["f08_training_share"] > 0.99


SLICES: Mapping[str, str] = {
    "Prometheus": answer(
        series(TENSOR, "0.0", GPU_I_ID="1"), series(TENSOR, "0.9", GPU_I_ID="2")
    ),
    "small letters": answer(
        series(TENSOR.lower(), "0.0", gpu_i_id="1"), series(TENSOR.lower(), "0.9", gpu_i_id="2")
    ),
    "the neighbour first": answer(
        series(TENSOR, "0.9", GPU_I_ID="2"), series(TENSOR, "0.0", GPU_I_ID="1")
    ),
    "a scrape": "".join(
        f'{TENSOR}{{UUID="GPU-aaaa",GPU_I_ID="{n}"}} {v} {TIME}000\n' for n, v in ((1, 0), (2, 0.9))
    ),
}  # fmt: skip


@pytest.mark.parametrize("holder", ["GPU-aaaa", "GPU-aaaa/1", "gpu-AAAA/1"])
@pytest.mark.parametrize("kind", SLICES)
def test_a_neighbours_slice_is_not_laid_at_the_holders_door(
    through: Any, kind: str, holder: str
) -> None:
    name = "gpu_telemetry/x.prom" if kind == "a scrape" else "gpu_telemetry/x.json"
    files = {**PLAIN, "inventory.csv": HELD.format(holder), name: SLICES[kind]}
    seen = through(files, slowly=False)
    assert features(seen)["f08_training_share"] < 0.05
    assert features(seen)["f08_tensor_duty"] == 0


def test_the_only_slice_of_a_gpu_is_its_holders(through: Any) -> None:
    text = answer(series(TENSOR, "0.9", GPU_I_ID="3"))
    assert features(through({**BASE, "gpu_telemetry.json": text}))["f08_tensor_duty"] == 0.9


HAIKU = "anthropic.claude-3-haiku-20240307-v1:0"
PROFILES = {
    "a region's": f"us.{HAIKU}",
    "Europe's": f"eu.{HAIKU}",
    "everybody's": f"global.{HAIKU}",
    "Asia's": f"apac.{HAIKU}",
    "by address": f"arn:aws:bedrock:us-east-1:111111111111:inference-profile/us.{HAIKU}",
    "the model's address": f"arn:aws:bedrock:eu-west-1::foundation-model/{HAIKU}",
    "of an application": "arn:aws:bedrock:us-east-1:1:application-inference-profile/hq2of259skzs",
    "of a government": f"arn:aws-us-gov:bedrock:us-gov-west-1:1:inference-profile/us-gov.{HAIKU}",
}


def call(day: int, model: str) -> str:
    return json.dumps(
        {
            "schemaType": "ModelInvocationLog", "schemaVersion": "1.0",
            "timestamp": f"2026-03-{day:02d}T10:00:30Z", "accountId": "mini",
            "identity": {"arn": "arn:aws:sts::1:assumed-role/r/s"}, "region": "us-east-1",
            "requestId": f"q{day}", "operation": "Converse", "modelId": model,
            "input": {"inputTokenCount": 100}, "output": {"outputTokenCount": 20},
        }
    )  # fmt: skip


@pytest.mark.parametrize("kind", PROFILES)
def test_a_model_called_through_a_profile_is_the_model(through: Any, kind: str) -> None:
    calls = [call(day, HAIKU if day < 20 else PROFILES[kind]) for day in range(1, 31)]
    seen = through({**PLAIN, "model_usage/x.jsonl": "\n".join(calls)}, slowly=False)
    assert features(seen)["f09_new_model_pivot"] == 0
    assert features(seen)["input_tokens"] == 3_000


def test_a_model_that_is_new_is_new(through: Any) -> None:
    """What the test above denies can be seen."""
    calls = [call(d, HAIKU if d < 20 else "meta.llama3-1-405b-instruct-v1:0") for d in range(1, 31)]
    seen = through({**PLAIN, "model_usage/x.jsonl": "\n".join(calls)}, slowly=False)
    assert features(seen)["f09_new_model_pivot"] > 0


def test_a_bucket_of_bedrock_as_it_is_is_read(through: Any) -> None:
    tree = "model_usage/AWSLogs/111111111111/BedrockModelInvocationLogs"
    seen = through(
        {
            **PLAIN,
            f"{tree}/amazon-bedrock-logs-permission-check": "",
            f"{tree}/us-east-1/2026/03/30/10/x.json.gz": gzip.compress(call(30, HAIKU).encode()),
            f"{tree}/us-east-1/2026/03/30/10/data/q_input.json.gz": gzip.compress(
                b'{"messages": [{"role": "user", "content": "a secret"}]}'
            ),
        },
        slowly=False,
    )
    assert features(seen)["input_tokens"] == 100
    assert len(seen.unread) == 2
    assert "secret" not in str(seen)


def result(kind: str = "completions", **more: object) -> dict[str, Any]:
    return {
        "object": f"organization.usage.{kind}.result", "input_tokens": 100, "output_tokens": 10,
        "num_model_requests": 5, "project_id": "mini", "api_key_id": "k", "model": "m", **more,
    }  # fmt: skip


def page(*results: dict[str, Any], **beside: object) -> str:
    bucket = {"object": "bucket", "start_time": TIME, "end_time": TIME + 3600, "results": results}
    return json.dumps({"object": "page", "data": [bucket], **beside})


def test_of_a_bucket_with_bad_results_each_is_one_row(through: Any) -> None:
    bad = [result(model=None), result(project_id=None)]
    good = [result(model=f"m{n}") for n in range(2)]
    files = {**PLAIN, "model_usage/o.json": page(*bad, *good)}
    seen = through(files, max_bad=0.5, slowly=False)
    counts = seen.counts["model_usage"]
    assert (counts["read"], counts["ok"], counts["quarantined"]) == (4, 2, 2)
    assert len(seen.quarantine) == 2
    assert "2 of 4 rows" in through(files, slowly=False).error


def test_of_fortynine_results_of_which_one_is_bad_one_row_is_stored(through: Any) -> None:
    results = [result(model=f"m{n}") for n in range(48)]
    seen = through({**PLAIN, "model_usage/o.json": page(*results, result(model=None))})
    assert seen.counts["model_usage"]["ok"] == 48
    assert len(seen.quarantine) == 1


def test_of_a_series_with_one_bad_sample_one_row_is_stored(through: Any) -> None:
    text = answer(series(UTIL, *["5"] * 30, "five", *["5"] * 30))
    seen = through({**BASE, "gpu_telemetry/a.json": text}, slowly=False)
    assert (seen.counts["gpu_telemetry"]["ok"], len(seen.quarantine)) == (60, 1)


UNCOUNTED = {
    **{kind: kind for kind in ("embeddings", "moderations", "images", "vector_stores")},
    "audio_speeches": "audio", "never_heard_of": "a kind of usage that is not known",
}  # fmt: skip


@pytest.mark.parametrize("kind", UNCOUNTED)
def test_results_that_are_not_counted_are_named(through: Any, kind: str) -> None:
    files = {**PLAIN, "model_usage/o.json": page(result(), result(kind, model="other"))}
    seen = through(files, slowly=False)
    assert seen.counts["model_usage"]["ok"] == 1
    assert seen.counts["model_usage"]["quarantined"] == 0
    (warning,) = seen.warnings
    assert UNCOUNTED[kind] in warning.replace("_", " ") or UNCOUNTED[kind] in warning
    assert "is not counted" in warning


def test_a_list_that_says_that_it_is_not_whole_is_a_warning(through: Any) -> None:
    for more in ({"has_more": True}, {"has_more": True, "next_page": "p"}):
        seen = through({**PLAIN, "model_usage/o.json": page(result(), **more)}, slowly=False)
        assert any("not whole" in sentence for sentence in seen.warnings)
    text = page(result(), has_more=True) + page(result(model="n"), has_more=False)
    assert not through({**PLAIN, "model_usage/o.json": text}, slowly=False).warnings
