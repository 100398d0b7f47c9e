"""What is left of publications that were killed, and of runs whose time is over."""

from __future__ import annotations

import os
import time
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from detector.service.publication import last_run, publish, was_asked
from detector.state import RunFolder, Store, retain, sweep_if_free
from detector.state.lock import exclusive
from detector.state.runs import PUBLISHER, runs_of


def a_run() -> Any:
    def write(folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "run.json").write_text("{}")

    return SimpleNamespace(write=write)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A state with two runs and what three kills have left."""
    for number in (1, 2):
        publish(tmp_path, number, a_run())
    (tmp_path / "runs" / ".00000003-00000003-abcdef").mkdir()
    (tmp_path / "runs" / "00000003").mkdir()
    (tmp_path / ".latest.0123456789ab").symlink_to("runs/00000002-00000002")
    return tmp_path


def names(root: Path) -> set[str]:
    return {p.name for p in (*root.iterdir(), *(root / "runs").iterdir())}


WHOLE = {"runs", "latest", PUBLISHER, ".asked", "00000001-00000001", "00000002-00000002"}


def test_what_killed_publications_left_goes_with_the_next_or_at_a_start(root: Path) -> None:
    assert len(names(root) - WHOLE) == 3
    with exclusive(root / PUBLISHER, 1):
        sweep_if_free(root)
        assert len(names(root) - WHOLE) == 3, "somebody is publishing"
    sweep_if_free(root)
    assert names(root) == WHOLE
    (root / "runs" / ".00000003-00000003-fedcba").mkdir()
    publish(root, 3, a_run())
    assert names(root) == WHOLE | {"00000003-00000003"}


def test_a_run_is_remembered_with_what_it_was_asked(root: Path) -> None:
    publish(root, 3, a_run(), "alpha")
    last = last_run(root)
    assert last is not None
    assert was_asked(last, "alpha")
    assert not was_asked(last, "beta")
    assert not was_asked(type(last)(1, 1, root / "runs" / "00000001-00000001"), "alpha")


def left(root: Path) -> list[int]:
    return [run.number for run in runs_of(root)]


def test_retention_takes_old_runs_and_never_the_latest(root: Path) -> None:
    with Store(root).writing(1):
        Store(root).publish(Store(root).manifest().following())
    publish(root, 3, a_run())
    assert retain(root, 30).runs == ()
    long_ago = time.time() - 40 * 86400
    for number in (1, 3):
        os.utime(root / "runs" / f"{number:08d}-{number:08d}", (long_ago, long_ago))
    (root / "runs" / "00000004").mkdir()
    receipt = retain(root, 30)
    assert receipt.runs == ("00000001-00000001",)
    assert left(root) == [2, 3]
    assert "00000004" not in names(root)
    assert (root / "kept" / receipt.name).is_file()
    assert isinstance(runs_of(root)[0], RunFolder)
    assert receipt.limit < datetime.now(receipt.limit.tzinfo)
