"""A broken cell of an optional column costs itself, of a required one its row; each once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from detector.sources import read_logs
from detector.sources.bounds import pieces
from detector.sources.normalise import Normalised, normalise
from detector.sources.quarantine import first_reasons
from detector.sources.raw import BadRecord, RawPart, numbered

Put = Callable[[str, str | bytes], Path]
CLOCK = datetime(2026, 6, 1, tzinfo=UTC)
ROWS: dict[str, dict[str, object]] = {
    "usage": {
        "ChargePeriodStart": "2026-01-01T00:00:00Z", "ChargePeriodEnd": "2026-01-01T01:00:00Z",
        "BillingAccountId": "p", "ChargeCategory": "Usage", "ServiceName": "c",
        "ConsumedQuantity": "1", "ConsumedUnit": "Hours", "SkuMeter": "vm",
    },
    "accounts": {"account_id": "a", "created_at": "1998-01-01"},
    "account_links": {
        "account_id": "a", "kind": "phone", "value_hash": "h", "first_seen": "2026-01-01",
        "last_seen": "2026-01-02",
    },
    "payments": {
        "time": "2026-01-01", "account_id": "a", "kind": "invoice", "amount": "1", "currency": "X",
    },
    "events": {
        "time": "2026-01-01", "account_id": "a", "class_uid": "6003", "operation": "x",
    },
    "model_usage": {
        "start": "2026-01-01", "end": "2026-01-02", "account_id": "a", "model_id": "m",
        "requests": "1", "input_tokens": "10", "output_tokens": "1",
    },
    "gpu_telemetry": {"time": "2026-01-01", "metric": "m", "value": "1", "instance_id": "i"},
    "labels": {"account_id": "a", "decision": "cleared", "decided_at": "2026-01-01"},
    "tenders": {"published_at": "2026-01-01", "buyer_name": "b"},
}  # fmt: skip


def read(table: str, *changed: dict[str, object], **other: object) -> Normalised:
    frame = pl.DataFrame([{**ROWS[table], **other, **row} for row in changed or ({},)])
    (piece,) = pieces(numbered(frame, 1), table)
    return normalise(piece, table, f"{table}.csv", clock=CLOCK)


BROKEN_CELLS = [
    ("usage", "EffectiveCost", "much"), ("usage", "EffectiveCost", "1e15"),
    ("usage", "EffectiveCost", "inf"), ("usage", "SkuId", "x" * 4097),
    ("usage", "SubAccountId", "x" * 513), ("usage", "CommitmentDiscountStatus", "perhaps"),
    ("usage", "Tags", "x" * 65537), ("accounts", "closed_at", "soon"),
    ("accounts", "declared_reseller", "perhaps"), ("events", "src_asn", "AS-1"),
    ("events", "src_asn", "-1"), ("events", "resource_count", "1.5"),
    ("model_usage", "cached_tokens", "-1"),
    ("model_usage", "template_sketch", "00"), ("labels", "expires_at", "never"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "column", "value"), BROKEN_CELLS)
def test_a_broken_optional_cell_costs_itself(table: str, column: str, value: str) -> None:
    part = read(table, {column: value}, {column: None})
    assert (part.read, part.frame.height, part.quarantined, part.unmapped) == (2, 2, 0, 1)
    assert part.frame[column].to_list() == [None, None]


BROKEN_ROWS = [
    ("usage", "ConsumedQuantity", "much"), ("usage", "ConsumedUnit", "x" * 4097),
    ("usage", "BillingAccountId", "x" * 513), ("accounts", "created_at", "soon"),
    ("payments", "amount", "1e15"), ("events", "class_uid", "1"),
    ("model_usage", "input_tokens", "-1"), ("labels", "decision", "confirmed proxy"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "column", "value"), BROKEN_ROWS)
def test_a_broken_required_cell_costs_its_row(table: str, column: str, value: str) -> None:
    part = read(table, {column: value}, {})
    assert (part.frame.height, part.quarantined, part.unmapped) == (1, 1, 0)
    assert part.quarantine["column"].to_list() == [column]


def test_a_row_that_loses_its_only_name_is_set_aside() -> None:
    part = read("gpu_telemetry", {"instance_id": "x" * 513})
    assert part.quarantine["reason"].to_list() == ["breaks the rule: names its source"]


def test_unknown_values_are_told_with_the_known_ones() -> None:
    part = read("labels", {"decision": "confirmed proxy"})
    known = "confirmed_proxy, confirmed_victim, cleared, unresolved"
    assert part.quarantine["reason"].to_list() == [
        f"is not one of {known}; spelled most like confirmed_proxy"
    ]
    assert first_reasons(part.quarantine) == (
        "labels.csv, row 1 (the header not counted): column decision is not one of "
        f"{known}; spelled most like confirmed_proxy (1 row)"
    )


@pytest.mark.parametrize(
    ("slip", "meant"),
    [("Cleard ", "cleared"), ("CONFIRMED-VICTIM", "confirmed_victim"), ("unresolvd", "unresolved")],
)
def test_a_slip_of_the_keyboard_is_told_with_the_word_that_it_is_near(
    slip: str, meant: str
) -> None:
    part = read(
        "labels", {"decision": slip}, {"decision": "not clear b\x1b[2Jad"}, {"decision": "cleared"}
    )
    first, second = part.quarantine["reason"].to_list()
    assert first.endswith(f"; spelled most like {meant}")
    assert second.endswith("cleared, unresolved")
    assert (part.frame.height, part.quarantined) == (1, 2)


FINE = ["3.4031999999999996", "-0.1234567890123456", "1.5e-16", "0." + "1" * 200]


@pytest.mark.parametrize("text", FINE)
def test_a_text_with_more_places_is_rounded_once_and_told(text: str) -> None:
    part = read("usage", {"EffectiveCost": text}, {"EffectiveCost": "0.5"})
    exact = Decimal(text).quantize(Decimal(1).scaleb(-15))
    assert part.frame["EffectiveCost"].to_list() == [exact, Decimal("0.5")]
    told = "values of EffectiveCost with more than 15 decimal places were rounded"
    assert part.told == {told: 1}


@pytest.mark.parametrize("text", ["0.5000000000000000000", "1e-7", "12"])
def test_a_text_that_fits_is_not_told(text: str) -> None:
    assert read("usage", {"EffectiveCost": text}).told == {}


def test_a_float_with_more_places_is_told_as_its_text_is() -> None:
    for noise in ("3.4031999999999996", "0.30000000000000004", "1.5e-16"):
        as_text = read("usage", {"EffectiveCost": noise})
        as_float = read("usage", {"EffectiveCost": float(noise)})
        assert as_text.frame.equals(as_float.frame)
        assert as_text.told == as_float.told != {}


HAPPENED = [
    ("usage", "ChargePeriodStart"), ("usage", "ChargePeriodEnd"), ("payments", "time"),
    ("events", "time"), ("model_usage", "start"), ("model_usage", "end"),
    ("account_links", "first_seen"), ("account_links", "last_seen"), ("gpu_telemetry", "time"),
    ("tenders", "published_at"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "column"), HAPPENED)
@pytest.mark.parametrize("value", ["1970-01-21T12:00:00Z", "1999-12-31T23:59:59Z", "2027-07-07",
                                   "2099-01-01", "9999-12-31T23:59:59Z"])  # fmt: skip
def test_what_cannot_have_happened_is_set_aside(table: str, column: str, value: str) -> None:
    part = read(table, {column: value}, {})
    assert (part.frame.height, part.quarantined) == (1, 1)
    assert part.quarantine["column"].to_list() == [column]
    assert "is before 2000 or more than 400 days ahead" in part.quarantine["reason"][0]


def test_the_clock_decides_what_is_too_far_ahead() -> None:
    end = CLOCK + timedelta(days=400)
    later = end + timedelta(seconds=1)
    rows = [{"ChargePeriodEnd": at.isoformat()} for at in (end, later)]
    assert read("usage", *rows).frame.height == 1


@pytest.mark.parametrize(
    ("table", "column"),
    [("accounts", "created_at"), ("accounts", "entity_registered_at"), ("labels", "expires_at")],
)
@pytest.mark.parametrize("value", ["1871-01-01", "2199-01-01"])
def test_other_dates_may_be_old_or_far(table: str, column: str, value: str) -> None:
    part = read(table, {column: value})
    assert (part.frame.height, part.unmapped, part.frame[column].null_count()) == (1, 0, 0)


def test_rows_of_one_record_are_told_apart() -> None:
    frame = pl.DataFrame([{**ROWS["payments"], "amount": v} for v in ("1", "x", "2", "y")])
    part = RawPart(
        frame, pl.Series("_row", [7, 7, 7, 8]), [BadRecord(7, "a part of it", "")],
        keys=pl.Series([10, 11, None, 13], dtype=pl.UInt64), order=pl.Series([0, 1, 1, 1]),
        pulled=True, told={"pages": 2},
    )  # fmt: skip
    (piece,) = pieces(part, "payments")
    done = normalise(piece, "payments", "p.jsonl", clock=CLOCK)
    assert (done.read, done.frame.height, done.quarantined) == (5, 2, 3)
    assert done.quarantine["row"].to_list() == [7, 7, 8]
    assert ['"amount":"x"' in text for text in done.quarantine["content"]] == [False, True, False]
    assert done.rows.to_list() == [7, 7]
    assert done.keys is not None
    assert done.keys.to_list() == [10, None]
    assert done.order is not None
    assert done.order.to_list() == [0, 1]
    assert (done.pulled, done.told) == (True, {"pages": 2})


def test_a_part_in_pieces_tells_all_it_held_once() -> None:
    frame = pl.concat([pl.DataFrame(ROWS["payments"])] * 200_000)
    rows = pl.int_range(0, frame.height, eager=True)
    part = RawPart(frame, rows, keys=rows.cast(pl.UInt64), order=rows, told={"x": 1})
    cut = list(pieces(part, "payments"))
    assert len(cut) > 1
    assert sum(p.told.get("x", 0) for p in cut) == 1
    for piece in cut:
        assert piece.keys is not None
        assert piece.order is not None
        assert piece.keys.to_list() == piece.order.to_list() == piece.rows.to_list()


def test_a_reader_of_a_folder_hears_of_cells(put: Put, folder: Path, usage: pl.DataFrame) -> None:
    usage.with_columns(EffectiveCost=pl.Series(["x", "1"])).write_csv(folder / "usage.csv")
    counts = read_logs(folder).validate()["usage"]
    assert (counts.ok, counts.quarantined, counts.unmapped) == (2, 0, 1)


@pytest.mark.parametrize(("column", "kept"), [("Tags", 4), ("ServiceName", 1)])
def test_giants_among_nested_values_cost_themselves_alone(column: str, kept: int) -> None:
    long = [{"key": "k", "value": "x" * 300_000}]
    frame = pl.DataFrame(ROWS["usage"]).drop(column, strict=False)
    short = [{"key": "k", "value": "v"}]
    frame = pl.concat([frame] * 4).with_columns(pl.Series(column, [long, short, None, long]))
    parts = [
        normalise(piece, "usage", "u.parquet", clock=CLOCK)
        for piece in pieces(numbered(frame, 1), "usage")
    ]
    done = pl.concat([part.frame for part in parts])
    assert done.height == kept
    assert done[column].drop_nulls().to_list() == ['{"k":"v"}']
    assert sum(part.unmapped for part in parts) == (2 if column == "Tags" else 0)
    held = pl.concat([part.quarantine for part in parts])
    long_ones = held.filter(pl.col("reason") == "is too long")["row"].to_list()
    assert long_ones == ([] if column == "Tags" else [1, 4])
