"""Meters of GPUs as exporters and Prometheus write them, through the reader."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detector.sources import Logs, read_logs
from detector.sources.native import dcgm_text
from features import build_features, workload
from features.registry import Registry

Put = Callable[[str, str | bytes], Path]
TENSOR = "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE"
LABELS = 'gpu="0",UUID="GPU-aaaa",device="nvidia0",Hostname="node1"'
SAMPLE = f"DCGM_FI_DEV_GPU_UTIL{{{LABELS}}} 97"
AT = 1767323045


def telemetry(put: Put, folder: Path, content: str, name: str = "x.prom") -> tuple[Logs, Any]:
    put(f"gpu_telemetry/{name}", content)
    logs = read_logs(folder, max_bad=1.0)
    return logs, logs["gpu_telemetry"].collect()


@pytest.mark.parametrize(
    ("stamp", "end"),
    [
        (f"{AT}", "03:04:05"),
        (f"{AT}.500", "03:04:05.500000"),
        (f"{AT}000", "03:04:05"),
        (f"{AT}500", "03:04:05.500000"),
        ("1.767323045e+09", "03:04:05"),
    ],
)
@pytest.mark.parametrize("eof", ["# EOF\n", ""])
def test_times_are_told_in_seconds_and_milliseconds(
    put: Put, folder: Path, stamp: str, end: str, eof: str
) -> None:
    logs, samples = telemetry(put, folder, f"# UNIT x ratio\n# INFO y\n{SAMPLE} {stamp}\n{eof}")
    assert samples["time"][0].isoformat() == f"2026-01-02T{end}+00:00"
    assert logs.counts["gpu_telemetry"].quarantined == 0


def test_exemplars_escapes_and_creation_times(put: Put, folder: Path) -> None:
    labels = r'UUID="GPU-a",modelName="a \"b\" \\ # {c}\n",Hostname="n"'
    lines = [
        f'DCGM_FI_PROF_PCIE_TX_BYTES_total{{{labels}}} 5 {AT} # {{trace_id="a b"}} 1.0 {AT}.5',
        f"DCGM_FI_PROF_PCIE_TX_BYTES_created{{{labels}}} {AT}.1 {AT}",
        "# EOF",
    ]
    logs, samples = telemetry(put, folder, "\n".join(lines))
    assert samples.select("metric", "value", "gpu_model").rows() == [
        ("DCGM_FI_PROF_PCIE_TX_BYTES", 5.0, 'a "b" \\ # {c}\n')
    ]
    assert logs.counts["gpu_telemetry"].quarantined == 0
    part = next(dcgm_text.read(iter(["\n".join(lines).encode()]), "x.prom"))
    assert list(part.told.values()) == [1]


@pytest.mark.parametrize(
    "line",
    ["x", "x{", 'x{a="b} 1', 'x{a="b"', "x{a=b} 1", 'x{a="b"} 1 2 3', "x y z", "a b",
     '{"a.b", c="d"} 1', "x{} 1 later", "x 1_000", "9 1"],
)  # fmt: skip
def test_lines_that_are_no_samples_are_set_aside(put: Put, folder: Path, line: str) -> None:
    logs, samples = telemetry(put, folder, f"{SAMPLE} {AT}\n{line}\n")
    assert samples.height == 1
    assert logs.quarantine["row"].to_list() == [2]


def test_a_scrape_without_a_time_says_where_it_may_come_from(put: Put, folder: Path) -> None:
    logs, samples = telemetry(put, folder, f"{SAMPLE}\n")
    assert samples.height == 0
    (reason,) = logs.quarantine["reason"]
    for place in ("2026-01-31T13-00-00Z.prom", "timestamp", "query_range"):
        assert place in reason


@pytest.mark.parametrize("line", ["a" + " " * 60_000 + "b c d", 'a{b="' + "\\" * 60_001,
                                  "a{" + "," * 60_000, 'a{b="c",' * 7_000])  # fmt: skip
def test_long_lines_take_time_in_proportion_to_their_length(line: str) -> None:
    # A search that went back over the spaces would need hours, not milliseconds, here.
    assert len(line) <= dcgm_text.MAX_LINE
    part = next(dcgm_text.read(iter([line.encode()]), "x.prom"))
    assert [bad.reason for bad in part.bad] == [
        "the line is not a sample in Prometheus text format"
    ]


@pytest.mark.parametrize("length", [dcgm_text.MAX_LINE + 1, 9 << 20])
def test_a_line_beyond_any_sample_is_one_bad_record(length: int) -> None:
    text = "a" + " " * length + "b\n" + f"{SAMPLE} {AT}\n"
    parts = list(dcgm_text.read(iter([text.encode()]), "x.prom"))
    bad = [record for part in parts for record in part.bad]
    assert [(record.row, record.reason) for record in bad] == [
        (1, "the line is longer than 64 KiB, which no sample is")
    ]
    assert [row for part in parts for row in part.rows] == [2]


def series(*found: dict[str, Any], kind: str = "matrix") -> str:
    return json.dumps({"status": "success", "data": {"resultType": kind, "result": list(found)}})


def of(name: str, *values: str, **labels: str) -> dict[str, Any]:
    return {"metric": {"__name__": name, **labels},
            "values": [[1774864800 + 60 * i, v] for i, v in enumerate(values)]}  # fmt: skip


def f08(folder: Path, name: str) -> float:
    logs = read_logs(folder, max_bad=1.0)
    table = build_features(logs, logs.as_of, registry=Registry((workload.FAMILY,)))
    return float(table.filter(pl.col("account_id") == "0012")[f"f08_{name}"][0] or 0.0)


@pytest.fixture
def held(put: Put, folder: Path) -> Path:
    """Return the folder with a GPU that an account holds, in a month with telemetry."""
    usage = (folder / "usage.csv").read_text().replace("2026-01-0", "2026-04-0")
    put("usage.csv", usage)
    put("inventory.csv", "gpu_uuid,account_id,valid_from\nGPU-AAAA,0012,2026-01-01\n")
    return folder


@pytest.mark.parametrize("blank", ["140737488355328.0", "1.01", "N/A"])  # fmt: skip
def test_one_blank_does_not_make_an_idle_gpu_train(put: Put, held: Path, blank: str) -> None:
    idle = [
        of(m, *["0"] * 19, blank, UUID="GPU-aaaa") for m in (TENSOR, "DCGM_FI_PROF_DRAM_ACTIVE")
    ]
    busy = of("DCGM_FI_DEV_GPU_UTIL", *["0"] * 20, UUID="GPU-aaaa")
    put("gpu_telemetry/a.json", series(*idle, busy))
    assert f08(held, "idle_share") > 0.99
    assert f08(held, "tensor_duty") == 0.0
    assert read_logs(held).validate()["gpu_telemetry"].unmapped == 2


@pytest.mark.parametrize("name", [TENSOR.lower(), "Dcgm_Fi_Prof_Pipe_Tensor_Active"])
@pytest.mark.parametrize(
    "labels",
    [{"uuid": "gpu-aaaa", "hostname": "n"}, {"UUID": "GPU-AAAA", "GPU_I_ID": ""},
     {"gpu_uuid": "Gpu-Aaaa", "gpu_i_id": "12", "gpu_i_profile": "1g.10gb"}],
)  # fmt: skip
def test_names_and_labels_are_read_in_any_case(
    put: Put, held: Path, name: str, labels: dict[str, str]
) -> None:
    put("gpu_telemetry/a.json", series(of(name, "0.7", "0.8", **labels)))
    assert f08(held, "training_share") > 0.99
    assert read_logs(held).validate()["gpu_telemetry"].unmapped == 0


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_the_contracts_own_rows_are_spelt_alike(put: Put, held: Path, form: str) -> None:
    rows = pl.DataFrame(
        {"time": ["2026-03-30T10:00:00Z"] * 3, "metric": [TENSOR.lower()] * 3,
         "value": ["0.7", "2147483632", "N/A"], "gpu_uuid": ["gpu-aaaa"] * 3}
    )  # fmt: skip
    target = put(f"gpu_telemetry.{form}", "")
    getattr(rows, {"csv": "write_csv", "jsonl": "write_ndjson"}.get(form, "write_parquet"))(target)
    counts = read_logs(held).validate()["gpu_telemetry"]
    assert (counts.ok, counts.unmapped) == (3, 2)
    assert f08(held, "training_share") > 0.99


def test_slices_are_devices_of_their_own(put: Put, held: Path) -> None:
    put("inventory.csv", "gpu_uuid,account_id,valid_from\ngpu-aaaa/1,0012,2026-01-01\n"
        "MIG-GPU-AAAA/2/0,0013,2026-01-01\n")  # fmt: skip
    own, other = ({"UUID": "GPU-aaaa", "GPU_I_ID": n, "Hostname": "n"} for n in "12")
    both = [of(name, value, **device) for name in (TENSOR, "DCGM_FI_PROF_DRAM_ACTIVE")
            for device, value in ((own, "0.0"), (other, "0.9"))]  # fmt: skip
    put("gpu_telemetry/a.json", series(*both))
    assert f08(held, "training_share") < 0.01
    assert f08(held, "idle_share") > 0.5
    devices = read_logs(held)["gpu_telemetry"].collect()["gpu_uuid"].unique().sort().to_list()
    assert devices == ["GPU-aaaa/1", "GPU-aaaa/2"]


def test_slices_without_an_id_of_their_gpu_are_told_by_their_place(put: Put, held: Path) -> None:
    places = [{"Hostname": "N", "gpu": g, "GPU_I_ID": i} for g in "01" for i in "12"]
    put("gpu_telemetry/a.json", series(*(of(TENSOR, "0.5", **place) for place in places)))
    assert read_logs(held)["gpu_telemetry"].collect()["gpu_uuid"].n_unique() == 4


def test_an_instant_query_is_read(put: Put, folder: Path) -> None:
    found = {"metric": {"__name__": TENSOR, "UUID": "GPU-a"}, "value": [1774864800.25, "0.5"]}
    put("gpu_telemetry/a.json", series(found, kind="vector"))
    assert read_logs(folder)["gpu_telemetry"].collect()["value"].to_list() == [0.5]


ERROR = {"status": "error", "errorType": "bad_data", "error": "<words>"}
NOT_SERIES = [
    ({"status": "success", "data": {"resultType": "scalar", "result": [1774864800, "1"]}},
     "single scalar"),
    ({"status": "success", "data": {"resultType": "string", "result": [1774864800, "<words>"]}},
     "single string"),
    (ERROR, "answered with an error"),
    ({**ERROR, "data": {"resultType": "matrix", "result": []}}, "answered with an error"),
    ({"metric": {"UUID": "GPU-a"}, "values": [[1774864800, "1"]] * 3}, "no __name__"),
    ({"metric": {"__name__": "x"}, "histograms": [[1774864800, {"count": "1"}]]}, "histograms"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "words"), NOT_SERIES)
@pytest.mark.parametrize("indent", [None, 2])
def test_an_answer_without_series_is_named(
    put: Put, folder: Path, answer: dict[str, Any], words: str, indent: int | None
) -> None:
    if "histograms" in answer:
        answer = json.loads(series(answer, of(TENSOR, "1", UUID="GPU-a")))
    put("gpu_telemetry/a.json", json.dumps(answer, indent=indent))
    logs = read_logs(folder, max_bad=1.0)
    logs.validate()
    (reason,) = logs.quarantine["reason"]
    assert words in reason
    assert "<words>" not in logs.quarantine.write_json()
