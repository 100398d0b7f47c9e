"""Readings of meters: what is none, and one spelling of names and devices."""

from __future__ import annotations

import polars as pl
import pytest

from detector.sources import meters

UTIL, TENSOR, POWER = (
    "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "DCGM_FI_DEV_POWER_USAGE",
)  # fmt: skip
INT32 = (2_147_483_632, 2_147_483_647)
INT64 = (9_223_372_036_854_775_792, 9_223_372_036_854_775_807)
FP64 = (140_737_488_355_328, 140_737_488_355_343)
INSIDE = [(UTIL, 0.0), (UTIL, 100.0), (TENSOR, 1.0), (TENSOR, -0.0), (POWER, 1e6), ("other", 250.0),
          (POWER, INT32[0] - 1.0), (POWER, INT32[1] + 1.0), ("x", FP64[0] - 1.0),
          ("x", FP64[1] + 1.0)]  # fmt: skip
NONE = [(UTIL, 100.5), (TENSOR, 1.001), (POWER, -1.0), ("other", -0.001), (UTIL, float("nan")),
        (POWER, float("inf")), (POWER, float("-inf")), (POWER, float(INT64[0])),
        (POWER, 9.223372036854776e18), *((m, float(v)) for m in (UTIL, "other")
        for v in (*INT32, *FP64, INT32[0] + 7, FP64[0] + 7))]  # fmt: skip


def one(metric: str, value: object, dtype: pl.DataType) -> tuple[object, int]:
    column = pl.Series("value", [value], dtype=dtype)
    read, lost = meters.readings(pl.Series([metric]), column)
    whole, again = meters.tidied(
        pl.DataFrame(
            {"metric": [metric, None, UTIL], "value": pl.concat([column, column.clear(2)])}
        ),
        "gpu_telemetry",
    )
    assert (whole["value"][0], again) == (read[0], lost)
    return read[0], lost


@pytest.mark.parametrize(("metric", "value"), INSIDE)
def test_readings_stay(metric: str, value: float) -> None:
    assert one(metric, value, pl.Float64()) == (value, 0)
    assert one(metric, repr(value), pl.String())[1] == 0


@pytest.mark.parametrize(("metric", "value"), NONE)
def test_what_is_no_reading_is_null_and_counted(metric: str, value: float) -> None:
    assert one(metric, value, pl.Float64()) == (None, 1)
    assert one(metric, repr(value), pl.String()) == (None, 1)


@pytest.mark.parametrize("value", [*INT32, *INT64, *FP64])
def test_blanks_are_blanks_as_whole_numbers_and_as_texts(value: int) -> None:
    assert one(POWER, value, pl.Int64()) == (None, 1)
    assert one(POWER, str(value), pl.String()) == (None, 1)
    assert one(POWER, f" {value:.15e} ", pl.String()) == (None, 1)


@pytest.mark.parametrize("value", ["N/A", "n/a", "NaN", "+Inf", "-inf", "<<<NULL>>>", "None"])
def test_words_for_no_reading_are_null_and_counted(value: str) -> None:
    assert one(POWER, value, pl.String()) == (None, 1)


@pytest.mark.parametrize("value", ["", "NULL", None])
def test_an_empty_value_is_null_and_not_counted(value: str | None) -> None:
    assert one(POWER, value, pl.String()) == (None, 0)


def test_a_text_that_is_no_number_stays_for_the_quarantine() -> None:
    value = pl.Series("value", ["5", "garbled", "N/A", "101", None])
    read, lost = meters.readings(pl.Series([UTIL] * 5), value)
    assert (read.to_list(), lost) == (["5", "garbled", None, None, None], 2)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (TENSOR.lower(), TENSOR),
        ("Dcgm_Fi_Dev_Gpu_Util", UTIL),
        ("NET_INGRESS_BYTES", "net_ingress_bytes"),
        ("Net_Egress_Bytes", "net_egress_bytes"),
        ("DCGM_FI_PROF_PCIE_TX_BYTES_total", "DCGM_FI_PROF_PCIE_TX_BYTES"),
        ("dcgm_fi_dev_nvlink_bandwidth_total", "DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL"),
        ("net_ingress_bytes_total", "net_ingress_bytes_total"),
        ("Node_Load1", "Node_Load1"),
    ],
)
def test_metrics_have_one_spelling(written: str, name: str) -> None:
    assert meters.names(pl.Series([written])).to_list() == [name]


@pytest.mark.parametrize(
    ("written", "device"),
    [
        ("gpu-AAAA-1", "GPU-aaaa-1"),
        ("GPU-aaaa/12", "GPU-aaaa/12"),
        ("mig-0F", "MIG-0f"),
        ("MIG-GPU-AAAA/7/0", "GPU-aaaa/7"),
        ("mig-gpu-aaaa/7/0", "GPU-aaaa/7"),
        ("Rack/GPU-A", "Rack/GPU-A"),
        ("i-0ABC", "i-0ABC"),
    ],
)
def test_devices_have_one_spelling(written: str, device: str) -> None:
    assert meters.devices(pl.Series([written])).to_list() == [device]


@pytest.mark.parametrize("kind", [pl.String, pl.Categorical, pl.Binary])
def test_both_tables_are_spelt_alike(kind: type[pl.DataType]) -> None:
    column = pl.Series("gpu_uuid", ["gpu-AA", None, "GPU-aa"], dtype=pl.String).cast(kind)
    for table in ("gpu_telemetry", "inventory"):
        frame, lost = meters.tidied(pl.DataFrame(column), table)
        assert (frame["gpu_uuid"].to_list(), lost) == (["GPU-aa", None, "GPU-aa"], 0)
    assert meters.tidied(pl.DataFrame(column), "usage")[0]["gpu_uuid"].equals(column)


def test_texts_that_are_stored_as_bytes_are_read() -> None:
    frame = pl.DataFrame({"metric": [b"dcgm_fi_dev_gpu_util"] * 3, "value": [b"5", b"101", b"N/A"]})
    tidy, lost = meters.tidied(frame, "gpu_telemetry")
    assert tidy["metric"].unique().to_list() == [UTIL]
    assert (tidy["value"].cast(pl.Float64).to_list(), lost) == ([5.0, None, None], 2)
