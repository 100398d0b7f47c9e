"""Twelve ways to tamper with a folder of cases by somebody who knows how it works."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from detector.cases.record import sums
from detector.cases.record.chain import START, Link, canonical, sha256
from detector.cases.record.connections import FILE
from detector.cases.record.replay import apply
from detector.cases.record.tables import Tables
from detector.cases.record.verify import Finding, verify_folder

Row = dict[str, Any]


def copied(whole: Path, to: Path) -> Path:
    """A copy of a closed folder, to be damaged."""
    shutil.rmtree(to, ignore_errors=True)
    return Path(shutil.copytree(whole, to))


def tampered(folder: Path, kind: str, draw: random.Random) -> int:
    """Tamper with a folder in one way; the first event that is touched.

    The triggers are put back and the sums are taken anew: only events, tables and anchors tell.
    """
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
        ).fetchall()
        for trigger in triggers:
            connection.execute(f"DROP TRIGGER {trigger['name']}")
        last = connection.execute("SELECT max(seq) FROM events").fetchone()[0]
        seq = draw.randrange(2, last)
        KINDS[kind](connection, seq, draw)
        for trigger in triggers:
            connection.execute(trigger["sql"])
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    sums.take(folder, folder / FILE)
    return seq


def forged(folder: Path, seq: int, payload: str) -> None:
    """Give an event another payload, and the hash of it."""
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER events_are_not_rewritten")
        text = payload.encode("utf-8", "surrogatepass")
        connection.execute(
            "UPDATE events SET payload = CAST(? AS TEXT), payload_sha256 = ? WHERE seq = ?",
            (text, sha256(payload), seq),
        )
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _payload(connection: sqlite3.Connection, seq: int, draw: random.Random) -> None:
    _set(connection, seq, payload=_other(connection, seq, draw))


def _payload_and_its_hash(connection: sqlite3.Connection, seq: int, draw: random.Random) -> None:
    text = _other(connection, seq, draw)
    _set(connection, seq, payload=text, payload_sha256=sha256(text))


def _event_and_its_hash(connection: sqlite3.Connection, seq: int, draw: random.Random) -> None:
    text = _other(connection, seq, draw)
    row = _event(connection, seq) | {"payload": text, "payload_sha256": sha256(text)}
    _set(connection, seq, payload=text, payload_sha256=sha256(text), hash=_hash(row))


def _head(connection: sqlite3.Connection, seq: int, draw: random.Random) -> None:
    name, value = draw.choice(
        [("person", "somebody"), ("role", "lead"), ("action", "case.seen"), ("case_id", "C-999999"),
         ("at", "2025-01-01T00:00:00.000000Z")]
    )  # fmt: skip
    _set(connection, seq, **{name: value})


def _removed(connection: sqlite3.Connection, seq: int, _draw: random.Random) -> None:
    connection.execute("DELETE FROM events WHERE seq = ?", (seq,))


def _removed_and_renumbered(connection: sqlite3.Connection, seq: int, draw: random.Random) -> None:
    _removed(connection, seq, draw)
    connection.execute("UPDATE events SET seq = -(seq - 1) WHERE seq > ?", (seq,))
    connection.execute("UPDATE events SET seq = -seq WHERE seq < 0")


def _swapped(connection: sqlite3.Connection, seq: int, _draw: random.Random) -> None:
    connection.execute("UPDATE events SET seq = -1 WHERE seq = ?", (seq,))
    connection.execute("UPDATE events SET seq = ? WHERE seq = ?", (seq, seq - 1))
    connection.execute("UPDATE events SET seq = ? WHERE seq = -1", (seq - 1,))


def _repeated(connection: sqlite3.Connection, seq: int, _draw: random.Random) -> None:
    row = _event(connection, seq)
    connection.execute("UPDATE events SET seq = -(seq + 1) WHERE seq > ?", (seq,))
    connection.execute("UPDATE events SET seq = -seq WHERE seq < 0")
    _insert(connection, row | {"seq": seq + 1})


def _emptied(connection: sqlite3.Connection, seq: int, _draw: random.Random) -> None:
    _set(connection, seq, payload=None)


def _tail_cut(connection: sqlite3.Connection, seq: int, _draw: random.Random) -> None:
    connection.execute("DELETE FROM events WHERE seq >= ?", (seq,))
    _tables_anew(connection)


def _rewritten(connection: sqlite3.Connection, seq: int, draw: random.Random) -> None:
    """From here on everything is consistent with what was changed."""
    events = [dict(row) for row in connection.execute("SELECT * FROM events ORDER BY seq")]
    prev, of_case = START, dict[str | None, str]()
    for event in events:
        if event["seq"] == seq:
            event["payload"] = _other(connection, seq, draw)
            event["payload_sha256"] = sha256(event["payload"])
        if event["seq"] >= seq:
            case = event["case_id"]
            event["prev"] = prev
            event["case_prev"] = START if case is None else of_case.get(case, START)
            event["hash"] = _hash(event)
            _set(connection, event["seq"], **event)
        prev = of_case[event["case_id"]] = event["hash"]
    _tables_anew(connection)


def _table(connection: sqlite3.Connection, _seq: int, draw: random.Random) -> None:
    """A row of a table, a snapshot, or the schema."""
    statement = draw.choice([
        "UPDATE judgements SET outcome = 'cleared' WHERE judgement_id = "
        "(SELECT judgement_id FROM judgements WHERE outcome <> 'cleared' LIMIT 1)",
        "UPDATE judgement_accounts SET outcome = 'unresolved'",
        "DELETE FROM settlements",
        "UPDATE settlement_accounts SET expires_at = NULL",
        "UPDATE people SET roles = '[\"counsel\"]' WHERE number = 2",
        "INSERT INTO comments VALUES (1, 'C-000001', 'reviewer1', '2026', 'never said')",
        "UPDATE cases SET state = 'closed' WHERE state = 'second'",
        "DELETE FROM case_accounts WHERE case_id = 'C-000003'",
        "UPDATE snapshots SET body = x'789c0300'",
        "DELETE FROM snapshots",
        "INSERT INTO passwords VALUES ('reviewer1', 'a line of my own')",
        "DROP INDEX judgements_of_case",
        "CREATE TRIGGER mine AFTER INSERT ON events BEGIN DELETE FROM comments; END",
    ])  # fmt: skip
    connection.execute(statement)


#: Each way by its name.
KINDS: Final[dict[str, Callable[[sqlite3.Connection, int, random.Random], None]]] = {
    "payload changed": _payload,
    "payload and its hash changed": _payload_and_its_hash,
    "event and its hash changed": _event_and_its_hash,
    "who, when or what changed": _head,
    "event removed": _removed,
    "event removed, rest renumbered": _removed_and_renumbered,
    "events swapped": _swapped,
    "event repeated": _repeated,
    "payload emptied": _emptied,
    "tail cut, tables made to fit": _tail_cut,
    "rewritten from an event on, tables made to fit": _rewritten,
    "table, snapshot, password or schema changed": _table,
}


def flipped(folder: Path, draw: random.Random) -> int:
    """Flip one bit of the database file; which one."""
    path = folder / FILE
    bit = draw.randrange(path.stat().st_size * 8)
    with path.open("r+b") as stream:
        stream.seek(bit // 8)
        byte = stream.read(1)[0]
        stream.seek(bit // 8)
        stream.write(bytes([byte ^ (1 << bit % 8)]))
    return bit


def found(folder: Path, anchors: Path | None = None) -> tuple[Finding, ...]:
    """What `verify` finds."""
    return verify_folder(folder, anchors).findings


def named(findings: tuple[Finding, ...], kind: str, seq: int) -> bool:
    """Whether it is said where: the event or the one beside it, or the table, row or part."""
    said = " ".join(one.sentence for one in findings)
    if kind in _ELSEWHERE:
        return all((one.where and one.where.split()[-1] in one.sentence) or one.kind in _PARTS
                   for one in findings) and bool(said)  # fmt: skip
    return any(f"event {number} " in said for number in (seq - 1, seq, seq + 1))


#: Kinds of findings whose place is a table, a row or a part of the schema.
_PARTS: Final = frozenset({"table", "snapshot", "password", "schema"})
#: Kinds that touch no single event, or all after one.
_ELSEWHERE: Final = frozenset({
    "tail cut, tables made to fit", "rewritten from an event on, tables made to fit",
    "table, snapshot, password or schema changed",
})  # fmt: skip


def mutations(number: int, draw: random.Random) -> Iterator[str]:
    """Kinds in turn."""
    kinds = list(KINDS)
    for turn in range(number):
        yield kinds[turn % len(kinds)] if turn < len(kinds) else draw.choice(kinds)


def _event(connection: sqlite3.Connection, seq: int) -> Row:
    return dict(connection.execute("SELECT * FROM events WHERE seq = ?", (seq,)).fetchone())


def _other(connection: sqlite3.Connection, seq: int, draw: random.Random) -> str:
    held = json.loads(_event(connection, seq)["payload"])
    held["facts"]["said"] = f"something else {draw.random()}"
    return canonical(held)


def _hash(row: Row) -> str:
    names = ("seq", "at", "person", "role", "action", "case_id", "payload_sha256", "prev",
             "case_prev")  # fmt: skip
    return Link(**{name: row[name] for name in names}).hash


def _set(connection: sqlite3.Connection, at: int, /, **columns: Any) -> None:
    names = ", ".join(f"{name} = ?" for name in columns)
    connection.execute(f"UPDATE events SET {names} WHERE seq = ?", (*columns.values(), at))


def _insert(connection: sqlite3.Connection, row: Row) -> None:
    marks = ", ".join("?" for _ in row)
    connection.execute(f"INSERT INTO events VALUES ({marks})", tuple(row.values()))


def _tables_anew(connection: sqlite3.Connection) -> None:
    for name in Tables(connection).all:
        connection.execute(f"DELETE FROM {name}")
    apply(iter(connection.execute("SELECT * FROM events ORDER BY seq").fetchall()), connection)
