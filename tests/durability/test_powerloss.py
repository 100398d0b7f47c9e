"""What was not synced is lost at a power cut: the old or the new is left, never a third.

``python benchmarks/powerloss.py`` judges every cut.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lab.durability.powerloss import cut_everywhere
from lab.durability.stories import STORIES, Story, digests, of_folder
from models.files import store
from tests.examples import first

EVERY = {
    "ingest": 4, "forget": 4, "publish": 1,
    "first ingest": 6, "beside": 6, "whole again": 6, "compact": 2,
    "rebuild": 2, "retain": 4, "score": 1,
}  # fmt: skip


@pytest.mark.parametrize("name", first(EVERY, 2))
def test_a_cut_at_any_call_leaves_the_old_or_the_new(tmp_path: Path, name: str) -> None:
    told = cut_everywhere(STORIES[name], tmp_path, every=EVERY[name])
    assert told.faults == []
    assert told.before or name == "compact"
    assert told.after


@pytest.mark.long  # a model is read at each cut
def test_a_cut_leaves_the_model_before_or_the_one_after(tmp_path: Path) -> None:
    told = cut_everywhere(STORIES["model"], tmp_path, every=4)
    assert told.faults == []
    assert told.before
    assert told.after


class WriteWhole(Story):
    """One file of a model takes the place of another."""

    def make(self, world: Path) -> None:
        (world / "file").write_bytes(b"old")

    def ready(self, world: Path) -> Callable[[], object]:
        return lambda: store.write_whole(world / "file", b"new")

    def seen(self, world: Path) -> str:
        return of_folder(world, but=".file")

    def kept(self, world: Path) -> dict[str, str]:
        return digests(world, but=".file")


def test_a_file_of_a_model_is_the_old_or_the_new(tmp_path: Path) -> None:
    told = cut_everywhere(WriteWhole(), tmp_path)
    assert told.faults == []
    assert told.before
    assert told.after


class Careless(WriteWhole):
    """The same without a sync."""

    def ready(self, world: Path) -> Callable[[], object]:
        def go() -> None:
            (world / "beside").write_bytes(b"new")
            (world / "beside").replace(world / "file")

        return go


def test_what_is_never_synced_is_told_of(tmp_path: Path) -> None:
    assert cut_everywhere(Careless(), tmp_path).faults
