"""Whether a folder of cases is what was written to it, found without believing its tables."""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from detector.cases.errors import CasesError
from detector.cases.record.anchors import Anchor, last_heads, read_anchors
from detector.cases.record.chain import START, Link, sha256
from detector.cases.record.connections import FILE, migrate, to_read
from detector.cases.record.replay import made_anew
from detector.cases.record.store import SEQ, SYSTEM, Store, Writing
from detector.cases.record.sums import damaged_blocks
from detector.cases.record.tables import Table, Tables

#: The one event after which earlier ones of its case may be empty.
ERASED: Final = "case.erased"
_MOST: Final = 20
_EVENTS: Final = "SELECT * FROM events ORDER BY seq"


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was written: what, where, and a sentence."""

    kind: str
    where: str
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """What `verify` looked at, and what it found; nothing found is a folder that is whole."""

    events: int
    head: str
    anchors: int
    findings: tuple[Finding, ...]


def verify(store: Store, anchors: Path | None = None) -> Verdict:
    """Check the file, the chain, the anchors, and every table against the events.

    Parameters
    ----------
    store
        An open folder.
    anchors
        A copy of ``anchors.jsonl`` that somebody kept elsewhere: shows what a person with the
        whole folder in hand could have rewritten.
    """
    return verify_folder(store.folder, anchors)


def verify_folder(folder: Path, anchors: Path | None = None) -> Verdict:
    """The same of a folder that may be too damaged, or too old, to be opened."""
    found: list[Finding] = []
    heads = _heads(folder, anchors, found)
    count, head = 0, START
    try:
        with closing(to_read(folder)) as connection:
            connection.execute("BEGIN")
            for check in (
                _file(folder, connection), _schema(connection), chain_of(connection, heads),
                _tables(connection), _snapshots(connection), _passwords(connection),
            ):  # fmt: skip
                found += check
            count = connection.execute("SELECT count(*) FROM events").fetchone()[0]
            last = connection.execute("SELECT hash FROM events ORDER BY seq DESC LIMIT 1")
            head = (last.fetchone() or (START,))[0]
    except (sqlite3.Error, UnicodeError, CasesError) as error:
        found.append(Finding("file", FILE, f"the database cannot be read through: {error}"))
    return Verdict(count, head, len(heads), tuple(found))


def verified(tx: Writing, verdict: Verdict) -> None:
    """Note that the folder was found whole, up to which event; what was not is not noted."""
    if verdict.findings:
        return
    held = {"head": verdict.head, "events": verdict.events}
    row = {"verification_id": SEQ, "at": tx.at, **held}
    tx.record("cases.verified", SYSTEM, "system", facts=held, put=[("verifications", row)])


def _heads(folder: Path, anchors: Path | None, found: list[Finding]) -> list[Anchor]:
    heads: list[Anchor] = []
    for read in (lambda: last_heads(folder), lambda: read_anchors(folder / "anchors.jsonl"),
                 lambda: read_anchors(anchors) if anchors else ()):  # fmt: skip
        try:
            heads += read()
        except (ValueError, OSError) as error:
            found.append(Finding("anchor", "anchors", f"the anchors cannot be read: {error}"))
    return heads


def _file(folder: Path, connection: sqlite3.Connection) -> Iterator[Finding]:
    try:
        blocks = damaged_blocks(folder, folder / FILE)
    except ValueError as error:
        yield Finding("file", "cases.sums", str(error))
        blocks = None
    if blocks:
        shown = ", ".join(map(str, blocks[:_MOST]))
        yield Finding(
            "file", FILE, f"blocks {shown} of {FILE} (64 KiB each) were changed by something else"
        )
    for row in islice(connection.execute("PRAGMA integrity_check"), _MOST):
        if row[0] != "ok":
            yield Finding("file", FILE, f"SQLite says of the file: {row[0]}")


def _schema(connection: sqlite3.Connection) -> Iterator[Finding]:
    told = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL"
    with sqlite3.connect(":memory:", isolation_level=None) as made:
        migrate(made)
        wanted = dict(made.execute(told).fetchall())
    made.close()
    have = {row[0]: row[1] for row in connection.execute(told)}
    for name in sorted(wanted.keys() | have.keys()):
        if wanted.get(name) != have.get(name):
            yield Finding("schema", name, f"the schema's {name!r} is not as this version made it")


def chain_of(connection: sqlite3.Connection, heads: Iterable[Anchor]) -> Iterator[Finding]:
    """What is wrong with the chain of events, and with heads that are to be in it."""
    erased = dict(
        connection.execute(
            "SELECT case_id, max(seq) FROM events WHERE action = ? GROUP BY case_id", (ERASED,)
        ).fetchall()
    )
    wanted: dict[int, set[str]] = {}
    for head in heads:
        wanted.setdefault(head.seq, set()).add(head.hash)
    wanted.pop(0, None)
    prev, of_case, seq = START, dict[str, str](), 0
    for event in connection.execute(_EVENTS):
        seq += 1
        if event["seq"] != seq:
            yield _at(event, f"event {seq} is missing")
            seq = event["seq"]
        case = event["case_id"]
        link = Link(
            seq, event["at"], event["person"], event["role"], event["action"], case,
            event["payload_sha256"], prev, START if case is None else of_case.get(case, START),
        )  # fmt: skip
        yield from _event(event, link, erased)
        for hash_ in wanted.pop(seq, ()):
            if hash_ != event["hash"]:
                yield _at(event, f"event {seq} is not the one that an anchor holds")
        prev = event["hash"]
        if case is not None:
            of_case[case] = prev
    for number in sorted(wanted)[:_MOST]:
        yield Finding(
            "chain", f"event {number}", f"event {number} was acknowledged and is not there"
        )


def _hash_of(link: Link) -> str:
    try:
        return link.hash
    except ValueError:
        return "of no digests"


def _event(event: sqlite3.Row, link: Link, erased: dict[str, int]) -> Iterator[Finding]:
    seq = event["seq"]
    if event["prev"] != link.prev or event["case_prev"] != link.case_prev:
        yield _at(event, f"event {seq} is not bound to the one before it")
    elif _hash_of(link) != event["hash"]:
        yield _at(event, f"event {seq} does not have the hash of what it says")
    if event["payload"] is None:
        if seq >= erased.get(event["case_id"], 0):
            yield _at(event, f"event {seq} is empty, and no erasure of its case says why")
    elif sha256(event["payload"]) != event["payload_sha256"]:
        yield _at(event, f"the payload of event {seq} is not the one that was written")


def _at(event: sqlite3.Row, sentence: str) -> Finding:
    return Finding("chain", f"event {event['seq']}", sentence)


def _tables(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Every table made anew from the events, beside the one that is there."""
    events = connection.execute("SELECT case_id, payload FROM events ORDER BY seq")
    try:
        made = made_anew(events)
    except (CasesError, sqlite3.Error, ValueError, TypeError, KeyError, AttributeError) as error:
        # A payload that is JSON and no payload: its hash was found wrong, or whoever made it did.
        yield Finding("events", "events", f"the events make no tables: {error}")
        return
    try:
        for table in Tables(made).all.values():
            yield from islice(_differences(table, connection, made), _MOST)
    finally:
        made.close()


def _differences(
    table: Table, here: sqlite3.Connection, made: sqlite3.Connection
) -> Iterator[Finding]:
    columns, key = ", ".join(table.columns), ", ".join(table.key)
    query = f"SELECT {columns} FROM {table.name} ORDER BY {key}"  # noqa: S608 - the schema's names
    have, wanted = here.execute(query), made.execute(query)
    mine, theirs = next(have, None), next(wanted, None)
    while mine is not None or theirs is not None:
        left, right = _key(table, mine), _key(table, theirs)
        if left == right:
            if tuple(mine or ()) != tuple(theirs or ()):
                yield _row(table, mine, theirs, "is not as the events say")
            mine, theirs = next(have, None), next(wanted, None)
        elif right is None or (left is not None and left < right):
            yield _row(table, mine, None, "is there, and no event put it there")
            mine = next(have, None)
        else:
            yield _row(table, theirs, None, "is missing")
            theirs = next(wanted, None)


def _key(table: Table, row: sqlite3.Row | None) -> tuple[tuple[bool, object], ...] | None:
    return None if row is None else tuple((row[k] is not None, row[k]) for k in table.key)


def _row(table: Table, row: sqlite3.Row | None, other: sqlite3.Row | None, what: str) -> Finding:
    key = {} if row is None else {name: row[name] for name in table.key}
    columns = [] if row is None or other is None else [
        name for name in table.columns if row[name] != other[name]
    ]  # fmt: skip
    where = f"{table.name} {key}"
    of = f" ({', '.join(columns)})" if columns else ""
    return Finding("table", where, f"the row {key} of {table.name} {what}{of}")


def _snapshots(connection: sqlite3.Connection) -> Iterator[Finding]:
    for row in connection.execute("SELECT sha256, body FROM snapshots WHERE body IS NOT NULL"):
        try:
            seen = hashlib.sha256(zlib.decompress(row["body"])).hexdigest()
        except zlib.error:
            seen = "damaged"
        if seen != row["sha256"]:
            yield Finding(
                "snapshot", row["sha256"], f"snapshot {row['sha256'][:12]} is not what was seen"
            )
    lost = connection.execute(
        "SELECT DISTINCT snapshot FROM (SELECT snapshot FROM case_runs UNION ALL "
        "SELECT snapshot FROM judgements) LEFT JOIN snapshots ON sha256 = snapshot "
        "WHERE body IS NULL"
    )
    for row in islice(lost, _MOST):
        yield Finding("snapshot", row[0], f"snapshot {row[0][:12]} is missing")


def _passwords(connection: sqlite3.Connection) -> Iterator[Finding]:
    rows = connection.execute(
        "SELECT person, line, password_sha256 FROM passwords LEFT JOIN people USING (person)"
    )
    for row in rows:
        if row["password_sha256"] != sha256(row["line"]):
            yield Finding(
                "password", row["person"], f"the password of {row['person']} was set by no event"
            )
