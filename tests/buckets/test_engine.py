"""One machine gives the same bytes in any number of buckets, and leaves nothing behind."""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from detector import read_logs, score_logs
from detector.buckets import BoundedEngine
from detector.buckets.engine import prepare_in_buckets
from detector.errors import OutputError, TooManyBadRows
from detector.pipeline.prepare import Prepared, Stages, prepare
from detector.simulate import simulate
from detector.sources import Logs
from tests.examples import first

MB = 1 << 20


@dataclass(frozen=True)
class World:
    """Every table, with bad rows, meters that name no account and a file that is there twice."""

    logs: Path
    source: Logs
    prepared: Prepared


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    logs = tmp_path_factory.mktemp("buckets") / "logs"
    simulate("dirty", 60, 21, 11, logs)
    first = min((logs / "events").rglob("*.parquet"))
    shutil.copy(first, first.with_name(f"again-{first.name}"))
    source = read_logs(logs, max_bad=0.5)
    return World(logs, source, prepare(source, None, Stages()))


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize(
    # Every bucket asks all families: many of them take seconds.
    "buckets", first([7, 1, 64]),
)  # fmt: skip
def test_any_number_of_buckets_gives_the_same_numbers(
    world: World, scratch: Path, monkeypatch: pytest.MonkeyPatch, buckets: int
) -> None:
    monkeypatch.setattr("detector.buckets.engine.HELD_ROWS", 500)
    there, seen = read_logs(world.logs, max_bad=0.5), []
    stages = Stages(lambda *_: seen.extend(scratch.iterdir()))
    found = prepare_in_buckets(there, None, stages, buckets)
    assert found.table.equals(world.prepared.table)
    assert found.rings.equals(world.prepared.rings)
    for name in ("peers", "ring_of", "excluded"):
        np.testing.assert_array_equal(getattr(found, name), getattr(world.prepared, name))
    assert there.counts == world.source.counts
    assert there.quarantine.equals(world.source.quarantine)
    assert there.quarantine.height
    assert there.warnings == world.source.warnings
    assert found.buckets == buckets
    # What lies on the disk has no name: nobody else opens it, and nobody has to tidy it up.
    assert seen == []


def test_too_many_bad_rows_stop_the_run_in_the_same_words(world: World) -> None:
    with pytest.raises(TooManyBadRows) as once:
        prepare(read_logs(world.logs, max_bad=0.0), None, Stages())
    with pytest.raises(TooManyBadRows) as dealt:
        prepare_in_buckets(read_logs(world.logs, max_bad=0.0), None, Stages(), 3)
    assert str(dealt.value) == str(once.value)


def test_a_full_disk_is_told_with_what_to_do(
    world: World, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(OutputError, match=f"in {scratch}: No space left .* make room there"):
        prepare_in_buckets(read_logs(world.logs, max_bad=0.5), None, Stages(), 2)


@pytest.mark.long
def test_memory_decides_and_shows_nowhere_but_in_the_run(
    world: World, tmp_path: Path, with_few_trees: Callable[[], AbstractContextManager[None]]
) -> None:
    outs = {}
    with with_few_trees():
        for name, memory in (("once", 2000 * MB), ("dealt", 300 * MB)):
            logs, engine = read_logs(world.logs, max_bad=0.5), BoundedEngine(memory=memory)
            outs[name] = tmp_path / name
            score_logs(logs, engine=engine).write(outs[name], csv=True)
    once, dealt = (
        {file.name: file.read_bytes() for file in out.iterdir()} for out in outs.values()
    )
    told, dealt_told = (json.loads(files.pop("run.json")) for files in (once, dealt))
    assert dealt == once
    assert "buckets" not in told
    assert dealt_told.pop("buckets") > 1
    for run in (told, dealt_told):
        del run["timings"], run["model"]["trained_at"]
    assert dealt_told == told
