"""Evidence packs: what a case was judged on and what was said, in one file that checks itself.

A pack of a case as it stands is the same bytes whenever it is made: it holds no time of its own,
and the events that say of earlier packs are not in it while they are the last. Ids are pseudonyms
and names are withheld unless whoever makes it asks for `identify`; then events come with their
payloads, and what was sealed with the snapshots. Without it an event is bound by hashes alone.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files as resources
from pathlib import Path
from typing import Any, Final

from detector.cases.deciding.opened import the_case
from detector.cases.errors import CasesFull, Refused
from detector.cases.leaving.masking import WHO, Mask, keyed, named_in
from detector.cases.leaving.packfile import COVER, VERIFY, as_json_file, as_lines, zipped
from detector.cases.record.anchors import ANCHORS, read_anchors
from detector.cases.record.chain import canonical, sha256
from detector.cases.record.store import Actor, Store, Writing
from detector.cases.showing.reading import case_of, hears
from detector.cases.showing.rehearsing import refuse_to_leave

MADE: Final = "pack.made"
FORMAT: Final = 1
PACKS: Final = "packs"
#: Tables whose rows of the case go in, each as a file; those of later parts where they are there.
_TABLES: Final = (
    "case_accounts", "case_runs", "judgements", "judgement_accounts", "settlements",
    "settlement_accounts", "comments", "proposals", "holds", "letters", "appeals",
)  # fmt: skip
_PEOPLE: Final = frozenset({
    "person", "people", "assignee", "lifted_by", "drafted_by", "approved_by", "sent_by",
    "withdrawn_by", "filed_by", "acknowledged_by", "decided_by",
})  # fmt: skip


@dataclass(frozen=True)
class Contents:
    """What goes into a pack before its pages are drawn.

    Attributes
    ----------
    snapshots
        Open and sealed text by the hash of what was seen; sealed only where names are told.
    files
        All other files by name.
    head
        The last event that is in it.
    mask
        Gives ids and names their pseudonyms; None where they are told.
    """

    case: Mapping[str, Any]
    snapshots: Mapping[str, tuple[str, str | None]]
    files: Mapping[str, bytes]
    head: Mapping[str, Any]
    events: int
    mask: Mask | None


@dataclass(frozen=True)
class Pack:
    """A pack: its name, its bytes and their SHA-256."""

    name: str
    data: bytes
    sha256: str


def contents(
    connection: sqlite3.Connection,
    folder: Path,
    case_id: str,
    *,
    identify: bool = False,
    shown: Callable[[str], str] | None = None,
) -> Contents:
    """What a pack of a case holds; pages are drawn of it by whoever knows how.

    Parameters
    ----------
    shown
        Gives an id its pseudonym, with the site's key; else one that only this folder can make.
    """
    case = case_of(connection, case_id)
    seen = _snapshots(connection, case)
    mask = None if identify else _mask(connection, case, seen, shown)
    people = {row["person"]: f"reviewer-{row['number']}"
              for row in connection.execute("SELECT person, number FROM people")}  # fmt: skip
    events = _events(connection, case_id)
    held = {
        "case.json": _masked(case, mask, people),
        **{f"{name}.json": _masked(rows, mask, people)
           for name, rows in _rows(connection, case_id)},
        "links.json": _masked(_links(seen.values()), mask, people),
        "events.jsonl": [_event(row, people, identify) for row in events],
    }  # fmt: skip
    files = {
        name: as_lines(value) if name.endswith("l") else as_json_file(value)
        for name, value in held.items()
    }
    snapshots = {
        name: (text if mask is None else canonical(mask.held(json.loads(text))),
               sealed if identify else None) for name, (text, sealed) in seen.items()
    }  # fmt: skip
    last = events[-1]
    head = {"seq": last["seq"], "hash": last["hash"], "at": last["at"]}
    anchors = [one.line() for one in read_anchors(folder / ANCHORS) if one.seq <= last["seq"]]
    files["anchors.jsonl"] = "".join(f"{line}\n" for line in anchors).encode()
    return Contents(case, snapshots, files, head, len(events), mask)


def packed(
    held: Contents, pages: Mapping[str, bytes], *, purpose: str, by: Actor
) -> Pack:  # fmt: skip
    """The pack of what was gathered, with its pages.

    Raises
    ------
    Refused
        Where an id or a name stands in what leaves under pseudonyms.
    """
    case_id = str(held.case["case_id"])
    files = {**held.files, **pages}
    for name, (text, sealed) in held.snapshots.items():
        files[f"snapshots/{name}.json"] = text.encode()
        if sealed is not None:
            files[f"snapshots/{name}.sealed.json"] = sealed.encode()
    said = purpose if held.mask is None else held.mask.text(purpose)
    files["COVER.txt"] = _cover(held, said, by).encode()
    if held.mask is not None:
        _refuse_plain(held.mask, files)
    files["VERIFY.md"] = VERIFY.encode()
    files["check.py"] = resources("detector.cases.leaving").joinpath("check_pack.py").read_bytes()
    manifest = {
        "format": FORMAT, "case_id": case_id, "purpose": said, "made_by": f"reviewer-{by.number}",
        "identified": held.mask is None, "head": dict(held.head), "events": held.events,
        "files": [
            {"name": name, "sha256": hashlib.sha256(files[name]).hexdigest(),
             "bytes": len(files[name])} for name in sorted(files)
        ],
    }  # fmt: skip
    files["manifest.json"] = as_json_file(
        {**manifest, "manifest_sha256": sha256(canonical(manifest))}
    )
    data = zipped(files)
    kind = "pseudonyms" if held.mask is not None else "identified"
    name = f"{case_id}.{held.head['seq']}.{kind}.zip"
    return Pack(name, data, hashlib.sha256(data).hexdigest())


def may_pack(connection: sqlite3.Connection, by: Actor, case_id: str, purpose: str) -> str:
    """The role in which somebody makes a pack of a case now.

    Raises
    ------
    Refused
        Where he is no counsel, says no purpose, or is not to hear what others judged yet; and of
        a rehearsal.
    """
    role = by.acting_as("counsel")
    refuse_to_leave(connection)
    case = case_of(connection, case_id)
    if not purpose.strip():
        raise Refused("say what the pack is for")
    if case["state"] == "erased":
        raise Refused(f"case {case_id} was erased; a receipt is all that is left")
    if not hears(connection, case, by):
        raise Refused(
            f"case {case_id} is {case['state']}: a pack tells what was judged, so it is made when "
            "the case is decided"
        )
    return role


def note(
    tx: Writing, by: Actor, case_id: str, pack: Pack, *, purpose: str, identify: bool
) -> int:  # fmt: skip
    """Note that a pack was made: its hash, what for, and whether it tells names."""
    role = may_pack(tx.connection, by, case_id, purpose)
    the_case(tx, case_id)
    facts = {"name": pack.name, "sha256": pack.sha256, "bytes": len(pack.data),
             "purpose": purpose, "identified": identify}  # fmt: skip
    return tx.record(MADE, by, role, case_id, facts)


def make(
    store: Store,
    by: Actor,
    case_id: str,
    now: datetime,
    *,
    purpose: str,
    draw: Callable[[Contents], Mapping[str, bytes]],
    identify: bool = False,
    shown: Callable[[str], str] | None = None,
) -> Pack:
    """Make a pack and note it; nothing leaves that is not noted.

    Parameters
    ----------
    draw
        Gives the pages (``case.html``) of what goes in.
    """
    with store.reading() as connection:
        may_pack(connection, by, case_id, purpose)
        held = contents(connection, store.folder, case_id, identify=identify, shown=shown)
    pack = packed(held, draw(held), purpose=purpose, by=by)
    with store.writing(now) as tx:
        note(tx, by, case_id, pack, purpose=purpose, identify=identify)
    return pack


def keep(folder: Path, pack: Pack) -> Path:
    """Write a pack into a folder, whole or not at all; where it stands.

    Raises
    ------
    CasesFull
        Where the disk does not take it.
    """
    path, beside = folder / pack.name, folder / f".{pack.name}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside.write_bytes(pack.data)
        beside.chmod(0o600)
        beside.replace(path)
    except OSError as error:
        raise CasesFull(
            f"{path} could not be written ({error.strerror}); the pack is noted as made with "
            f"SHA-256 {pack.sha256}: free space and make it again, it will be the same bytes"
        ) from error
    return path


def _snapshots(
    connection: sqlite3.Connection, case: Mapping[str, Any]
) -> dict[str, tuple[str, str | None]]:
    """What was seen when it was judged, and what is seen now."""
    rows = connection.execute(
        "SELECT snapshot, sealed FROM case_runs WHERE case_id = ? UNION "
        "SELECT snapshot, NULL FROM judgements WHERE case_id = ?",
        (case["case_id"], case["case_id"]),
    ).fetchall()
    pairs = [(row["snapshot"], row["sealed"]) for row in rows]
    pairs.append((case["snapshot"], case["sealed"]))
    of = {name: sealed for name, sealed in sorted(pairs, key=lambda one: one[1] or "") if name}
    judged = {row["snapshot"] for row in rows if row["sealed"] is None} | {case["snapshot"]}
    found = {}
    for name in sorted(judged & of.keys()):
        sealed = of[name]
        found[name] = (
            _body(connection, name), None if sealed is None else _body(connection, sealed)
        )  # fmt: skip
    return found


def _body(connection: sqlite3.Connection, name: str) -> str:
    row = connection.execute("SELECT body FROM snapshots WHERE sha256 = ?", (name,)).fetchone()
    if row is None or row["body"] is None:
        raise Refused(f"snapshot {name[:12]} is not kept; see: enduse cases verify")
    return zlib.decompress(row["body"]).decode()


def _mask(
    connection: sqlite3.Connection,
    case: Mapping[str, Any],
    seen: Mapping[str, tuple[str, str | None]],
    shown: Callable[[str], str] | None,
) -> Mask:
    ids = {row[0] for row in connection.execute("SELECT DISTINCT account_id FROM case_accounts")}
    rings = connection.execute("SELECT DISTINCT ring_id FROM cases WHERE ring_id IS NOT NULL")
    ids |= {row[0] for row in rings} | {case["lead_account"] or ""}
    names: set[str] = set()
    for text, sealed in seen.values():
        ids |= set(named_in(json.loads(text)))
        if sealed is not None:
            ids |= set(named_in(json.loads(sealed)))
            names |= set(named_in(json.loads(sealed), WHO))
    return Mask(ids, names, shown or keyed(_secret(connection, case["case_id"])))


def _secret(connection: sqlite3.Connection, case_id: str) -> bytes:
    """A key that is the same for each pack of a case, made of bytes that leave in none of them."""
    row = connection.execute(
        "SELECT payload FROM events WHERE case_id = ? ORDER BY seq LIMIT 1", (case_id,)
    ).fetchone()
    return hashlib.sha256(f"enduse pack {row['payload']}".encode()).digest()


def _rows(
    connection: sqlite3.Connection, case_id: str
) -> list[tuple[str, list[dict[str, Any]]]]:  # fmt: skip
    have = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}
    found = []
    for name in _TABLES:
        if name in have:
            # A name of those above: nothing that was given becomes SQL.
            query = f"SELECT * FROM {name} WHERE case_id = ?"  # noqa: S608
            rows = connection.execute(query, (case_id,))
            found.append((name, sorted((dict(row) for row in rows), key=canonical)))
    return found


def _links(seen: Any) -> list[Any]:
    """The identifiers that the last snapshots tell."""
    rows = [json.loads(text).get("case", {}).get("links", []) for text, _ in seen]
    return [row for one in rows for row in one]


def _events(connection: sqlite3.Connection, case_id: str) -> list[sqlite3.Row]:
    """The case's own chain, without the packs that were made since anything else happened."""
    rows = connection.execute(
        "SELECT * FROM events WHERE case_id = ? ORDER BY seq", (case_id,)
    ).fetchall()
    while rows and rows[-1]["action"] == MADE:
        rows.pop()
    return rows


def _event(row: sqlite3.Row, people: Mapping[str, str], identify: bool) -> dict[str, Any]:
    told = dict(row)
    if not identify:
        head = [told[name] for name in ("seq", "at", "person", "role", "action", "case_id")]
        del told["payload"]
        told |= {"head_sha256": sha256(canonical(head)), "who": people.get(told.pop("person"), "")}
    return told


def _masked(value: Any, mask: Mask | None, people: Mapping[str, str]) -> Any:
    """Rows as they leave: people by number and ids under pseudonyms, unless names are told."""
    if mask is None:
        return value
    if isinstance(value, list):
        return [_masked(one, mask, people) for one in value]
    return {
        name: _numbers(one, people) if name in _PEOPLE else mask.held(_parsed(one))
        for name, one in value.items()
    }


def _parsed(value: Any) -> Any:
    """Columns that hold JSON, as what they hold."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _numbers(value: Any, people: Mapping[str, str]) -> Any:
    held = _parsed(value)
    if isinstance(held, list):
        return [people.get(one, "reviewer-0") for one in held]
    return people.get(held, "reviewer-0") if held else held


def _refuse_plain(mask: Mask, files: Mapping[str, bytes]) -> None:
    for name in sorted(files):
        if name == "anchors.jsonl":
            continue
        if (left := mask.left_in(files[name])) is not None:
            raise Refused(
                f"{name} would tell {left!r}, and this pack is to hold pseudonyms only; nothing "
                "was made. Draw the page of what `contents` gives, or make it with --identify"
            )


def _cover(held: Contents, purpose: str, by: Actor) -> str:
    told = (
        "Ids and names of the accounts are told."
        if held.mask is None
        else "Ids are pseudonyms, and names are withheld."
    )
    return COVER.format(
        case=held.case["case_id"], purpose=purpose, by=f"reviewer-{by.number}",
        seq=held.head["seq"], at=held.head["at"], told=told,
    )  # fmt: skip
