"""The pages' clock: where the machine's is set back, sessions and leases end all the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from detector.cases.record.store import Store
from detector.cases.team import sessions
from detector.console.steady import Steady

NOW = datetime(2026, 4, 16, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Machine:
    """A clock that somebody sets, and seconds that nobody sets."""

    def __init__(self) -> None:
        self.now, self.seconds = NOW, 0.0

    def clock(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.seconds

    def go(self, by: timedelta, set_to: datetime | None = None) -> None:
        self.seconds += by.total_seconds()
        self.now = self.now + by if set_to is None else set_to


def test_it_goes_on_where_the_machine_goes_back() -> None:
    machine = Machine()
    steady = Steady(None, machine.clock, machine.monotonic)
    told = [steady()]
    sets = [None, NOW - 400 * 24 * HOUR, None, NOW + 3.5 * HOUR, None, NOW + 48 * HOUR]
    for set_to in sets:
        machine.go(HOUR, set_to)
        told.append(steady())
    assert told == [NOW + k * HOUR for k in (0, 1, 2, 3, 4, 5, 48)]


def test_after_a_start_with_a_clock_that_is_behind_it_is_never_before_the_record() -> None:
    machine = Machine()
    machine.now = NOW - 365 * 24 * HOUR
    steady = Steady(NOW, machine.clock, machine.monotonic)
    assert steady() == NOW
    machine.go(HOUR)
    assert steady() == NOW + HOUR


def test_no_session_outlives_its_time_though_the_clock_is_set_back_a_year(store: Store) -> None:
    machine = Machine()
    steady = Steady(None, machine.clock, machine.monotonic)
    with store.writing(steady()) as tx:
        session = sessions.begin(tx, "ann", "127.0.0.1")
    machine.go(timedelta(minutes=1), NOW - 365 * 24 * HOUR)
    assert _alive(store, session, steady())
    machine.go(timedelta(minutes=31))
    assert not _alive(store, session, steady())


def _alive(store: Store, session: sessions.Session, at: datetime) -> bool:
    with store.reading() as connection:
        return sessions.session_of(connection, session.id, at) is not None
