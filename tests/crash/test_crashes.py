"""A killed process, a disk that fails, a second writer: nothing is lost, nothing doubled."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from detector.errors import StateError
from detector.pipeline.ingest import ingest
from detector.state import Store, check


def program(name: str) -> ModuleType:
    """A program beside this file, as a module."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def crashes() -> ModuleType:
    return program("crashes")


@pytest.mark.parametrize("rounds", [1, pytest.param(8, marks=pytest.mark.long)])
def test_killed_at_random_points_it_is_the_old_state_or_the_new(
    crashes: ModuleType, tmp_path: Path, rounds: int
) -> None:
    assert crashes.kill_at_random(tmp_path, rounds)["killed"] == rounds


@pytest.mark.long
def test_a_service_killed_at_random_points_shows_whole_runs_and_ends_as_a_batch(
    tmp_path: Path,
) -> None:
    assert program("serving").kill_serving(tmp_path, rounds=3)["killed"] == 3


def test_a_disk_that_fails_leaves_a_clean_error_and_the_old_state(
    crashes: ModuleType, tmp_path: Path
) -> None:
    assert crashes.fail_everywhere(tmp_path, step=5) > 10


@pytest.mark.long
def test_of_two_writers_one_waits_and_nothing_is_doubled(
    crashes: ModuleType, tmp_path: Path
) -> None:
    logs, state = crashes.make_logs(tmp_path / "logs"), tmp_path / "state"
    racers = [crashes.start(logs, state) for _ in range(2)]
    for racer in racers:
        crashes.go(racer)
    for racer in racers:
        _, said = racer.communicate(timeout=60)
        assert racer.returncode == 0, said
    ingest(logs, tmp_path / "clean", hash_key=crashes.KEY)
    assert crashes.shown(state) == crashes.shown(tmp_path / "clean")
    assert Store(state).manifest().sequence == 1
    assert check(state)[1] == []


def test_a_writer_that_may_not_wait_leaves_with_the_exit_code_of_state(
    crashes: ModuleType, tmp_path: Path
) -> None:
    logs, state = crashes.make_logs(tmp_path / "logs", days=1), tmp_path / "state"
    with Store(state).writing(0), pytest.raises(StateError, match="another process") as caught:
        ingest(logs, state, wait=0.1)
    assert caught.value.exit_code == 1
