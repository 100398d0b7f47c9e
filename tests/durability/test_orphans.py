"""A worker whose server was killed ends by itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from detector.service import Options, live

SERVER = """
import subprocess, sys, time
worker = subprocess.Popen([sys.executable, "-P", "-c", sys.argv[1]], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True)
worker.stdin.write(sys.argv[2] + "\\nlook\\n")
worker.stdin.flush()
worker.stdout.readline()
print(worker.pid, flush=True)
time.sleep(600)
"""


def test_a_worker_ends_when_its_server_was_killed(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    options = json.dumps(asdict(Options(str(tmp_path / "inbox"), str(tmp_path / "state"))))
    server = subprocess.Popen(
        [sys.executable, "-S", "-c", SERVER, live._WORK, options], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    worker = int(server.stdout.readline())
    server.kill()
    server.communicate()
    until = time.monotonic() + 20
    try:
        while _lives(worker):
            assert time.monotonic() < until, "it is still there"
            time.sleep(0.05)
    finally:
        if _lives(worker):
            os.kill(worker, signal.SIGKILL)


def _lives(pid: int) -> bool:
    """Whether a process is there and no corpse that nobody buries."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
