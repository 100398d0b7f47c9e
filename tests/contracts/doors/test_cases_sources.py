"""All sources say the same of one folder: forms of names, what was known when, and everything."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detector import read_logs
from detector.errors import DataError
from detector.pipeline.ingest import ingest
from detector.pipeline.stored import open_state
from detector.sources import Source
from detector.sources.frames import Frames
from detector.sources.warehouse import open_warehouse_logs
from features.catalogue import Catalogue
from features.rollups import merge
from features.tables import TABLES
from tests.examples import first

Write = Callable[[Mapping[str, str | bytes]], Path]
HEADER = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter\n"
)
ACCOUNTS = "account_id,created_at\na,2026-01-01\nb,2026-01-01\n"
CLOCK = datetime(2026, 4, 10, tzinfo=UTC)
KEY = b"doors"


def usage(account: str, hour: int = 0) -> str:
    row = f"p,{account},Usage,Compute,1,Hours,p4d.24xlarge\n"
    return f"{HEADER}2026-03-01T{hour:02d}:00:00Z,2026-03-01T{hour + 1:02d}:00:00Z,{row}"


LINE = json.dumps(dict(zip(HEADER.strip().split(","), usage("b").split("\n")[1].split(","),
                           strict=True)))  # fmt: skip
TWICE: Mapping[str, Mapping[str, str]] = {
    "a file and a folder": {"usage.csv": usage("a"), "usage/1.csv": usage("b")},
    "two files": {"usage.csv": usage("a"), "usage.jsonl": LINE + "\n"},
    "capitals": {"usage.csv": usage("a"), "USAGE.csv": usage("b")},
    "a folder in capitals": {"usage.csv": usage("a"), "Usage/1.csv": usage("b")},
    "compressed": {"usage.csv": usage("a"), "usage.csv.gz": ""},
    "accounts": {"accounts/1.csv": ACCOUNTS, "usage.csv": usage("a")},
    "an optional table": {"usage.csv": usage("a"), "labels.csv": "", "labels/1.csv": ""},
}


@pytest.mark.parametrize("kind", TWICE)
def test_a_table_that_is_there_twice_is_refused_everywhere(through: Any, kind: str) -> None:
    seen = through({"accounts.csv": ACCOUNTS, **TWICE[kind]})
    assert "is there 2 times" in seen.error


@pytest.mark.parametrize("name", ["USAGE.csv", "Usage.CSV", "usage.CSV", "Usage/1.csv"])
def test_a_name_in_capitals_is_read_everywhere(through: Any, name: str) -> None:
    seen = through({"accounts.csv": ACCOUNTS, name: usage("a")}, slowly=False)
    assert seen.features["a"]["a100_hours"] == 8


@pytest.mark.parametrize("table", ["usage", "labels"])
def test_a_link_is_named_and_never_followed(
    write: Write, seen_through: Callable[[str, Path], Any], table: str
) -> None:
    for door in ("folder", "state"):
        folder = write({"accounts.csv": ACCOUNTS, "elsewhere/1.csv": usage("a")})
        if table != "usage":
            (folder / "usage.csv").write_text(usage("a"))
        os.symlink("elsewhere", folder / table)
        seen = seen_through(door, folder)
        said = seen.error or " ".join(seen.warnings)
        assert f"{table} is a symbolic link" in said
        assert (seen.error is not None) == (table == "usage")


FACTS: Mapping[str, tuple[str, str]] = {
    "labels": ("account_id,decision,decided_at,reviewer", "a,confirmed_proxy,{},r"),
    "tenders": ("published_at,buyer_name", "{},Q"),
    "account_links": ("account_id,kind,value_hash,first_seen,last_seen", "a,ip,h,{0},{0}"),
    "payments": ("time,account_id,kind,amount,currency", "{},a,top_up,1,USD"),
    "events": ("time,account_id,class_uid,operation", "{},a,6003,RunInstances"),
    "abuse_reports": ("reported_at,source,category", "{},s,c"),
    "policy_decisions": ("decided_at,decision,party_name,entry_key", "{},licensed,n,e"),
    "exceptions": ("time,kind,account_id", "{},quota,a"),
    "fx": ("date,currency,rate", "{},EUR,1"),
}


def known(source: Source, table: str, moment: datetime) -> int:
    """Rows of a table of facts, else those of its rollups."""
    parts = merge(source.rollups(table, moment))
    return sum(frame.height for frame in parts.values())


@pytest.mark.parametrize("table", first(FACTS, 4))
def test_what_is_dated_exactly_at_as_of_is_not_known_anywhere(
    write: Write, tmp_path: Path, table: str
) -> None:
    columns, row = FACTS[table]
    moment, before = datetime(2026, 3, 1, 1, tzinfo=UTC), "2026-03-01T00:59:59Z"
    if table == "fx":  # A rate of the day is known on the day.
        moment, before = datetime(2026, 3, 1, tzinfo=UTC), "2026-02-28"
    for time, seen in ((before, True), (moment.isoformat(), False), ("2026-03-02", False)):
        text = f"{columns}\n{row.format(time)}\n"
        folder = write({"accounts.csv": ACCOUNTS, "usage.csv": usage("a"), f"{table}.csv": text})
        logs = read_logs(folder, moment, clock=CLOCK)
        assert bool(logs[table].collect().height) == seen or TABLES[table].seen_whole is not None
        ingest(folder, tmp_path / f"{time}.state", clock=CLOCK)
        with open_state(tmp_path / f"{time}.state", moment, clock=CLOCK) as stored:
            assert known(stored, table, moment) == known(logs, table, moment)


# Everything that was mended, in one folder.
TRAIL = {
    "eventVersion": "1.11", "eventID": "e1", "eventName": "RunInstances", "awsRegion": "r",
    "eventTime": "2026-03-01T10:00:00Z", "eventSource": "ec2.amazonaws.com",
    "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::1:user/x"},
    "recipientAccountId": "a",
}  # fmt: skip
PERIOD = "usage/source=azure/period=2026-03/x"
EVERYTHING: Mapping[str, str | bytes] = {
    "accounts.csv": ACCOUNTS + "b,2026-01-01\n",
    "usage/plain.csv": usage("a"),
    "usage/copy.csv": usage("a"),
    f"{PERIOD}/1/p.csv": usage("b"),
    f"{PERIOD}/2/p.csv": usage("b") + usage("b", 5).split("\n")[1] + "\n",
    f"{PERIOD}/2/manifest.jsn": "{}",
    "usage/broken.parquet": b"PAR1",
    "usage/bad.csv": usage("a") + "x,y,p,a,Usage,Compute,1,Hours,vm\n",
    "events/a.json": json.dumps({"Records": [TRAIL]}),
    "events/b.json": json.dumps({"Records": [TRAIL, {**TRAIL, "eventID": "e2"}]}) + " rest",
    "events/digest.json": '{"digestStartTime": "x", "digestEndTime": "y"}',
    "gpu_telemetry.csv": "time,metric,value,gpu_uuid\n2026-03-01,DCGM_FI_DEV_GPU_UTIL,50,GPU-a\n",
    "inventory.csv": "gpu_uuid,account_id,valid_from\ngpu-A,a,2026-01-01\n",
    "model_usage.json": '{"data": []}',
    "labels.csv": "account_id,decision,decided_at,reviewer\na,cleared,2026-03-01,r\n",
    "Notes.xlsx": b"PK",
    "lists/x.csv": "name\nOrlavane\n",
}
MAX_BAD = 0.5


@contextmanager
def from_folder(folder: Path) -> Iterator[Source]:
    yield read_logs(folder, max_bad=MAX_BAD, hash_key=KEY, clock=CLOCK)


@contextmanager
def from_state(folder: Path) -> Iterator[Source]:
    state = folder.parent / f"{folder.name}.state"
    ingest(folder, state, max_bad=MAX_BAD, hash_key=KEY, clock=CLOCK)
    with open_state(state, max_bad=MAX_BAD, clock=CLOCK) as stored:
        yield stored


@contextmanager
def from_frames(folder: Path) -> Iterator[Source]:
    """The rows of the folder, as somebody holds them in memory."""
    logs = read_logs(folder, max_bad=MAX_BAD, hash_key=KEY, clock=CLOCK)
    yield Frames({table: logs[table].collect().lazy() for table in logs.tables()})


@contextmanager
def from_warehouse(folder: Path) -> Iterator[Source]:
    """The charges as a warehouse's query gives them, the rest from the folder."""
    logs = read_logs(folder, max_bad=MAX_BAD, hash_key=KEY, clock=CLOCK)
    charges = merge(logs.rollups("usage", logs.as_of))["usage"]
    charges.write_parquet(folder.parent / "charges.parquet")
    yield open_warehouse_logs(folder, folder.parent / "charges.parquet", logs.as_of,
                              max_bad=MAX_BAD)  # fmt: skip


SOURCES = {"state": from_state, "frames": from_frames, "warehouse": from_warehouse}
UNACCOUNTED = {"frames": True, "warehouse": "usage"}
"""Sources that keep no account of files: of none, or of a table that they were given."""


def account(source: Source) -> dict[str, Any]:
    """What a source says of what it was read from."""
    moment = source.as_of
    rolled = {t: merge(source.rollups(t, moment)) for t in source.tables()}
    frames = {n: f for parts in rolled.values() for n, f in parts.items() if f.height}
    return {
        "as_of": moment,
        "tables": sorted(source.tables()),
        "rollups": frames,
        "counts": {t: asdict(c) for t, c in source.counts.items()},
        "quarantine": source.quarantine.drop("content").rows(),
        "warnings": sorted(source.warnings),
        "unread": sorted((u.path, u.reason) for u in source.unread),
        "inputs": sorted((f.path, f.rows) for f in source.inputs),
    }


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_says_the_same_of_one_folder(write: Write, name: str) -> None:
    with from_folder(write(EVERYTHING)) as folder:
        assert isinstance(folder, Source)
        told = account(folder)
    with SOURCES[name](write(EVERYTHING)) as source:
        assert isinstance(source, Source)
        other = account(source)
    assert other["as_of"] == told["as_of"]
    assert other["rollups"].keys() == told["rollups"].keys()
    for rollup, frame in told["rollups"].items():
        same = frame.equals(other["rollups"][rollup].select(frame.columns))
        assert same or name == "warehouse", rollup
    if name == "state":
        assert {k: v for k, v in other.items() if k != "rollups"} == {
            k: v for k, v in told.items() if k != "rollups"
        }
    if name == "warehouse":
        for table in set(told["counts"]) - {"usage"}:
            assert other["counts"][table] == told["counts"][table]
        assert [q for q in told["quarantine"] if q[0] != "usage"] == other["quarantine"]


def test_the_folder_of_everything_is_told_of_word_by_word(through: Any) -> None:
    """What the contract above compares is not empty."""
    seen = through(EVERYTHING, max_bad=MAX_BAD, slowly=False)
    assert (seen.counts["usage"]["ok"], seen.counts["usage"]["quarantined"]) == (4, 1)
    assert seen.counts["events"] == {
        "read": 4, "ok": 2, "quarantined": 1, "unmapped": 0, "duplicate": 1, "late": 0,
    }  # fmt: skip
    assert seen.features["a"]["a100_hours"] == 16
    assert seen.features["b"]["a100_hours"] == 16
    said = " ".join(seen.warnings)
    for word in ("same content", "older run", "was set aside", "CloudTrail digest", "manifest.jsn"):
        assert word in said


def test_too_many_bad_rows_are_refused_in_the_same_words(through: Any) -> None:
    seen = through({**EVERYTHING, "usage/bad.csv": usage("a") + "x\n" * 30}, slowly=False)
    assert seen.error.startswith("TooManyBadRows: 30 of ")


def test_what_usage_cannot_tell_is_said_in_the_same_words(through: Any) -> None:
    for text, word in (
        (HEADER, "none of the 0 rows"),
        (usage("a").replace(",Usage,", ",Tax,"), "none of the 1 rows"),
        (usage("a").replace("2026", "2027"), "every Usage row ends after the clock"),
    ):
        seen = through({"accounts.csv": ACCOUNTS, "usage.csv": text})
        assert word in seen.error


def test_no_source_is_asked_whether_it_has_a_method(repository: Path) -> None:
    """The protocol says what a source can do; nobody looks for attributes by name."""
    for folder in ("detector", "features", "models"):
        for file in (repository / folder).rglob("*.py"):
            for word in ("getattr(logs", "getattr(source", "hasattr(logs", "hasattr(source"):
                assert word not in file.read_text(), file


def test_frames_of_no_usage_row_say_so() -> None:
    usage_rows = pl.LazyFrame(schema={"ChargeCategory": pl.String, "ChargePeriodEnd": pl.Datetime})
    with pytest.raises(DataError, match="no row of usage is a Usage row"):
        _ = Frames({"usage": usage_rows}, catalogue=Catalogue.load()).as_of
