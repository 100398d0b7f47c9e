"""Damaged files in a real inbox: each is taken or named, and no sound file is missed.

The long form is ``python benchmarks/mutated_files.py --files 5000``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.service import worker as module
from lab.mutants import MUTATIONS, mutants, seeds
from lab.odd_inbox import Outcome, dropped


def test_damaged_files_are_taken_or_named_and_all_sound_ones_are_taken(tmp_path: Path) -> None:
    outcome = dropped(tmp_path, 30, batch=30, seed=4)
    assert outcome.right(512), outcome
    assert outcome.files == outcome.taken + len(outcome.named) == 30
    assert outcome.taken >= 3
    assert len(outcome.named) >= 10


def test_a_worker_gives_way_to_a_fresh_one_before_damaged_files_fill_its_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "WORN", 3)
    for n in range(5):
        (tmp_path / "inbox" / "usage").mkdir(parents=True, exist_ok=True)
        (tmp_path / "inbox" / "usage" / f"{n}.csv").write_text("nothing\n")
    (tmp_path / "state").mkdir()
    worker = module.Worker(module.Options(str(tmp_path / "inbox"), str(tmp_path / "state")))
    assert not worker.look().worn
    assert worker.look().worn


def test_the_same_seed_gives_the_same_files_of_every_form_and_kind() -> None:
    first = list(mutants(60, 7))
    assert first == list(mutants(60, 7))
    assert first != list(mutants(60, 8))
    names = [path for path, _ in first]
    assert all(any(kind in name for name in names) for kind in MUTATIONS)
    assert len({name.partition("/")[0] for name in seeds()}) == 8


def test_what_is_lost_missed_or_untold_is_not_right() -> None:
    assert Outcome(megabytes=1).right(512)
    assert not Outcome(megabytes=512).right(512)
    assert not Outcome(megabytes=1, lost=["a"]).right(512)
    assert not Outcome(megabytes=1, missed=["a"]).right(512)
    assert not Outcome(megabytes=1, failed=["a"]).right(512)
    assert not Outcome(megabytes=1, deaths=["a"]).right(512)
    told = {"a": "the process that read it ended, twice"}
    assert Outcome(megabytes=1, deaths=["a"], named=told).right(512)
