"""A run read for its pages gives the same pages as the whole run."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from detector import Results
from detector.errors import DataError
from detector.explain import explain_json
from detector.report.render import render
from detector.report.units import feature_units
from detector.results.reviewed import read_reviewed


@pytest.fixture
def out(sample_run: Path) -> Path:
    return sample_run


def test_the_report_is_that_of_the_whole_run(out: Path) -> None:
    assert render(read_reviewed(out), feature_units()) == render(Results.read(out), feature_units())


def test_an_account_that_is_named_is_explained_as_from_the_whole_run(out: Path) -> None:
    whole = Results.read(out)
    unseen = pl.col("queue") == "none"
    alone = whole.scores.filter(unseen & pl.col("ring_id").is_null())["account_id"][0]
    tied = whole.scores.filter(unseen & pl.col("ring_id").is_not_null())["account_id"][0]
    for account in (alone, tied):
        told = explain_json(read_reviewed(out, [account]), account)
        assert json.dumps(told) == json.dumps(explain_json(whole, account))


def test_of_everybody_else_there_is_a_line_alone(out: Path) -> None:
    some, whole = read_reviewed(out), Results.read(out)
    assert some.scores.height == whole.scores.height
    assert some.scores.schema == whole.scores.schema
    silent = some.scores.filter(pl.col("reasons").is_null())
    assert silent.height > 0.8 * whole.scores.height
    assert set(silent["queue"]) == {"none"}
    assert some.features.height == whole.scores.height - silent.height


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"scores\.parquet"):
        read_reviewed(tmp_path)
