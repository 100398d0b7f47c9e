"""Decisions move the queue and can be taken back; models are promoted and rolled back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detector.cli import main
from tests.examples import first

Enduse = Callable[..., Any]
HEAD = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,"
    "ServiceName,ConsumedQuantity,ConsumedUnit,SkuMeter,RegionId\n"
)
RENTERS, STORERS = range(40, 52), range(52, 64)


def _usage(number: int, day: int) -> str:
    """Forty small accounts, twelve that rent GPUs by night, twelve that store very much."""
    amount, unit, meter = 1 + (number * day) % 7, "GB-Hours", "Standard-Storage"
    if number in RENTERS:
        amount, unit, meter = 6, "Hours", "p4d.24xlarge"
    if number in STORERS:
        amount = 900_000 + 1000 * number * day
    return (
        f"2026-03-{day:02}T00:00:00Z,2026-03-{day:02}T06:00:00Z,payer-{number},"
        f"acct-{number:03},Usage,Compute,{amount},{unit},{meter},r-1\n"
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with logs, a model of them, and decisions; do not change it."""
    root = tmp_path_factory.mktemp("review")
    logs = root / "logs"
    logs.mkdir()
    days = [_usage(number, day) for number in range(64) for day in range(1, 7)]
    (logs / "usage.csv").write_text(HEAD + "".join(days))
    rows = [f"acct-{n:03},2025-{1 + n % 12:02}-10,payer-{n}\n" for n in range(64)]
    (logs / "accounts.csv").write_text("account_id,created_at,payer_account_id\n" + "".join(rows))
    assert main(["train", str(logs), "--model", str(root / "model")]) == 0
    decided = [(n, "confirmed_proxy") for n in RENTERS[:8]] + [(n, "cleared") for n in STORERS[:8]]
    _write(root / "labels.csv", decided)
    return root


def _write(path: Path, decided: list[tuple[int, str]]) -> Path:
    lines = [f"acct-{n:03},{word},2026-03-09T00:00:00Z\n" for n, word in decided]
    path.write_text("account_id,decision,decided_at\n" + "".join(lines))
    return path


@pytest.fixture
def model(world: Path, tmp_path: Path) -> Path:
    """Return a copy of the model to teach."""
    return shutil.copytree(world / "model", tmp_path / "model")


@pytest.fixture
def scores(enduse: Enduse, world: Path, tmp_path: Path) -> Callable[..., pl.DataFrame]:
    def score(model: Path, *words: str) -> pl.DataFrame:
        out = tmp_path / "out"
        shutil.rmtree(out, ignore_errors=True)
        assert enduse("score", world / "logs", "--model", model, "--out", out, *words).code == 0
        return pl.read_parquet(out / "scores.parquet")

    return score


def _learn(enduse: Enduse, world: Path, model: Path, *words: object) -> Any:
    return enduse(
        "learn", world / "labels.csv", "--logs", world / "logs", "--model", model, *words
    )  # fmt: skip


def _raw(scores: pl.DataFrame, numbers: range) -> float:
    ids = [f"acct-{n:03}" for n in numbers]
    return float(scores.filter(pl.col("account_id").is_in(ids))["raw_score"].mean())  # type: ignore[arg-type]  # a float column


def test_decisions_move_their_kind(
    enduse: Enduse, world: Path, model: Path, scores: Callable[..., pl.DataFrame]
) -> None:
    before = scores(model)
    done = _learn(enduse, world, model, "--json")
    assert done.code == 0
    told = json.loads(done.out)
    assert (len(told["added"]), told["decisions"], told["confirmed"]) == (16, 16, 8)
    assert told["held_out"]["after"] >= told["held_out"]["before"]
    after = scores(model)
    # The last four of each kind were never decided: their kind moved, not they alone.
    assert _raw(after, RENTERS[8:]) > _raw(before, RENTERS[8:])
    assert _raw(after, STORERS[8:]) < _raw(before, STORERS[8:])
    assert after["model_id"][0] == told["model_id"]


@pytest.mark.long
def test_what_is_learnt_has_a_name_and_none_stays_untaught(
    enduse: Enduse, world: Path, model: Path, scores: Callable[..., pl.DataFrame]
) -> None:
    untaught = scores(model, "--prior", "none")
    assert _learn(enduse, world, model).code == 0
    assert scores(model, "--prior", "none").equals(untaught)
    assert scores(model, "--prior", "learnt").equals(scores(model))


def test_learning_the_same_again_changes_nothing(enduse: Enduse, world: Path, model: Path) -> None:
    first = json.loads(_learn(enduse, world, model, "--json").out)
    again = json.loads(_learn(enduse, world, model, "--json").out)
    assert again["added"] == again["replaced"] == []
    assert again["model_id"] == first["model_id"]


@pytest.mark.long
def test_one_decision_is_taken_back_without_a_trace(
    enduse: Enduse, world: Path, model: Path
) -> None:
    one = json.loads(_learn(enduse, world, model, "--json").out)
    undo = ("learn", "--undo", "acct-052", "--model", model, "--json")
    done = enduse(*undo, "--logs", world / "logs")
    assert (done.code, json.loads(done.out)["decisions"]) == (0, 15)
    assert json.loads(done.out)["model_id"] != one["model_id"]
    assert json.loads(_learn(enduse, world, model, "--json").out)["model_id"] == one["model_id"]
    history = (model / "decisions" / "history.jsonl").read_text().splitlines()
    assert [json.loads(line)["undone"] for line in history] == [[], ["acct-052"], []]


@pytest.mark.long
def test_the_last_undo_leaves_the_model_as_it_was(
    enduse: Enduse, world: Path, model: Path, tmp_path: Path,
    scores: Callable[..., pl.DataFrame],
) -> None:  # fmt: skip
    before = scores(model)
    only = _write(tmp_path / "one.csv", [(41, "confirmed_proxy")])
    words = ("--logs", world / "logs", "--model", model)
    assert enduse("learn", only, *words, "--force").code == 0
    assert not scores(model).equals(before)
    # Nothing is left to make leaves from, so no logs are needed.
    assert enduse("learn", "--undo", "acct-041", "--model", model).code == 0
    assert scores(model).equals(before)


def test_a_changed_mind_replaces_the_decision(
    enduse: Enduse, world: Path, model: Path, tmp_path: Path
) -> None:
    assert _learn(enduse, world, model).code == 0
    other = _write(tmp_path / "other.csv", [(52, "confirmed_proxy"), (53, "cleared")])
    words = ("--logs", world / "logs", "--model", model, "--json", "--force")
    told = json.loads(enduse("learn", other, *words).out)
    assert (told["added"], told["replaced"]) == ([], ["acct-052"])
    assert (told["decisions"], told["confirmed"]) == (16, 9)


@pytest.mark.parametrize("word", first(["confirmed_victim", "unresolved"]))
def test_other_decisions_teach_nothing(
    enduse: Enduse, world: Path, model: Path, tmp_path: Path, word: str
) -> None:
    path = _write(tmp_path / "labels.csv", [(41, "confirmed_proxy"), (42, word)])
    words = ("--logs", world / "logs", "--model", model, "--json", "--force")
    assert json.loads(enduse("learn", path, *words).out)["added"] == ["acct-041"]


def test_accounts_that_are_not_in_the_logs_are_named(
    enduse: Enduse, world: Path, model: Path, tmp_path: Path
) -> None:
    path = _write(tmp_path / "labels.csv", [(41, "confirmed_proxy"), (999, "cleared")])
    done = enduse("learn", path, "--logs", world / "logs", "--model", model, "--force")
    assert done.code == 0
    assert "1 decided account is not in the logs: acct-999" in done.err


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.long
def test_few_decisions_are_learnt_and_the_check_says_that_it_cannot_tell(
    enduse: Enduse, world: Path, model: Path, tmp_path: Path, scores: Callable[..., pl.DataFrame]
) -> None:
    before = scores(model)
    few = _write(tmp_path / "few.csv", [(40, "confirmed_proxy"), (52, "cleared")])
    call = ("learn", few, "--logs", world / "logs", "--model", model)
    told = json.loads(enduse(*call, "--json").out)
    assert told["held_out"] == {"before": None, "after": None}
    moved = scores(model).join(before, on="account_id")
    change = (moved["raw_score"] - moved["raw_score_right"]).abs()
    assert 0.0 < float(change.max()) < 3.0  # type: ignore[arg-type]  # a float column
    assert "too few cases to tell" in enduse(*call).out


@pytest.mark.long
def test_learning_that_does_not_help_is_refused(
    enduse: Enduse, world: Path, model: Path, tmp_path: Path
) -> None:
    before = _tree(model)
    # The same kinds decided now this way, now that way: nothing can be learnt from them.
    words = ("confirmed_proxy", "cleared")
    decided = [(n, words[n % 2]) for n in (*RENTERS, *STORERS)]
    mixed = _write(tmp_path / "mixed.csv", decided)
    call = ("learn", mixed, "--logs", world / "logs", "--model", model)
    done = enduse(*call)
    assert done.code == 1
    assert "on held-out decisions the AUROC falls from" in done.sentence
    assert _tree(model) == before
    assert enduse(*call, "--force").code == 0


@pytest.mark.long
def test_training_again_puts_what_was_learnt_aside(
    enduse: Enduse, world: Path, model: Path
) -> None:
    assert _learn(enduse, world, model).code == 0
    assert enduse("train", world / "logs", "--model", model, "--seed", 3).code == 0
    assert not (model / "priors" / "learnt").exists()
    assert (model / "decisions.old" / "history.jsonl").is_file()


@pytest.mark.parametrize(
    ("words", "code", "named"),
    [
        (["--model", "{model}"], 2, "give LABELS to learn from or --undo KEY"),
        (["{labels}", "--undo", "a", "--model", "{model}"], 2, "one of the two"),
        (["{labels}", "--model", "{model}"], 2, "give --logs LOGS"),
        (["absent.csv", "--logs", "{logs}", "--model", "{model}"], 2, "'absent.csv' does not"),
        (["{labels}", "--logs", "{logs}", "--model", "absent"], 1, "cannot read absent"),
        (["{labels}", "--logs", "absent", "--model", "{model}"], 3, "absent"),
        (["{logs}", "--logs", "{logs}", "--model", "{model}"], 2, "no table of labels"),
        (["{logs}/usage.csv", "--logs", "{logs}", "--model", "{model}"], 3, "decision"),
        (["--undo", "acct-1", "--model", "{model}"], 2, "nothing was learnt about 'acct-1'"),
    ],
)
def test_wrong_words_are_one_sentence(
    enduse: Enduse, world: Path, words: list[str], code: int, named: str
) -> None:
    place = {n: world / n for n in ("model", "logs")} | {"labels": world / "labels.csv"}
    done = enduse("learn", *(word.format(**place) for word in words))
    assert (done.code, named in done.sentence) == (code, True), done.sentence


@pytest.mark.long
def test_models_are_promoted_listed_and_rolled_back(
    enduse: Enduse, world: Path, tmp_path: Path, scores: Callable[..., pl.DataFrame]
) -> None:
    other = tmp_path / "other"
    assert enduse("train", world / "logs", "--model", other, "--seed", 5).code == 0
    root, ids = tmp_path / "root", []
    for folder in (world / "model", other):
        done = enduse("models", "promote", root, folder, "--reason", "test", "--json")
        assert done.code == 0
        ids.append(json.loads(done.out)["champion"])
    listed = json.loads(enduse("models", "list", root, "--json").out)
    assert {row["model_id"]: row["role"] for row in listed} == {
        ids[0]: "stored",
        ids[1]: "champion",
    }
    assert all(row["sound"] and row["trained_at"] and row["accounts"] == 64 for row in listed)
    assert scores(root).equals(scores(other))
    assert json.loads(enduse("models", "rollback", root, "--json").out)["champion"] == ids[0]
    assert scores(root).equals(scores(world / "model"))
    assert enduse("models", "promote", root, ids[1]).code == 0
    assert ids[1] in enduse("models", "list", root).out


@pytest.mark.long
def test_champion_and_challenger_are_put_side_by_side(
    enduse: Enduse, world: Path, tmp_path: Path
) -> None:
    other, root = tmp_path / "other", tmp_path / "root"
    assert enduse("train", world / "logs", "--model", other, "--seed", 5).code == 0
    assert enduse("models", "promote", root, world / "model").code == 0
    done = enduse("models", "compare", root, world / "logs")
    assert (done.code, "has no challenger" in done.sentence) == (2, True)
    named = json.loads(enduse("models", "challenge", root, other, "--json").out)["challenger"]
    logs = shutil.copytree(world / "logs", tmp_path / "logs")
    shutil.copy(world / "labels.csv", logs / "labels.csv")
    champion, challenger = json.loads(
        enduse("models", "compare", root, logs, "--as-of", "2026-03-10T00:00:00Z", "--json").out
    )
    assert (champion["role"], champion["top_50"], champion["median_move"]) == ("champion", 1.0, 0.0)
    assert (challenger["role"], challenger["model_id"]) == ("challenger", named)
    assert 0.0 < challenger["top_50"] <= 1.0
    for row in (champion, challenger):
        assert sum(row["queues"].values()) == 64
        assert 0.0 <= row["auroc_on_decisions"] <= 1.0
        assert row["canaries"] == 8
    shown = enduse("models", "compare", root, logs).out
    assert "challenger" in shown
    assert named in shown


@pytest.mark.long
def test_the_first_model_of_a_folder_stays_as_the_frozen_reference(
    enduse: Enduse, world: Path, model: Path, tmp_path: Path
) -> None:
    first = _manifest(model)["meta"]["model_id"]
    for seed in (3, 4):
        assert enduse("train", world / "logs", "--model", model, "--seed", seed).code == 0
        assert _manifest(model / "frozen")["meta"]["model_id"] == first
    out = tmp_path / "out"
    assert enduse("score", world / "logs", "--model", model, "--out", out).code == 0
    told = json.loads((out / "run.json").read_text())["top_overlap"]
    assert (told["reference"], told["model_id"]) == ("frozen", first)
    assert 0.0 <= told["share"] <= 1.0


@pytest.mark.long
def test_the_first_champion_is_the_reference_of_later_ones(
    enduse: Enduse, world: Path, tmp_path: Path
) -> None:
    other, root, out = tmp_path / "other", tmp_path / "root", tmp_path / "out"
    assert enduse("train", world / "logs", "--model", other, "--seed", 5).code == 0
    first = json.loads(enduse("models", "promote", root, world / "model", "--json").out)
    for folder, reference in ((None, None), (other, first["champion"])):
        if folder is not None:
            assert enduse("models", "promote", root, folder).code == 0
        assert enduse("score", world / "logs", "--model", root, "--out", out).code == 0
        told = json.loads((out / "run.json").read_text())["top_overlap"]
        assert (told and told["model_id"]) == reference


def _manifest(model: Path) -> Any:
    return json.loads((model / "manifest.json").read_text())


@pytest.mark.long
def test_what_was_learnt_goes_along_with_a_promoted_model(
    enduse: Enduse, world: Path, model: Path, tmp_path: Path,
    scores: Callable[..., pl.DataFrame],
) -> None:  # fmt: skip
    assert _learn(enduse, world, model).code == 0
    assert enduse("models", "promote", tmp_path / "root", model).code == 0
    assert scores(tmp_path / "root").equals(scores(model))


def test_a_damaged_model_is_listed_and_not_promoted(
    enduse: Enduse, model: Path, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    done = enduse("models", "promote", root, model, "--json")
    name = json.loads(done.out)["champion"]
    (arrays,) = (root / name).glob("arrays-*.npz")
    arrays.write_bytes(arrays.read_bytes()[:-1])
    assert json.loads(enduse("models", "list", root, "--json").out)[0]["sound"] is False
    done = enduse("models", "promote", root, name)
    assert done.code == 1
    assert "is damaged" in done.sentence


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["promote", "root", "0123456789abcdef"], "there is no model '0123456789abcdef'"),
        (["promote", "root", "../x"], "there is no model '../x'"),
        (["rollback", "root"], "no earlier champion"),
    ],
)
def test_models_that_are_not_there_are_exit_2(enduse: Enduse, words: list[str], named: str) -> None:
    done = enduse("models", *words)
    assert (done.code, named in done.sentence) == (2, True)


def test_an_empty_folder_of_models_says_how_to_fill_it(enduse: Enduse) -> None:
    done = enduse("models", "list", "root")
    assert (done.code, "enduse models promote" in done.out) == (0, True)
