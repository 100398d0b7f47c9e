"""How quickly the reviewers' pages and the cases under them answer, over 100,000 cases.

    python benchmarks/console.py FOLDER                     # makes FOLDER where it is not there
    python benchmarks/console.py FOLDER --cases 2000        # a small one
    python benchmarks/console.py FOLDER --only pages,verify
    python benchmarks/console.py FOLDER --load 10           # minutes of 50 readers and 5 writers

Each line is a figure, its goal, and whether it is reached; the exit code says whether all are.
Pages are asked in this process, so their CPU time is theirs; `--load` asks over the network. How
the folder is made stands in `console_world`; judging and taking runs changes it, a little each
time.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from email.message import Message
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from benchmarks.console_load import load
from benchmarks.console_world import START, world
from detector.cases.deciding.judgement import Judgement
from detector.cases.deciding.judging import judge
from detector.cases.keeping.backup import backup
from detector.cases.measuring.counting import figures
from detector.cases.record.connections import to_read
from detector.cases.record.store import Store
from detector.cases.record.verify import chain_of, verify
from detector.cases.showing import reading
from detector.cases.team import sessions
from detector.cases.team.people import actor_of
from detector.console.app import Console
from detector.http import Request
from tests.cases import runs

NOW = START + timedelta(days=401)
VIEWS = {
    "proxy": "tab=proxy", "closed": "tab=closed", "mine": "tab=mine", "second": "tab=second",
    "one typology": "tab=proxy&typology=T05", "one family": "tab=proxy&family=F07",
    "no such family": "tab=proxy&family=F99", "closed, no such family": "tab=closed&family=F99",
    "one account": "tab=proxy&account=B-000010-0", "large ones": "tab=proxy&size=500",
    "overdue": "tab=proxy&overdue=1", "free ones": "tab=other&free=1",
    "somebody's": "tab=proxy&assignee=p07", "somebody's closed": "tab=closed&assignee=p07",
    "left": "tab=proxy&gone=1", "all filters": "tab=proxy&typology=T05&family=F07&size=2&free=1",
}  # fmt: skip
_ROUNDS = 20


class Table:
    """Figures as they are found, each against its goal."""

    def __init__(self) -> None:
        self.missed = 0

    def row(self, what: str, value: float, unit: str, goal: float | None = None) -> None:
        """Print a figure."""
        said = ""
        if goal is not None:
            self.missed += value > goal
            said = f"goal {goal:g} {unit}{'' if value <= goal else '   MISSED'}"
        print(f"{what:<46}{value:>10.2f} {unit:<4}{said}", flush=True)


def spent(do: Callable[[], Any], rounds: int = _ROUNDS) -> tuple[float, float, float]:
    """Wall and CPU milliseconds of one, of many rounds, and the slowest of all."""
    do()
    cpu, walls = time.process_time(), []
    for _ in range(rounds):
        began = time.perf_counter()
        do()
        walls.append(time.perf_counter() - began)
    own = (time.process_time() - cpu) / rounds
    return 1e3 * sum(walls) / rounds, 1e3 * own, 1e3 * max(walls)


class Visitor:
    """Somebody with a session who asks for pages in this process."""

    def __init__(self, store: Store, name: str) -> None:
        self.console = Console(store, lambda: NOW)
        with store.writing(NOW) as tx:
            self._cookie = sessions.begin(tx, name, "127.0.0.1").id

    def get(self, place: str) -> str:
        """The text of a page that is there."""
        path, _, query = place.partition("?")
        headers = Message()
        headers["Cookie"] = f"__Host-enduse={self._cookie}"
        asked = Request("GET", path, query, headers, io.BytesIO(), "127.0.0.1", False)
        reply = self.console.answer(asked)
        if reply.status != 200:
            raise SystemExit(f"{place}: {reply.status} {reply.body[:500]!r}")
        return reply.body.decode()


def pages(store: Store, table: Table) -> None:
    """Every view, its first page and a deep one; beside a bare query and a bare template."""
    visitor = Visitor(store, "lea")
    for name, query in VIEWS.items():
        places = {"": f"/queue?{query}", ", deep": f"/queue?{query}&after=2000.C"}
        for depth, place in places.items():
            wall, cpu, _ = spent(partial(visitor.get, place))
            table.row(f"view {name}{depth}", wall, "ms", 100)
            table.row(f"view {name}{depth}, CPU", cpu, "ms", 30)
    wall, cpu, _ = spent(lambda: visitor.get("/api/v1/cases?queue=proxy&open=true"))
    table.row("API: 50 cases, CPU", cpu, "ms", 30)
    _bare(store, visitor, table)


def _bare(store: Store, visitor: Visitor, table: Table) -> None:
    """What of a page is its query, and what its template."""
    asked: dict[str, Any] = {}
    drawing = visitor.console.house.drawing
    page = drawing.page

    def noted(*given: Any) -> str:
        asked.update(given=given)
        return page(*given)

    setattr(drawing, "page", noted)  # noqa: B010 - a method of the one drawing
    _, whole, _ = spent(lambda: visitor.get("/queue?tab=proxy"))
    delattr(drawing, "page")
    _, template, _ = spent(lambda: page(*asked["given"]))
    with store.reading() as connection:
        by = actor_of(connection, "lea")
        words = reading.Asked({"queue": "proxy", "open": True}, by, None, 51)
        _, query, _ = spent(lambda: reading.cases_of(connection, words))
        _, counts, _ = spent(lambda: reading.counts(connection))
    table.row("bare query of 51 rows, CPU", query, "ms")
    table.row("bare template of 50 rows, CPU", template, "ms")
    table.row("page over query and template", whole / (query + template), "x", 2)
    table.row("counts by queue and state, anew, CPU", counts, "ms", 30)
    _, cpu, _ = spent(lambda: figures(store, NOW), 3)
    table.row("figures for /metrics, CPU", cpu, "ms")


def case_pages(store: Store, table: Table) -> None:
    """A case of 42 accounts and one of 500."""
    visitor = Visitor(store, "lea")
    for members, goal in ((42, 50), (500, 150)):
        with store.reading() as connection:
            [case_id] = connection.execute(
                "SELECT case_id FROM case_accounts WHERE account_id = ?", (f"ring{members}-000",)
            ).fetchone()
        for name, path in (("page", ""), ("graph", "/graph")):
            place = f"/cases/{case_id}{path}"
            _, cpu, _ = spent(partial(visitor.get, place), 5)
            aim = goal if name == "page" else None
            table.row(f"case {name}, {members} accounts, CPU", cpu, "ms", aim)
        place = f"/api/v1/cases/{case_id}"
        _, cpu, _ = spent(partial(visitor.get, place), 5)
        table.row(f"case by API, {members} accounts, CPU", cpu, "ms", goal)


def judging(store: Store, table: Table, rounds: int = 300) -> None:
    """Judgements one by one, each durable."""
    with store.reading() as connection:
        by = actor_of(connection, "lea")
        words = reading.Asked({"queue": "proxy", "state": "new"}, by, None, rounds)
        rows = reading.cases_of(connection, words)
    walls, began = [], time.process_time()
    for row in rows:
        at = time.perf_counter()
        with store.writing(NOW) as tx:
            judge(tx, by, row["case_id"], row["version"], Judgement("cleared", "known business"))
        walls.append(1e3 * (time.perf_counter() - at))
    walls.sort()
    table.row(f"judgement, p50 of {len(walls)}", walls[len(walls) // 2], "ms")
    table.row("judgement, p99", walls[int(len(walls) * 0.99)], "ms", 50)
    table.row("judgement, CPU", 1e3 * (time.process_time() - began) / len(walls), "ms")


def taking(store: Store, table: Table) -> None:
    """A run that changes 500 cases."""
    with store.reading() as connection:
        [last] = connection.execute("SELECT max(as_of) FROM runs").fetchone()
    day = 1 + (time_of_day(last) - runs.FIRST.date()).days
    groups = [[f"s{place:03}-{n}" for n in range(3)] for place in range(500)]
    runs.take(store, NOW, runs.run(day, *groups))
    more = [[*group, f"{group[0]}-{day + 1}"] for group in groups]
    made = runs.run(day + 1, *more)
    cpu, wall = time.process_time(), time.perf_counter()
    taken = runs.take(store, NOW, made)
    table.row(
        f"run taken in, {taken.counts.get('seen', 0)} cases changed",
        time.perf_counter() - wall,
        "s",
        1,
    )
    table.row("run taken in, CPU", time.process_time() - cpu, "s")


def time_of_day(text: str) -> Any:
    """The day of a time of the tables."""
    from detector.cases.record.moments import time_of

    return time_of(text).date()


def checking(store: Store, table: Table) -> None:
    """The chain alone, and everything: the file, the tables made anew, the snapshots."""
    store.fold()
    with closing(to_read(store.folder)) as connection:
        [events] = connection.execute("SELECT count(*) FROM events").fetchone()
        began = time.process_time()
        found = list(chain_of(connection, []))
    million = events / 1e6
    table.row("chain checked, a million events, CPU", (time.process_time() - began) / million,
              "s", 15)  # fmt: skip
    began = time.process_time()
    found += verify(store).findings
    table.row("verify, a million events, CPU", (time.process_time() - began) / million, "s", 120)
    for one in found[:5]:
        print("  ", one.sentence)
    table.missed += bool(found)


def copying(store: Store, table: Table) -> None:
    """A copy of the folder while it is open."""
    size = (store.folder / "cases.db").stat().st_size / 1e6
    with tempfile.TemporaryDirectory(dir=store.folder.parent) as home:
        cpu, wall = time.process_time(), time.perf_counter()
        backup(store, NOW, Path(home) / "copy")
        spent_ = time.process_time() - cpu
    table.row(f"backup of {size:.0f} MB, CPU for 67 MB", spent_ * 67 / size, "s", 1)
    table.row("backup, wall", time.perf_counter() - wall, "s")


PARTS: dict[str, Callable[[Store, Table], None]] = {
    "pages": pages, "cases": case_pages, "judging": judging, "taking": taking,
    "verify": checking, "backup": copying,
}  # fmt: skip


def main() -> int:
    """Measure, and say what is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--load", type=float, metavar="MINUTES")
    given = parser.parse_args()
    table = Table()
    with world(given.folder, given.cases) as store:
        if given.load is not None:
            return load(store, NOW, given.load)
        for name in given.only.split(","):
            PARTS[name](store, table)
    print(f"{table.missed} missed" if table.missed else "every goal is reached")
    return int(table.missed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
