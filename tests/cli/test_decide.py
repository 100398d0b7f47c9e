"""``enduse decide``: what is printed, exit codes, and that runs read what was written."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detector import read_logs
from detector.cli import main
from detector.results import Results
from detector.sources.doubts import doubts
from features.decided import decided
from tests.deciding.made import RING, made_run

Enduse = Callable[..., Any]
SIGNED = ("--reviewer", "ann", "--note", "asked the holder, no answer for 14 days")
EARLIER = ("--decided-at", "2026-10-30T12:00")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_run(tmp_path_factory.mktemp("made") / "out")


def test_the_rows_are_told_with_why_and_what_comes_next(
    enduse: Enduse, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    done = enduse("decide", out, RING, "confirmed_proxy", *SIGNED, "--labels", "d.csv", *EARLIER)
    assert (done.code, done.err) == (0, "")
    assert max(len(line) for line in done.out.splitlines() if "─" in line) <= 80
    said = " ".join(done.out.split())
    for words in ("7 rows (5 unresolved, 2 confirmed_proxy) written to d.csv",
                  "queued confirmed_proxy own evidence: in queue proxy",
                  "twice confirmed_proxy tied by means of payment, phone number",
                  "machine unresolved tied by device alone", "bare unresolved no rare tie",
                  "hurt unresolved in queue victim: likely the injured party",
                  "with --also ID", "a victim's letter that accuses nobody",
                  "counts in runs as of later than 2026-10-30 12:00:00 UTC. Next: put the file "
                  "into the log folder, as labels.csv"):  # fmt: skip
        assert words in said, words


def test_what_the_file_held_is_shown_with_who_and_why(enduse: Enduse, out: Path) -> None:
    words = ("decide", out, "alone", "unresolved", *SIGNED, "--labels", "d.jsonl")
    assert enduse(*words, *EARLIER).code == 0
    said = " ".join(enduse(*words, "--dry-run").out.split())
    assert "d.jsonl held about it:" in said
    assert "alone unresolved 2026-10-30 12:00 ann asked the holder, no answer" in said
    assert "1 row would be written to d.jsonl" in said
    assert said.endswith("Nothing was written. Leave --dry-run out to write.")


def test_who_is_in_queue_policy_is_told_to_stay_there(
    enduse: Enduse, tmp_path: Path, out: Path
) -> None:
    asked = tmp_path / "asked"
    shutil.copytree(out, asked)
    alone = pl.col("account_id") == "alone"
    scores = pl.read_parquet(asked / "scores.parquet").with_columns(
        queue=pl.when(alone).then(pl.lit("policy")).otherwise(pl.col("queue").cast(pl.String))
    )
    scores.write_parquet(asked / "scores.parquet")
    words = ("decide", asked, "alone", "cleared", *SIGNED, "--labels", "d.csv", *EARLIER)
    assert "Queue policy goes on asking" in enduse(*words).out
    assert "Queue policy" not in enduse("decide", out, *words[2:], "--dry-run").out


def test_a_decision_after_the_run_says_from_when_it_counts(enduse: Enduse, out: Path) -> None:
    done = enduse("decide", out, "alone", "cleared", *SIGNED, "--labels", "d.csv")
    assert "this one was as of 2026-10-31 00:00:00, and no run as of a time up to the" in done.out


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("alone", "guilty", *SIGNED), 2, "'guilty' is no outcome"),
        (("nobody", "cleared", *SIGNED), 2, "is no case of this run"),
        (("alone", "cleared", "--reviewer", " ", "--note", "x"), 2, "--reviewer is blank"),
        (("alone", "cleared", "--reviewer", "ann", "--note", ""), 2, "--note is blank"),
        (("alone", "cleared", *SIGNED, "--decided-at", "2999-01-01"), 2, "still to come"),
        (("alone", "cleared", *SIGNED, "--decided-at", "noon"), 2, "--decided-at is 'noon'"),
        (("alone", "cleared", *SIGNED, "--expires", "29"), 2, "greater than or equal to 30"),
    ],
)
def test_words_that_cannot_stand_are_exit_2(
    enduse: Enduse, out: Path, words: tuple[str, ...], code: int, sentence: str
) -> None:
    done = enduse("decide", out, *words, "--labels", "d.csv")
    assert done.code == code
    assert sentence in " ".join(done.err.split())
    assert not Path("d.csv").exists()


@pytest.mark.parametrize("left_out", ["--reviewer", "--note", "--labels"])
def test_nobody_decides_unsigned(enduse: Enduse, out: Path, left_out: str) -> None:
    options = {"--reviewer": "ann", "--note": "x", "--labels": "d.csv"}
    del options[left_out]
    words = [word for pair in options.items() for word in pair]
    done = enduse("decide", out, "alone", "cleared", *words)
    assert done.code == 2
    assert left_out in done.err


def test_a_file_of_another_table_is_exit_3(enduse: Enduse, out: Path) -> None:
    Path("d.csv").write_text("account_id,created_at\n1,2026-01-01\n")
    done = enduse("decide", out, "alone", "cleared", *SIGNED, "--labels", "d.csv")
    assert done.code == 3
    assert done.sentence.startswith("enduse: d.csv is not a table of labels: it lacks the columns ")


def test_a_folder_that_cannot_be_written_is_exit_1(
    enduse: Enduse, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from detector.disk import Disk

    def full(self: Disk, path: Path, data: bytes, mode: int = 0) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Disk, "write", full)
    done = enduse("decide", out, "alone", "cleared", *SIGNED, "--labels", "d.csv")
    assert done.code == 1
    assert "No space left on device" in done.sentence


def test_readers_find_a_decision_without_a_doubt(
    enduse: Enduse, scored: tuple[Path, Path], tmp_path: Path
) -> None:
    logs = tmp_path / "logs"
    shutil.copytree(scored[0], logs)
    words = ("acct-059", "cleared", *SIGNED, "--decided-at", "2026-03-09")
    done = enduse("decide", scored[1], *words, "--labels", logs / "labels.csv")
    assert f"Next: enduse score {logs} --out OUT" in " ".join(done.out.split())
    held = read_logs(logs)
    labels = held["labels"].collect()
    assert doubts(labels) == []
    assert decided(labels)["decision"].to_list() == ["cleared"]
    assert "labels" not in enduse("validate", logs).err


@pytest.fixture(scope="module")
def wide(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the world with a long proxy queue: of so small a world the tail holds too few."""
    out = tmp_path_factory.mktemp("wide") / "out"
    assert main(["score", str(world), "--alpha", "0.9", "--out", str(out)]) == 0
    return out


@pytest.mark.long
@pytest.mark.parametrize("word", ["confirmed_proxy", "cleared"])
def test_a_ring_that_was_decided_leaves_the_queue_without_a_doubt(
    enduse: Enduse, world: Path, wide: Path, tmp_path: Path, word: str
) -> None:
    logs = tmp_path / "logs"
    shutil.copytree(world, logs)
    before = Results.read(wide)
    queued = before.scores.filter(pl.col("queue") == "proxy", pl.col("ring_id").is_not_null())
    # What law asks of an account stands whatever is decided of its behaviour.
    ring = queued.filter(pl.col("lane_l").list.len() == 0)["ring_id"][0]
    (held,) = (each for each in logs.iterdir() if each.name.startswith("labels."))
    when = (before.run.as_of - timedelta(days=1)).isoformat()
    words = (ring, word, *SIGNED, "--labels", held, "--decided-at", when)
    assert enduse("decide", wide, *words).code == 0
    assert enduse("score", logs, "--alpha", "0.9", "--out", "after").code == 0
    after = Results.read("after")
    ids = queued.filter(pl.col("ring_id") == ring)["account_id"].implode()
    queues = after.scores.filter(pl.col("account_id").is_in(ids))["queue"].cast(pl.String)
    assert set(queues) <= {"none", "policy"}  # a policy question is settled elsewhere
    assert "none" in set(queues)
    assert set(after.run.warnings) <= set(before.run.warnings)
