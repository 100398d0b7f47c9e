"""Lane B beside lane L: whether it is on, off, fed with harm or with nothing, not a byte moves."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
import pytest

from detector import Results, read_logs, score_logs, train_logs
from detector.pipeline import Trained
from detector.pipeline.ingest import ingest
from detector.pipeline.live import LiveScorer
from detector.pipeline.run import Asked
from detector.pipeline.stored import open_state
from detector.policy import LANES
from detector.results.words import LANE_B_QUEUES
from detector.simulate import simulate
from tests.examples import first
from tests.policy.law.planting import TABLES, plant

pytestmark = pytest.mark.usefixtures("few_trees")

OWN = ("queue", "queue_reason", "lane_l", "lane_e")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("apart") / "logs"
    simulate("public_cases", 60, 15, 7, folder)
    plant(folder)
    return folder


@pytest.fixture(scope="module")
def model(world: Path) -> Trained:
    return train_logs(read_logs(world))


@pytest.fixture(scope="module")
def on(world: Path, model: Trained) -> Results:
    return score_logs(read_logs(world), model, lanes=LANES)


def absent(folder: Path) -> None:
    """Nothing that lane L alone reads."""
    shutil.rmtree(folder / "lists")
    for name in TABLES:
        for path in folder.glob(f"{name}.*"):
            path.unlink()


def harmed(folder: Path) -> None:
    """All that lane L alone reads is spoilt."""
    (folder / "lists" / "ours.csv").write_text('name,list\n"<script>\x1b[2J')
    (folder / "lists" / "more.json").write_text("[" * 100_000)
    (folder / "lists" / "manifest.toml").write_bytes(b"\x00")
    for name in TABLES:
        path = folder / f"{name}.csv"
        path.write_text(path.read_text().replace("0.", "-inf").replace(",1,", ",NaN,"))
    with (folder / "entity_owners.csv").open("a") as file:
        file.write("\u202eX,=cmd|' /C calc'!A0,0.6,0.6,entity,ZZ\n" * 50)


def flipped(folder: Path) -> None:
    """Its rows come in another order, and so do those of the accounts' table."""
    for path in (*folder.glob("lists/*.csv"), *(folder / f"{name}.csv" for name in TABLES)):
        head, *rows = path.read_text().splitlines(keepends=True)
        path.write_text(head + "".join(rows[::-1]))
    (path,) = folder.glob("accounts.parquet")
    pl.read_parquet(path).reverse().write_parquet(path)


def changed(world: Path, folder: Path, change: Callable[[Path], None]) -> Path:
    shutil.copytree(world, folder)
    change(folder)
    return folder


def lane_b(results: Results) -> Mapping[str, pl.DataFrame]:
    """All that is no word of lane L or E."""
    kept = [name for name in results.scores.columns if name not in OWN]
    return {
        "scores": results.scores.select(kept), "rings": results.rings,
        "features": results.features, "timelines": results.timelines,
        "followups": results.followups,
    }  # fmt: skip


def queues_of_b(results: Results) -> pl.Series:
    queue = results.scores["queue"].cast(pl.String)
    return queue.to_frame("q").select(
        pl.when(pl.col("q").is_in(list(LANE_B_QUEUES))).then("q")
    ).to_series()  # fmt: skip


def assert_same_lane_b(one: Results, other: Results) -> None:
    for name, frame in lane_b(one).items():
        assert frame.equals(lane_b(other)[name]), name
    assert queues_of_b(one).equals(queues_of_b(other))


@pytest.mark.parametrize("state", first(["harmed", "absent", "off"]))
def test_lane_b_stands_still(
    world: Path, model: Trained, on: Results, tmp_path: Path, state: str
) -> None:
    assert on.scores.filter(pl.col("queue") == "policy").height
    if state == "off":
        other = score_logs(read_logs(world), model, lanes=())
        assert other.policy.is_empty()
    else:
        change = {"absent": absent, "harmed": harmed}[state]
        folder = changed(world, tmp_path / "logs", change)
        other = score_logs(read_logs(folder, max_bad=1.0), model, lanes=LANES)
        assert not other.policy.equals(on.policy)
        assert "match" not in other.policy.filter(pl.col("rule").str.starts_with("CSL"))["outcome"]
    assert_same_lane_b(on, other)


@pytest.mark.long
def test_other_orders_and_threads_give_the_same_rows(
    world: Path, model: Trained, on: Results, tmp_path: Path
) -> None:
    folder = changed(world, tmp_path / "logs", flipped)
    other = score_logs(read_logs(folder), model, lanes=LANES, threads=2)
    assert_same_lane_b(on, other)
    # The list's bytes, and so its hash, are others.
    assert on.policy.drop("list_sha256").equals(other.policy.drop("list_sha256"))
    assert on.scores["lane_l"].equals(other.scores["lane_l"])


@pytest.mark.long
def test_a_state_that_is_followed_says_what_the_folder_says(
    world: Path, model: Trained, on: Results, tmp_path: Path
) -> None:
    inbox, state = tmp_path / "inbox", tmp_path / "state"
    shutil.copytree(world, inbox)
    scorer = LiveScorer(model, Asked())
    # First without lists and owners, which come in later.
    aside = tmp_path / "aside"
    aside.mkdir()
    late = [inbox / "lists", *(inbox / f"{name}.csv" for name in TABLES)]
    for path in late:
        shutil.move(path, aside / path.name)
    ingest(inbox, state, max_bad=1.0)
    with open_state(state, max_bad=1.0) as logs:
        early = scorer.score(logs)
    assert not early.policy.equals(on.policy)
    for path in late:
        shutil.move(aside / path.name, path)
    ingest(inbox, state, max_bad=1.0)
    with open_state(state, max_bad=1.0) as logs:
        followed = scorer.score(logs)
    assert followed.policy.equals(on.policy)
    assert followed.scores.equals(on.scores)
    assert followed.run.policy == on.run.policy
    assert_same_lane_b(on, followed)
