"""A real Spark gives the bits of one machine: features, scores, and the whole output folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from detector import Results, read_logs, score_logs
from detector.cli.app import tree
from detector.errors import DataError, TooManyBadRows, UsageError
from detector.pipeline.engine import LocalEngine
from detector.pipeline.prepare import Stages
from detector.spark import SparkEngine, open_cluster_logs

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ZONE = "spark.sql.session.timeZone"
TABLES = ("scores", "rings", "features", "quarantine", "timelines", "followups")
CLOCKS = ("timings", "engine", "threads", "buckets")

# Without a Spark, tests/contracts/features/test_buckets.py deals out the same tasks.
pytestmark = pytest.mark.long


def scored(spark: SparkSession, folder: Path, world: Any, **settings: Any) -> Results:
    logs = open_cluster_logs(spark, folder, max_bad=0.5)
    return score_logs(logs, world.trained, engine=SparkEngine(spark), **settings)


def content(out: Path) -> dict[str, object]:
    """Every file's bytes; of run.json all that is no clock and no name of an engine."""
    found: dict[str, object] = {f.name: f.read_bytes() for f in out.iterdir()}
    run = json.loads((out / "run.json").read_text())
    found["run.json"] = {key: value for key, value in run.items() if key not in CLOCKS}
    return found


def test_the_output_folder_is_that_of_one_machine(
    spark: SparkSession, world: Any, tmp_path: Path
) -> None:
    scored(spark, world.logs, world, threads=2).write(tmp_path / "spark", csv=True)
    world.results.write(tmp_path / "local", csv=True)
    assert content(tmp_path / "spark") == content(tmp_path / "local")


def test_time_zone_and_order_of_files_change_no_bit(spark: SparkSession, world: Any) -> None:
    spark.conf.set(ZONE, "America/Los_Angeles")
    there = scored(spark, world.shuffled, world)
    assert there.features.equals(world.results.features)
    assert there.scores.equals(world.results.scores)
    assert there.rings.equals(world.results.rings)


def test_an_earlier_as_of_cuts_the_same_rows(spark: SparkSession, world: Any) -> None:
    earlier = world.results.scores["as_of"][0].replace(day=12, hour=7, minute=30)
    logs = open_cluster_logs(spark, world.logs, earlier, max_bad=0.5)
    there = SparkEngine(spark).prepare(logs, None, Stages())
    here = LocalEngine().prepare(read_logs(world.logs, earlier, max_bad=0.5), None, Stages())
    assert there.table.equals(here.table)
    assert (there.peers == here.peers).all()


def test_bad_rows_stop_the_run_as_on_one_machine(spark: SparkSession, world: Any) -> None:
    with pytest.raises(TooManyBadRows) as here:
        score_logs(read_logs(world.logs, max_bad=0.0), world.trained)
    logs = open_cluster_logs(spark, world.logs, max_bad=0.0)
    with pytest.raises(TooManyBadRows) as there:
        score_logs(logs, world.trained, engine=SparkEngine(spark))
    assert str(there.value) == str(here.value)


def test_a_file_of_the_wrong_shape_is_named(
    spark: SparkSession, world: Any, tmp_path: Path
) -> None:
    broken = tmp_path / "logs"
    broken.mkdir()
    for name in ("usage", "accounts"):
        shutil.copytree(world.shuffled / name, broken / name)
    (broken / "events.csv").write_text("time,account_id\n2026-03-02T00:00:00Z,a\n")
    with pytest.raises(DataError, match=r"events\.csv .* lacks the columns class_uid, operation"):
        scored(spark, broken, world)


def test_logs_that_only_one_machine_sees_are_refused(spark: SparkSession, world: Any) -> None:
    with pytest.raises(UsageError, match="open_cluster_logs"):
        score_logs(read_logs(world.logs), world.trained, engine=SparkEngine(spark))


def test_the_command_on_one_thread_writes_the_same_scores(
    spark: SparkSession, world: Any, tmp_path: Path
) -> None:
    # A session of this process would be taken, and it works on two threads.
    spark.stop()
    out = tmp_path / "out"
    words = ["score", str(world.logs), "--out", str(out), "--model", str(world.model),
             "--max-bad", "0.5", "--engine", "spark", "--master", "local[1]"]  # fmt: skip
    done = CliRunner().invoke(tree(words), words)
    assert done.exit_code == 0, done.output
    written = Results.read(out)
    assert written.run["engine"] == "spark"
    for table in TABLES:
        assert getattr(written, table).equals(getattr(world.results, table)), table


def test_ids_that_do_not_meet_are_told_alike(
    spark: SparkSession, world: Any, tmp_path: Path
) -> None:
    logs = shutil.copytree(world.logs, tmp_path / "logs")
    (logs / "inventory.parquet").unlink()
    here = score_logs(read_logs(logs, max_bad=0.5), world.trained).run["id_gaps"]
    assert scored(spark, logs, world).run["id_gaps"] == here
    assert "no_holder" in {gap["kind"] for gap in here}
