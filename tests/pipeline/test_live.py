"""Scores that follow a state are those of a batch, whatever arrives and in whatever order.

``HYPOTHESIS_PROFILE=thorough pytest tests/pipeline/test_live.py`` tries many more orders.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector import read_logs, score_logs
from detector.modelfolder import UNTAUGHT
from detector.pipeline import followups, training
from detector.pipeline.binding import specs
from detector.pipeline.card import training_card
from detector.pipeline.ingest import ingest
from detector.pipeline.live import LiveScorer, features, rollups
from detector.pipeline.prepare import Stages, prepare
from detector.pipeline.run import Asked
from detector.pipeline.stored import open_state
from detector.pipeline.training import Trained, shipped_priors
from detector.policy import Findings, Known
from detector.results import Results
from detector.simulate import simulate
from detector.state.retain import retain
from models.account.fitting import fit_model

# An example takes seconds.
EXAMPLES = max(2, settings.default.max_examples // 10)
LOOKS = 6
KEY = b"a key of the tests"
STARTS = {
    "usage": "ChargePeriodStart", "events": "time", "model_usage": "start",
    "gpu_telemetry": "time", "payments": "time", "account_links": "first_seen",
}  # fmt: skip
HOURS = 4
LATEST = "usage/4.parquet"
FACTS = ("accounts", "labels", "inventory")
ENOUGH = {"usage/0.parquet", "accounts.parquet"}


@dataclass(frozen=True)
class World:
    """Files by path: for each table what was there in the morning, and the hours after."""

    files: dict[str, pl.DataFrame]
    model: Trained


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    logs = tmp_path_factory.mktemp("world") / "logs"
    simulate("standard", 60, 16, 5, logs)
    tables = {
        path.name.partition(".")[0]: pl.concat(
            [pl.read_parquet(file) for file in sorted([*path.rglob("*.parquet"), path])
             if file.is_file()],
            how="diagonal_relaxed",
        )
        for path in logs.iterdir() if path.name != "lists"
    }  # fmt: skip
    end = tables["usage"]["ChargePeriodEnd"].max()
    assert isinstance(end, datetime)
    last = end - timedelta(microseconds=1)
    morning = last.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    files = {f"{name}.parquet": tables[name] for name in FACTS}
    for name, start in STARTS.items():
        hour = (pl.col(start) - pl.lit(morning)).dt.total_hours() // (48 // HOURS) + 1
        split = tables[name].with_columns(_hour=hour.clip(0, HOURS))
        for (number,), rows in split.partition_by("_hour", as_dict=True, include_key=False).items():
            files[f"{name}/{number}.parquet"] = rows
    return World(files, small_model(logs))


def small_model(logs: Path) -> Trained:
    prepared = prepare(read_logs(logs, hash_key=KEY), None, Stages())
    plain = fit_model(
        prepared.values, specs(), prepared.peers, groups=prepared.groups, n_estimators=30
    )
    cases = {UNTAUGHT: training.with_rings(plain, prepared, None, 1)}
    return Trained(cases, card=training_card(prepared, plain))


def drop(inbox: Path, path: str, rows: pl.DataFrame) -> None:
    (inbox / path).parent.mkdir(parents=True, exist_ok=True)
    rows.write_parquet(inbox / path)


def same(live: Results, batch: Results) -> None:
    for name in ("scores", "rings", "features", "timelines", "quarantine", "followups"):
        assert getattr(live, name).equals(getattr(batch, name)), name
    for key in (
        "as_of",
        "model_id",
        "counts",
        "accounts",
        "rings",
        "chance",
        "drift",
        "watermarks",
    ):
        assert live.run[key] == batch.run[key], key


@dataclass
class Site:
    """An inbox, its state, and the scores that follow it."""

    inbox: Path
    state: Path
    scorer: LiveScorer

    def look(self) -> Results:
        ingest(self.inbox, self.state, hash_key=KEY, max_bad=1.0)
        with open_state(self.state, max_bad=1.0) as logs:
            return self.scorer.score(logs)

    def batch(self) -> Results:
        asked = self.scorer.asked
        with open_state(self.state, max_bad=1.0) as logs:
            return score_logs(
                logs, self.scorer.model, prior=asked.prior, previous=asked.previous,
                lanes=asked.lanes,
            )  # fmt: skip


@pytest.fixture
def site(world: World, tmp_path: Path) -> Site:
    (tmp_path / "inbox").mkdir()
    return Site(tmp_path / "inbox", tmp_path / "state", LiveScorer(world.model))


def restated(rows: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Some rows less, in another order."""
    return rows.sample(fraction=0.7, shuffle=True, seed=seed)


def take_way(patch: pytest.MonkeyPatch, dense: float) -> None:
    """Compute everybody anew where a larger share is touched."""
    patch.setattr(features, "DENSE", dense)
    patch.setattr(rollups, "DENSE", dense)


@pytest.mark.long
def test_odd_hours_facts_a_copy_and_a_restated_file_that_come_late(
    world: World, site: Site
) -> None:
    """One order of the law below, with a look wherever something else comes."""
    early = {path for path in world.files if path in ENOUGH or "/0." in path or "/2." in path}
    for arriving in (early, set(world.files) - early):
        for path in sorted(arriving, reverse=True):
            drop(site.inbox, path, world.files[path])
        site.look()
    drop(site.inbox, LATEST.replace(".parquet", "-copy.parquet"), world.files[LATEST])
    again = "model_usage/4.parquet"
    drop(site.inbox, again, restated(world.files[again], 3))
    live = site.look()
    same(live, site.batch())
    whole = score_logs(read_logs(site.inbox, hash_key=KEY, max_bad=1.0), world.model)
    assert live.scores.equals(whole.scores)
    assert live.rings.equals(whole.rings)


def test_hours_that_touch_most_accounts(
    world: World, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_way(monkeypatch, 0.0)
    for hour in ("/0.", "/3.", "/4."):
        for path in (p for p in world.files if "/" not in p or hour in p):
            drop(site.inbox, path, world.files[path])
        live = site.look()
    same(live, site.batch())


@pytest.mark.long
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_any_order_with_copies_and_restated_files(
    world: World, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    root = tmp_path_factory.mktemp("site")
    site = Site(root / "inbox", root / "state", LiveScorer(world.model))
    early = data.draw(st.booleans(), label="morning first")
    order = data.draw(st.permutations(sorted(world.files)), label="order")
    if early:
        order = sorted(order, key=lambda path: "/" in path and "/0." not in path)
    cuts = data.draw(st.sets(st.integers(1, len(order)), max_size=LOOKS), label="looks")
    done: list[str] = []
    for number, path in enumerate(order, start=1):
        drop(site.inbox, path, world.files[path])
        done.append(path)
        what = data.draw(st.sampled_from(["no", "no", "copy", "less", "more"]), label="also")
        other = data.draw(st.sampled_from(done), label="of")
        if what == "copy" and "/" in other:
            drop(site.inbox, other.replace(".parquet", "-copy.parquet"), world.files[other])
        elif what in ("less", "more"):
            less = restated(world.files[other], number) if what == "less" else world.files[other]
            drop(site.inbox, other, less)
        if number in cuts and set(done) >= ENOUGH:
            with pytest.MonkeyPatch.context() as patch:
                take_way(patch, data.draw(st.sampled_from([0.0, 0.5, 2.0]), label="way"))
                live = site.look()
            same(live, site.batch())
    live = site.look()
    same(live, site.batch())
    whole = score_logs(read_logs(site.inbox, hash_key=KEY, max_bad=1.0), world.model)
    assert live.scores.equals(whole.scores)
    assert live.rings.equals(whole.rings)
    shutil.rmtree(root)


@pytest.mark.long
def test_follow_up_lists_are_those_of_a_batch(
    world: World, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followups, "CHANCE", 1.0)
    files = dict(world.files)
    labels = files["labels.parquet"]
    one = files["accounts.parquet"]["account_id"][0]
    moment = files["usage/0.parquet"]["ChargePeriodEnd"].max()
    told = {"account_id": one, "decision": "confirmed_proxy", "decided_at": moment}
    word = pl.DataFrame([told]).cast(
        {name: dtype for name, dtype in labels.schema.items() if name in told}
    )
    for path in (p for p in files if p != LATEST):
        drop(site.inbox, path, files[path])
    before = site.look()
    drop(site.inbox, "labels.parquet", pl.concat([labels, word], how="diagonal"))
    drop(site.inbox, LATEST, files[LATEST])
    after = site.look()
    assert after.followups.height > before.followups.height
    same(after, site.batch())


def test_more_hours_of_a_day_are_followed_and_not_computed_in_full(
    world: World, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in (p for p in world.files if "/4." not in p):
        drop(site.inbox, path, world.files[path])
    site.look()

    def refuse(*_: object) -> None:
        raise AssertionError("everything was computed again")

    fourth = [p for p in world.files if "/4." in p]
    assert len(fourth) >= 4
    for path in fourth:
        drop(site.inbox, path, world.files[path])
    with monkeypatch.context() as patched:
        take_way(patched, 2.0)
        patched.setattr(features, "numbers", refuse)
        live = site.look()
    same(live, site.batch())


@pytest.mark.long
def test_an_earlier_run_a_later_prior_and_a_lane_are_asked_as_in_a_batch(
    world: World, site: Site
) -> None:
    """A prior that was taught after training measures its tails anew in each run."""
    early = [path for path in world.files if not path.endswith("/4.parquet")]
    for path in early:
        drop(site.inbox, path, world.files[path])
    before = site.look()
    later = replace(world.model, later={"late": shipped_priors()["simulated"]})
    asked = Asked(prior="late", previous=before, lanes=(everybody,))
    site.scorer = LiveScorer(later, asked)
    same(site.look(), site.batch())
    for path in set(world.files) - set(early):
        drop(site.inbox, path, world.files[path])
    live = site.look()
    same(live, site.batch())
    assert set(live.scores["change"]) >= {"same", "risen"}
    assert live.run.model.prior == "late"
    assert live.run.lanes["E"]


def everybody(known: Known) -> Findings:
    """A lane that names all accounts."""
    rows = known.accounts.to_frame("account_id").with_columns(source=pl.lit("a list"))
    return Findings("E", rows)


@pytest.mark.long
def test_retention_takes_away_and_is_followed(world: World, site: Site) -> None:
    for path, rows in world.files.items():
        drop(site.inbox, path, rows)
    before = site.look()
    retain(site.state, 10)
    with open_state(site.state, max_bad=1.0) as logs:
        live = site.scorer.score(logs)
    assert not live.features.equals(before.features)
    same(live, site.batch())


@pytest.mark.long
def test_a_second_copy_changes_nothing(world: World, site: Site) -> None:
    for path, rows in world.files.items():
        drop(site.inbox, path, rows)
    first = site.look()
    drop(site.inbox, "usage/copy.parquet", world.files[LATEST])
    second = site.look()
    assert second.scores.equals(first.scores)
    same(second, site.batch())


@pytest.mark.long
def test_a_file_that_goes_back_in_time_is_computed_anew(world: World, site: Site) -> None:
    for path, rows in world.files.items():
        drop(site.inbox, path, rows)
    site.look()
    for path, rows in world.files.items():
        if path.startswith("usage/") and path != "usage/0.parquet":
            drop(site.inbox, path, rows.head(0) if rows.height else rows)
    same(site.look(), site.batch())


@pytest.mark.long
def test_a_failed_run_is_made_up_for(
    world: World, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path, rows in world.files.items():
        if path != LATEST:
            drop(site.inbox, path, rows)
    site.look()
    drop(site.inbox, LATEST, world.files[LATEST])

    def full(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patched:
        # By its module: the package's own ``run`` is the function.
        patched.setattr(import_module("detector.pipeline.run"), "score_rings", full)
        with pytest.raises(MemoryError):
            site.look()
    same(site.look(), site.batch())


@pytest.mark.long
def test_accounts_that_come_and_go(world: World, site: Site) -> None:
    late = world.files[LATEST]
    for path, rows in world.files.items():
        if path != LATEST:
            drop(site.inbox, path, rows)
    site.look()
    strangers = late.with_columns(
        SubAccountId=pl.format("0-{}", "SubAccountId"), BillingAccountId=pl.lit("0-payer")
    )
    drop(site.inbox, LATEST, strangers)
    live = site.look()
    assert live.scores["account_id"].str.starts_with("0-").any()
    same(live, site.batch())
    drop(site.inbox, LATEST, late)
    live = site.look()
    assert not live.scores["account_id"].str.starts_with("0-").any()
    same(live, site.batch())
