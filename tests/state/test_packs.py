"""Many small parts in one file: what is read is the same bit for bit, and nothing is left in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from detector.pipeline.rebuilding import rebuild
from detector.state import Manifest, Store, check, forget, packs, retain
from tests.examples import first

Take = Callable[..., Any]
Put = Callable[..., Path]
Shown = Callable[..., dict[str, Any]]
MakeRows = Callable[[str, range], str]
DAYS = 5


def files(make_rows: MakeRows) -> dict[str, str]:
    """Small files of a few days of events, and usage much later."""
    # Two events fall on most days.
    told = {f"events/{n}.csv": make_rows("events", range(n, n + 1)) for n in range(DAYS * 6)}
    return {**told, "usage/0.csv": make_rows("usage", range(3, 30))}


@pytest.fixture
def state(
    tmp_path: Path, put: Put, take: Take, facts: dict[str, str], make_rows: MakeRows,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:  # fmt: skip
    """A state whose parts could be packed, and are not."""
    monkeypatch.setattr(packs, "LEAST", 99)
    take(put(tmp_path / "inbox", {**facts, **files(make_rows)}), hold=timedelta(0))
    monkeypatch.setattr(packs, "LEAST", 3)
    return tmp_path / "state"


def compacted(state: Path) -> Manifest:
    store = Store(state)
    with store.writing(1):
        assert packs.compact(store)
        assert not packs.compact(store)
    return Store(state).manifest()


def whole(state: Path) -> bool:
    return check(state)[1] == []


def test_parts_of_one_day_are_read_from_one_pack_as_from_their_folders(
    state: Path, from_state: Shown, take: Take, tmp_path: Path
) -> None:
    before, shown = Store(state).manifest(), from_state()
    held = {(p.key, n): Store(state).bytes_of(p, n) for p in before.parts for n in p.files}
    after = compacted(state)
    assert after.sequence == before.sequence
    assert [(p.key, dict(p.files)) for p in after.parts] == [
        (p.key, dict(p.files)) for p in before.parts
    ]
    assert {(p.key, n): Store(state).bytes_of(p, n) for p in after.parts for n in p.files} == held
    assert from_state() == shown
    by_pack: dict[str, set[tuple[str, str]]] = {}
    for part in after.parts:
        if part.pack is not None:
            by_pack.setdefault(part.pack, set()).add((part.table, (part.horizon or "")[:10]))
    assert len(by_pack) >= 3
    assert all(len(days) == 1 for days in by_pack.values())
    loose = [p.key for p in after.parts if p.files and p.pack is None]
    assert sorted(p.name for p in (state / "parts").iterdir()) == sorted(loose)
    assert sorted(p.name for p in (state / "packs").iterdir()) == sorted(by_pack)
    assert whole(state)
    assert not take(tmp_path / "inbox", hold=timedelta(0)).changed


def packed(manifest: Manifest) -> list[Any]:
    return [p for p in manifest.parts if p.pack is not None]


def test_what_is_forgotten_stands_in_no_pack(state: Path) -> None:
    part = packed(compacted(state))[0]
    beside = [p.path for p in packed(Store(state).manifest()) if p.pack == part.pack]
    others = {
        measure
        for p in Store(state).manifest().parts if p.path != part.path
        for measure in p.files.values()
    }  # fmt: skip
    gone = [Store(state).bytes_of(part, n) for n, m in part.files.items() if m not in others]
    assert gone
    forget(state, part.path)
    now = Store(state).manifest()
    assert not any(data in p.read_bytes() for p in (state / "packs").iterdir() for data in gone)
    assert [p.path for p in packed(now) if p.path in beside] == beside[1:]
    assert not (state / "packs" / part.pack).exists()
    assert whole(state)


def test_what_retention_deletes_stands_in_no_pack(state: Path) -> None:
    compacted(state)
    for path in (state / "packs").iterdir():
        assert path.stat().st_size
    retain(state, 1)
    now = Store(state).manifest()
    assert sorted(p.name for p in (state / "packs").iterdir()) == sorted(packs.names(now))
    retired = [p for p in now.parts if p.retired and p.table == "events"]
    assert retired
    assert all(p.pack is None for p in retired)
    assert whole(state)


@pytest.mark.long
def test_a_file_that_changed_leaves_its_pack(
    state: Path, put: Put, take: Take, from_state: Shown, from_logs: Shown, tmp_path: Path,
    facts: dict[str, str], make_rows: MakeRows,
) -> None:  # fmt: skip
    part = packed(compacted(state))[0]
    inbox = {**facts, **files(make_rows), part.path: make_rows("events", range(40, 43))}
    take(put(tmp_path / "inbox", inbox), hold=timedelta(0))
    assert not (state / "packs" / part.pack).exists()
    assert from_state() == from_logs(inbox)
    assert whole(state)


def test_packs_of_one_day_become_one_and_their_number_is_bounded(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(state)
    with store.writing(1):
        manifest = store.manifest()
        events = [p for p in manifest.parts if p.table == "events" and p.opens is None]
        alike = [p for p in events if (p.horizon or "")[:10] == (events[9].horizon or "")[:10]]
        assert len(alike) >= packs.FEW
        for part in alike:
            one = packs.pack_of(store, [part])
            manifest = store.manifest()
            others = (p for p in manifest.parts if p.path != part.path)
            store.publish(manifest.following(parts=(*others, *one)))
        monkeypatch.setattr(packs, "LEAST", 99)
        assert packs.compact(store)
    names = {p.path for p in alike}
    assert len({p.pack for p in Store(state).manifest().parts if p.path in names}) == 1
    assert whole(state)


@pytest.mark.long
def test_a_damaged_pack_is_named_and_what_it_held_is_taken_in_again(
    state: Path, take: Take, from_state: Shown, tmp_path: Path
) -> None:
    shown = from_state()
    part = packed(compacted(state))[0]
    path = state / "packs" / part.pack
    data = path.read_bytes()
    path.write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])
    harm = {f.path for f in check(state)[1] if f.kind == "damaged"}
    assert harm == {str(path)}
    path.unlink()
    assert take(tmp_path / "inbox", hold=timedelta(0)).changed
    assert from_state() == shown
    assert whole(state)


@pytest.mark.parametrize("lost", first([["manifest.json", "rest.json"], ["manifest.json"]]))
def test_a_lost_manifest_is_made_of_packs_and_folders(
    state: Path, from_state: Shown, lost: list[str]
) -> None:
    before, shown = compacted(state), from_state()
    for name in lost:
        (state / name).unlink()
    shutil.rmtree(state / "changes", ignore_errors=True)
    made = rebuild(state)
    assert made is not None
    assert not made.lost
    assert made.manifest.parts == before.parts
    assert from_state() == shown
    assert whole(state)
