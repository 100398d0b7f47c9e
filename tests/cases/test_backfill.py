"""Runs that come late end as if they had come in time."""

from __future__ import annotations

import itertools
import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.cases.record.store import Store
from detector.cases.record.verify import verify
from detector.results import Results
from tests.cases.planted import Clock, opened
from tests.cases.runs import cases, run, settled, take
from tests.examples import first

SHOWN = ("kind", "queue", "state", "rank", "score", "size", "snapshot", "sealed", "in_queue",
         "tie_kinds", "brief")  # fmt: skip


def ends(store: Store) -> list[Any]:
    """What there is at the end, whatever numbers cases and runs have."""
    with store.reading() as connection:
        day = {row["run"]: row["as_of"] for row in connection.execute("SELECT * FROM runs")}
        found = []
        for case in connection.execute("SELECT * FROM cases WHERE state <> 'merged'").fetchall():
            accounts = [
                (row["account_id"], day[row["since_run"]], day.get(row["left_run"]),
                 row["own_queue"], row["tie_kinds"])
                for row in connection.execute(
                    "SELECT * FROM case_accounts WHERE case_id = ? ORDER BY account_id",
                    (case["case_id"],))
            ]  # fmt: skip
            runs = [
                (day[row["run"]], row["snapshot"], row["rank"], row["change"])
                for row in connection.execute(
                    "SELECT * FROM case_runs WHERE case_id = ?", (case["case_id"],))
            ]  # fmt: skip
            span = day[case["first_run"]], day[case["last_run"]]
            found.append([[case[name] for name in SHOWN], span, accounts, sorted(runs)])
    return sorted(found, key=str)


def taken(folder: Path, runs: list[Results]) -> list[Any]:
    clock = Clock()
    with opened(folder) as store:
        for one in runs:
            take(store, clock(), one)
        assert verify(store).findings == ()
        return ends(store)


HISTORIES: dict[str, list[Results]] = {
    "growth and shrink": [run(0, "abc"), run(1, "abcde"), run(2, "abde"), run(3, "abdef")],
    "leaving and returning": [run(0, "abc", "x"), run(1, "x"), run(2, "abcd"), run(3, "x")],
    "never seen again": [run(0, "abc"), run(1, "x"), run(2, "y"), run(3, "y")],
    "another model": [run(0, "abc"), run(1, "abc", model="m2", scores={"a": 0.5}), run(2, "abc")],
    "a ring of two": [run(0, "abc", "def"), run(1, "abcdef"), run(2, "abcdef")],
    "a ring in two": [run(0, "abcdef"), run(1, "abcd", "ef"), run(2, "abcd", "ef")],
    "going over into others": [run(0, "ab"), run(1, "bc"), run(2, "cd")],
    "a single account tied": [run(0, "a"), run(1, "abc"), run(2, "abc", kinds=("phone",))],
}


@pytest.mark.parametrize("name", first(HISTORIES))
def test_runs_in_any_order_end_alike(tmp_path: Path, name: str) -> None:
    runs = HISTORIES[name]
    wanted = taken(tmp_path / "in order", runs)
    orders = list(itertools.permutations(range(len(runs))))[1:]
    for order in orders[:: max(1, len(orders) // 3)]:
        got = taken(tmp_path / "".join(map(str, order)), [runs[place] for place in order])
        assert got == wanted, order


CORE = "abcd"
DAYS = st.lists(
    st.one_of(st.none(), st.sets(st.sampled_from("efg"), max_size=3)), min_size=2, max_size=4
)


@pytest.mark.long
@settings(deadline=None)
@given(DAYS, DAYS, st.randoms(use_true_random=False))
def test_rings_that_come_and_go_end_alike(first, second, dice) -> None:
    def groups(day: int) -> list[str]:
        one = first[day] if day < len(first) else None
        two = second[day] if day < len(second) else None
        rings = [] if one is None else [CORE + "".join(sorted(one))]
        return rings if two is None else [*rings, "stuv" + "".join(sorted(two)).upper()]

    runs = [run(day, *groups(day)) for day in range(max(len(first), len(second)))]
    mixed = list(runs)
    dice.shuffle(mixed)
    with tempfile.TemporaryDirectory() as folder:
        assert taken(Path(folder) / "mixed", mixed) == taken(Path(folder) / "runs", runs)


def test_a_late_run_changes_nothing_of_what_people_did(store, clock) -> None:
    take(store, clock(), run(3, "abcde"))
    settled(store, clock(), "C-000001", "confirmed_proxy")
    [before] = cases(store)
    late = take(store, clock(), run(1, "abcdefgh", typology="T01"))
    assert (late.older, late.counts) == (True, {"seen_before": 1})
    assert cases(store) == [before]
    with store.reading() as connection:
        runs = connection.execute("SELECT run FROM case_runs ORDER BY run").fetchall()
    assert [row[0] for row in runs] == [1, 2]


def test_a_late_run_opens_what_nobody_saw_as_gone(store, clock) -> None:
    take(store, clock(), run(3, "abc"))
    take(store, clock(), run(1, "x"))
    gone = cases(store, now="x")[0]
    assert (gone["state"], gone["in_queue"], gone["first_run"], gone["last_run"]) == (
        "new",
        0,
        2,
        1,
    )


def mixed_up(dice: random.Random) -> list[Results]:
    """Four days in which rings join, fall apart, and are not seen, at random."""
    runs, parts = [], ["abcd", "efgh", "ijk"]
    for day in range(4):
        what = dice.random()
        if what < 0.3 and len(parts) > 1:
            two = dice.sample(parts, 2)
            parts = [part for part in parts if part not in two] + ["".join(sorted("".join(two)))]
        elif what < 0.6:
            whole = max(parts, key=len)
            halves = whole[: len(whole) // 2], whole[len(whole) // 2 :]
            parts = [part for part in (*parts, *halves) if part and part != whole]
        runs.append(run(day, *sorted(part for part in parts if dice.random() < 0.8)))
    return runs


def now(found: list[Any]) -> list[Any]:
    """The accounts of each case that is in a queue now."""
    in_queue = SHOWN.index("in_queue")
    return sorted([name for name, _, left, *_ in accounts if left is None]
                  for shown, _, accounts, _ in found if shown[in_queue])  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20))
def test_whatever_happens_the_same_cases_are_in_a_queue_at_the_end(
    tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    runs = mixed_up(dice)
    order = dice.sample(runs, len(runs))
    assert now(taken(tmp_path / "order", order)) == now(taken(tmp_path / "runs", runs))
