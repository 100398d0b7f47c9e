"""Days that come one by one, in any order: the state holds and shows what one reading gives."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from detector.pipeline import rolling
from detector.state import Store, check, tables_of
from features.rollups import Parts, rollup
from tests.examples import examples

Put = Callable[[Path, Mapping[str, str]], Path]
Shown = Callable[..., dict[str, Any]]
MakeRows = Callable[[str, range], str]
DAYS = 6
HOLD, FAR = timedelta(days=1), timedelta(days=99)

# An example takes a second.
EXAMPLES = examples(max(2, settings.default.max_examples // 10))


def day_of(number: int, make_rows: MakeRows) -> dict[str, str]:
    """Seven events fall on a day; charges lie here and there among the days."""
    some = range(7 * number, 7 * number + 7)
    return {f"{table}/{number}.csv": make_rows(table, some) for table in ("usage", "events")}


def rolled_up(state: Path) -> dict[tuple[str, str], str]:
    """The hash of every stored rollup."""
    return {
        (part.path, name): part.files[name].sha256
        for part in Store(state).manifest().live()
        for name in tables_of(part, "all").values()
    }


@settings(phases=[Phase.explicit, Phase.generate], max_examples=EXAMPLES)
@given(
    order=st.permutations(range(DAYS)),
    looks=st.sets(st.integers(1, DAYS - 1), min_size=1, max_size=3),
)
def test_any_order_of_days_and_looks(
    order: list[int], looks: set[int], make_rows: MakeRows, facts: dict[str, str],
    put: Put, take: Callable[..., Any], from_state: Shown, from_logs: Shown, tmp_path: Path,
) -> None:  # fmt: skip
    for name in ("inbox", "state"):
        shutil.rmtree(tmp_path / name, ignore_errors=True)
    files = {**facts, "usage/early.csv": make_rows("usage", range(300, 306))}
    for number, day in enumerate(order, start=1):
        files |= day_of(day, make_rows)
        put(tmp_path / "inbox", files)
        if number in looks:
            take(tmp_path / "inbox", hold=HOLD)
    take(tmp_path / "inbox", hold=HOLD)
    stands = rolled_up(tmp_path / "state")
    now = from_state()["as_of"]
    for moment, bite in ((now - HOLD / 2, 1), (now, 9_000), (now + FAR, rolling.BITE)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(rolling, "BITE", bite)
            assert from_state(moment) == from_logs(files, moment)
    shutil.rmtree(tmp_path / "state")
    take(tmp_path / "inbox", hold=HOLD)
    assert rolled_up(tmp_path / "state") == stands


def test_rollups_of_days_that_have_ended_are_not_made_again(
    make_rows: MakeRows, facts: dict[str, str], put: Put, take: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    usage = {"usage/0.csv": make_rows("usage", range(3, 9))}
    inbox = put(tmp_path / "inbox", {**facts, **day_of(0, make_rows), **usage})
    take(inbox, hold=timedelta(days=99))
    before = rolled_up(tmp_path / "state")
    (day,) = (p for p in Store(tmp_path / "state").manifest().live() if p.table == "events")
    assert day.opens

    def refused(table: str, *rest: Any) -> Parts:
        assert table != "events", "its rows were rolled up again"
        return rollup(table, *rest)

    monkeypatch.setattr(rolling, "rollup", refused)
    take(inbox, hold=timedelta(0))
    (day,) = (p for p in Store(tmp_path / "state").manifest().live() if p.table == "events")
    assert not day.opens
    assert not tables_of(day, "rows")
    assert rolled_up(tmp_path / "state") == before
    assert check(tmp_path / "state")[1] == []


def test_a_day_of_which_a_part_has_ended_is_cut_within_the_rest(
    make_rows: MakeRows, facts: dict[str, str], put: Put, take: Callable[..., Any],
    from_state: Shown, from_logs: Shown, tmp_path: Path,
) -> None:  # fmt: skip
    files = {**facts, **day_of(0, make_rows), "usage/0.csv": make_rows("usage", range(22, 23))}
    inbox = put(tmp_path / "inbox", files)
    take(inbox, hold=timedelta(days=99))
    take(inbox, hold=timedelta(hours=5))
    (day,) = (p for p in Store(tmp_path / "state").manifest().live() if p.table == "events")
    assert day.opens
    assert day.settled_until
    moment = datetime.fromisoformat(day.settled_until) + timedelta(hours=2)
    assert from_state(moment) == from_logs(files, moment)
