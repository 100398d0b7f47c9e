"""A lane of ten lines: its findings and its queue reach every page, and lane B stands still."""

from __future__ import annotations

import json
from datetime import timedelta
from email.message import Message
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from rich.console import Console

from detector import Results, read_logs, score_logs, train_logs
from detector.cli import main
from detector.explain import explain
from detector.exporter import exposition
from detector.http.pages import Request, place_of
from detector.pipeline import Trained
from detector.pipeline.run import Asked
from detector.policy import Findings, Known
from detector.report import write_report
from detector.results.published import Published
from detector.results.words import LANE_B_QUEUES
from detector.service.api import Shown, site_of
from detector.simulate import simulate

pytestmark = pytest.mark.usefixtures("few_trees")

# What lanes L and E may set; all else is lane B's.
OWN = ("queue", "queue_reason", "lane_l", "lane_e")


def quiet_customers(known: Known) -> Findings:
    """Asks for whoever declares nothing: a lane of ten lines."""
    silent = known["accounts"].filter(pl.col("declared_use_class").is_null()).sort("account_id")
    rows = silent.head(9).select(
        "account_id",
        rule=pl.lit("toy-rule"),
        outcome=pl.lit("inquire"),
        evidence=pl.lit("declares no use"),
    )
    return Findings("L", rows, asks=rows["account_id"].to_list())


def ask(path: str, shown: Shown, query: str = "") -> dict[str, Any]:
    """What the interface answers."""
    site = site_of(lambda: shown)
    request = Request("GET", path, query, Message(), BytesIO(), "127.0.0.1", secure=False)
    found: dict[str, Any] = json.loads(site[str(place_of(site, path))].answer(request).body)
    return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lanes") / "logs"
    simulate("public_cases", 150, 21, 7, folder)
    return folder


@pytest.fixture(scope="module")
def model(world: Path) -> Trained:
    return train_logs(read_logs(world))


@pytest.fixture(scope="module")
def runs(world: Path, model: Trained) -> tuple[Results, Results]:
    without, with_lane = (
        score_logs(read_logs(world), model, lanes=lanes) for lanes in ((), (quiet_customers,))
    )
    return without, with_lane


@pytest.fixture(scope="module")
def out(runs: tuple[Results, Results], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lane") / "out"
    runs[1].write(folder)
    return folder


@pytest.fixture(scope="module")
def asked(runs: tuple[Results, Results]) -> list[str]:
    found = runs[1].scores.filter(pl.col("queue") == "policy")["account_id"].to_list()
    assert len(found) > 2
    return found


@pytest.mark.long
def test_a_lane_never_changes_a_byte_of_lane_b(runs: tuple[Results, Results]) -> None:
    without, with_lane = runs
    own = [name for name in without.scores.columns if name not in OWN]
    assert with_lane.scores.select(own).equals(without.scores.select(own))
    for table in ("rings", "features", "timelines"):
        assert getattr(with_lane, table).equals(getattr(without, table))
    queued = pl.col("queue").is_in(LANE_B_QUEUES)
    assert with_lane.scores.filter(queued)["queue"].equals(without.scores.filter(queued)["queue"])


def test_the_scores_hold_its_rows_and_run_json_says_that_it_ran(
    runs: tuple[Results, Results], asked: list[str]
) -> None:
    without, with_lane = runs
    rows = with_lane.scores.filter(pl.col("account_id") == asked[0])["lane_l"].to_list()[0]
    assert [row["rule"] for row in rows] == ["toy-rule"]
    assert without.run.lanes == {"B": True, "L": False, "E": False}
    assert with_lane.run.lanes == {"B": True, "L": True, "E": False}
    assert with_lane.run.accounts.queues["policy"] == len(asked)


def test_report_and_explain_show_it(out: Path, asked: list[str]) -> None:
    page = write_report(out).read_text()
    assert "toy-rule" in page
    assert asked[0] in page
    console = Console(file=StringIO(), width=120)
    console.print(explain(Results.read(out), asked[0]))
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert "declares no use" in said
    assert "policy" in said.lower()


def test_the_interface_and_the_metrics_count_it(out: Path, asked: list[str]) -> None:
    published = Published.read(out, 50)
    shown = Shown(exposition(published, b"k" * 32), published)
    page = ask("/api/v1/queue", shown, "queue=policy")
    assert {item["account_id"] for item in page["items"]} == set(asked)
    account = ask(f"/api/v1/accounts/{asked[0]}", shown)
    assert account["lane_l"][0]["outcome"] == "inquire"
    assert f'enduse_accounts{{queue="policy"}} {len(asked)}.0' in shown.metrics.decode()


@pytest.mark.long
def test_a_lane_that_did_not_run_is_not_said_to_have_run(world: Path, model: Trained) -> None:
    def blind(_known: Known) -> Findings:
        return Findings("E", ran=False)

    run = score_logs(read_logs(world), model, lanes=(blind,)).run
    assert run.lanes == {"B": True, "L": False, "E": False}


def test_rows_in_strange_columns_are_refused() -> None:
    rows = pl.DataFrame({"account_id": ["a"], "verdict": ["guilty"]})
    with pytest.raises(ValueError, match="verdict"):
        Findings("L", rows)
    with pytest.raises(ValueError, match="one of L, E"):
        Findings("B")


def test_tables_are_seen_as_they_were_known(world: Path, model: Trained) -> None:
    seen: dict[str, pl.DataFrame] = {}

    def look(known: Known) -> Findings:
        seen.update({name: known[name] for name in ("tenders", "policy_decisions")})
        return Findings("E")

    logs = read_logs(world)
    early = logs.as_of - timedelta(days=10)
    published = logs["tenders"].collect()["published_at"]
    assert (published >= early).any()
    score_logs(logs, model, as_of=early, lanes=(look,))
    assert seen["tenders"].height == (published < early).sum() > 0
    assert seen["tenders"]["published_at"].max() < early
    assert seen["policy_decisions"].is_empty()


def test_a_table_that_grows_is_read_as_its_rollup_through_every_door(
    world: Path, model: Trained
) -> None:
    """A state keeps no row of it: what works on a folder alone would fail there."""

    def greedy(known: Known) -> Findings:
        known["usage"]
        return Findings("E")

    with pytest.raises(LookupError, match=r"usage.*known\.rollups"):
        score_logs(read_logs(world), model, lanes=(greedy,))


def test_every_run_asks_the_lanes_of_the_package(
    monkeypatch: pytest.MonkeyPatch, world: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr("detector.policy.LANES", (quiet_customers,))
    assert main(["score", str(world), "--prior", "none", "--out", str(tmp_path / "out")]) == 0
    run = Results.read(tmp_path / "out").run
    assert run.lanes == {"B": True, "L": True, "E": False}
    assert run.accounts.queues["policy"] > 0
    # A service's worker asks them too.
    assert Asked().lanes == (quiet_customers,)
