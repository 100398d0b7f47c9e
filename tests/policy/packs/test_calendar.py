"""The calendar by law: every instant has one state, in whatever zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from detector.errors import PackError
from detector.policy.packs import NOT_YET, STATES, Pack
from detector.policy.packs.reading import read_pack

Parts = list[tuple[date, date | None, str, str]]
ZONES = [
    "UTC", "America/New_York", "America/Los_Angeles", "Asia/Shanghai", "Asia/Kolkata",
    "Pacific/Apia", "Pacific/Kiritimati", "America/St_Johns", "America/Sao_Paulo",
    "Australia/Lord_Howe", "Africa/Casablanca",
]  # fmt: skip
STATUSES = st.sampled_from(["verified", "unverified"])
DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2060, 12, 31), timezones=st.just(UTC))


@st.composite
def calendars(draw: st.DrawFn) -> Parts:
    """Intervals without overlaps, some with gaps, the last perhaps open, in any order."""
    days = sorted(draw(st.sets(DAYS, min_size=2, max_size=8)))
    ends: list[date | None] = [*days[1:], None]
    parts = [
        (start, end, draw(st.sampled_from(STATES)), draw(STATUSES))
        for start, end in zip(days, ends, strict=True)
        if draw(st.booleans())
    ]
    return draw(st.permutations(parts)) or [(days[0], None, "in_force", "verified")]


@st.composite
def moments(draw: st.DrawFn) -> tuple[Parts, str, datetime]:
    """A calendar, a zone, and an instant: any, or within two days of one of its boundaries."""
    parts, zone = draw(calendars()), draw(st.sampled_from(ZONES))
    if draw(st.integers(0, 4)) == 0:
        return parts, zone, draw(INSTANTS)
    day = draw(st.sampled_from([d for part in parts for d in part[:2] if d is not None]))
    first = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    seconds = draw(st.sampled_from([-1, 0, 1]) | st.integers(-172_800, 172_800))
    return parts, zone, first + timedelta(seconds=seconds)


def pack_of(parts: Parts, zone: str) -> Pack:
    head = (
        'schema = 1\nid = "c"\nversion = "2026-01-01"\nkind = "end_use"\ninstrument = "x"\n'
        f'zone = "{zone}"\n[rule]\nid = "C"\n'
    )
    tables = [
        f"[[interval]]\nfrom = {start}\n"
        + (f"to = {end}\n" if end else "")
        + f'state = "{state}"\nstatus = "{status}"\nsource = "s"\n'
        for start, end, state, status in parts
    ]
    return read_pack((head + "".join(tables)).encode(), "c.toml", shipped=True)


@settings(max_examples=60)
@given(moments())
@example(
    (
        [(date(2026, 1, 1), None, "in_force", "verified")],
        "Pacific/Apia",
        datetime(2011, 12, 30, 12, tzinfo=UTC),
    )
)
def test_every_instant_has_exactly_one_state(moment: tuple[Parts, str, datetime]) -> None:
    parts, zone, instant = moment
    pack = pack_of(parts, zone)
    found = pack.state(instant)
    day = instant.astimezone(ZoneInfo(zone)).date()
    holding = [p for p in parts if p[0] <= day and (p[1] is None or day < p[1])]
    if holding:
        ((start, end, state, status),) = holding
        assert (found.state, found.verified) == (state, status == "verified")
        assert (found.since, found.until) == (start, end)
    elif day < min(p[0] for p in parts):
        assert found.state == NOT_YET
        assert found.until == min(p[0] for p in parts)
    else:
        assert found.state == "ended"
        assert found.since == max(p[1] for p in parts if p[1] is not None and p[1] <= day)
    assert found == pack.state(day)


@given(calendars(), st.sampled_from(ZONES), st.sampled_from(ZONES), DAYS)
def test_another_zone_moves_the_clock_and_not_the_days(
    parts: Parts, one: str, other: str, day: date
) -> None:
    assert pack_of(parts, one).state(day) == pack_of(parts, other).state(day)


@given(calendars(), st.permutations(range(12)))
def test_the_order_in_the_file_decides_nothing(parts: Parts, order: list[int]) -> None:
    mixed = [parts[n] for n in order if n < len(parts)]
    one, other = pack_of(parts, "UTC"), pack_of(mixed, "UTC")
    assert one.intervals == other.intervals


@given(calendars(), DAYS)
def test_a_day_that_two_intervals_claim_is_refused(parts: Parts, day: date) -> None:
    start, end, state, status = parts[0]
    inside = start if end is None else start + (end - start) / 2
    with pytest.raises(PackError, match=r"c\.toml:\d+: rule C has two tables for "):
        pack_of([*parts, (inside, None, state, status)], "UTC")


@pytest.mark.parametrize("when", [datetime.min, datetime.max])
def test_the_first_and_the_last_instant_have_a_state_too(when: datetime) -> None:
    for zone in ZONES:
        found = pack_of([(date(2026, 1, 1), None, "in_force", "verified")], zone).state(
            when.replace(tzinfo=UTC)
        )
        assert found.state == ("in_force" if when == datetime.max else NOT_YET)
