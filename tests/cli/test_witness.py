"""A command that is ended at a file leaves the name of that file, and nothing else says one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples import first

LATER = "2026-03-01T05:00:00Z,2026-03-01T06:00:00Z,a1,Usage,Compute,8,Hours,p5.48xlarge,3.5,USD\n"
HEAD = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter,EffectiveCost,BillingCurrency\n"
)
# A library that does something at the second file, deep in its decoder.
ODD = """
import os, signal, sys
from detector.sources import reading
sound = reading.read_parts
def read_parts(path, file, hashed):
    if file.path.endswith("b.csv"):
        {does}
    yield from sound(path, file, hashed)
reading.read_parts = read_parts
sys.argv = ["enduse", "score", {logs!r}, "-o", {out!r}]
from detector.cli import main
from tests.examples import first
sys.exit(main())
"""


def score(tmp_path: Path, does: str, repository: Path) -> subprocess.CompletedProcess[str]:
    usage = tmp_path / "logs" / "usage"
    usage.mkdir(parents=True)
    (usage / "a.csv").write_text(HEAD + LATER)
    (usage / "b.csv").write_text(HEAD + LATER.replace("a1", "a2"))
    (tmp_path / "logs" / "accounts.csv").write_text(
        "account_id,created_at\na1,2025-01-01T00:00:00Z\n"
    )
    code = ODD.format(does=does, logs=str(tmp_path / "logs"), out=str(tmp_path / "out"))
    environment = {**os.environ, "PYTHONFAULTHANDLER": ""}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=repository, capture_output=True, text=True,
        env=environment, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("number", first([signal.SIGABRT, signal.SIGKILL]))
def test_a_command_that_ends_by_a_signal_at_a_file_names_it_and_ends_by_that_signal(
    tmp_path: Path, repository: Path, number: int
) -> None:
    done = score(tmp_path, f"os.kill(os.getpid(), {int(number)})", repository)
    assert done.returncode == -number
    last = done.stderr.splitlines()[-1]
    assert last.startswith("enduse: it was ended while it read usage/b.csv: a library")
    assert "a.csv" not in last


@pytest.mark.long
def test_a_command_that_tells_of_its_end_itself_is_not_told_of_twice(
    tmp_path: Path, repository: Path
) -> None:
    done = score(tmp_path, "raise KeyboardInterrupt", repository)
    assert done.returncode == 130
    assert "it was ended" not in done.stderr
