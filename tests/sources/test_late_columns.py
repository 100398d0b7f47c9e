"""A key that first comes after many lines of a JSON-lines file is a column like any other."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detector.sources import jsonlines, read_logs, streams

DAY = "2026-03-01T{:02d}:00:00Z"
ROW = {
    "ChargePeriodStart": DAY.format(1), "ChargePeriodEnd": DAY.format(2),
    "BillingAccountId": "a", "ChargeCategory": "Usage", "ServiceName": "Compute",
    "ConsumedQuantity": 1, "ConsumedUnit": "Hours", "SkuId": "s",
}  # fmt: skip


def read(tmp_path: Path, rows: list[dict[str, Any]]) -> pl.DataFrame:
    (tmp_path / "accounts.csv").write_text("account_id,created_at\na,2026-01-01T00:00:00Z\n")
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "usage.jsonl").write_text(text)
    return read_logs(tmp_path)["usage"].collect()


@pytest.mark.parametrize("bad", [[], ["no object"]], ids=["parsed", "line by line"])
@pytest.mark.parametrize("spelt", [str, str.lower], ids=["as written", "in small letters"])
def test_a_column_that_comes_late_is_read(
    tmp_path: Path, spelt: Callable[[str], str], bad: list[Any]
) -> None:
    plain = {spelt(key): value for key, value in ROW.items()}
    late = {**plain, spelt("RegionId"): "here", spelt("EffectiveCost"): 2.5, "other": 1}
    many = 5 * jsonlines.SAMPLED_LINES
    frame = read(tmp_path, [plain] * many + bad + [late])
    assert frame.height == many + 1
    assert frame["RegionId"].to_list() == [None] * many + ["here"]
    assert str(frame["EffectiveCost"][-1]).rstrip("0") == "2.5"


def test_a_name_that_the_first_lines_have_counts_before_another_spelling(tmp_path: Path) -> None:
    rows = [{**ROW, "skumeter": "first"}] * 300 + [{**ROW, "SkuMeter": "second"}]
    assert read(tmp_path, rows)["SkuMeter"].to_list() == ["first"] * 300 + [None]


def test_parts_hold_the_columns_that_have_a_value_in_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = {"size": 1 << 16, "near": 1 << 16, "lead": b""}
    monkeypatch.setattr(streams.blocks, "__kwdefaults__", small)
    monkeypatch.setattr(streams, "CHUNK_BYTES", 1 << 14)
    rows = [ROW] * 2_000 + [{**ROW, "SkuMeter": "m"}]
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    pieces = (data[at : at + (1 << 14)] for at in range(0, len(data), 1 << 14))
    parts = list(
        jsonlines.read_jsonl(
            pieces,
            "x",
            lambda found: {k: k for k in found},
            late=lambda _: {"SkuMeter": "SkuMeter"},
        )
    )
    assert len(parts) > 2
    assert [("SkuMeter" in part.frame.columns) for part in parts] == [False] * (len(parts) - 1) + [
        True
    ]
