"""Killed at any moment, on a disk that fails: small versions of benchmarks/cases_crash.py."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from detector.cases.record.store import Store
from lab.cases.crash import kills_while_deciding, kills_while_migrating
from lab.cases.failing import told_of
from tests.cases.planted import NOW
from tests.cases.runs import run, take


def _take(store: Store, number: int) -> None:
    take(store, NOW + timedelta(days=number), run(number, ("a", "b", "c")[: 2 + number % 2]))


def test_nothing_acknowledged_is_lost_when_deciding_is_killed(tmp_path: Path) -> None:
    told = kills_while_deciding(tmp_path / "cases", 8, seed=3, a_kill=40)
    assert told.faults == 0, told
    assert told.acknowledged
    assert told.reads


def test_a_migration_that_is_killed_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    told = kills_while_migrating(tmp_path, 3, seed=3, cases=20)
    assert told.faults == 0, told


_KILLS = """
import sys
from pathlib import Path
from lab.cases.crash import kills_while_taking
from tests.cases.test_kills import _take
told = kills_while_taking(Path(sys.argv[1]), 10, _take, seed=3)
print(told.faults, told.acknowledged, told)
"""


@pytest.mark.long  # each kill waits for a run to be taken
def test_a_run_is_taken_whole_or_not_at_all(tmp_path: Path, repository: Path) -> None:
    # A fork of a process whose frames have threads already may wait for them for ever.
    words = [sys.executable, "-c", _KILLS, str(tmp_path / "cases")]
    told = subprocess.run(words, cwd=repository, capture_output=True, text=True, check=False)
    faults, acknowledged, *_ = told.stdout.split() or ("", "")
    assert faults == "0", told
    assert int(acknowledged) > 0


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a compiler: apt install gcc")
def test_a_disk_that_is_full_at_any_write_loses_nothing(tmp_path: Path) -> None:
    told = told_of(tmp_path, every=18, only=("decide",))
    assert len(told) == 4
    for one in told.values():
        assert one["faults"] == []
        assert one["refused"]


@pytest.mark.long  # every third call of each kind of work
@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a compiler: apt install gcc")
def test_a_disk_that_fails_while_backing_up_loses_nothing(tmp_path: Path) -> None:
    told = told_of(tmp_path, every=15, only=("back up", "rewrite"))
    assert [one["faults"] for one in told.values()] == [[]] * 8
