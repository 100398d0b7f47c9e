"""Weeks of review on a small world: what is met, what learning sees, what it costs to wait."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from rich.console import Console

from detector.errors import DataError, UsageError
from detector.evaluate.answers import Answers
from detector.evaluate.looks import Look, with_labels
from detector.evaluate.opening import Opening
from detector.evaluate.team import Team
from detector.evaluate.weekly import evaluate_weeks, report_of
from detector.evaluate.weekly_rendering import render_weeks
from detector.evaluate.weeks import Told, Way, a_week, first_cases, moving, still
from detector.pipeline.prepare import Prepared, Stages, prepare
from detector.pipeline.training import SHIPPED, shipped_priors
from detector.sources import read_logs

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS, ACCOUNTS, RING, BEGIN = 28, 60, 4, 10
NAMES = [f"a{i:03}" for i in range(ACCOUNTS)]
PLANTED = NAMES[-RING:]
pytestmark = pytest.mark.usefixtures("few_trees")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty web shops; the last four share card and device and train on H100 from day 10."""
    folder = tmp_path_factory.mktemp("worlds") / "small"
    folder.mkdir()
    usage().write_parquet(folder / "usage.parquet")
    made = [START - timedelta(days=20 + 7 * i) for i in range(ACCOUNTS)]
    accounts = pl.DataFrame({"account_id": NAMES, "created_at": made})
    accounts.write_parquet(folder / "accounts.parquet")
    rows = [
        (name, kind, f"shared-{kind}" if name in PLANTED else f"{name}-{kind}")
        for name in NAMES
        for kind in ("payment", "device")
    ]
    links = pl.DataFrame(rows, schema=["account_id", "kind", "value_hash"], orient="row")
    links.with_columns(
        first_seen=pl.lit(START), last_seen=pl.lit(START + timedelta(days=10))
    ).write_parquet(folder / "account_links.parquet")
    truth().write_parquet(folder.with_name("small.truth.parquet"))
    return folder


def usage() -> pl.DataFrame:
    """A day of each account; the planted ones are there from their first day on H100."""
    rows = [
        (name, START + timedelta(days=day), name in PLANTED)
        for name in NAMES
        for day in range(DAYS)
        if day >= BEGIN or name not in PLANTED
    ]
    cost = np.random.default_rng(5).lognormal(3, 2, len(rows)).round(4)
    frame = pl.DataFrame(
        rows, schema=["BillingAccountId", "ChargePeriodStart", "gpu"], orient="row"
    )
    return frame.select(
        "BillingAccountId",
        "ChargePeriodStart",
        ChargePeriodEnd=pl.col("ChargePeriodStart") + timedelta(days=1),
        ChargeCategory=pl.lit("Usage"),
        ServiceName=pl.lit("Compute"),
        ConsumedQuantity=pl.lit(24.0),
        ConsumedUnit=pl.lit("Hours"),
        ServiceProviderName=pl.lit("AWS"),
        ResourceType=pl.when("gpu").then(pl.lit("p5.48xlarge")).otherwise(pl.lit("m5.large")),
        EffectiveCost=cost,
    )


def truth() -> pl.DataFrame:
    proxy = [name in PLANTED for name in NAMES]
    return pl.DataFrame(
        {
            "account_id": NAMES,
            "is_proxy": proxy,
            "role": ["proxy" if p else "benign" for p in proxy],
            "typology": ["T03" if p else None for p in proxy],
            "ring_id": ["R1" if p else None for p in proxy],
            "archetype": [None if p else "shop" for p in proxy],
        }
    )


ANSWERS = Answers.of(truth())


@pytest.fixture(scope="module")
def opening() -> Opening:
    return Opening(shipped_priors()[SHIPPED])


@pytest.fixture(scope="module")
def plain(folder: Path) -> Prepared:
    return prepare(read_logs(folder), None, Stages())


@pytest.fixture(scope="module")
def look(opening: Opening, plain: Prepared) -> Look:
    return opening.look(plain)


def both(team: Team) -> list[Way]:
    return [Way.begin(team, learn=learn) for learn in (False, True)]


def test_every_case_is_met_once_and_in_the_end_nothing_is_left(look: Look) -> None:
    for way in still(look, both(Team()), ANSWERS, capacity=25, weeks=4):
        assert [week.reviewed for week in way.weeks] == [25, 25, 7, 0]  # one ring and 56 alone
        assert sum(week.right for week in way.weeks) == 1
        assert way.rings == {"R1"}
        assert set(way.decided) == set(NAMES)
        assert {key for key, one in way.decided.items() if one.confirmed} == set(PLANTED)


def test_a_team_that_is_always_wrong_confirms_no_planted_ring(look: Look) -> None:
    (way,) = still(look, [Way.begin(Team(0.0), learn=False)], ANSWERS, capacity=99, weeks=1)
    assert (way.weeks[0].right, way.rings) == (1, frozenset())
    assert {key for key, one in way.decided.items() if not one.confirmed} == set(PLANTED)


def test_a_team_is_right_as_often_as_it_says_and_each_sitting_has_its_own_errors() -> None:
    bad = np.arange(4000) % 2 == 0
    team = Team(0.9, seed=3)
    right = [team.confirms(bad, sitting) == bad for sitting in (1, 2)]
    assert [round(float(one.mean()), 1) for one in right] == [0.9, 0.9]
    assert (right[0] != right[1]).any()
    assert np.array_equal(team.confirms(bad, 1) == bad, right[0])
    with pytest.raises(UsageError, match=r"accuracy is 1\.5"):
        Team(1.5)


def test_cases_come_in_the_order_of_their_best_member() -> None:
    groups = np.array([7, 3, 7, 5, 3])
    found = first_cases(groups, np.array([3, 2, 4, 0]), capacity=2)
    assert [rows.tolist() for rows in found] == [[3], [0, 2]]


def test_what_was_learnt_is_what_the_model_gives_of_these_decisions(look: Look) -> None:
    """Decisions are kept as the account looked at the time, in the order they were made."""
    before, learning = (a_week(way, look, ANSWERS, 20) for way in both(Team()))
    assert learning.taught == len(learning.decided) > 20
    assert before.taught == 0
    log = learning.log(look.base.accounts, learning.taught)
    rows = np.array([NAMES.index(key) for key in log.keys])
    values, peers = look.prepared.values[rows], look.prepared.peers[rows]
    assert np.array_equal(log.rows, look.base.accounts.joint_rows(values, peers), equal_nan=True)
    assert np.array_equal(
        log.levels, look.base.accounts.family_levels(values, peers), equal_nan=True
    )
    told = [case.accounts.score(values, peers).raw for case in (look.base, look.case(log))]
    assert not np.array_equal(*told)


def test_a_refused_week_leaves_what_was_learnt_before(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = a_week(Way.begin(Team(), learn=True), look, ANSWERS, 20)
    worse = SimpleNamespace(before=0.8, after=0.7, harms=True)
    monkeypatch.setattr("detector.pipeline.decisions.check_held_out", lambda *_: worse)
    after = a_week(way, look, ANSWERS, 20)
    assert after.taught == way.taught < len(after.decided)
    assert (after.weeks[-1].before, after.weeks[-1].after, after.weeks[-1].refused) == (
        0.8,
        0.7,
        True,
    )


def test_decided_and_closed_accounts_are_on_no_list(look: Look, plain: Prepared) -> None:
    told = {NAMES[3]: ("cleared", START), PLANTED[0]: ("confirmed_proxy", START)}
    decided = Look(with_labels(plain, told), look.base)
    assert decided.accounts.filter(pl.Series(decided.settled)).to_list() == sorted(told)
    way = a_week(Way.begin(Team(), learn=False), decided, ANSWERS, 99)
    assert not set(told) & set(way.decided)


def test_labels_fed_back_give_the_population_that_a_folder_with_them_gives(
    folder: Path, plain: Prepared, tmp_path: Path
) -> None:
    told = {PLANTED[0]: ("confirmed_proxy", START + timedelta(days=20))}
    other = tmp_path / "small"
    other.mkdir()
    for file in folder.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    rows = [(key, word, at) for key, (word, at) in told.items()]
    labels = pl.DataFrame(rows, schema=["account_id", "decision", "decided_at"], orient="row")
    labels.write_parquet(other / "labels.parquet")
    written = prepare(read_logs(other), None, Stages())
    fed = with_labels(plain, told)
    assert fed.table.equals(written.table)
    assert np.array_equal(fed.values, written.values, equal_nan=True)
    assert np.array_equal(fed.excluded, written.excluded)
    assert fed.excluded.sum() == RING
    assert not fed.table.equals(plain.table)
    assert with_labels(plain, {}) is plain


@dataclass(frozen=True)
class Moved:
    """Two looks, a week apart, of a team that is always right and of one that never is."""

    right: Way
    wrong: Way
    seen: list[tuple[Mapping[str, tuple[str, datetime]], Look]]


@pytest.fixture(scope="module")
def moved(folder: Path, opening: Opening) -> Moved:
    seen: list[tuple[Mapping[str, tuple[str, datetime]], Look]] = []

    def watched(look: Callable[[Told], Look]) -> Callable[[Told], Look]:
        def asked(told: Told) -> Look:
            seen.append((told, look(told)))
            return seen[-1][1]

        return asked

    ways = [Way.begin(Team(), learn=True), Way.begin(Team(0.0), learn=False)]
    looks = (watched(look) for look in opening.weekly(folder, 2))
    right, wrong = moving(looks, ways, ANSWERS, capacity=20)
    return Moved(right, wrong, seen)


@pytest.mark.long
def test_a_world_that_moves_shows_decisions_of_earlier_weeks_as_its_labels(moved: Moved) -> None:
    ends = [START + timedelta(days=day) for day in (21, 28)]
    assert [week.as_of for week in moved.right.weeks] == ends
    # In the first week both teams see the same; then each its own decisions.
    assert [look.as_of for _, look in moved.seen] == [ends[0], ends[1], ends[1]]
    assert [len(told) for told, _ in moved.seen] == [0, 23, 23]
    for told, look in moved.seen:
        assert set(look.accounts.filter(pl.Series(look.settled))) == set(told)
    (_, first), (right, _), (wrong, _) = moved.seen
    assert {key: right[key] for key in PLANTED} == dict.fromkeys(
        PLANTED, ("confirmed_proxy", first.as_of)
    )
    assert {wrong[key][0] for key in PLANTED} == {"cleared"}
    assert not set(list(moved.right.decided)[:23]) & set(list(moved.right.decided)[23:])


def test_a_ring_is_charged_until_it_is_confirmed_or_until_the_end(moved: Moved) -> None:
    told, lost = (report_of(way)["exposure"] for way in (moved.right, moved.wrong))
    assert (told["found"], told["mean_days"]) == (1, 11.0)  # day 10 to day 21
    assert (lost["found"], lost["mean_days"]) == (0, 18.0)
    assert lost["tpp_hours"] / told["tpp_hours"] == pytest.approx(18 / 11)
    assert told["tpp_hours"] > 0
    for one in (told, lost):
        assert (one["unreviewed"]["mean_days"], one["unreviewed"]["rings"]) == (18.0, 1)


def test_the_report_is_plain_json_and_a_table(folder: Path) -> None:
    path = folder.with_name("small.truth.parquet")
    told = evaluate_weeks(folder, path, Team(), weeks=3, capacity=20, on_last_day=True)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    for way in told["ways"].values():
        assert all(a["reviewed"] <= b["reviewed"] for a, b in pairwise(way["weeks"]))
        assert [week["auroc_after"] for week in way["weeks"]] == [None] * 3
        assert way["innocent_kinds"]["before"]["kinds"][0]["kind"] == "shop"
        assert way["innocent_kinds"]["after_two_weeks"]["worst"]["accounts"] == ACCOUNTS - RING
    console = Console(width=140, record=True, file=StringIO())
    console.print(render_weeks(told))
    text = console.export_text()
    assert "1 planted rings" in text
    assert "nobody looks" in text


def test_two_weeks_of_decisions_need_a_third_week(look: Look) -> None:
    ways = still(look, both(Team()), ANSWERS, capacity=5, weeks=2)
    assert [report_of(way)["innocent_kinds"]["after_two_weeks"] for way in ways] == [None, None]


def test_a_truth_of_other_accounts_is_refused(look: Look) -> None:
    others = Answers.of(truth().with_columns(account_id="b" + pl.col("account_id")))
    with pytest.raises(DataError, match="of 60 scored accounts 0 are among the 60"):
        a_week(Way.begin(Team(), learn=False), look, others, 5)


def test_more_weeks_than_the_logs_hold_are_refused(folder: Path, opening: Opening) -> None:
    with pytest.raises(DataError, match=r"the first is at 2025-12-.* ask for fewer weeks"):
        next(iter(opening.weekly(folder, 9)))
