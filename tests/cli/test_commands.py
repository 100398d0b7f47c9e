"""Each command: its data on stdout, everything else on stderr, and JSON where it prints."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import detector
from detector.results import SCORES_SCHEMA, TABLES

Enduse = Callable[..., Any]
HOSTILE = "acct-\x1b]0;owned\x07-\u202etxt"


def test_version(enduse: Enduse) -> None:
    assert enduse("version").out == f"{detector.__version__}\n"
    assert json.loads(enduse("version", "--json").out) == {"version": detector.__version__}


def test_the_shell_completes_commands(enduse: Enduse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_ENDUSE_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "enduse s")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert {"simulate", "score", "serve"} <= set(enduse().out.split())


def test_config_show_tells_values_and_origins(
    enduse: Enduse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "mine.toml").write_text("alpha = 0.02\n")
    monkeypatch.setenv("ENDUSE_SEED", "5")
    monkeypatch.setenv("ENDUSE_PSEUDONYM_KEY", "hush-hush-hush-hush")
    done = enduse("--config", "mine.toml", "config", "show", "--origin", "--json")
    shown = json.loads(done.out)
    assert shown["alpha"] == {"value": "0.02", "origin": "file mine.toml"}
    assert shown["seed"] == {"value": "5", "origin": "environment ENDUSE_SEED"}
    assert shown["capacity"] == {"value": "50", "origin": "default"}
    assert shown["pseudonym_key"]["value"] == "**********"
    table = enduse("--config", "mine.toml", "config", "show", "--origin").out
    assert "file mine.toml" in table
    assert "hush" not in done.out + table
    assert "origin" not in enduse("config", "show").out


def test_doctor_finds_a_sound_installation_sound(enduse: Enduse) -> None:
    done = enduse("doctor", "--json")
    assert done.code == 0
    states = {finding["subject"]: finding["state"] for finding in json.loads(done.out)}
    assert {"enduse", "python", "polars", "settings", "pseudonym key"} <= set(states)
    assert "fail" not in states.values()


def test_doctor_names_what_is_broken(
    enduse: Enduse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "enduse.toml").write_text("pseudonym_key = 'short'\n")
    monkeypatch.setenv("ENDUSE_ALFA", "1")
    done = enduse("doctor")
    assert done.code == 1
    assert "pseudonym key" in done.sentence
    assert "ENDUSE_ALFA" in done.out
    (tmp_path / "enduse.toml").write_text("alpha = 7\n")
    assert "settings" in enduse("doctor").sentence


def test_validate_counts_every_table(enduse: Enduse, logs: Path) -> None:
    text = (logs / "usage.csv").read_text()
    (logs / "usage.csv").write_text(text.replace(",1,GB-Hours", ",-1,GB-Hours", 1))
    shown = json.loads(enduse("validate", logs, "--json").out)
    assert shown["tables"]["usage"]["read"] == 600
    assert shown["tables"]["usage"]["quarantined"] == 1
    assert shown["tables"]["accounts"]["ok"] == 60
    (why,) = shown["quarantine"]
    assert (why["rows"], why["table"], why["file"]) == (1, "usage", "usage.csv")
    assert shown["as_of"].startswith("2026-03-10T06:00:00")
    table = enduse("validate", logs).out
    assert "600" in table
    assert why["reason"] in table


def test_validate_shows_the_counts_also_past_the_gate(enduse: Enduse, logs: Path) -> None:
    text = (logs / "usage.csv").read_text()
    (logs / "usage.csv").write_text(text.replace("T06:00:00Z", "T00:00:00Z"))
    done = enduse("validate", logs, "--json")
    assert done.code == 3
    assert json.loads(done.out)["tables"]["usage"]["quarantined"] == 600


def test_score_writes_the_contract_and_prints_a_summary_and_without_a_queue_the_first(
    enduse: Enduse, logs: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = enduse("score", logs, "--out", out, "--csv")
    assert done.code == 0
    names = {path.name for path in out.iterdir()}
    # What changed since an earlier run is told only where one was named.
    tables = {f"{name}.parquet" for name in TABLES if name != "week"}
    assert names == {*tables, "run.json", "report.html", "scores.csv", "rings.csv"}
    assert pl.read_parquet_schema(out / "scores.parquet") == SCORES_SCHEMA
    assert "60 accounts\n" in done.out
    assert "660 rows read, 0 in quarantine" in done.out
    assert "in the proxy queue. P-values are measured on these same logs" in done.out
    assert f"    {out}/report.html\n" in done.out
    assert "trained on these logs first" in done.err
    assert "trained on these logs first" not in done.out
    scores = pl.read_parquet(out / "scores.parquet")
    assert scores["queue"].unique().to_list() == ["none"]
    assert "No account is in a queue by its behaviour" in done.out
    assert f"    enduse explain {out} {scores['account_id'][0]}\n" in done.out
    assert scores["account_id"][4] in done.out
    assert scores["account_id"][5] not in done.out


def test_score_as_json_is_all_of_stdout(enduse: Enduse, logs: Path, tmp_path: Path) -> None:
    done = enduse("score", logs, "--out", tmp_path / "o", "--json", "--alpha", "1")
    shown = json.loads(done.out)
    assert shown["accounts"]["total"] == 60
    assert shown["counts"]["usage"]["ok"] == 600
    assert isinstance(shown["queue"], list)


def test_a_kept_model_gives_the_scores_of_the_run_that_trained_it(
    enduse: Enduse, scored: tuple[Path, Path], tmp_path: Path
) -> None:
    logs, out = scored
    model = json.loads(enduse("train", logs, "--model", tmp_path / "m", "--json").out)
    done = enduse("score", logs, "--out", tmp_path / "b", "--model", tmp_path / "m")
    assert done.code == 0
    assert "trained on these logs first" not in done.err
    first, second = (pl.read_parquet(o / "scores.parquet") for o in (out, tmp_path / "b"))
    assert first.equals(second)
    assert first["model_id"].unique().to_list() == [model["model_id"]]


@pytest.mark.long
def test_any_number_of_threads_gives_the_same_bytes(
    enduse: Enduse, logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLARS_MAX_THREADS", "2")  # restored; polars is loaded already
    for threads in (1, 2):
        assert (
            enduse("score", logs, "--out", tmp_path / str(threads), "--threads", threads).code == 0
        )
    one, two = ((tmp_path / name / "scores.parquet").read_bytes() for name in "12")
    assert one == two


def test_a_later_run_names_changes_against_the_earlier(
    enduse: Enduse, scored: tuple[Path, Path], tmp_path: Path
) -> None:
    """New, risen and fallen are told of three accounts; what moved a little is the same."""
    logs, out = scored
    moves = {"acct-001": 0.021, "acct-002": -0.021, "acct-003": 0.019, "acct-004": -0.019}
    shutil.copytree(out, tmp_path / "a")
    known = pl.read_parquet(out / "scores.parquet").filter(pl.col("account_id") != "acct-000")
    moved = pl.col("account_id").replace_strict(moves, default=0.0, return_dtype=pl.Float64)
    earlier = known.with_columns(score=pl.col("score") - moved)
    earlier.write_parquet(tmp_path / "a" / "scores.parquet")
    enduse("score", logs, "--out", tmp_path / "b", "--previous", tmp_path / "a")
    later = pl.read_parquet(tmp_path / "b" / "scores.parquet").select("account_id", "change")
    told = dict(later.iter_rows())
    assert {told.pop(account) for account in ("acct-003", "acct-004")} == {"same"}
    assert told.pop("acct-000") == "new"
    assert told.pop("acct-001") == "risen"
    assert told.pop("acct-002") == "fallen"
    assert set(told.values()) == {"same"}


def test_as_of_hides_what_comes_later(enduse: Enduse, logs: Path, tmp_path: Path) -> None:
    done = enduse("score", logs, "--out", tmp_path / "o", "--as-of", "2026-03-05", "--json")
    assert json.loads(done.out)["as_of"].startswith("2026-03-05T00:00:00")


def test_explain_shows_the_account(enduse: Enduse, scored: tuple[Path, Path]) -> None:
    done = enduse("explain", scored[1], "acct-059")
    assert done.code == 0
    assert "acct-059" in done.out
    row = json.loads(enduse("explain", scored[1], "acct-059", "--json").out)
    assert row["account"]["account_id"] == "acct-059"
    assert set(row["account"]) == set(SCORES_SCHEMA)


def test_report_is_written_anew(enduse: Enduse, scored: tuple[Path, Path]) -> None:
    path = scored[1] / "report.html"
    before = path.read_bytes()
    path.unlink()
    assert enduse("report", scored[1]).out == f"{path}\n"
    assert path.read_bytes() == before
    assert json.loads(enduse("report", scored[1], "--json").out)["bytes"] == len(before)


def test_simulate_says_where_the_truth_is(enduse: Enduse, tmp_path: Path) -> None:
    words = ("--accounts", "50", "--days", "7", "--seed", "3", "--out")
    made = json.loads(enduse("simulate", *words, tmp_path / "w", "--json").out)
    assert made == {"logs": f"{tmp_path}/w", "truth": f"{tmp_path}/w.truth.parquet", "seed": 3}
    assert Path(made["truth"]).is_file()
    done = enduse("simulate", *words, tmp_path / "w")
    assert done.code == 1
    assert "not an empty folder" in done.sentence


@pytest.mark.long
def test_a_simulated_world_is_scored_and_judged(
    enduse: Enduse, world: Path, tmp_path: Path
) -> None:
    truth = f"{world}.truth.parquet"
    done = enduse("score", world, "--out", tmp_path / "o", "--json", "--alpha", "0.1")
    queue = json.loads(done.out)["queue"]
    assert queue
    assert all(row["reason"] for row in queue)
    judged = enduse("evaluate", tmp_path / "o" / "scores.parquet", truth, "--json")
    assert {
        "average_precision", "auroc", "precision_at_capacity", "recall_at_capacity", "ring_recall",
        "ring_recall_by_typology", "worst_archetype", "victims_in_proxy_queue", "reason_hit",
        "ci90",
    } <= set(json.loads(judged.out))  # fmt: skip
    shown = enduse("evaluate", tmp_path / "o" / "scores.parquet", truth)
    assert shown.code == 0
    assert "precision" in shown.out.lower()


def test_a_truth_of_other_accounts_is_refused(enduse: Enduse, tmp_path: Path) -> None:
    rows = "account_id,is_proxy,role,typology,ring_id,archetype\n{},false,benign,,,shop\n"
    (tmp_path / "truth.csv").write_text(rows.format("007"))
    (tmp_path / "scores.csv").write_text("account_id,rank\n7,1\n")
    done = enduse("evaluate", tmp_path / "scores.csv", tmp_path / "truth.csv")
    assert done.code == 3
    assert "of 1 scored accounts 0 are among the 1 of the truth: '7' is not" in done.sentence
    assert "'007', which has no score" in done.sentence
    (tmp_path / "truth.csv").write_text(rows.format("7") + "8,true,proxy,T02,,\n")
    told = enduse("evaluate", tmp_path / "scores.csv", tmp_path / "truth.csv")
    assert told.code == 0
    assert told.sentence == "enduse: accounts of the truth that have no score come last: 1"


@pytest.mark.long
def test_a_world_is_reviewed_for_weeks(enduse: Enduse, world: Path) -> None:
    words = ("evaluate", world, f"{world}.truth.parquet", "--capacity", "20")
    told = json.loads(enduse(*words, "--weeks", "2", "--accuracy", "0.9", "--json").out)
    assert (told["weeks"], told["capacity"], told["accuracy"]) == (2, 20, 0.9)
    for way in ("no_learning", "learning"):
        assert [week["reviewed"] for week in told["ways"][way]["weeks"]] == [20, 40]
        assert told["ways"][way]["exposure"]["rings"] == told["rings"]
    shown = enduse(*words, "--weeks", "1", "--on-last-day")
    assert shown.code == 0
    assert "20 cases a week, 100% of decisions right" in shown.out


@pytest.mark.parametrize("word", [("--accuracy", "0.9"), ("--on-last-day",)])
def test_a_team_is_asked_for_weeks_alone(enduse: Enduse, tmp_path: Path, word) -> None:
    done = enduse("evaluate", tmp_path / "scores.csv", tmp_path / "truth.csv", *word)
    assert done.code == 2
    assert "give --weeks N" in done.sentence


def test_hostile_ids_never_reach_the_terminal_raw(
    enduse: Enduse, logs: Path, tmp_path: Path
) -> None:
    for name in ("usage.csv", "accounts.csv"):
        path = logs / name
        path.write_text(path.read_text().replace("acct-059", HOSTILE))
    done = enduse("score", logs, "--out", tmp_path / "o", "--alpha", "1")
    told = enduse("explain", tmp_path / "o", HOSTILE)
    assert (done.code, told.code) == (0, 0)
    for text in (done.out, done.err, told.out, told.err):
        assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert "\\x1b]0;owned" in told.out
    as_json = enduse("explain", tmp_path / "o", HOSTILE, "--json")
    assert as_json.out.isascii()
    assert json.loads(as_json.out)["account"]["account_id"] == HOSTILE


def _on_a_terminal(words: list[str], cwd: Path, **variables: str) -> tuple[bytes, bytes]:
    """Run with stderr on a terminal and stdout in a pipe."""
    leader, follower = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "detector", *words],
        cwd=cwd,
        env={**os.environ, "TERM": "xterm-256color", **variables},
        stdout=subprocess.PIPE,
        stderr=follower,
        check=True,
    )
    os.close(follower)
    drawn = b""
    while True:
        try:
            chunk = os.read(leader, 65536)
        except OSError:  # the other side is closed: all is read
            break
        if not chunk:
            break
        drawn += chunk
    os.close(leader)
    return done.stdout, drawn


@pytest.mark.long
def test_progress_is_drawn_on_a_terminal_alone(enduse: Enduse, logs: Path, tmp_path: Path) -> None:
    words = ["score", str(logs), "--view", "ecod", "--out"]
    out, drawn = _on_a_terminal([*words, "o"], tmp_path)
    assert b"\x1b[" in drawn
    assert b"\x1b" not in out
    assert "\x1b" not in enduse(*words, "o2").err
