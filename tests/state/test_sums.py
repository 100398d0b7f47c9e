"""Days that have ended are read from one sum, which shows what their parts show or is not used."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detector.errors import StateDamaged
from detector.pipeline import ended, rolling
from detector.pipeline.stored import open_state
from detector.state import Disk, Part, Store, check, forget, retain, sums
from detector.state.sums import sum_of
from features.rollups import Parts
from tests.examples import first

Take = Callable[..., Any]
Put = Callable[..., Path]
Shown = Callable[..., dict[str, Any]]
MakeRows = Callable[[str, range], str]
DAYS = 6
HELD = timedelta(days=2)


def events(make_rows: MakeRows, days: range) -> dict[str, str]:
    return {f"events/{n}.csv": make_rows("events", range(7 * n, 7 * n + 7)) for n in days}


class Logs:
    """A folder of daily files, its state, and what was read of parts."""

    def __init__(self, root: Path, put: Put, take: Take, state: Shown, clean: Shown) -> None:
        self.inbox, self.state = root / "inbox", root / "state"
        self._put, self._take, self._state, self._clean = put, take, state, clean
        self.files: dict[str, str] = {}
        self.read: list[str] = []

    def come(self, files: dict[str, str], held: timedelta = HELD) -> None:
        self.files |= files
        self._put(self.inbox, files)
        self._take(self.inbox, hold=held)

    def go(self, path: str) -> None:
        del self.files[path]
        (self.inbox / path).unlink()
        forget(self.state, path)

    def is_shown(self, moment: datetime | None = None) -> None:
        """What is shown is what one reading of the files shows."""
        self.read.clear()
        assert self._state(moment) == self._clean(self.files, moment)

    @property
    def place(self) -> Path:
        return self.state / "sums" / "events"

    @property
    def within(self) -> set[str]:
        held = sum_of(self.state, "events")
        return {path for path, _ in held.inputs} if held else set()

    @property
    def findings(self) -> list[str]:
        return [finding.kind for finding in check(self.state)[1]]


@pytest.fixture
def logs(
    tmp_path: Path, put: Put, take: Take, from_state: Shown, from_logs: Shown, make_rows: MakeRows,
    facts: dict[str, str], monkeypatch: pytest.MonkeyPatch,
) -> Logs:  # fmt: skip
    """Six days of events, of which the first have ended and lie in a sum."""
    made = Logs(tmp_path, put, take, from_state, from_logs)

    def told(store: Store, parts: Any) -> Iterator[Parts]:
        some: list[Part] = list(parts)
        made.read += [part.path for part in some]
        yield from read(store, some)

    read = rolling.stored_rollups
    monkeypatch.setattr(ended, "stored_rollups", told)
    monkeypatch.setattr(ended, "LEAST", 3)
    made.come(
        {**facts, **events(make_rows, range(DAYS)), "usage/0.csv": make_rows("usage", range(30))}
    )
    made.is_shown()
    return made


def test_what_lies_in_a_sum_is_not_read_of_its_parts(logs: Logs) -> None:
    assert len(logs.within) > 3
    before = logs.place.read_bytes()
    logs.is_shown()
    assert not logs.within & set(logs.read)
    assert "events/5.csv" in logs.read
    assert logs.place.read_bytes() == before
    assert logs.findings == []


def test_new_days_are_added_and_a_new_sum_is_made_when_they_are_many(
    logs: Logs, make_rows: MakeRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ended, "LOOSE", 0)
    before = logs.within
    logs.come(events(make_rows, range(DAYS, DAYS + 1)), held=timedelta(0))
    logs.is_shown()
    assert logs.within == before
    assert not before & set(logs.read)
    monkeypatch.setattr(ended, "LOOSE", 99)
    logs.is_shown()
    assert logs.within > before
    assert not before & set(logs.read)
    logs.is_shown()
    assert logs.findings == []


def test_it_serves_any_moment_after_the_end_of_what_is_in_it(logs: Logs) -> None:
    moment = datetime(2026, 3, 6, 6, tzinfo=UTC)
    with open_state(logs.state, max_bad=0.9) as opened:
        ends = max(p.horizon or "" for p in opened.live("events") if p.path in logs.within)
    assert moment.isoformat() > ends
    logs.is_shown(moment)
    assert not logs.within & set(logs.read)


@pytest.mark.parametrize("change", ["restated", "withdrawn", "late", "retention"])
def test_where_an_input_is_another_the_sum_is_made_anew(
    logs: Logs, make_rows: MakeRows, change: str
) -> None:
    before = logs.place.read_bytes()
    match change:
        case "restated":
            logs.come({"events/1.csv": make_rows("events", range(500, 503))})
        case "withdrawn":
            logs.go("events/1.csv")
            assert not logs.place.exists()
        case "late":
            # Rows of a day that lies in the sum come as a file of their own.
            logs.come({"events/late.csv": make_rows("events", range(3, 4)).replace("person", "x")})
        case _:
            retain(logs.state, 5)
            assert not logs.place.exists()
    if change == "retention":
        with open_state(logs.state, max_bad=0.9) as opened:
            one = opened.rolled("events", opened.as_of)
            two = opened.rolled("events", opened.as_of)
        assert all(one[name].equals(two[name]) for name in one)
        first_day = one["events"].select(pl.col("day").min()).item()
        assert first_day > date(2026, 3, 1)
    else:
        logs.is_shown()
        logs.is_shown()
    assert logs.place.read_bytes() != before
    assert logs.findings == []


@pytest.mark.parametrize("what", ["rollups", "formats"])
def test_a_sum_of_another_release_counts_for_nothing(
    logs: Logs, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    within = logs.within
    if what == "formats":
        monkeypatch.setattr(sums, "FORMAT", 99)
    else:
        held = sum_of(logs.state, "events")
        store = Store(logs.state)
        parts = [p for p in store.manifest().live() if p.path in within and p.table == "events"]
        wrong = {name: pl.DataFrame({"wrong": [1]}) for name in held.files} if held else {}
        sums.write_sum(store, "events", "another", parts, wrong)
    logs.is_shown()
    assert within <= set(logs.read)
    logs.is_shown()
    assert not within & set(logs.read)


@pytest.mark.parametrize("place", first([1, -1, -40, -700, -3000]))
@pytest.mark.parametrize("cut", first([False, True]))
def test_a_damaged_sum_is_made_anew_and_said(logs: Logs, place: int, cut: bool) -> None:
    data = bytearray(logs.place.read_bytes())
    at = place % len(data)
    data[at] ^= 1
    logs.place.write_bytes(data[:at] if cut else data)
    assert "damaged" in logs.findings
    with open_state(logs.state, max_bad=0.9) as opened:
        before = opened.warnings
        opened.rolled("events", opened.as_of)
        said = [sentence for sentence in opened.warnings if sentence not in before]
    assert len(said) == 1
    assert str(logs.place) in said[0]
    assert logs.findings == []
    logs.is_shown()
    assert not logs.within & set(logs.read)


def test_a_state_that_cannot_be_written_keeps_no_sum(
    logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.place.unlink()

    def full(_disk: Disk, path: Path) -> None:
        raise OSError(28, os.strerror(28), str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Disk, "stream", full)
        with open_state(logs.state, max_bad=0.9) as opened:
            opened.rolled("events", opened.as_of)
    assert not logs.place.exists()
    logs.is_shown()
    assert logs.within


def test_what_is_forgotten_during_a_run_is_left_in_no_sum(
    logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.place.unlink()
    write = sums.write_sum

    def meanwhile(*told: Any) -> None:
        forget(logs.state, "events/1.csv")
        write(*told)

    monkeypatch.setattr(ended, "write_sum", meanwhile)
    with open_state(logs.state, max_bad=0.9) as opened:
        opened.rolled("events", opened.as_of)
    assert not logs.place.exists()


def test_what_nobody_can_use_is_found_and_swept(logs: Logs) -> None:
    sketch = logs.place.with_name(".events.0123")
    sketch.write_bytes(b"begun")
    logs.place.rename(logs.place.with_name("usage"))
    assert logs.findings == ["left over", "left over"]
    store = Store(logs.state)
    with store.writing(1):
        assert store.sweep(store.manifest()) == 2
    assert logs.findings == []


def test_no_sum_at_all_is_no_damage(logs: Logs) -> None:
    assert sum_of(logs.state, "payments") is None
    logs.place.write_bytes(b"")
    with pytest.raises(StateDamaged, match="is damaged"):
        sum_of(logs.state, "events")
