"""Shares of ownership are fractions, however they were told, or a sentence says why not."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from detector.sources import read_logs

Put = Callable[[str, str | bytes], Path]
HEAD = "account_id,owner_name,share_min,share_max,share_unit,share_min_open\n"


def owners(put: Put, folder: Path, *rows: str) -> tuple[pl.DataFrame, list[str]]:
    put("account_owners.csv", HEAD + "".join(f"0012,Holding,{row}\n" for row in rows))
    logs = read_logs(folder, max_bad=1.0)
    return logs["account_owners"].collect(), logs.quarantine["reason"].to_list()


@pytest.mark.parametrize(
    ("row", "least", "most"),
    [
        ("0.25,0.5,,", "0.25", "0.5"),
        ("0.25,0.5,fraction,", "0.25", "0.5"),
        ("25,50,percent,", "0.25", "0.5"),
        ("50.0000000001,100,Percent,true", "0.500000000001", "1"),
        ("0.5,1,percent,", "0.005", "0.01"),
        ("1,1,,", "1", "1"),
        ("33.333333333333,,percent,", "0.3333333333", None),
        ("0.33333333335,0.33333333345,,", "0.3333333334", "0.3333333334"),
    ],
)
def test_shares_are_read_as_fractions(
    put: Put, folder: Path, row: str, least: str, most: str | None
) -> None:
    frame, reasons = owners(put, folder, row)
    assert reasons == []
    expected = Decimal(least).quantize(Decimal(10) ** -10)
    assert frame["share_min"].to_list() == [expected]
    assert frame["share_max"].to_list() == [None if most is None else Decimal(most)]
    assert frame.schema["share_min"] == pl.Decimal(12, 10)
    # A share that was told as a percentage is not taken for one twice.
    assert "percent" not in frame["share_unit"].to_list()


def test_unknown_shares_are_null(put: Put, folder: Path) -> None:
    frame, reasons = owners(put, folder, ",,,", ",,percent,")
    assert reasons == []
    assert frame["share_max"].null_count() == 2


@pytest.mark.parametrize("row", ["25,50,,", "0.5,1.0000000001,,", "0.5,200,fraction,", "1e9,,,"])
def test_shares_above_one_say_their_unit(put: Put, folder: Path, row: str) -> None:
    frame, reasons = owners(put, folder, row)
    assert frame.height == 0
    assert reasons == ["shares above 1 need share_unit = percent"]


def test_percentages_above_a_hundred_are_told_apart(put: Put, folder: Path) -> None:
    frame, reasons = owners(put, folder, "25,101,percent,")
    assert frame.height == 0
    assert reasons == ["a share is above 100 percent"]


@pytest.mark.parametrize("row", ["-0.1,0.5,,", "-25,50,percent,", "-1e9,0.5,,"])
def test_a_share_below_nothing_is_set_aside(put: Put, folder: Path, row: str) -> None:
    frame, reasons = owners(put, folder, row)
    assert frame.height == 0
    assert reasons == ["is below the least allowed value"]


def test_owners_of_companies_are_read_the_same(put: Put, folder: Path) -> None:
    put(
        "entity_owners.csv",
        "owned_name,owner_name,share_min,share_max,share_unit\nA,B,5,6,percent\n",
    )
    frame = read_logs(folder)["entity_owners"].collect()
    assert frame["share_max"].to_list() == [Decimal("0.06")]
