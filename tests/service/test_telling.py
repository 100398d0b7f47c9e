"""What a worker prints is in the journal, line by line; the manager hears how the service does."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest

from detector.service import live
from detector.service.api import Shown
from detector.service.live import LiveService, Serving, WorkerDied, WorkerProcess
from detector.service.telling import status_of
from detector.service.worker import Options, Told

_PANICS = r"import sys; sys.stderr.buffer.write(b'panicked at \x1b[2J \xff\n' * 3); sys.exit(101)"


def test_what_a_worker_prints_is_told_line_by_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(live, "_WORK", _PANICS)
    with pytest.raises(WorkerDied):
        WorkerProcess(Options(inbox=str(tmp_path), state=str(tmp_path))).look()
    end = time.monotonic() + 10
    while len(caplog.records) < 3:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert {record.getMessage() for record in caplog.records} == {
        "the worker says: panicked at \\x1b[2J \\xff"
    }
    assert {record.__dict__["event"] for record in caplog.records} == {"worker_says"}
    assert capfd.readouterr().err == ""


def test_a_stage_that_fails_and_one_that_is_mended_are_told_by_name(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    service = LiveService(Serving(Options(inbox=".", state=str(tmp_path)), "127.0.0.1:0", b"k"))
    broken = Told(failed={"ingest": "no room\x1b"})
    for told in (broken, broken, Told()):
        service.tell(told)
    said = [(r.__dict__["event"], r.__dict__["about"]["stage"]) for r in caplog.records]
    assert said == [("stage_failed", "ingest"), ("stage_mended", "ingest")]


def test_the_manager_hears_what_is_shown_and_what_fails() -> None:
    assert status_of(Shown(b"", None)) == "no scores yet"
    assert status_of(Shown(b"", None, failing=("ingest", "model"))) == (
        "no scores yet; failing: ingest, model"
    )
