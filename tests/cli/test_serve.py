"""``enduse serve`` as a process: it answers, says where, and ends when asked."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_serve_answers_until_it_is_asked_to_stop(
    scored: tuple[Path, Path], sign: signal.Signals
) -> None:
    words = ["serve", "--results", str(scored[1]), "--listen", "127.0.0.1:0"]
    with subprocess.Popen(
        [sys.executable, "-m", "detector", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        said = next(line for line in lines if "serving on" in line)
        found = re.search(r"http://127\.0\.0\.1:\d+/metrics", said)
        assert found
        with urllib.request.urlopen(found[0], timeout=10) as page:
            assert b"enduse_build_info" in page.read()
        process.send_signal(sign)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert out == ""
    assert "Traceback" not in err
