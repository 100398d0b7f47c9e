"""A change of a large manifest is written beside it; what is read is the same."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from detector.errors import StateDamaged, StateError
from detector.pipeline.rebuilding import rebuild
from detector.state import Manifest, Store, changes, check, forget
from tests.examples import first

Take = Callable[..., Any]
Put = Callable[..., Path]
HOLD = timedelta(days=400)


@pytest.fixture
def state(
    tmp_path: Path, put: Put, take: Take, facts: dict[str, str],
    make_rows: Callable[[str, range], str], monkeypatch: pytest.MonkeyPatch,
) -> Path:  # fmt: skip
    """A manifest of eleven parts, and three changes: a file more, another file, one forgotten."""
    monkeypatch.setattr(changes, "LEAST", 4)
    monkeypatch.setattr(changes, "SHARE", 1)
    days = {f"events/{n}.csv": make_rows("events", range(9 * n, 9 * n + 5)) for n in range(6)}
    inbox = {**facts, "usage/0.csv": make_rows("usage", range(3, 9)), **days}
    take(put(tmp_path / "inbox", inbox), hold=HOLD)
    for n in (90, 100):
        inbox["events/new.csv"] = make_rows("events", range(n, n + 4))
        take(put(tmp_path / "inbox", inbox), hold=HOLD)
    forget(tmp_path / "state", "events/2.csv")
    return tmp_path / "state"


def named(state: Path) -> list[str]:
    return sorted(p.name for p in (state / "changes").iterdir())


def test_a_change_is_written_beside_and_read_with_what_it_follows(
    state: Path, take: Take, tmp_path: Path
) -> None:
    whole = Manifest.from_bytes((state / "manifest.json").read_bytes(), "manifest.json")
    now = Store(state).manifest()
    assert len(named(state)) == 3
    assert (whole.sequence, now.sequence) == (1, 4)
    assert [p.path for p in now.parts if p.retired] == ["events/2.csv"]
    assert {p.path for p in now.parts} - {p.path for p in whole.parts} == {"events/new.csv"}
    assert list(now.parts) == sorted(now.parts, key=lambda p: (p.table, p.path))
    assert check(state)[1] == []
    assert not take(tmp_path / "inbox", hold=HOLD).changed


def test_a_store_that_knows_reads_what_one_that_starts_reads(
    state: Path, put: Put, take: Take, tmp_path: Path, make_rows: Callable[[str, range], str]
) -> None:
    follows = Store(state)
    follows.manifest()
    put(tmp_path / "inbox", {"events/more.csv": make_rows("events", range(200, 203))})
    writer = Store(state)
    with writer.writing(1):
        writer.publish(writer.manifest().following(warnings=("a sentence",)))
    assert follows.manifest() == Store(state).manifest() == writer.manifest()
    assert follows.manifest().warnings == ("a sentence",)


def test_after_many_changes_the_manifest_is_whole_and_they_go(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "MOST", 3)
    store = Store(state)
    with store.writing(1):
        made = store.publish(store.manifest().following(warnings=("a sentence",)))
    assert named(state) == []
    assert Store(state).manifest() == made
    assert Manifest.from_bytes((state / "manifest.json").read_bytes(), "") == made
    assert check(state)[1] == []


def test_a_kill_before_changes_went_leaves_what_is_read_no_more(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = {name: (state / "changes" / name).read_bytes() for name in named(state)}
    monkeypatch.setattr(changes, "MOST", 3)
    store = Store(state)
    with store.writing(1):
        made = store.publish(store.manifest().following(warnings=("a sentence",)))
    for name, data in left.items():
        (state / "changes" / name).write_bytes(data)
    assert Store(state).manifest() == made
    assert {f.kind for f in check(state)[1]} == {"left over"}
    with store.writing(1):
        store.publish(made.following(warnings=("another",)))
    assert Store(state).manifest().warnings == ("another",)


@pytest.mark.parametrize("number", first([1, 0, 2]))
@pytest.mark.parametrize("harm", ["cut", "turned", "gone", "of another"])
def test_a_change_that_is_damaged_or_missing_is_told_and_rebuilt(
    state: Path, number: int, harm: str
) -> None:
    before, path = Store(state).manifest(), state / "changes" / named(state)[number]
    data = path.read_bytes()
    if harm == "gone":
        path.unlink()
    elif harm == "of another":
        path.write_bytes((path.parent / named(state)[number - 1]).read_bytes())
    else:
        path.write_bytes(data[:-3] if harm == "cut" else data.replace(b"csv", b"CSV", 1))
    if harm == "gone" and number == 2:
        # Nothing tells of the last; what it named is taken in again.
        assert Store(state).manifest().sequence == 3
        return
    with pytest.raises(StateDamaged, match="state rebuild"):
        Store(state).manifest()
    made = rebuild(state)
    assert made is not None
    assert {p.path for p in made.manifest.parts} >= {p.path for p in before.parts if p.files}
    assert Store(state).manifest() == made.manifest or not made.whole
    assert [f for f in check(state)[1] if f.kind == "damaged"] == []


def test_a_change_of_another_history_follows_nothing(state: Path, tmp_path: Path) -> None:
    shutil.copytree(state, tmp_path / "other")
    for root, said in ((tmp_path / "other", ("theirs",)), (state, ("ours",)), (state, ("last",))):
        store = Store(root)
        with store.writing(1):
            store.publish(store.manifest().following(warnings=said))
    third, last = named(state)[-2:]
    (state / "changes" / third).write_bytes((tmp_path / "other" / "changes" / third).read_bytes())
    with pytest.raises(StateDamaged, match=f"{last} is damaged .it does not follow"):
        Store(state).manifest()


def test_a_manifest_that_was_lost_is_rebuilt_with_its_changes(state: Path) -> None:
    before = Store(state).manifest()
    (state / "manifest.json").unlink()
    with pytest.raises(StateError, match="state rebuild"):
        Store(state).manifest()
    made = rebuild(state)
    assert made is not None
    assert made.whole
    assert made.manifest == before == Store(state).manifest()


def test_a_small_manifest_is_written_as_earlier_versions_read_it(
    tmp_path: Path, put: Put, take: Take, facts: dict[str, str],
    make_rows: Callable[[str, range], str],
) -> None:  # fmt: skip
    inbox = {**facts, "usage/0.csv": make_rows("usage", range(3, 9))}
    for _ in range(2):
        take(put(tmp_path / "inbox", inbox), hold=HOLD)
        inbox["events/1.csv"] = make_rows("events", range(4))
    data = (tmp_path / "state" / "manifest.json").read_bytes()
    assert data.startswith(b'{"body":{"format":1,')
    assert not (tmp_path / "state" / "changes").exists()
