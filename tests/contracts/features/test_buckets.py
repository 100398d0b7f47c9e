"""Accounts in any number of buckets, as on a cluster, have the features they have at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from detector import read_logs
from detector.buckets import driver
from detector.buckets.boxes import Box, Listed
from detector.buckets.measuring import measure_bucket
from detector.buckets.merging import FACTS, Merging
from detector.findings.seen import seen_in
from detector.pipeline.prepare import Stages, prepare
from detector.sources.logs import FAR
from detector.spark.reading import QUARANTINE, RECORD, Folder, RollingUp, roll_up
from detector.spark.tasks import versions
from features.blocks import Blocks, each
from features.catalogue import Catalogue

Logs = Callable[..., dict[str, pl.DataFrame]]


def written(tables: dict[str, pl.DataFrame], folder: Path, seed: int) -> Path:
    """The tables as a log folder; those that grow in three files each."""
    rng = np.random.default_rng(seed)
    for name, frame in tables.items():
        (folder / name).mkdir(parents=True)
        of = pl.Series(rng.integers(0, 1 if name == "accounts" else 3, frame.height))
        for number in of.unique():
            frame.filter(of == number).write_parquet(folder / name / f"{number}.parquet")
    return folder


def dealt_out(
    folder: Path, as_of: datetime, catalogue: Catalogue, buckets: int
) -> tuple[driver.Measured, Blocks]:
    """Features, peers and counts as the engine spark makes them, all tasks in this process."""
    logs = read_logs(folder, as_of)
    here = {}
    for table in driver.HERE:
        here |= driver.rolled_here(table, logs.rollups(table, as_of) if table in logs else ())
    files = tuple(file for file in logs.inputs if file.table not in driver.HERE)
    tasks = tuple((number,) for number in range(len(files)))
    work = Folder(logs.place, files, tasks, versions(), b"key", as_of, FAR)
    reading = RollingUp(work, as_of, as_of, catalogue, buckets, here["inventory"])
    sent = [box for task in range(len(tasks)) for box in roll_up(reading, task)]
    held: dict[int, list[Box]] = {}
    for box in (*sent, *driver.for_buckets(here, buckets)):
        if box.name not in (RECORD, QUARANTINE):
            held.setdefault(box.bucket, []).append(box)
    merging = Merging(as_of, catalogue)
    merged = {bucket: list(merging(bucket, boxes)) for bucket, boxes in held.items()}
    facts = Listed([box for boxes in merged.values() for box in boxes if box.name in FACTS])
    told = driver.tell(facts, logs, as_of, catalogue, buckets)
    boxes = [b for bucket, held in merged.items() for b in measure_bucket(told, bucket, held)]
    found = Listed(boxes)
    measured = driver.one_table(found, driver.shared_population(found, here, told))
    return measured, driver.seen_of(found)


@pytest.mark.long
@pytest.mark.parametrize(
    ("seed", "accounts", "rows", "absent"),
    [
        pytest.param(1, 14, 300, (), marks=pytest.mark.long),
        (2, 4, 60, ()),
        pytest.param(3, 60, 900, (), marks=pytest.mark.long),
        pytest.param(4, 14, 300, ("inventory", "labels", "account_links"), marks=pytest.mark.long),
        pytest.param(
            5,
            14,
            300,
            ("events", "model_usage", "gpu_telemetry", "payments"),
            marks=pytest.mark.long,
        ),
    ],
)
def test_any_number_of_buckets_gives_the_same_features(
    logs: Logs, as_of: datetime, catalogue: Catalogue, tmp_path: Path,
    seed: int, accounts: int, rows: int, absent: tuple[str, ...],
) -> None:  # fmt: skip
    tables = {n: t for n, t in logs(seed, accounts, rows).items() if n not in absent}
    folder = written(tables, tmp_path, seed)
    at_once = prepare(read_logs(folder, as_of), as_of, Stages())
    for buckets in (2, 9):
        measured, seen = dealt_out(folder, as_of, catalogue, buckets)
        table = measured.table
        differing = [c for c in table.columns if not table[c].equals(at_once.table[c])]
        assert differing == [], f"{buckets} buckets"
        assert table.columns == at_once.table.columns
        assert np.array_equal(measured.values, at_once.values, equal_nan=True)
        assert (measured.peers == at_once.peers).all()
        whole = seen_in(at_once.rollups, at_once.table["account_id"])
        assert_frame_equal(pl.concat(each(seen)), whole, check_row_order=False)
