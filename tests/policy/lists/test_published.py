"""Lists as their publishers ship them: real files are read whole, row for row."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from detector.policy.lists import read_files


@pytest.mark.parametrize(
    "name", ["csl_extract.csv", "csl_sample_current_format.csv", "watchman_csl_sample.csv"]
)
def test_no_row_of_a_real_list_is_lost(shared_data: Path, name: str) -> None:
    path = shared_data / "screening" / name
    found = read_files({name: path})
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    codes = Counter(row["source"].partition("(")[2].partition(")")[0] for row in rows)
    assert found.counts == dict(codes)
    assert not found.refused
    assert found.quarantine.is_empty()
    assert found.unmapped == 0
    dated = sum(bool(row["start_date"]) for row in rows)
    assert found.entries["from"].is_not_null().sum() == dated


def test_what_the_regulations_text_left_in_addresses_becomes_aliases(shared_data: Path) -> None:
    path = shared_data / "screening" / "csl_extract.csv"
    entries = read_files({path.name: path}).entries
    ustc = entries.filter(pl.col("name") == "University of Science and Technology of China")
    assert ustc["weak_aliases"].to_list() == [["USTC"]]
    assert ustc["addresses"][0][0].startswith("East Campus, No.96")
    assert ustc["countries"].to_list() == [["CN"]]
    words = pl.col("addresses").list.join(" ") + pl.col("name")
    assert not entries.select(words.str.contains("following")).to_series().any()


@pytest.mark.long
def test_the_three_files_of_ofac_are_one_list(shared_data: Path) -> None:
    names = ("ofac_sdn.csv", "ofac_alt.csv", "ofac_add_bench.csv")
    found = read_files({name: shared_data / "screening" / name for name in names})
    assert found.counts == {"SDN": 8976}
    assert not found.refused
    assert found.quarantine.is_empty()
    kinds = dict(found.entries.group_by("kind").len().rows())
    assert (kinds["person"], kinds["vessel"], kinds["aircraft"]) == (4620, 406, 277)
    bank = found.entries.filter(pl.col("name") == "BANCO NACIONAL DE CUBA").row(0, named=True)
    assert bank["aliases"] == ["NATIONAL BANK OF CUBA"]
    assert bank["weak_aliases"] == ["BNC"]
    assert bank["countries"] == ["CH", "ES", "JP", "PA"]
    # The names are of 2021, the aliases of 2025.
    assert "numbers that ofac_sdn.csv lacks" in found.warnings[0]
