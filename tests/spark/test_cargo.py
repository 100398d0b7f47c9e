"""Tables survive the way as bytes; every file and every account has one place to go to."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector import errors
from detector.buckets.boxes import Box, bucket_of, gather, split
from detector.buckets.shared import WITNESS, alone, together
from detector.spark.cargo import from_arrow, to_table
from detector.spark.plan import bucket_count, deal
from detector.spark.session import EngineError
from detector.spark.tasks import check_versions, packed, unpacked, versions
from features.build import REGISTRY
from features.registry import Reach
from features.shapes import SHAPES
from features.tables import ID_BYTES, SCHEMAS


@pytest.mark.parametrize("table", ["payments", "labels", "gpu_telemetry", "model_usage"])
def test_types_and_nulls_survive_the_way(table: str) -> None:
    empty = SCHEMAS[table].create_empty()
    nulls = empty.clear(2)
    boxes = [Box("a", 0, empty), Box("b", 1, nulls)]
    first, second = from_arrow(to_table(boxes))
    assert first.open().schema == empty.schema
    assert second.open().equals(nulls)


@given(st.lists(st.text(max_size=20), max_size=30), st.integers(1, 9))
def test_an_account_has_one_bucket(accounts: list[str], buckets: int) -> None:
    frame = pl.DataFrame({"account_id": accounts}, schema={"account_id": pl.String})
    boxes = list(split({"rows": frame}, buckets))
    assert all(0 <= box.bucket < buckets for box in boxes)
    for box in boxes:
        rows = box.open()
        assert (rows.select(bucket_of(buckets)).to_series() == box.bucket).all()
    back = [name for frames in gather(boxes).values() for f in frames for name in f["account_id"]]
    assert sorted(back) == sorted(accounts)


@given(st.lists(st.integers(0, 10**9), max_size=40), st.integers(1, 8))
def test_every_file_is_read_once(sizes: list[int], cores: int) -> None:
    tasks = deal(sizes, cores)
    assert sorted(file for files in tasks for file in files) == list(range(len(sizes)))
    assert all(tasks)
    assert bucket_count(sum(sizes), cores) >= 1


def test_an_error_is_raised_again_as_what_it_was() -> None:
    for error in (errors.DataError("two\nlines"), EngineError("gone")):
        again = unpacked(packed(error, 3))
        assert (type(again), str(again)) == (type(error), str(error))


def test_other_versions_are_refused() -> None:
    check_versions(versions())
    with pytest.raises(EngineError, match="install the same on all"):
        check_versions("enduse 0.0, polars 0.0")


def test_each_family_is_computed_in_one_place() -> None:
    assert all(f.reach is Reach.OWN for f in alone().families)
    assert {*alone().names(), *together().names()} == set(REGISTRY.names())
    assert len(alone()) + len(together()) == len(REGISTRY)


def test_nobody_can_be_the_witness() -> None:
    assert len(WITNESS) > ID_BYTES
    assert "account_id" in SHAPES["usage"].keys
