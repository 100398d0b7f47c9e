"""Processes that are killed while they decide, take runs or migrate, and what is left then."""

from __future__ import annotations

import os
import random
import select
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final
from unittest.mock import patch

from detector.cases.record.connections import steps, to_read, version_of
from detector.cases.record.store import Store
from detector.cases.record.verify import verify_folder
from lab.cases.made import START, decide, folder_of

_LINE: Final = 16


@dataclass
class Told:
    """What a series of kills showed; every word but the first four is to be 0."""

    kills: int = 0
    acknowledged: int = 0
    decisions: int = 0
    reads: int = 0
    lost: int = 0
    without_event: int = 0
    torn_reads: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def faults(self) -> int:
        """How much is not as it must be."""
        return self.lost + self.without_event + self.torn_reads + len(self.findings)


def killed_while(work: Callable[[int], None], after: float) -> list[int]:
    """Run work in a process of its own and kill it; the numbers that it acknowledged.

    ``work`` is given a file handle, and writes a number of 16 digits for each thing done.
    """
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(read)
            work(write)
        finally:
            os._exit(0)
    os.close(write)
    try:
        select.select([read], [], [], 10.0)  # it has begun
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        data = b""
        while part := os.read(read, 1 << 16):
            data += part
    finally:
        os.close(read)
    return [int(data[at : at + _LINE]) for at in range(0, len(data) - _LINE + 1, _LINE)]


def acknowledge(handle: int, number: int) -> None:
    """Say that something is done."""
    os.write(handle, b"%016d" % number)


def kills_while_deciding(path: Path, kills: int, *, seed: int, a_kill: int = 60) -> Told:
    """Kill a process that decides cases, again and again, while another reads."""
    told, draw = Told(), random.Random(seed)
    folder_of(path, kills * a_kill).close()
    acknowledged = set[int]()
    with _reader(path, told):
        for number in range(kills):
            first = number * a_kill
            acknowledged |= set(killed_while(_decides(path, first, a_kill), draw.random() * 0.08))
            told.kills += 1
    told.acknowledged = len(acknowledged)
    _look(path, acknowledged, told)
    return told


def _decides(path: Path, first: int, number: int) -> Callable[[int], None]:
    def work(handle: int) -> None:
        cases = Store(path)
        for case in range(first, first + number):
            stored = decide(cases, case, START + timedelta(hours=case))
            acknowledge(handle, stored.judgement_id)

    return work


def _look(path: Path, acknowledged: set[int], told: Told) -> None:
    with closing(Store(path)) as cases, cases.reading() as connection:
        ids = {row[0] for row in connection.execute("SELECT judgement_id FROM judgements")}
        events = {row[0] for row in connection.execute(
            "SELECT seq FROM events WHERE action = 'judgement.stored'")}  # fmt: skip
    told.decisions = len(ids)
    told.lost = len(acknowledged - ids)
    told.without_event = len(ids ^ events)
    told.findings += [one.sentence for one in verify_folder(path).findings]


@contextmanager
def _reader(path: Path, told: Told) -> Iterator[None]:
    """Another process that reads all the time, and counts what is torn."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(read)
            _reads(path, write)
        finally:
            os._exit(0)
    os.close(write)
    try:
        yield
    finally:
        os.kill(child, signal.SIGTERM)
        with os.fdopen(read, "rb") as stream:
            data = stream.read()
        os.waitpid(child, 0)
    told.reads = data.count(b".") + data.count(b"!")
    told.torn_reads = data.count(b"!")


def _reads(path: Path, handle: int) -> None:
    """A judgement has its event, its accounts, and moved its case: in every state that is seen."""
    torn = (
        "SELECT 1 FROM judgements j LEFT JOIN events e ON e.seq = j.judgement_id LEFT JOIN cases c "
        "ON c.case_id = j.case_id WHERE e.action IS NULL OR c.state IN ('new', 'in_review') OR "
        "NOT EXISTS (SELECT 1 FROM judgement_accounts a WHERE a.judgement_id = j.judgement_id)"
    )
    with closing(to_read(path)) as connection:
        while True:
            try:
                connection.execute("BEGIN")
                whole = connection.execute(torn).fetchone() is None
                connection.execute("ROLLBACK")
            except sqlite3.DatabaseError:
                whole = False
            os.write(handle, b"." if whole else b"!")
            time.sleep(0.005)


def kills_while_taking(
    path: Path, kills: int, take: Callable[[Store, int], None], *, seed: int, a_kill: int = 5
) -> Told:
    """Kill a process that takes runs in; ``take`` takes the run of a number."""
    told, draw = Told(), random.Random(seed)
    folder_of(path, 0).close()
    acknowledged, taken = 0, 0
    for _ in range(kills):
        done = killed_while(_takes(path, take, taken, a_kill), draw.random() * 0.25)
        told.kills += 1
        acknowledged += len(done)
        with closing(Store(path)) as cases, cases.reading() as connection:
            before, taken = taken, connection.execute("SELECT count(*) FROM runs").fetchone()[0]
        told.lost += max(0, before + len(done) - taken)
    told.acknowledged, told.decisions = acknowledged, taken
    told.findings += [one.sentence for one in verify_folder(path).findings]
    return told


def _takes(
    path: Path, take: Callable[[Store, int], None], first: int, number: int
) -> Callable[[int], None]:
    def work(handle: int) -> None:
        cases = Store(path)
        for run in range(first, first + number):
            take(cases, run)
            acknowledge(handle, run)

    return work


def kills_while_migrating(path: Path, kills: int, *, seed: int, cases: int = 200) -> Told:
    """Kill a process that opens a folder of the first schema; what is left opens whole."""
    told, draw = Told(), random.Random(seed)
    wanted = len(steps())
    for number in range(kills):
        folder = path / str(number)
        with _first_schema():
            folder_of(folder, cases).close()
        killed_while(_opens(folder), draw.random() * 0.03)
        told.kills += 1
        with closing(to_read(folder)) as connection:
            version = version_of(connection)
        if version not in (1, wanted):
            told.findings.append(f"schema {version}: neither the old one nor the new")
        with closing(Store(folder)):
            told.findings += [one.sentence for one in verify_folder(folder).findings]
    return told


def _opens(path: Path) -> Callable[[int], None]:
    def work(handle: int) -> None:
        acknowledge(handle, 0)
        Store(path)
        time.sleep(1)

    return work


@contextmanager
def _first_schema() -> Iterator[None]:
    """As the first version was: with the first step of the schema only."""
    first = steps()[:1]
    with patch("detector.cases.record.connections.steps", lambda: first):
        yield
