"""Files that come to a state are taken in alone, to what a look in full would leave."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from detector.pipeline import arrivals
from detector.pipeline import ingest as module
from detector.pipeline.stored import open_state
from detector.service import stillness
from detector.service.worker import Options, Worker
from detector.state import Manifest, Store, changes, check
from tests.examples import first

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
HEAD = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter,EffectiveCost,BillingCurrency\n"
)
EVENTS = "time,account_id,class_uid,operation\n"


def stamp(hours: float) -> str:
    return f"{TODAY - timedelta(days=20) + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"


def usage(hour: float, quantity: int = 1) -> str:
    row = f"Usage,Compute,{quantity},Hours,p5.48xlarge,1,USD\n"
    return f"{HEAD}{stamp(hour)},{stamp(hour + 1)},a,{row}"


def event(hour: float) -> str:
    return f"{EVENTS}{stamp(hour)},a,6003,Run\n"


FIRST = {
    "accounts.csv": f"account_id,created_at\na,{stamp(-99)}\n",
    "usage/0.csv": usage(0),
    "events/0.csv": event(1),
}
PLAIN: list[dict[str, str]] = [
    {"events/1.csv": event(2)},
    {"usage/1.csv": usage(5), "usage/2.csv": usage(9), "events/deep/er/3.csv": event(30)},
    {"usage/3.csv": usage(240)},  # what is older than a week is let go of
    {"usage/4.csv": usage(479)},  # which has ended at any time of day
]
ODD: dict[str, list[dict[str, str]]] = {
    "a copy": [{"events/9.csv": event(1)}, {"events/8.csv": event(8)}],
    "two that are alike": [{"events/8.csv": event(8), "events/9.csv": event(8)}],
    "a bad file": [{"events/8.csv": "no,table\n1,2\n", "events/9.csv": event(8)}],
    "bad rows": [{"events/8.csv": f"{EVENTS}yesterday,a,6003,Run\n"}, {"events/9.csv": event(8)}],
    "another content": [{"events/0.csv": event(7)}],
    "a delivery": [{"usage/source=x/period=1/a.csv": usage(3)}],
    "a strange name": [{"events/readme.md": "what", "events/8.csv": event(8)}],
    "a table more": [{"labels.csv": f"account_id,decision,decided_at\na,cleared,{stamp(4)}\n"}],
    "a table twice": [{"events.csv": event(8)}],
    "a manifest of an export": [{"usage/manifest.json": "{}"}, {"usage/7.csv": usage(7)}],
}


class Clock:
    """A clock that stands, and a processor that takes ten milliseconds between two questions."""

    def __init__(self) -> None:
        self.now, self.used = 1_000.0, 0.0

    def monotonic(self) -> float:
        return self.now

    def process_time(self) -> float:
        self.used += 0.01
        return self.used

    def time_ns(self) -> int:
        return time.time_ns()


class Site:
    """An inbox and a worker that looks at it."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.inbox, self.state = root / "inbox", root / "state"
        self.full = 0
        find = module.find_files

        def found(*given: Any) -> Any:
            self.full += 1
            return find(*given)

        monkeypatch.setattr(module, "find_files", found)
        self.clock = Clock()
        monkeypatch.setattr(stillness, "time", self.clock)
        monkeypatch.setattr(changes, "LEAST", 2)
        monkeypatch.setattr(changes, "SHARE", 0)
        self.put(FIRST)
        self.worker = Worker(Options(str(self.inbox), str(self.state)))
        self.worker._score = lambda _: False  # type: ignore[method-assign]  # looks, not scores
        for _ in range(3):
            self.look()

    def put(self, files: dict[str, str]) -> None:
        for path, text in files.items():
            (self.inbox / path).parent.mkdir(parents=True, exist_ok=True)
            (self.inbox / path).write_text(text)

    def look(self) -> dict[str, str]:
        return self.worker.look().failed

    def seen(self, state: Path) -> tuple[Any, ...]:
        """What counts, row by row, and what of the parts is held."""
        manifest = Store(state).manifest()
        with open_state(state) as logs:
            rolled = {
                f"{table}.{name}": frame.rows()
                for table in ("usage", "events")
                for name, frame in logs.rolled(table, logs.as_of).items()
            }
            held = [(p.path, p.settled_until, p.opens, p.counts) for p in manifest.parts]
            return rolled, logs.as_of, logs.counts, held, logs.warnings, manifest.aside()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    return Site(tmp_path, monkeypatch)


def in_full(site: Site, tmp_path: Path, steps: list[dict[str, str]]) -> tuple[Any, ...]:
    """What looks in full make of the same files, coming in the same order."""
    inbox, state = tmp_path / "again" / "inbox", tmp_path / "again" / "state"
    for files in (FIRST, *steps):
        for path, text in files.items():
            (inbox / path).parent.mkdir(parents=True, exist_ok=True)
            (inbox / path).write_text(text)
        worker = Worker(Options(str(inbox), str(state)))
        worker._score = lambda _: False  # type: ignore[method-assign]  # looks, not scores
        worker.look()
        worker.look()
    return site.seen(state)


def test_plain_files_are_taken_alone_to_the_state_that_a_look_in_full_leaves(
    site: Site, tmp_path: Path
) -> None:
    before = site.full
    for files in PLAIN:
        site.put(files)
        assert [site.look() for _ in range(3)] == [{}, {}, {}]
    assert site.full == before
    assert site.seen(site.state) == in_full(site, tmp_path, PLAIN)
    assert [p.opens for p in Store(site.state).manifest().parts if p.path == "usage/0.csv"] == [
        None
    ]
    assert check(site.state)[1] == []
    done = module.ingest(site.inbox, site.state, reject=True)
    assert not done.changed


@pytest.mark.parametrize("what", first(ODD, 2))
def test_what_is_not_plain_is_looked_at_in_full(site: Site, tmp_path: Path, what: str) -> None:
    before = site.full
    for files in ODD[what]:
        site.put(files)
        site.clock.now += 4  # the marks of all files are asked
        for _ in range(3):
            site.look()
    assert site.full > before
    assert site.seen(site.state) == in_full(site, tmp_path, ODD[what])


def test_a_file_that_is_still_written_waits_and_holds_no_other_back(site: Site) -> None:
    before = site.full
    site.put({"events/8.csv": event(8), "events/slow.csv": event(9)})
    site.look()
    site.put({"events/slow.csv": event(9) + event(10).removeprefix(EVENTS)})
    site.look()
    paths = [p.path for p in Store(site.state).manifest().parts]
    assert "events/8.csv" in paths
    assert "events/slow.csv" not in paths
    site.look()
    counts = {p.path: p.counts["ok"] for p in Store(site.state).manifest().parts}
    assert counts["events/slow.csv"] == 2
    assert site.full == before


def test_a_state_that_another_wrote_to_is_looked_at_in_full(site: Site) -> None:
    before = site.full
    store = Store(site.state)
    with store.writing(1):
        store.publish(store.manifest().following(warnings=("a sentence",)))
    site.put({"events/8.csv": event(8)})
    for _ in range(3):
        site.look()
    assert site.full > before
    assert "events/8.csv" in [p.path for p in Store(site.state).manifest().parts]


def test_a_disk_that_is_full_takes_nothing_and_the_next_look_takes_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.put({"usage/3.csv": usage(240)})
    site.look()
    real = Store.publish

    def full(*_given: Any) -> Manifest:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Store, "publish", full)
    assert "could not be written" in site.look()["ingest"]
    assert site.worker._standing.base is None
    monkeypatch.setattr(Store, "publish", real)
    assert site.look() == {}
    assert "usage/3.csv" in [p.path for p in Store(site.state).manifest().parts]
    opens = [p.opens for p in Store(site.state).manifest().parts if p.path == "usage/0.csv"]
    assert opens == [None], "what was due is let go of all the same"


def test_only_what_came_is_looked_at(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = arrivals.entry_at
    monkeypatch.setattr(arrivals, "entry_at", lambda path: asked.append(path.name) or real(path))
    site.put({"events/8.csv": event(8)})
    for _ in range(3):
        site.look()
    assert asked == ["events", "8.csv"]
