"""Disks that fail and processes that are killed: small of benchmarks/failing_disk.py, kills.py."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lab.durability.failing import told_of
from lab.durability.kills import kill

needs_cc = pytest.mark.skipif(shutil.which("cc") is None, reason="needs a compiler: apt install cc")


@pytest.mark.long
@needs_cc
def test_a_disk_that_fails_gives_a_sentence_no_half_file_and_the_same_in_the_end(
    tmp_path: Path,
) -> None:
    _clean(told_of(tmp_path, every=7, only=("score", "publish", "forget", "rebuild")), 8)


@needs_cc
@pytest.mark.long  # a process, a model, and some two hundred failures
def test_a_disk_that_fails_while_states_and_models_are_written(tmp_path: Path) -> None:
    _clean(told_of(tmp_path, every=11, only=("first ingest", "ingest", "retain", "model")), 8)


def _clean(told: dict[str, dict[str, object]], rows: int) -> None:
    assert len(told) == rows
    for one in told.values():
        assert one["faults"] == []
        assert one["refused"]


@pytest.mark.long  # each kill is a process that loads everything
@pytest.mark.parametrize("name", ["beside", "compact", "retain", "publish"])
def test_killed_at_any_moment_the_old_or_the_new_is_left(tmp_path: Path, name: str) -> None:
    told = kill(name, tmp_path, 2)
    assert told.faults == []
    assert told.kills == 2
