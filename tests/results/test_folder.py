"""Publishing and reading of a results folder."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from detector.errors import DataError, OutputError
from detector.results import (
    FOLLOWUPS_SCHEMA,
    RINGS_SCHEMA,
    SCORES_SCHEMA,
    TIMELINES_SCHEMA,
    Results,
    Run,
    flat_csv,
)
from detector.results.published import Published

RUN = {
    "schema_version": 1, "version": "0", "as_of": "2026-01-01T00:00:00+00:00", "engine": "local",
    "seed": 0, "alpha": 0.01, "threads": 1, "model_id": "m", "model": {}, "counts": {},
    "timings": {}, "accounts": {"total": 1, "queues": {"none": 1}}, "rings": {"total": 0},
    "gpu_hours": {}, "tokens": {}, "watermarks": {},
}  # fmt: skip


def make(account_id: str = "a-1", score: float = 0.5) -> Results:
    row = {
        "account_id": account_id, "rank": 1, "score": score, "raw_score": 0.1, "base": 0.0,
        "p_value": 0.5, "queue": "none", "families": ["F01"],
        "reasons": [{"code": "OTHER", "contribution": 0.1, "text": "All other."}],
        "counter_evidence": [], "coverage": 1.0, "lane_l": [], "lane_e": [],
        "model_id": "m", "as_of": datetime(2026, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    return Results(
        scores=pl.DataFrame([row], schema=SCORES_SCHEMA),
        rings=RINGS_SCHEMA.to_frame(),
        features=pl.DataFrame({"account_id": [account_id]}),
        quarantine=pl.DataFrame({"table": []}, schema={"table": pl.String}),
        timelines=TIMELINES_SCHEMA.to_frame(),
        run=Run.whole(RUN, "run.json"),
    )


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    written = make()
    written.write(tmp_path / "out")
    read = Results.read(tmp_path / "out")
    assert read.scores.equals(written.scores)
    assert read.scores.schema == SCORES_SCHEMA
    assert read.run == written.run


def test_how_a_table_lies_in_memory_shows_in_no_byte(tmp_path: Path) -> None:
    ids = pl.DataFrame({"account_id": [f"a-{k:06}" for k in range(100_000)]})
    pieces = pl.concat(ids[at : at + 16_384] for at in range(0, ids.height, 16_384))
    assert pieces.n_chunks() > 1
    for name, features in (("one", ids), ("several", pieces)):
        replace(make(), features=features).write(tmp_path / name)
    one, several = (tmp_path / name / "features.parquet" for name in ("one", "several"))
    assert several.read_bytes() == one.read_bytes()


def test_follow_up_lists_are_read_and_an_earlier_versions_run_has_none(tmp_path: Path) -> None:
    listed = pl.DataFrame(
        [{"case": "c", "members": ["b"], "account_id": "a-1", "position": 1, "queue": "none"}],
        schema=FOLLOWUPS_SCHEMA,
    )
    replace(make(), followups=listed).write(tmp_path / "out")
    assert Results.read(tmp_path / "out").followups.equals(listed)
    published = Published.read(tmp_path / "out", 5)
    found = published.account("a-1")
    assert found is not None
    assert [row["case"] for row in found["like_confirmed"]] == ["c"]
    assert not found["follow_ups"]
    (tmp_path / "out" / "followups.parquet").unlink()
    assert Results.read(tmp_path / "out").followups.equals(FOLLOWUPS_SCHEMA.to_frame())
    found = published.account("a-1")
    assert found is not None
    assert not found["like_confirmed"]


def test_a_later_run_replaces_the_earlier_as_a_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    make("first").write(out, csv=True)
    make("second").write(out)
    assert Results.read(out).scores["account_id"].to_list() == ["second"]
    assert not (out / "scores.csv").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(OutputError, match="thesis"):
        make().write(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(OutputError, match="is a file"):
        make().write(tmp_path / "out")


def test_an_unwritable_parent_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="could not be written"):
        make().write(tmp_path / "file" / "out")


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"scores\.parquet"):
        Results.read(tmp_path)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-2", "@SUM(A1)", "\tx", "\r=1"])
def test_no_csv_cell_is_a_formula(cell: str) -> None:
    flat = flat_csv(make(cell).scores)
    assert flat["account_id"].to_list() == ["'" + cell]


def test_nested_columns_are_json_in_csv() -> None:
    flat = flat_csv(make().scores)
    assert json.loads(flat["families"][0]) == ["F01"]
    assert json.loads(flat["reasons"][0])[0]["code"] == "OTHER"
    assert flat.columns == list(SCORES_SCHEMA)
    assert flat["score"].to_list() == [0.5]
