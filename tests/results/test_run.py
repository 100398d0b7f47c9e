"""``run.json``: a typed record that is read in one place."""

import ast
import json
from pathlib import Path

import pytest

import detector
from detector.errors import DataError
from detector.report.glossary import CHANGES as CHANGE_WORDS
from detector.report.glossary import QUEUES as QUEUE_WORDS
from detector.results.run import MOST_BYTES, Run, read_run, read_what_is_sound
from detector.results.words import CHANGES, QUEUES

HELD = {
    "schema_version": 1, "version": "0", "as_of": "2026-01-01T00:00:00+00:00", "engine": "local",
    "seed": 0, "alpha": 0.01, "threads": 1, "model_id": "m", "model": {"prior": "none"},
    "counts": {"usage": {"read": 3, "ok": 2, "quarantined": 1}}, "timings": {"score": 0.5},
    "accounts": {"total": 1, "queues": {"none": 1}}, "rings": {"total": 0, "queues": {}},
    "gpu_hours": {"A100": 1.5}, "tokens": {"input": 7}, "watermarks": {"usage": None},
}  # fmt: skip


def test_what_is_read_is_what_was_written() -> None:
    run = Run.whole(HELD, "run.json")
    assert json.loads(run.to_json()) == HELD
    assert (run.counts["usage"].ok, run.counts["usage"].late) == (2, 0)


def test_a_notebook_reads_a_run_by_the_keys_of_its_file() -> None:
    run = Run.whole(HELD, "run.json")
    assert dict(run.items()) == HELD
    assert run["as_of"] == HELD["as_of"]
    assert run.get("canaries", "none") == "none"
    assert "model_id" in run
    with pytest.raises(KeyError):
        run["no such key"]


def test_a_damaged_part_is_named_where_a_run_is_worked_with(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps(HELD | {"counts": [1], "alpha": "small"}))
    with pytest.raises(DataError, match=r"alpha, counts.*score again"):
        read_run(tmp_path)


def test_a_page_shows_what_is_sound(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps(HELD | {"drift": {"f": "x"}, "tokens": None}))
    run = read_what_is_sound(tmp_path)
    assert run.model_id == "m"
    for part in ("drift", "tokens"):
        with pytest.raises(AttributeError):
            getattr(run, part)


def test_a_run_of_no_end_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "run.json").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(DataError, match="expected at most"):
        read_what_is_sound(tmp_path)


def test_run_json_is_read_in_one_place_and_by_attribute() -> None:
    """Another reader would know other keys than the record, and no checker would see it."""
    home = Path(detector.__file__).parent
    by_key, by_name = [], []
    for path in sorted(home.rglob("*.py")):
        text = path.read_text()
        if ".run[" not in text and "run.json" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Subscript) and getattr(node.value, "attr", "") == "run":
                by_key.append(path.name)
            if isinstance(node, ast.Constant) and node.value == "run.json":
                by_name.append(path.relative_to(home).as_posix())
    assert by_key == []
    assert by_name == ["results/run.py"]


def test_every_queue_and_change_has_its_sentence() -> None:
    assert (*QUEUE_WORDS, "none") == QUEUES
    assert set(CHANGE_WORDS) == set(CHANGES)
