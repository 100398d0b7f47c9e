"""A table that one record adds is read, checked, hidden, kept, rolled up and shown."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import dataframely as dy
import polars as pl
import pytest

from detector.cli import main
from detector.errors import DataError
from detector.pipeline.ingest import ingest
from detector.pipeline.stored import open_state
from detector.report.glossary import TABLES as TITLES
from detector.sources import read_logs
from detector.state import Store, pseudonym, retain
from features.build import build_features
from features.tables import TABLES, Table, columns
from features.tables.columns import DROP, HIDE, KEEP
from features.tables.known import Known
from features.tables.table import kept_as

KEY = b"sixteen bytes or more"
AS_OF = datetime(2026, 3, 31, tzinfo=UTC)


class Visits(dy.Schema):
    """Visits of our people to customers."""

    account_id = columns.identifier(HIDE)
    visited_at = columns.moment(KEEP, happened=True)
    mood = columns.choice(KEEP, ["good", "bad"])
    remark = columns.text(DROP)

    @dy.rule()
    def moods_are_remarked_on(cls) -> pl.Expr:  # noqa: N805 - dataframely's form
        """A bad mood has its remark."""
        return pl.col("mood").ne_missing(pl.lit("bad")) | pl.col("remark").is_not_null()


VISITS = Table(
    name="visits",
    schema=Visits,
    title="visits to customers",
    noun="a diary of visits",
    required=("account_id", "visited_at"),
    older_names={"visited_at": ("date_of_visit",)},
    known=Known(since="visited_at"),
    ends=pl.col("visited_at"),
    account=("account_id",),
    sentences={"moods_are_remarked_on": "a bad mood needs a remark"},
    rollup=kept_as("visits"),
    kept_whole=True,
    population="visits",
)


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(TABLES, "visits", VISITS)
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "accounts.csv").write_text("account_id,created_at\na,2025-01-01\n")
    (folder / "usage.csv").write_text(
        "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,ChargeCategory,ServiceName,"
        "ConsumedQuantity,ConsumedUnit,SkuId\n"
        "2026-03-30T00:00:00Z,2026-03-31T00:00:00Z,a,Usage,Compute,24,Hours,p5.48xlarge\n"
    )
    (folder / "visits.csv").write_text(
        "account_id,date_of_visit,mood,remark\n"
        "a,2025-01-01,good,told in confidence\n"
        "visited,2026-03-29,Good,\n"
        "a,2026-03-29,bad,\n"
        "a,2026-03-31,good,at as-of\n"
    )
    return folder


def test_it_is_read_and_checked(logs: Path) -> None:
    opened = read_logs(logs, max_bad=0.5)
    frame = opened["visits"].collect()
    assert frame["account_id"].to_list() == ["a", "visited"]
    assert frame["mood"].to_list() == ["good", "good"]
    counts = opened.validate()["visits"]
    assert (counts.read, counts.ok, counts.quarantined) == (4, 3, 1)
    assert opened.quarantine["reason"].to_list() == ["a bad mood needs a remark"]


def test_a_file_of_another_shape_is_told_by_its_words(logs: Path) -> None:
    (logs / "visits.csv").write_text("who,when\na,b\n")
    with pytest.raises(DataError, match="is not a diary of visits: it lacks the columns"):
        read_logs(logs)["visits"].collect()


def test_it_is_rolled_up_and_makes_accounts_known(logs: Path) -> None:
    opened = read_logs(logs, max_bad=0.5)
    assert build_features(opened, AS_OF)["account_id"].to_list() == ["a", "visited"]


def test_a_state_hides_it_and_retention_ends_it(logs: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    ingest(logs, state, pseudonym_key=KEY, hash_key=KEY, max_bad=0.5)
    for path in state.rglob("*.parquet"):
        assert b"told in confidence" not in path.read_bytes()
        assert "visited" not in str(pl.read_parquet(path).rows())
    with open_state(state, max_bad=0.5) as opened:
        held = opened.rolled("visits", opened.as_of)["visits"]
    assert set(held["account_id"]) == {pseudonym("a", KEY), pseudonym("visited", KEY)}
    retain(state, 30)
    with open_state(state, max_bad=0.5) as opened:
        kept = opened.rolled("visits", opened.as_of)["visits"]
    assert kept["account_id"].to_list() == [pseudonym("visited", KEY)]
    assert {part.table for part in Store(state).manifest().live()} >= {"visits"}


def test_it_is_shown(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(logs), "--max-bad", "0.5"]) == 0
    assert "visits" in capsys.readouterr().out
    assert TITLES["visits"] == "visits to customers"
