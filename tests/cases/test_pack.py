"""Packs: the same bytes twice, checked by a bare Python, made by counsel only, nothing plain."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pytest

from detector.cases.deciding import judging
from detector.cases.deciding.judgement import Judgement
from detector.cases.errors import Refused
from detector.cases.leaving import check_pack
from detector.cases.leaving.pack import Contents, Pack, make
from detector.cases.leaving.packfile import as_json_file, zipped
from detector.cases.record.chain import canonical, sha256
from detector.cases.record.store import Actor, Store, Writing
from detector.cases.record.verify import verify
from tests.cases.planted import ANN, BOB, CEM, DIA, EVE, FAY, GUS, HAL, IDA, Clock, plant

ID, OTHER, DOTTED = "0199054137", "0067726171", "acct.de:7/2"
NAME = "Erdachte Werke"


def kept(tx: Writing, held: object) -> str:
    text = canonical(held)
    tx.connection.execute(
        "INSERT OR IGNORE INTO snapshots VALUES (?, ?)",
        (sha256(text), zlib.compress(text.encode())),
    )
    return sha256(text)


@pytest.fixture(autouse=True)
def cases(store: Store, clock: Clock) -> None:
    with store.writing(clock()) as tx:
        open_ = kept(tx, {"case": {
            "lead": {"account_id": ID, "reasons": [f"shares a device with {OTHER}"]},
            "links": [{"account_id": ID, "kind": "device", "value": "k1", "holders": 2}],
        }})  # fmt: skip
        sealed = kept(tx, {"case": {"identity": [{"account_id": ID, "org_name": NAME}]}})
        plant(tx, "C-1", {ID: ("proxy", ()), DOTTED: ("proxy", ())}, snapshot=open_,
              sealed=sealed, ring_id="ring-4711")  # fmt: skip
        plant(tx, "C-2", {OTHER: ("proxy", ())})
    for by in (ANN, BOB):
        with store.writing(clock()) as tx:
            said = Judgement(
                "confirmed_proxy", f"{ID} and {DOTTED} are of {NAME.upper()}; see {OTHER}"
            )
            version = tx.all("SELECT version FROM cases WHERE case_id = 'C-1'")[0]["version"]
            judging.judge(tx, by, "C-1", version, said)


def page(held: Contents) -> Mapping[str, bytes]:
    text = next(iter(held.snapshots.values()))[0]
    return {"case.html": f"<!doctype html><p>{text}</p>".encode()}


def packed(store: Store, clock: Clock, by: Actor = EVE, **given: object) -> Pack:
    return make(store, by, "C-1", clock(), **{"purpose": "court", "draw": page} | given)  # type: ignore[arg-type]


def files_of(pack: Pack) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(pack.data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_pack_is_the_same_bytes_twice_and_says_what_it_is(store: Store, clock: Clock) -> None:
    first, second = packed(store, clock), packed(store, clock)
    assert first.data == second.data
    files = files_of(first)
    assert list(files) == sorted(files)
    assert files.keys() >= {
        "COVER.txt", "case.html", "events.jsonl", "judgements.json", "manifest.json",
        "links.json", "case_accounts.json", "check.py", "VERIFY.md",
    }  # fmt: skip
    assert b"not a report to any authority" in files["COVER.txt"]
    manifest = json.loads(files["manifest.json"])
    assert manifest["head"]["hash"] == json.loads(files["events.jsonl"].splitlines()[-1])["hash"]
    with store.reading() as connection:
        rows = connection.execute(
            "SELECT payload FROM events WHERE action = 'pack.made'"
        ).fetchall()
    assert [json.loads(row[0])["facts"]["sha256"] for row in rows] == [first.sha256] * 2
    assert verify(store).findings == ()


@pytest.mark.parametrize("shown", [None, lambda value: f"p{len(value)}"])
def test_no_plain_id_or_name_leaves_without_identify(
    store: Store, clock: Clock, shown: object
) -> None:
    for name, data in files_of(packed(store, clock, shown=shown)).items():
        for plain in (ID, OTHER, DOTTED, NAME, NAME.upper(), "ring-4711"):
            assert plain.encode() not in data, (name, plain)
        assert b'"ann"' not in data, name


def test_with_identify_ids_names_and_payloads_are_told(store: Store, clock: Clock) -> None:
    files = files_of(packed(store, clock, identify=True))
    everything = b"".join(files.values()).decode()
    for plain in (ID, DOTTED, NAME, "payload"):
        assert plain in everything
    for name, data in files.items():
        if name.startswith("snapshots/"):
            seen = name.removeprefix("snapshots/").partition(".")
            assert seen[2] == "sealed.json" or hashlib.sha256(data).hexdigest() == seen[0]


def test_a_page_that_tells_an_id_all_the_same_is_refused(store: Store, clock: Clock) -> None:
    head = store.head()
    for told in (ID, DOTTED, NAME.lower(), "".join(f"&#{ord(c)};" for c in ID)):
        with pytest.raises(Refused, match="would tell"):
            packed(store, clock, draw=lambda _held, told=told: {"case.html": told.encode()})
    assert store.head() == head


def test_only_counsel_makes_a_pack_with_a_purpose_and_of_what_is_decided(
    store: Store, clock: Clock
) -> None:
    for by in (ANN, CEM, DIA, FAY, GUS, HAL, IDA):
        with pytest.raises(Refused):
            packed(store, clock, by)
    with pytest.raises(Refused, match="what the pack is for"):
        packed(store, clock, purpose=" ")
    with pytest.raises(Refused, match="decided"):
        make(store, EVE, "C-2", clock(), purpose="court", draw=page)


def run(path: Path, *more: str) -> tuple[int, str]:
    checker = path.with_name("check.py")
    with zipfile.ZipFile(BytesIO(Path(path.parent / "whole.zip").read_bytes())) as archive:
        checker.write_bytes(archive.read("check.py"))
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(checker), str(path), *more],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stdout


def test_a_bare_python_checks_a_pack(store: Store, clock: Clock, tmp_path: Path) -> None:
    whole = tmp_path / "whole.zip"
    for identify in (False, True):
        pack = packed(store, clock, identify=identify)
        whole.write_bytes(pack.data)
        assert run(whole, pack.sha256)[0] == 0
        changed = tmp_path / "changed.zip"
        files = files_of(pack)
        said = files["judgements.json"].replace(b"confirmed_proxy", b"cleared")
        changed.write_bytes(zipped({**files, "judgements.json": said}))
        code, told = run(changed)
        assert code == 1
        assert "judgements.json is not as it was written" in told


def resealed(files: dict[str, bytes]) -> bytes:
    """The archive of changed files, its manifest made to fit: only the SHA-256 or chain tells."""
    manifest = json.loads(files["manifest.json"])
    del manifest["manifest_sha256"]
    manifest["files"] = [
        {"name": name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        for name, data in sorted(files.items()) if name != "manifest.json"
    ]  # fmt: skip
    whole = {**manifest, "manifest_sha256": sha256(canonical(manifest))}
    return zipped({**files, "manifest.json": as_json_file(whole)})


def changes(pack: Pack, draw: random.Random, number: int) -> list[bytes]:
    """Changes of many kinds: bytes, files, lines, order, the archive itself."""
    files = files_of(pack)
    made = []
    for turn in range(number):
        name = draw.choice(sorted(files))
        data = bytearray(pack.data)
        some, at = dict(files), draw.randrange(len(pack.data))
        kind = turn % 8
        if kind == 0:
            data[at] ^= 1 << draw.randrange(8)
            made.append(bytes(data))
            continue
        if kind == 1:
            del some[name]
        elif kind == 2:
            some[f"more-{turn}.txt"] = b"more"
        elif kind == 3:
            some[name] += b" "
        elif kind == 4:
            some["case.html"], some["COVER.txt"] = files["COVER.txt"], files["case.html"]
        elif kind == 5:
            lines = files["events.jsonl"].splitlines(keepends=True)
            del lines[draw.randrange(len(lines))]
            some["events.jsonl"] = b"".join(lines)
            made.append(resealed(some))
            continue
        elif kind == 6:
            lines = files["events.jsonl"].splitlines(keepends=True)
            event = json.loads(lines[0])
            event[draw.choice(["seq", "prev", "hash", "payload_sha256", "head_sha256"])] = "11" * 32
            some["events.jsonl"] = b"".join([canonical(event).encode() + b"\n", *lines[1:]])
            made.append(resealed(some))
            continue
        else:
            made.append(pack.data + bytes([turn % 256]))
            continue
        made.append(zipped(some))
    return made


def test_each_of_many_changes_is_found(store: Store, clock: Clock) -> None:
    pack = packed(store, clock)
    draw = random.Random(20260302)
    for number, data in enumerate(changes(pack, draw, 200)):
        assert data != pack.data
        try:
            found = list(check_pack.findings(data))
        except (ValueError, KeyError, OSError, zipfile.BadZipFile, TypeError, IndexError,
                NotImplementedError, EOFError, RuntimeError) as error:  # fmt: skip
            found = [repr(error)]
        assert found, number
    assert list(check_pack.findings(pack.data, pack.sha256)) == []
    files = files_of(pack)
    forged = resealed({**files, "judgements.json": b"[]\n"})
    assert list(check_pack.findings(forged, pack.sha256))
