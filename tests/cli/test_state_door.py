"""Every command that reads a log folder reads a stored state of it, to the same result."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detector.cli import main
from detector.pipeline import load_model
from detector.state import Store

Enduse = Callable[..., Any]
KEY = "5a" * 32


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small world as a folder, as a state and as a state of pseudonyms; do not change it."""
    root = tmp_path_factory.mktemp("doors")
    (root / "key").write_text(KEY)
    words = ["--accounts", "60", "--days", "8", "--seed", "5"]
    assert main(["simulate", *words, "--out", str(root / "logs")]) == 0
    logs, key = str(root / "logs"), str(root / "key")
    assert main(["ingest", logs, "--state", str(root / "state")]) == 0
    hidden = ["--state", str(root / "hidden"), "--pseudonymise", "--key-file", key]
    assert main(["ingest", logs, *hidden]) == 0
    assert main(["train", logs, "--model", str(root / "model")]) == 0
    return root


def labels(path: Path, ids: list[str]) -> Path:
    """Decisions about accounts, half confirmed and half cleared."""
    words = ("confirmed_proxy", "cleared")
    rows = [f"{name},{words[k % 2]},2026-03-09,ann\n" for k, name in enumerate(ids)]
    path.write_text("account_id,decision,decided_at,reviewer\n" + "".join(rows))
    return path


def accounts(doors: Path) -> list[str]:
    import polars as pl

    return pl.read_parquet(doors / "logs" / "accounts.parquet")["account_id"].sort().to_list()


def same_files(one: Path, other: Path) -> None:
    names = sorted(p.relative_to(one) for p in one.rglob("*.npz"))
    assert names
    for name in names:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


def test_a_state_trains_the_model_of_its_folder(
    enduse: Enduse, doors: Path, tmp_path: Path
) -> None:
    done = enduse("train", "--state", doors / "state", "--model", tmp_path / "m", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["model_id"] == load_model(doors / "model").model_id
    same_files(doors / "model", tmp_path / "m")


@pytest.mark.long
def test_a_state_teaches_what_its_folder_teaches(
    enduse: Enduse, doors: Path, tmp_path: Path
) -> None:
    decided = labels(tmp_path / "labels.csv", accounts(doors)[:30])
    told = []
    for door in (("--logs", doors / "logs"), ("--state", doors / "state")):
        model = shutil.copytree(doors / "model", tmp_path / door[0].strip("-"))
        done = enduse("learn", decided, *door, "--model", model, "--force", "--json")
        assert done.code == 0, done.err
        told.append(json.loads(done.out))
    assert told[0] == told[1]
    assert len(told[0]["added"]) == 30
    undo = ("learn", "--undo", accounts(doors)[0], "--model", model, "--json")
    undone = enduse(*undo, "--state", doors / "state")
    assert json.loads(undone.out)["decisions"] == 29


@pytest.mark.long
def test_models_are_compared_over_a_state_as_over_its_folder(
    enduse: Enduse, doors: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    assert enduse("train", doors / "logs", "--model", other, "--seed", "4").code == 0
    root = tmp_path / "models"
    assert enduse("models", "promote", root, doors / "model").code == 0
    assert enduse("models", "challenge", root, other).code == 0
    folder = enduse("models", "compare", root, doors / "logs", "--json")
    stored = enduse("models", "compare", root, "--state", doors / "state", "--json")
    assert (folder.code, stored.code) == (0, 0)
    assert json.loads(folder.out) == json.loads(stored.out)


def test_one_door_is_asked_for_and_not_two(enduse: Enduse, doors: Path, tmp_path: Path) -> None:
    root, other = tmp_path / "models", tmp_path / "other"
    enduse("models", "promote", root, doors / "model")
    enduse("train", doors / "logs", "--model", other, "--seed", "4")
    enduse("models", "challenge", root, other)
    for words in (("train", "--model", tmp_path / "m"), ("models", "compare", root), ("validate",)):
        for door in ((), (doors / "logs", "--state", doors / "state")):
            done = enduse(*words, *door)
            assert done.code == 2
            assert "give LOGS or --state DIR, one of the two" in done.sentence
    assert not (tmp_path / "m").exists()


def test_learning_asks_for_one_door(enduse: Enduse, doors: Path, tmp_path: Path) -> None:
    decided = labels(tmp_path / "labels.csv", accounts(doors)[:2])
    none = enduse("learn", decided, "--model", doors / "model")
    both = enduse("learn", decided, "--model", doors / "model", "--logs", doors / "logs",
                  "--state", doors / "state")  # fmt: skip
    assert (none.code, both.code) == (2, 2)
    assert "give --logs LOGS or --state DIR" in none.sentence


def test_plain_ids_are_named_where_a_state_holds_pseudonyms(
    enduse: Enduse, doors: Path, tmp_path: Path
) -> None:
    ids = accounts(doors)[:3]
    decided = labels(tmp_path / "labels.csv", ids)
    model = shutil.copytree(doors / "model", tmp_path / "m")
    done = enduse("learn", decided, "--state", doors / "hidden", "--model", model, "--force")
    assert done.code == 2
    assert f"none of the 3 decided accounts is in the logs, first {ids[0]}" in done.sentence
    assert "pseudonyms" in done.sentence


@pytest.mark.long
def test_a_run_tells_the_same_gaps_through_both_doors(
    enduse: Enduse, doors: Path, tmp_path: Path
) -> None:
    told = []
    for door in ((doors / "logs",), ("--state", doors / "state")):
        out = tmp_path / str(len(told))
        assert enduse("score", *door, "--model", doors / "model", "--out", out).code == 0
        told.append(json.loads((out / "run.json").read_text()))
    assert told[0]["id_gaps"] == told[1]["id_gaps"]
    assert told[0]["id_gaps"]
    warned = [gap["sentence"] for gap in told[0]["id_gaps"] if gap["warning"]]
    assert set(warned) <= set(told[0]["warnings"])


def test_what_to_do_about_a_damaged_part_is_told_to_its_end_at_any_width(
    enduse: Enduse, doors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state"
    shutil.copytree(doors / "state", state)
    part = min(state.glob("parts/*/*.parquet"))
    part.write_bytes(part.read_bytes()[:-1])
    for columns in ("60", "80"):
        monkeypatch.setenv("COLUMNS", columns)
        done = enduse("state", "check", state)
        assert done.code == 1
        first, *why = done.out.splitlines()
        assert first == f"damaged: {part}", "a path stands on one line, to be copied"
        assert max(map(len, why)) <= int(columns)
        assert "…" not in done.out
        assert " ".join(" ".join(why).split()).endswith("and ingest its input again")


def test_an_ingest_of_a_folder_without_usage_says_so(enduse: Enduse, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = enduse("ingest", tmp_path / "empty", "--state", tmp_path / "state")
    assert done.code == 0
    assert "no usage yet" in done.out
    assert "None" not in done.out


def test_a_model_is_told_from_a_folder_of_models(enduse: Enduse, doors: Path) -> None:
    done = enduse("models", "list", doors / "model")
    assert f"{doors / 'model'} is a model" in done.out


def test_what_a_writer_is_at_is_being_written_and_left_over_only_once_it_has_ended(
    enduse: Enduse, doors: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    shutil.copytree(doors / "state", state)
    (state / "staging").mkdir(exist_ok=True)
    with Store(state).writing(1.0):
        (state / "staging" / "new").mkdir()
        done = enduse("state", "check", state)
        assert done.code == 0
        assert done.out.splitlines()[0] == f"being written: {state / 'staging' / 'new'}"
        assert "left over" not in done.out
    assert "left over" in enduse("state", "check", state).out
