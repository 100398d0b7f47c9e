"""``enduse serve --cases``: the reviewers' pages beside the others, on the same port."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from detector.cases.record.store import Store
from detector.cli import main
from detector.cli import serve as command
from detector.http import Web
from detector.service.api import Shown
from detector.service.server import LiveServer


def test_the_pages_stand_beside_the_last_run(sample_run: Path, store: Store) -> None:
    words = ["serve", "--results", str(sample_run), "--cases", str(store.folder)]
    with subprocess.Popen(
        [sys.executable, "-m", "detector", *words, "--listen", "127.0.0.1:0"],
        stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        said = next(line for line in iter(process.stderr.readline, "") if "serving on" in line)
        home = said.split("serving on ")[1].strip().removesuffix("/metrics")
        with urllib.request.urlopen(f"{home}/", timeout=10) as page:
            assert page.url == f"{home}/login?next=/queue"
            assert b"Log in" in page.read()
        with urllib.request.urlopen(f"{home}/metrics", timeout=10) as page:
            assert b"enduse_build_info" in page.read()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 0


def test_the_pages_stand_beside_live_scores_and_the_gate_keeps_guarding_those(
    store: Store,
) -> None:
    from detector.console import site_of

    web = Web(tokens=frozenset({"0" * 64}))
    shown = Shown(b"x 1\n", None)
    with LiveServer("127.0.0.1:0", web, lambda: shown, more=site_of(store)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        home = f"http://127.0.0.1:{server.server_port}"
        try:
            for path in ("/metrics", "/api/v1/queue", "/api/v1/accounts/a", "/openapi.json"):
                with pytest.raises(urllib.error.HTTPError, match="401") as refused:
                    urllib.request.urlopen(f"{home}{path}", timeout=10)
                refused.value.close()
            with urllib.request.urlopen(f"{home}/queue", timeout=10) as page:
                assert page.url.startswith(f"{home}/login")
        finally:
            server.shutdown()
            thread.join()


def test_without_werkzeug_the_line_that_installs_it_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Callable[..., Any] = find_spec
    monkeypatch.setattr(
        command, "find_spec", lambda name: None if name == "werkzeug" else real(name)
    )
    assert main(["serve", "--results", str(tmp_path), "--cases", str(tmp_path)]) == 2
    assert "pip install 'enduse[console]'" in capsys.readouterr().err


def test_a_folder_without_cases_is_refused_with_what_makes_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--results", str(tmp_path), "--cases", str(tmp_path)]) != 0
    assert "enduse cases init" in capsys.readouterr().err
