"""What lies ahead of the clock waits, is counted and told, and counts once its time has come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detector import read_logs
from detector.errors import DataError
from detector.pipeline.ingest import ingest
from detector.pipeline.queues import SIGNS, account_facts
from detector.pipeline.stored import open_state
from features.population import Population

HEADER = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter\n"
)
CLOCK = datetime(2026, 4, 10, tzinfo=UTC)


def files(*ends: str) -> dict[str, str]:
    """Charges of one hour each, by when they end."""
    rows = []
    for end in ends:
        moment = datetime.fromisoformat(end).replace(tzinfo=UTC)
        start = moment - timedelta(hours=1)
        rows.append(f"{start:%Y-%m-%dT%H:%MZ},{moment:%Y-%m-%dT%H:%MZ},p,a,Usage,c,1,Hours,vm\n")
    return {
        "usage.csv": HEADER + "".join(rows),
        "accounts.csv": "account_id,created_at\na,2025-01-01\n",
    }


def test_usage_within_the_slack_tells_what_as_of_is(through: Any) -> None:
    seen = through(files("2026-04-09T10:00", "2026-04-11T23:00"))
    assert seen.as_of == datetime(2026, 4, 11, 23, tzinfo=UTC)
    assert seen.counts["usage"]["late"] == 0


def test_usage_further_ahead_waits_and_is_told(through: Any) -> None:
    seen = through(files("2026-04-09T10:00", "2026-05-11T23:00", "2027-01-01T00:00"))
    assert seen.as_of == datetime(2026, 4, 9, 10, tzinfo=UTC)
    assert (seen.counts["usage"]["ok"], seen.counts["usage"]["late"]) == (3, 2)
    assert int(seen.rollups["usage"]["rows"].sum()) == 1
    assert any("2026-05-11T23:00:00" in sentence for sentence in seen.warnings)


def test_events_and_measures_further_ahead_wait_and_are_told(through: Any) -> None:
    calls = "".join(
        f"2026-{day}T00:00:00Z,a,6003,RunInstances\n"
        for day in ("04-08", "04-11", "05-20", "06-01")
    )
    seen = through(
        {**files("2026-04-09T10:00"), "events.csv": "time,account_id,class_uid,operation\n" + calls}
    )
    assert (seen.counts["events"]["ok"], seen.counts["events"]["late"]) == (4, 2)
    assert [s for s in seen.warnings if s.startswith("2 rows of events are dated past")]
    assert any("2026-05-20T00:00:00" in sentence for sentence in seen.warnings)


def test_a_state_lets_events_wait_no_longer_once_their_time_has_come(
    write: Callable[[Mapping[str, str]], Path], tmp_path: Path
) -> None:
    calls = "time,account_id,class_uid,operation\n" + "".join(
        f"2026-{day}T00:00:00Z,a,6003,RunInstances\n" for day in ("05-20", "06-01")
    )
    logs = write({**files("2026-04-09T10:00"), "events.csv": calls})
    told = ingest(logs, tmp_path / "state", clock=CLOCK).warnings
    assert any("2 rows of events" in sentence for sentence in told)
    for days, late in ((0, 2), (37, 2), (39, 1), (51, 0), (0, 2)):
        with open_state(tmp_path / "state", clock=CLOCK + timedelta(days=days)) as held:
            assert held.counts["events"].late == late
            assert {table: ahead.rows for table, ahead in held.later.items()} == (
                {"events": late} if late else {}
            )


def test_where_everything_lies_ahead_the_clock_is_named(through: Any) -> None:
    seen = through(files("2026-06-01T00:00"), slowly=False)
    assert seen.error is not None
    assert "clock" in seen.error


def test_what_cannot_have_happened_is_set_aside(through: Any) -> None:
    seen = through(files("2026-04-09T10:00", "2099-01-01T00:00", "1970-01-21T00:00"), max_bad=1.0)
    assert seen.counts["usage"]["quarantined"] == 2
    assert all("before 2000" in str(row[4]) for row in seen.quarantine)


def test_as_of_that_is_given_asks_no_clock(
    write: Callable[[Mapping[str, str]], Path],
) -> None:
    logs = read_logs(write(files("2026-06-01T00:00")), datetime(2026, 7, 1), clock=CLOCK)
    assert logs.validate()["usage"].late == 0
    assert logs.as_of == datetime(2026, 7, 1, tzinfo=UTC)


def test_a_state_lets_usage_count_once_its_time_has_come(
    write: Callable[[Mapping[str, str]], Path], tmp_path: Path
) -> None:
    state = tmp_path / "state"
    ingest(write(files("2026-04-09T10:00", "2026-05-11T23:00")), state, clock=CLOCK)
    with open_state(state, clock=CLOCK) as now:
        assert now.as_of == datetime(2026, 4, 9, 10, tzinfo=UTC)
        assert any("clock" in sentence for sentence in now.warnings)
    with open_state(state, clock=CLOCK + timedelta(days=60)) as later:
        assert later.as_of == datetime(2026, 5, 11, 23, tzinfo=UTC)
        assert not any("clock" in sentence for sentence in later.warnings)


def test_a_state_in_which_everything_lies_ahead_says_so(
    write: Callable[[Mapping[str, str]], Path], tmp_path: Path
) -> None:
    state = tmp_path / "state"
    ingest(write(files("2026-06-01T00:00")), state, clock=CLOCK)
    with pytest.raises(DataError, match="clock"), open_state(state, clock=CLOCK):
        pass


def test_one_row_of_a_far_year_is_told_and_moves_nothing(through: Any) -> None:
    ends = [f"2026-04-{day:02d}T{hour:02d}:00" for day in range(1, 9) for hour in range(4)]
    plain, seen = through(files(*ends)), through(files(*ends, "2099-01-01T00:00"))
    assert seen.as_of == plain.as_of
    assert seen.rollups["usage"].equals(plain.rollups["usage"])
    assert any("400 days" in sentence for sentence in seen.warnings)
    assert not any("400 days" in sentence for sentence in plain.warnings)


def test_the_slack_is_what_was_asked_for(
    write: Callable[[Mapping[str, str]], Path], tmp_path: Path
) -> None:
    folder, week = write(files("2026-04-09T10:00", "2026-04-16T00:00")), timedelta(days=7)
    assert read_logs(folder, clock=CLOCK, slack=week).as_of == CLOCK + timedelta(days=6)
    assert read_logs(folder, clock=CLOCK, slack=timedelta()).as_of == CLOCK - timedelta(hours=14)
    ingest(folder, tmp_path / "state", clock=CLOCK, slack=timedelta())
    with open_state(tmp_path / "state", clock=CLOCK, slack=week) as state:
        assert state.as_of == CLOCK + timedelta(days=6)
        assert state.counts["usage"].late == 0
    with open_state(tmp_path / "state", clock=CLOCK, slack=timedelta()) as state:
        assert state.as_of == CLOCK - timedelta(hours=14)
        assert state.counts["usage"].late == 1


@pytest.mark.parametrize("days", [31, 366, 1100])
def test_a_month_a_year_and_a_commitment_are_split_by_days(through: Any, days: int) -> None:
    seen = through(spanning(days), slowly=False)
    assert seen.counts["usage"]["ok"] == seen.counts["model_usage"]["ok"] == 1
    assert seen.rollups["usage"].height == days
    assert int(seen.rollups["model"]["requests"].sum()) == days


@pytest.mark.parametrize("days", [1101, 9000])
def test_a_row_that_covers_more_than_any_real_one_is_set_aside(through: Any, days: int) -> None:
    seen = through(spanning(days) | {"usage/b.csv": files("2026-04-09T10:00")["usage.csv"]},
                   max_bad=1.0, slowly=False)  # fmt: skip
    assert seen.counts["usage"]["quarantined"] == seen.counts["model_usage"]["quarantined"] == 1
    assert [str(row[4]) for row in seen.quarantine] == ["covers more than 1,100 days"] * 2


def spanning(days: int) -> dict[str, str]:
    """A charge and a row of model usage that cover so many days."""
    last = datetime(2026, 4, 1, tzinfo=UTC)
    span = f"{last - timedelta(days=days):%Y-%m-%dT%H:%MZ},{last:%Y-%m-%dT%H:%MZ}"
    return {
        "usage/a.csv": f"{HEADER}{span},p,a,Usage,c,{days},Hours,vm\n",
        "model_usage.csv": "start,end,account_id,model_id,requests,input_tokens,output_tokens\n"
        f"{span},a,m,{days},1,1\n",
        "accounts.csv": "account_id,created_at\na,2020-01-01\n",
    }


DECIDED = "account_id,decision,decided_at,expires_at,reviewer\na,cleared,{},{},r\n"


@pytest.mark.parametrize(
    ("decided", "expires", "known", "cleared"),
    [
        ("2026-04-01", "2026-04-09T10:00:00Z", True, False),
        ("2026-04-01", "2026-04-09T10:00:01Z", True, True),
        ("2026-04-09T09:59:59Z", "2026-05-01", True, True),
        ("2026-04-09T10:00:00Z", "2026-05-01", False, False),
        ("2027-04-01", "2027-05-01", False, False),
    ],
)
def test_a_decision_counts_from_after_it_was_made_until_the_very_instant_it_expires(
    through: Any, decided: str, expires: str, *, known: bool, cleared: bool
) -> None:
    seen = through(
        files("2026-04-09T10:00") | {"labels.csv": DECIDED.format(decided, expires)}, slowly=False
    )
    assert seen.as_of == datetime(2026, 4, 9, 10, tzinfo=UTC)
    assert seen.whole is not None
    assert seen.whole["labels"].height == known
    signs = pl.DataFrame({"account_id": ["a"], **{sign: [0.0] for sign in SIGNS}})
    facts = account_facts(Population.of(seen.whole), signs)
    assert (facts["decision"].item() == "cleared") == cleared
