"""Live scores are those of a batch; a stop is quick; a reader sees whole runs only."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detector import read_logs, score_logs, train_logs
from detector.cli import main
from detector.pipeline import load_model, save_model
from detector.results import Results
from detector.service import Options, Serving
from detector.service.live import LiveService
from detector.service.worker import Told

Start = Callable[..., Any]
Files = Callable[..., dict[str, str]]
Drop = Callable[[dict[str, str]], None]


def stop(service: Any) -> float:
    began = time.monotonic()
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(10) == 0
    return time.monotonic() - began


@pytest.fixture(scope="module")
def model(few_trees: None, inbox_files: Files, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model of what the inbox gets, so that a worker scores at once."""
    home = tmp_path_factory.mktemp("model")
    for path, text in inbox_files().items():
        (home / "logs" / path).parent.mkdir(parents=True, exist_ok=True)
        (home / "logs" / path).write_text(text)
    save_model(train_logs(read_logs(home / "logs", hash_key=b"k" * 32)), home / "model")
    return home / "model"


def test_what_lands_in_the_inbox_is_scored_as_a_batch_would(
    start: Start, inbox_files: Files, drop: Drop, model: Path, tmp_path: Path
) -> None:
    service = start("--model", str(model))
    assert service.get("/healthz") == (200, "ok\n")
    assert service.get("/readyz")[0] == 503
    assert 'enduse_collector_success{collector="results"} 0.0' in service.get("/metrics")[1]
    files = inbox_files()
    drop({p: t for p, t in files.items() if p != "usage/1.csv"})
    service.ready(1)
    drop({"usage/1.csv": files["usage/1.csv"]})
    service.ready(2)
    live = Results.read(tmp_path / "state" / "latest")
    batch = score_logs(read_logs(tmp_path / "inbox", hash_key=b"k" * 32), load_model(model))
    assert live.scores.equals(batch.scores)
    assert live.rings.equals(batch.rings)
    metrics = service.get("/metrics")[1]
    assert "enduse_accounts{" in metrics
    assert 'enduse_collector_success{collector="results"} 1.0' in metrics
    assert 'enduse_last_success_timestamp_seconds{stage="ingest"}' in metrics
    account = service.json("/api/v1/accounts/0001")
    assert account["account_id"] == "0001"
    assert account["reasons"]
    assert stop(service) < 5


@pytest.mark.long
def test_a_stop_in_the_middle_of_a_run_is_quick_and_loses_nothing(
    start: Start, inbox_files: Files, drop: Drop, tmp_path: Path
) -> None:
    service = start()
    drop(inbox_files(days=2))
    service.wait(lambda: (tmp_path / "state" / "manifest.json").exists())
    assert stop(service) < 5
    again = start()
    again.ready(1)
    state = json.loads((tmp_path / "state" / "manifest.json").read_bytes())["body"]
    assert state["sequence"] == 1
    stop(again)
    # A start on what was published shows it at once.
    third = start()
    assert third.get("/readyz")[0] == 200


@pytest.mark.long
def test_a_killed_worker_is_replaced_and_readers_see_whole_runs(
    start: Start, inbox_files: Files, drop: Drop, model: Path, tmp_path: Path
) -> None:
    service = start("--model", str(model))
    drop(inbox_files(days=2))
    service.ready(1)
    worker = children(service.process.pid)[0]
    os.kill(worker, signal.SIGKILL)
    drop({"usage/9.csv": inbox_files(days=9)["usage/9.csv"]})
    service.ready(2)
    page = service.json("/api/v1/queue?limit=1")
    assert page["snapshot"] == 2
    assert Results.read(tmp_path / "state" / "latest").scores.height == 60


def children(process: int) -> list[int]:
    found = Path(f"/proc/{process}/task").glob("*/children")
    return [int(n) for path in found for n in path.read_text().split()]


@pytest.mark.long
def test_a_bad_file_is_set_aside_and_told_and_the_rest_goes_on(
    start: Start, inbox_files: Files, drop: Drop
) -> None:
    service = start()
    drop({**inbox_files(days=2), "events/bad.csv": "no,columns\nsecret,AKIAIOSFODNN7EXAMPLE\n"})
    service.ready(1)
    said = []
    assert service.process.stderr is not None
    while not said or "published" not in said[-1]:
        said.append(service.process.stderr.readline())
    assert any("WARNING" in line and "events/bad.csv" in line for line in said)
    assert not any("AKIA" in line for line in said)


def test_what_is_set_aside_is_a_warning_and_all_else_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    service = LiveService(Serving(Options(str(tmp_path), str(tmp_path)), "127.0.0.1:0", b"k"))
    service.tell(Told(said=["state 1: 2 new"], warned=["a.csv is set aside\x1b"]))
    told = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert told == [("WARNING", "a.csv is set aside\\x1b"), ("INFO", "state 1: 2 new")]


@pytest.mark.long
def test_a_promoted_model_is_taken_without_a_gap(
    start: Start, inbox_files: Files, drop: Drop, tmp_path: Path
) -> None:
    files = inbox_files(days=2)
    drop(files)
    for seed in (1, 2):
        subprocess.run(
            [sys.executable, "-m", "detector", "train", str(tmp_path / "inbox"), "--model",
             str(tmp_path / f"model{seed}"), "--seed", str(seed)],
            check=True, capture_output=True,
        )  # fmt: skip
    (tmp_path / "model").symlink_to("model1")
    service = start("--model", str(tmp_path / "model"))
    service.ready(1)
    first = service.json("/api/v1/queue")["model_id"]
    beside = tmp_path / "beside"
    beside.symlink_to("model2")
    beside.replace(tmp_path / "model")
    statuses = set()

    def promoted() -> bool:
        statuses.add(service.get("/readyz")[0])
        return bool(service.json("/api/v1/queue")["model_id"] != first)

    service.wait(promoted)
    assert statuses == {200}


def test_a_hang_up_signal_reads_the_web_configuration_again(start: Start, tmp_path: Path) -> None:
    web = tmp_path / "web.toml"
    web.write_text("")
    service = start("--web-config", str(web))
    assert service.get("/metrics")[0] == 200
    token = hashlib.sha256(b"t").hexdigest()
    web.write_text(f'[authentication]\nbearer_sha256 = ["{token}"]\n')
    service.process.send_signal(signal.SIGHUP)
    service.wait(lambda: service.get("/healthz")[0] == 200 and service.get("/metrics")[0] == 401)
    assert service.get("/metrics", {"Authorization": "Bearer t"})[0] == 200
    web.write_text("[nonsense]\n")
    service.process.send_signal(signal.SIGHUP)
    assert service.process.stderr is not None
    while "stays" not in service.process.stderr.readline():
        pass
    assert service.get("/metrics", {"Authorization": "Bearer t"})[0] == 200


@pytest.mark.long
def test_the_queue_comes_in_pages_of_one_snapshot(
    start: Start, inbox_files: Files, drop: Drop
) -> None:
    service = start()
    drop(inbox_files())
    service.ready(1)
    seen, after = [], ""
    while True:
        page = service.json(f"/api/v1/queue?limit=2{after}")
        seen += [item["account_id"] for item in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len(seen) == page["total"] == len(set(seen))
    assert service.get("/api/v1/queue?after=99.0")[0] == 409
    assert service.get("/api/v1/queue?limit=zero")[0] == 400
    assert service.get("/api/v1/queue?queue=none")[0] == 400
    assert service.get("/api/v1/accounts/nobody")[0] == 404
    assert service.get("/secret")[0] == 404


@pytest.mark.parametrize("words", [["--inbox", "x"], ["--results", "x", "--inbox", "y"]])
def test_words_that_do_not_go_together_are_refused(words: list[str]) -> None:
    assert main(["serve", *words]) == 2
