"""A state belongs to one service for its life; readers and retention go on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from detector.cli import main
from detector.errors import StateError
from detector.pipeline.stored import open_state
from detector.service import live
from detector.service.live import Serving, WorkerDied, WorkerProcess, serve_live
from detector.service.worker import Options
from detector.state import Store, retain


@pytest.fixture
def home(inbox_files: Callable[..., dict[str, str]], tmp_path: Path) -> Path:
    for path, text in inbox_files(days=1, ring=False, accounts=3).items():
        (tmp_path / "inbox" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "inbox" / path).write_text(text)
    assert main(["ingest", str(tmp_path / "inbox"), "--state", str(tmp_path / "state")]) == 0
    return tmp_path


def test_while_a_service_lives_nobody_else_takes_in_and_readers_go_on(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_WAIT_SECONDS", 0.05)
    words = ["ingest", str(home / "inbox"), "--state", str(home / "state"), "--wait", "0.05"]
    asked = Options(str(home / "inbox"), str(home / "state"))
    with Store(home / "state").serving(0):
        assert main(words) == 1
        assert "running `enduse serve`" in capsys.readouterr().err
        with pytest.raises(StateError, match="running `enduse serve`"):
            serve_live(Serving(asked, "127.0.0.1:0", b"k" * 32), threading.Event())
        with open_state(home / "state") as logs:
            assert "usage" in logs
        retain(home / "state", 1_000, wait=0)
    assert main(words) == 0


def test_a_worker_that_outlives_its_server_keeps_the_next_one_out(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A worker that never hears that its server has gone.
    monkeypatch.setattr(live, "_WORK", "import time; print('{', flush=True); time.sleep(60)")
    asked = Options(str(home / "inbox"), str(home / "state"))
    state = Store(home / "state")
    monkeypatch.setattr(live, "_kill", lambda _: None)
    monkeypatch.setattr(live, "_GRACE_SECONDS", 0.01)
    started = []
    popen = live.subprocess.Popen
    monkeypatch.setattr(
        live.subprocess, "Popen", lambda *a, **k: started.append(popen(*a, **k)) or started[-1]
    )
    with state.serving(0) as held, pytest.raises(WorkerDied):
        WorkerProcess(asked, held).look()
    try:
        with pytest.raises(StateError), state.serving(0):
            pass
    finally:
        started[0].kill()
        started[0].wait()
    with state.serving(1):
        pass
