"""A run tells when what was confirmed falls, when the top is another, when features moved."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from detector import Results, read_logs, score_logs
from detector.pipeline import watching
from detector.pipeline.prepare import Prepared
from detector.results.runparts import Canaries, Overlap
from features.build import REGISTRY
from features.catalogue import Catalogue
from features.population import Population
from features.rollups import complete
from features.tables import SCHEMAS

HEAD = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,"
    "ServiceName,ConsumedQuantity,ConsumedUnit,SkuMeter,RegionId\n"
)
ACCOUNTS = 120
AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("few_trees")


def write_logs(folder: Path, renters: range, closed: int | None = None) -> Path:
    """Accounts that store things, some that rent GPUs, and decisions about three of these."""
    folder.mkdir()
    usage = [HEAD]
    for n in range(ACCOUNTS):
        meter, unit = ("p4d.24xlarge", "Hours") if n in renters else ("Storage", "GB-Hours")
        usage += [
            f"2026-03-{day:02}T00:00:00Z,2026-03-{day:02}T06:00:00Z,payer-{n},acct-{n:03},Usage,"
            f"Compute,{1 + (n * day) % 7},{unit},{meter},r-1\n"
            for day in range(1, 7)
        ]
    (folder / "usage.csv").write_text("".join(usage))
    rows = [
        f"acct-{n:03},2025-{1 + n % 12:02}-10,{'2026-03-05' if n == closed else ''}\n"
        for n in range(ACCOUNTS)
    ]
    (folder / "accounts.csv").write_text("account_id,created_at,closed_at\n" + "".join(rows))
    decided = [f"acct-{n:03},confirmed_proxy,2026-03-02T00:00:00Z\n" for n in (0, 1, 2)]
    (folder / "labels.csv").write_text("account_id,decision,decided_at\n" + "".join(decided))
    return folder


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Results:
    logs = write_logs(tmp_path_factory.mktemp("watch") / "logs", range(8))
    return score_logs(read_logs(logs), prior="none")


@pytest.fixture(scope="module")
def after(before: Results, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Everybody but the confirmed accounts rents now."""
    logs = write_logs(tmp_path_factory.mktemp("watch") / "logs", range(8, ACCOUNTS), closed=2)
    return score_logs(read_logs(logs), prior="none", previous=before)


def test_canaries_are_open_confirmed_accounts(before: Results, after: Results) -> None:
    assert before.run["canaries"]["accounts"] == 3
    assert after.run["canaries"]["accounts"] == 2  # one is closed


@pytest.mark.parametrize(("accounts", "first"), [(60, 50), (5_000, 50), (10_000, 100)])
def test_a_canary_stands_while_it_is_among_the_first_fifty_or_the_first_of_a_hundred(
    accounts: int, first: int
) -> None:
    names = [f"n{k:05}" for k in range(accounts)]
    scores = pl.DataFrame(
        {"account_id": names, "score": [1 - k / accounts for k in range(accounts)]}
    )
    for place, fallen in ((first - 1, ()), (first, (names[first],))):
        found = watching.canaries(with_confirmed(names[place]), scores)
        assert (found.accounts, found.k, found.fallen) == (1, first, fallen)


def with_confirmed(account: str) -> Prepared:
    """A population of which no more is known than that one account was confirmed."""
    label = {"account_id": account, "decision": "confirmed_proxy", "decided_at": AS_OF}
    frames = {
        name: pl.DataFrame(rows, schema=SCHEMAS[name].create_empty().schema)
        for name, rows in {"accounts": [], "labels": [label]}.items()
    }
    rollups = complete(frames, ["accounts"], AS_OF, Catalogue.load())
    empty = np.zeros(0)
    return Prepared(
        Population.of(rollups), pl.DataFrame(), empty, empty.astype(np.int64), pl.DataFrame(),
        empty.astype(np.int64), empty.astype(np.bool_),
    )  # fmt: skip


def test_fallen_canaries_are_named_and_warned_of(before: Results, after: Results) -> None:
    for run in (before, after):
        ranks = dict(run.scores.select("account_id", "rank").iter_rows())
        told = run.run["canaries"]
        birds = ("acct-000", "acct-001", "acct-002")[: told["accounts"]]
        assert sorted(told["fallen"]) == [b for b in birds if ranks[b] > told["k"]]
        warned = [w for w in run.run["warnings"] if "reviewers confirmed" in w]
        assert bool(warned) == bool(told["fallen"])


def test_the_top_is_compared_with_the_run_before(before: Results, after: Results) -> None:
    assert before.run["top_overlap"] is None
    told = after.run["top_overlap"]
    assert (told["reference"], told["k"]) == ("previous", ACCOUNTS // 20)
    assert told["model_id"] == before.run["model_id"]
    assert 0.0 <= told["share"] <= 1.0


def test_drift_is_told_against_the_run_before(before: Results, after: Results) -> None:
    assert before.run["drift"] == {}
    moved = after.run["drift"]
    assert max(moved.values()) > 0.25
    share = next(name for name in moved if name.startswith("f01"))
    assert isinstance(moved[share], float)


def test_the_same_logs_have_neither_moved_nor_another_top(before: Results, tmp_path: Path) -> None:
    logs = write_logs(tmp_path / "logs", range(8))
    again = score_logs(read_logs(logs), prior="none", previous=before)
    assert again.run["top_overlap"]["share"] == 1.0
    assert max(again.run["drift"].values()) < 1e-9


def test_alarms_are_sentences_with_figures() -> None:
    birds = Canaries(accounts=9, k=50, fallen=("a", "b"))
    well = Canaries(accounts=9, k=50, fallen=())
    low, high = (
        Overlap(reference="frozen", model_id="0" * 16, k=300, share=share) for share in (0.25, 0.9)
    )
    one, two = watching.alarms(birds, low)
    assert "2 of 9 accounts" in one
    assert "25% of the first 300" in two
    assert watching.alarms(well, high) == []
    assert watching.alarms(well, None) == []


@pytest.mark.parametrize(("share", "said"), [(0.5, 0), (0.49, 1)])
def test_a_top_of_which_less_than_half_is_left_is_an_alarm(share: float, said: int) -> None:
    well = Canaries(accounts=9, k=50, fallen=())
    top = Overlap(reference="previous", model_id="0" * 16, k=300, share=share)
    assert len(watching.alarms(well, top)) == said


def test_a_run_of_other_features_is_compared_on_what_both_have(before: Results) -> None:
    few = replace(before, features=before.features.select("account_id", pl.col("^f01_.*$")))
    values = before.features.select(REGISTRY.names()).to_numpy()
    found = watching.drift_since(few, values)
    assert found
    assert all(name.startswith("f01_") for name in found)
