"""How many threads work on tables: one where logs are small and nobody asked for more."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.cli import opening
from detector.cli.opening import suit_threads
from detector.config import load_settings

_DEPTH = 1_500


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A small log folder, before polars is imported."""
    (tmp_path / "usage").mkdir()
    (tmp_path / "usage" / "a.csv").write_text("x" * 100)
    (tmp_path / "accounts.csv").write_text("x" * 100)
    for name in ("POLARS_MAX_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.delitem(sys.modules, "polars", raising=False)
    return str(tmp_path)


def chosen(logs: str | None, threads: int | None = None) -> str | None:
    """What polars would be told."""
    suit_threads(load_settings({"threads": threads}).settings, logs)
    return os.environ.get("POLARS_MAX_THREADS")


def test_small_logs_are_worked_on_by_one_thread(logs: str) -> None:
    assert chosen(logs) == "1"
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"


def test_larger_logs_are_left_to_all_threads(logs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "SMALL", 200)
    assert chosen(logs) is None
    monkeypatch.setattr(opening, "SMALL", 201)
    assert chosen(logs) == "1"


def test_whoever_asks_for_threads_gets_them(logs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert chosen(logs, threads=3) is None
    monkeypatch.setenv("POLARS_MAX_THREADS", "4")
    assert chosen(logs) == "4"


@pytest.mark.parametrize("place", [None, "s3://bucket/logs", "missing"])
def test_logs_elsewhere_say_nothing_of_threads(logs: str, place: str | None) -> None:
    assert chosen(place) is None


@pytest.fixture
def deep(logs: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Small logs with folders in folders: more than a function may call itself."""
    # One by one: the whole path is longer than a system call takes.
    monkeypatch.chdir(logs)
    for _ in range(_DEPTH):
        os.mkdir("deeper")
        os.chdir("deeper")
    yield logs
    for _ in range(_DEPTH):
        os.chdir("..")
        os.rmdir("deeper")


def test_folders_in_folders_without_end_are_no_end_of_it(deep: str) -> None:
    assert chosen(deep) == "1"
