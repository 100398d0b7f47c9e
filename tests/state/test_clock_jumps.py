"""The clock jumps, and nothing is lost, doubled or dated where it cannot be."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from detector import read_logs
from detector.errors import DataError
from detector.pipeline.ingest import Ingested, ingest
from detector.pipeline.stored import open_state
from features.rollups import merge

HEADER = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter\n"
)
NOW = datetime(2026, 4, 10, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


class Site:
    """An inbox and a state, with a clock that goes as it is told."""

    def __init__(self, root: Path) -> None:
        self.inbox, self.state = root / "inbox", root / "state"
        (self.inbox / "usage").mkdir(parents=True)
        (self.inbox / "accounts.csv").write_text("account_id,created_at\na,2020-01-01\n")

    def deliver(self, name: str, ends: Iterable[datetime]) -> None:
        """Put a file of charges of one hour each into the inbox, by when they end."""
        rows = [
            f"{end - HOUR:%Y-%m-%dT%H:%M:%SZ},{end:%Y-%m-%dT%H:%M:%SZ},p,a,Usage,c,1,Hours,vm\n"
            for end in ends
        ]
        (self.inbox / "usage" / name).write_text(HEADER + "".join(rows))

    def look(self, clock: datetime) -> Ingested:
        """Take in what is new, as the service does."""
        return ingest(self.inbox, self.state, clock=clock, reject=True)

    def seen(self, clock: datetime) -> tuple[datetime, int]:
        """As-of of the state, and how many charges count then."""
        with open_state(self.state, clock=clock) as logs:
            rolled = merge(logs.rollups("usage", logs.as_of))["usage"]
            plain = read_logs(self.inbox, clock=clock)
            there = merge(plain.rollups("usage", plain.as_of))["usage"]
            assert logs.as_of == plain.as_of
            assert rolled.equals(there)
            assert logs.counts["usage"].ok == plain.counts["usage"].ok
            assert (logs.ahead, logs.far) == (plain.ahead, plain.far)
            assert list(logs.warnings) == list(plain.warnings)
            return logs.as_of, int(rolled["rows"].sum())


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site of which two days were taken in."""
    made = Site(tmp_path)
    made.deliver("1.csv", hours(NOW - DAY, NOW))
    made.look(NOW)
    return made


def hours(first: datetime, last: datetime) -> list[datetime]:
    """Each full hour after a time, up to another."""
    return [first + k * HOUR for k in range(1, int((last - first) / HOUR) + 1)]


def test_a_day_back_between_two_looks_moves_as_of_nowhere(site: Site) -> None:
    assert site.seen(NOW) == (NOW, 24)
    site.deliver("2.csv", hours(NOW, NOW + DAY))
    site.look(NOW - DAY)
    assert site.seen(NOW - DAY) == (NOW + DAY, 48)
    assert site.seen(NOW + DAY) == (NOW + DAY, 48)


def test_as_of_grows_with_each_look_of_a_clock_that_wavers(site: Site) -> None:
    """A day back and forth, an hour twice (DST is no matter of UTC), the year's end."""
    seen = [site.seen(NOW)]
    for day, wavers in enumerate([-DAY, HOUR, -HOUR, timedelta(0), -timedelta(seconds=1)]):
        begins = NOW + day * DAY
        site.deliver(f"{day + 2}.csv", hours(begins, begins + DAY))
        site.look(begins + DAY + wavers)
        seen.append(site.seen(begins + DAY + wavers))
    assert [rows for _, rows in seen] == [24, 48, 72, 96, 120, 144]
    assert [as_of for as_of, _ in seen] == [NOW + k * DAY for k in range(6)]


def test_what_was_taken_in_by_a_clock_months_behind_counts_when_it_is_set(site: Site) -> None:
    site.deliver("2.csv", hours(NOW, NOW + DAY))
    behind = NOW - 60 * DAY
    site.look(behind)
    with pytest.raises(DataError, match="clock"):
        site.seen(behind)
    site.look(NOW + DAY)
    assert site.seen(NOW + DAY) == (NOW + DAY, 48)


def test_what_was_read_by_a_clock_years_behind_is_read_again(site: Site) -> None:
    """Every time lies more than 400 days ahead then: the file is set aside, or rows of it."""
    site.deliver("2.csv", hours(NOW, NOW + DAY))
    site.deliver("3.csv", [*hours(NOW - 800 * DAY, NOW - 799 * DAY), NOW + DAY + HOUR])
    behind = NOW - 700 * DAY
    assert [r.path for r in site.look(behind).rejected] == ["usage/2.csv"]
    assert not site.look(behind).changed
    done = site.look(NOW + DAY)
    assert {*done.added, *done.replaced} == {"usage/2.csv", "usage/3.csv"}
    assert not any("400 days" in sentence for sentence in done.warnings)
    assert site.seen(NOW + DAY) == (NOW + DAY + HOUR, 24 + 24 + 24 + 1)
    assert not site.look(NOW + DAY).changed


def test_what_a_clock_ahead_let_in_waits_once_the_clock_is_set_right(site: Site) -> None:
    site.deliver("2.csv", [NOW + HOUR, NOW + 30 * DAY])
    site.look(NOW + 31 * DAY)
    assert site.seen(NOW + 31 * DAY) == (NOW + 30 * DAY, 26)
    with pytest.raises(DataError, match="clock"):
        site.seen(NOW)
    site.look(NOW)
    assert site.seen(NOW) == (NOW + HOUR, 25)
    with open_state(site.state, clock=NOW) as logs:
        assert (logs.ahead.rows, logs.ahead.first) == (1, NOW + 30 * DAY)


def test_some_rows_come_and_others_of_their_file_go_on_waiting(site: Site) -> None:
    site.deliver("2.csv", [NOW + HOUR, NOW + 10 * DAY, NOW + 20 * DAY, NOW + 500 * DAY])
    told = site.look(NOW)
    assert "usage/2.csv" not in told.added, "a quarter of its rows cannot be read"
    site.deliver("2.csv", [*hours(NOW, NOW + DAY), NOW + 10 * DAY, NOW + 20 * DAY, NOW + 500 * DAY])
    site.look(NOW)
    assert site.seen(NOW) == (NOW + DAY, 48)
    assert site.seen(NOW + 10 * DAY) == (NOW + 10 * DAY, 49)
    with open_state(site.state, clock=NOW + 10 * DAY) as logs:
        assert (logs.counts["usage"].late, logs.ahead.first) == (1, NOW + 20 * DAY)
        assert logs.far == {"usage": 1}
    assert site.seen(NOW + 19 * DAY) == (NOW + 20 * DAY, 50)
    site.look(NOW + 499 * DAY)
    assert site.seen(NOW + 499 * DAY) == (NOW + 500 * DAY, 51)


@pytest.mark.long
def test_rows_that_come_in_reach_while_others_settle_are_neither_lost_nor_doubled(
    site: Site,
) -> None:
    site.deliver("2.csv", [NOW + 5 * DAY, NOW + 25 * DAY])
    site.look(NOW)
    days = (1, 2, 3, 4, 7, 12, 14, 20, 23, 24, 31, 40)
    for looked, day in enumerate(days, 1):
        site.deliver(f"d{day:02d}.csv", [NOW + day * DAY - HOUR])
        site.look(NOW + day * DAY)
        expected = 24 + looked + sum(day >= ahead - 2 for ahead in (5, 25))
        assert site.seen(NOW + day * DAY)[1] == expected, day


def test_a_leap_second_and_the_last_of_a_year_belong_to_the_day_they_end(tmp_path: Path) -> None:
    site = Site(tmp_path)
    row = "{},{},p,a,Usage,c,1,Hours,vm\n"
    (site.inbox / "usage" / "1.csv").write_text(
        HEADER
        + row.format("2016-12-31T23:00:00Z", "2016-12-31T23:59:60Z")
        + row.format("2016-12-31T23:59:60Z", "2017-01-01T01:00:00Z")
        + row.format("2025-12-31T23:30:00Z", "2026-01-01T00:30:00Z")
    )
    site.look(NOW)
    with open_state(site.state, clock=NOW) as logs:
        assert logs.counts["usage"].ok == 3
        rolled = merge(logs.rollups("usage", logs.as_of))["usage"]
        days = rolled.group_by("day").agg(pl.col("rows").sum()).sort("day")["day"].to_list()
    assert [str(day) for day in days] == ["2016-12-31", "2017-01-01", "2025-12-31", "2026-01-01"]


def test_an_hour_told_twice_in_local_time_is_two_hours_of_utc(tmp_path: Path) -> None:
    """The night of 25 October 2025 in Berlin has two o'clock twice: offsets tell them apart."""
    site = Site(tmp_path)
    row = "2025-10-26T02:00:00{0},2025-10-26T02:59:59{0},p,a,Usage,c,1,Hours,vm\n"
    (site.inbox / "usage" / "1.csv").write_text(
        HEADER + row.format("+02:00") + row.format("+01:00")
    )
    site.look(NOW)
    with open_state(site.state, clock=NOW) as logs:
        rolled = merge(logs.rollups("usage", logs.as_of))["usage"]
        assert logs.as_of == datetime(2025, 10, 26, 1, 59, 59, tzinfo=UTC)
        assert bin(rolled["hours"].item()).count("1") == 2
