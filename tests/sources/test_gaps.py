"""Ids that do not meet are told: which, how many, and how other tables write them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from detector.sources import gaps, read_logs
from detector.sources.gaps import Gap, find_gaps

Put = Callable[[str, str | bytes], Path]
PLAIN = [f"acct-{number:03}" for number in range(100)]


def found(**named: list[str]) -> dict[tuple[str, str], Gap]:
    """The gaps between tables of plain ids and the ids given, by kind and table."""
    ids = {table: pl.Series([*PLAIN, *more]) for table, more in named.items()}
    return {(gap.kind, gap.table): gap for gap in find_gaps(ids)}


def test_tables_of_the_same_ids_have_no_gaps() -> None:
    assert found(usage=[], accounts=[], events=[]) == {}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/subscriptions/ABCDEF00-1111-2222-3333-444444444444",
         "/Subscriptions/abcdef00-1111-2222-3333-444444444444"),
        ("/subscriptions/abcdef00-1111-2222-3333-444444444444",
         "abcdef00-1111-2222-3333-444444444444"),
        ("abcdef00-1111-2222-3333-444444444444", "ABCDEF00111122223333444444444444"),
        ("{abcdef00-1111-2222-3333-444444444444}", "abcdef00-1111-2222-3333-444444444444"),
        ("012345678901", "12345678901"),
        ("00012", "12"),
        ("123456789012", "1234-5678-9012"),
        ("123456789012", "123456789012.0"),
        ("123456789012", "'123456789012"),
        ("123456789012", "arn:aws:iam::123456789012:root"),
        ("my-project", "projects/my-project"),
        ("my-project", " my-project"),
        ("my-project", "my-project\u00a0"),
        ("my-project", "my-\u200bproject"),
        ("123456789012", "１２３４５６７８９０１２"),
        ("Straße", "STRAßE"),
    ],
)  # fmt: skip
def test_another_spelling_of_an_account_is_told_whichever_table_has_it(
    one: str, other: str
) -> None:
    for known, strange in ((one, other), (other, one)):
        gap = found(accounts=[known], usage=[strange])["spelling", "usage"]
        assert (gap.ids, gap.share, gap.warning) == (1, round(1 / 101, 6), True)
        assert gap.examples == (gaps.printable(strange),)
        assert gap.others == (gaps.printable(known),)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("acct-1-11", "acct-11-1"), ("a/1", "b/1"), ("120", "12"), ("acct0012", "acct12"),
        ("my-project", "my_project"), ("12-345", "123-45"), ("1.5", "15"),
    ],
)  # fmt: skip
def test_ids_that_are_others_are_no_spelling_of_one(one: str, other: str) -> None:
    assert ("spelling", "usage") not in found(accounts=[one], usage=[one, other])


def test_two_spellings_among_the_account_records_are_told_of_them() -> None:
    gap = found(accounts=["0012", "12"], usage=["12", "0012"])["spelling", "accounts"]
    assert gap.examples == ("0012", "12")
    assert gap.others == ("12", "0012")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1.23457E+11", "123456789012"), ("1,23457E+11", "123456789012"),
        ("1.23457e+11", "123456789012"), ("1.23456789012E11", "123456789012"),
        ("1.23457E+10", "012345678901"), ("1E+11", "100000000012"),
        ("9.99999E+11", "999998765432"), ("1.00000E+12", "999999999999"),
        ("123456789012345000", "123456789012345678"),
    ],
)  # fmt: skip
def test_a_number_that_a_spreadsheet_made_of_an_id_is_told(written: str, meant: str) -> None:
    told = found(accounts=[written], usage=[meant])
    gap = told["rewritten", "accounts"]
    assert gap.examples == (written,)
    assert gap.warning
    # Rounding may add a digit, so that the one it was is not found.
    assert gap.others == (meant if written != "1.00000E+12" else "",)


@pytest.mark.parametrize("plain", ["1E5", "12e34567", "e10", "5e-7", "1.2.3"])
def test_an_id_of_letters_and_digits_is_no_number(plain: str) -> None:
    assert not [key for key in found(accounts=[plain], usage=[plain]) if key[0] == "rewritten"]


def test_long_ids_in_a_row_are_not_taken_for_cut_ones() -> None:
    row = [f"1234567890123{number:04}" for number in range(0, 2000, 25)]
    assert found(accounts=row, usage=row) == {}


@pytest.mark.parametrize(
    "text",
    ["null", "None", "n/a", "N/A", "nan", "-", "unknown", "undefined", "<NA>", "(none)", " null ",
     "#N/A", "000000000000", str(uuid.UUID(int=0)), "\\N", "?"],
)  # fmt: skip
def test_a_text_that_means_no_id_is_told(text: str) -> None:
    told = found(accounts=[], usage=[text])
    assert told["null_like", "usage"].warning
    assert "1 of 101 account ids in usage (0.99 %) means that there is none" in (
        told["null_like", "usage"].sentence
    )
    assert ("no_account_row", "usage") not in told


@pytest.mark.parametrize("text", ["nullarbor", "nancy", "unknown-1", "0a", "100", "no"])
def test_an_id_that_only_looks_like_none_is_an_id(text: str) -> None:
    assert ("null_like", "usage") not in found(accounts=[text], usage=[text])


@pytest.mark.parametrize(("more", "warned"), [(5, False), (6, True)])
def test_ids_without_an_account_record_are_a_warning_past_a_twentieth(
    more: int, warned: bool
) -> None:
    ids = {"accounts": pl.Series(PLAIN), "events": pl.Series(PLAIN[more:] + list("abcdef")[:more])}
    told = {gap.kind: gap for gap in find_gaps({**ids, "usage": ids["accounts"]})}
    gap = told["no_account_row"]
    assert (gap.table, gap.ids, gap.share, gap.warning) == ("events", more, more / 100, warned)
    assert gap.examples == ("a", "b", "c")


def test_account_records_of_which_nothing_happened_are_told() -> None:
    ids = {"accounts": pl.Series(PLAIN), "usage": pl.Series(PLAIN[:50]),
           "payments": pl.Series(PLAIN), "events": pl.Series(PLAIN[:90])}  # fmt: skip
    (gap,) = find_gaps(ids)
    assert (gap.kind, gap.ids, gap.warning) == ("no_activity", 10, True)
    assert "by no row of usage or events" in gap.sentence
    assert find_gaps(ids, later=pl.Series(PLAIN[90:])) == []


def test_a_decision_about_an_account_that_no_other_table_knows_is_told() -> None:
    told = found(accounts=[], usage=["seen"], labels=["phantom", "seen"])
    assert told["unknown_to_all", "labels"].examples == ("phantom",)
    assert told["unknown_to_all", "labels"].warning
    assert told["no_account_row", "labels"].examples == ("seen",)


def test_a_decision_is_not_vouched_for_by_another_decision() -> None:
    told = found(accounts=[], usage=[], labels=["phantom"], policy_decisions=["phantom"])
    assert {("unknown_to_all", t) for t in ("labels", "policy_decisions")} <= set(told)


def machines(rows: list[tuple[str | None, str | None, str | None]]) -> pl.DataFrame:
    names = ("account_id", "instance_id", "gpu_uuid")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def unheld(meters: pl.DataFrame, inventory: pl.DataFrame) -> tuple[str, ...]:
    told = find_gaps({}, {"gpu_telemetry": meters, "inventory": inventory})
    return told[0].examples if told else ()


def test_meters_of_machines_that_nobody_held_are_told() -> None:
    meters = machines([
        ("a", "i-0", "GPU-0"), (None, "i-1", "GPU-1"), (None, "i-2", "GPU-2"), (None, "i-3", None),
    ])  # fmt: skip
    held = machines([("a", "i-1", None), ("b", None, "GPU-2")])
    assert unheld(meters, held) == ("i-3",)
    assert unheld(meters, held[:0]) == ("GPU-1", "GPU-2", "i-3")


@pytest.mark.parametrize(
    ("slices", "held", "lost"),
    [
        (["GPU-0/1"], "GPU-0", []),
        (["GPU-0/1", "GPU-0/2"], "GPU-0", ["GPU-0/1", "GPU-0/2"]),
        (["GPU-0/1", "GPU-0/2"], "GPU-0/2", ["GPU-0/1"]),
        (["GPU-0/1", "GPU-1/1"], "GPU-0", ["GPU-1/1"]),
    ],
)
def test_of_several_slices_of_a_gpu_each_needs_a_holder(
    slices: list[str], held: str, lost: list[str]
) -> None:
    meters = machines([(None, None, name) for name in slices])
    assert list(unheld(meters, machines([("a", None, held)]))) == lost


def test_the_slices_of_a_held_instance_are_held() -> None:
    meters = machines([(None, "i-0", "GPU-0/1"), (None, "i-0", "GPU-0/2")])
    assert unheld(meters, machines([("a", "i-0", None)])) == ()


def test_nothing_of_an_id_reaches_a_message_raw() -> None:
    gap = found(accounts=[], usage=["x\x1b[2J\u202e{count}"])["no_account_row", "usage"]
    assert "\\x1b[2J\\u202e{count}" in gap.sentence
    assert gap.sentence.isprintable()


def test_what_validate_reads_names_its_gaps(folder: Path, put: Put) -> None:
    put("events.csv", "time,account_id,class_uid,operation\n"
        "2026-01-01T00:00:00Z,12,6003,RunInstances\n")  # fmt: skip
    put("gpu_telemetry.csv", "time,metric,value,instance_id\n"
        "2026-01-01T00:00:00Z,DCGM_FI_DEV_GPU_UTIL,5,i-1\n")  # fmt: skip
    logs = read_logs(folder)
    logs.validate()
    told = {(gap.kind, gap.table): gap for gap in gaps.in_rows(logs.named)}
    assert told["spelling", "events"].others == ("0012",)
    assert told["no_holder", "gpu_telemetry"].examples == ("i-1",)


def test_ids_of_many_parts_are_kept_once() -> None:
    part = pl.DataFrame({"account_id": [str(number) for number in range(1 << 19)]})
    assert gaps.once(part for _ in range(5)).height == 1 << 19
    assert gaps.once(iter(())).height == 0
