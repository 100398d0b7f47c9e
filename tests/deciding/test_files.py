"""Rows get into every kind of file, and what the file held stays as it was."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detector.deciding.deciding import decide, logs_of
from detector.disk import Disk
from detector.errors import DataError, UsageError
from detector.sources.onefile import read_one
from tests.deciding.made import AT, RING, said

HELD = {"account_id": "007", "decision": "cleared", "decided_at": "2026-01-02T03:04:05Z"}
KINDS = ("csv", "jsonl", "ndjson", "parquet")


def held(folder: Path, kind: str, **more: Any) -> Path:
    """A file with one row, which may have other columns too."""
    row, path = HELD | more, folder / f"labels.{kind}"
    if kind == "parquet":
        pl.DataFrame([row]).write_parquet(path)
    elif kind == "csv":
        path.write_text(",".join(row) + "\n" + ",".join(map(str, row.values())) + "\n")
    else:
        path.write_text(json.dumps(row) + "\n")
    return path


def read(path: Path) -> list[dict[str, Any]]:
    one = read_one(path, "labels")
    assert one.record.counts.quarantined == 0
    return one.rows.to_dicts()


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_made_and_then_added_to(out: Path, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"labels.{kind}"
    decide(out, RING, said("cleared"), path)
    first = read(path)
    decide(out, "alone", said("unresolved", note='a "b", c; d'), path)
    both = read(path)
    assert [row for row in both if row["account_id"] != "alone"] == first
    assert both[-1]["note"] == 'a "b", c; d'
    assert both[-1]["expires_at"] is None
    assert first[0]["expires_at"] == AT + timedelta(days=180)
    assert {each.name for each in tmp_path.iterdir()} == {path.name, f".{path.name}.lock"}


@pytest.mark.parametrize("kind", KINDS)
def test_columns_that_a_file_lacks_are_added_and_others_are_kept(
    out: Path, tmp_path: Path, kind: str
) -> None:
    path = held(tmp_path, kind, ticket="T-1")
    decide(out, "alone", said("cleared"), path)
    ours = {row["account_id"]: row for row in read(path)}
    assert ours["007"]["decision"] == "cleared"
    assert ours["007"]["expires_at"] is None
    assert ours["alone"]["reviewer"] == "ann"
    assert ours["alone"]["expires_at"] == AT + timedelta(days=180)
    if kind == "parquet":
        assert pl.read_parquet(path)["ticket"].to_list() == ["T-1", None]
    else:
        assert "T-1" in path.read_text()


def test_in_json_lines_with_many_rows_new_keys_are_read(out: Path, tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(3000 * (json.dumps(HELD) + "\n"))
    decide(out, "alone", said("cleared"), path)
    assert [row["expires_at"] for row in read(path) if row["account_id"] == "alone"] == [
        AT + timedelta(days=180)
    ]


@pytest.mark.parametrize(
    "text",
    [
        '\ufeffAccount_ID;decision;decided_at;note\r\n007;cleared;2026-01-02T03:04:05Z;"x;\ny"',
        '{"Account_ID": "007", "decision": "cleared", "decided_at": "2026-01-02T03:04:05Z"}',
    ],
)
def test_names_separators_and_line_ends_of_others_are_kept(
    out: Path, tmp_path: Path, text: str
) -> None:
    path = tmp_path / ("labels.jsonl" if text.startswith("{") else "labels.csv")
    path.write_text(text, newline="")
    decide(out, "alone", said("unresolved"), path)
    assert sorted(row["account_id"] for row in read(path)) == ["007", "alone"]


@pytest.mark.parametrize(
    "typed",
    [
        {"decided_at": datetime(2026, 1, 2)}, {"note": "x"},
        {"decided_at": AT, "expires_at": AT + timedelta(days=30)},
    ],
)  # fmt: skip
def test_parquet_keeps_its_types(out: Path, tmp_path: Path, typed: dict[str, Any]) -> None:
    path = held(tmp_path, "parquet", **typed)
    before = pl.read_parquet(path)
    decide(out, "alone", said("cleared"), path)
    after = pl.read_parquet(path)
    assert after.select(before.columns).schema == before.schema
    assert read(path)[-1]["decided_at"] == AT


def test_a_number_for_an_id_cannot_hold_ours_and_the_file_stays(out: Path, tmp_path: Path) -> None:
    path = held(tmp_path, "parquet", account_id=7)
    before = path.read_bytes()
    with pytest.raises(DataError, match=r"labels.parquet cannot be added to"):
        decide(out, "alone", said("unresolved"), path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("note", ["=1+1", "@SUM(A1)", "+1", "-2"])
def test_no_cell_of_a_csv_is_a_formula_of_ours(out: Path, tmp_path: Path, note: str) -> None:
    decide(out, "alone", said("unresolved", note=note, reviewer=note), tmp_path / "labels.csv")
    (row,) = read(tmp_path / "labels.csv")
    assert (row["note"], row["reviewer"]) == (f"'{note}", f"'{note}")
    decide(out, "alone", said("unresolved", note=note), tmp_path / "other.jsonl")
    assert read(tmp_path / "other.jsonl")[0]["note"] == note


def test_rows_that_nobody_can_read_stay_and_are_counted(out: Path, tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    head = "account_id,decision,decided_at,ring_id,reviewer,note,expires_at,basis\n"
    path.write_text(head + "a,maybe,2026-01-02,,,,,\nb,cleared\n")
    told = decide(out, "alone", said("unresolved"), path)
    assert told.unread == 2
    assert path.read_text().startswith(head + "a,maybe,2026-01-02,,,,,\nb,cleared\nalone,")


def test_rows_that_would_be_read_differently_are_refused(out: Path, tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text('account_id,decision,decided_at\na,cleared,2026-01-02\nb,cleared,"2026-01\n')
    before = path.read_bytes()
    with pytest.raises(DataError, match=r"lacks the columns ring_id.*cannot get them"):
        decide(out, "alone", said("unresolved"), path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        (
            "labels.csv",
            "account_id,created_at\n1,2026-01-01\n",
            "it lacks the columns decision",
        ),
        ("labels.jsonl", "hello\n", "is not JSON lines"),
        ("labels.parquet", "hello", "labels.parquet"),
        ("labels.csv", b"account_id,decision,decided_at\n\xe9,cleared,2026-01-02\n", "not UTF-8"),
    ],
)
def test_a_file_that_is_no_table_of_decisions_is_refused(
    out: Path, tmp_path: Path, name: str, text: str | bytes, sentence: str
) -> None:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    before = path.read_bytes()
    with pytest.raises(DataError, match=sentence):
        decide(out, "alone", said("unresolved"), path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("labels.csv.gz", "ends in .csv, .jsonl, .ndjson, .parquet"), ("labels", "ends in .csv"),
     ("no/labels.csv", "lies in a folder that does not exist"), ("old.csv", "is a folder")],
)  # fmt: skip
def test_a_place_that_cannot_be_added_to_is_refused(
    out: Path, tmp_path: Path, name: str, sentence: str
) -> None:
    (tmp_path / "old.csv").mkdir()
    with pytest.raises(UsageError, match=sentence):
        decide(out, "alone", said("unresolved"), tmp_path / name)


@pytest.mark.parametrize("other", ["labels.jsonl", "labels"])
def test_a_second_table_of_decisions_in_a_log_folder_is_refused(
    out: Path, tmp_path: Path, other: str
) -> None:
    (tmp_path / other).mkdir() if other == "labels" else (tmp_path / other).touch()
    with pytest.raises(UsageError, match=f"'{other}' is there already"):
        decide(out, "alone", said("unresolved"), tmp_path / "labels.csv")


@pytest.mark.parametrize("where", ["labels.csv", "labels/mine.csv"])
def test_the_log_folder_of_a_file_is_known(tmp_path: Path, where: str) -> None:
    assert logs_of(tmp_path / where) is None
    (tmp_path / "usage.csv.gz").touch()
    assert logs_of(tmp_path / where) == tmp_path
    assert logs_of(tmp_path / "mine.csv") is None


def test_a_failed_write_leaves_the_file_and_nothing_beside_it(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = held(tmp_path, "csv")
    before = path.read_bytes()

    def full(self: Disk, source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device", str(source))

    monkeypatch.setattr(Disk, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        decide(out, "alone", said("unresolved"), path)
    assert path.read_bytes() == before
    assert {each.name for each in tmp_path.iterdir()} == {path.name, f".{path.name}.lock"}


def test_rights_of_a_file_stay(out: Path, tmp_path: Path) -> None:
    path = held(tmp_path, "csv")
    path.chmod(0o660)
    decide(out, "alone", said("unresolved"), path)
    assert path.stat().st_mode & 0o777 == 0o660


def test_reviewers_at_once_lose_no_row(out: Path, tmp_path: Path) -> None:
    path, people = tmp_path / "labels.csv", [f"person-{number}" for number in range(12)]

    def one(name: str) -> None:
        decide(out, RING, said("unresolved", reviewer=name), path)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(one, people))
    found = [row["reviewer"] for row in read(path)]
    assert sorted(set(found)) == sorted(people)
    assert len(found) == 7 * len(people)


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_last_line_without_its_end_stays_a_line(out: Path, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"labels.{kind}"
    decide(out, "alone", said("cleared"), path)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    decide(out, "bare", said("cleared"), path)
    assert [row["account_id"] for row in read(path)] == ["alone", "bare"]
