"""A manifest that was lost is made again of the parts, or refused: never a silent fresh start."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from detector.cli import main
from detector.errors import StateError
from detector.pipeline.rebuilding import rebuild
from detector.pipeline.stored import open_state
from detector.state import Disk, Store, check, retain

Put = Callable[[Path, Mapping[str, str]], Path]
MakeRows = Callable[[str, range], str]
Take = Callable[..., Any]
PERIOD = "usage/source=x/period=1"
HOLD = timedelta(days=1)


@pytest.fixture
def state(make_rows: MakeRows, facts: dict[str, str], put: Put, take: Take, tmp_path: Path) -> Path:
    """A state with all that a manifest tells: a copy, what was set aside, versions, a receipt."""
    files = {f"{t}/a.csv": make_rows(t, range(40)) for t in ("usage", "events")}
    again = {"usage/b.csv": files["usage/a.csv"], "events/bad.csv": "no,columns\n"}
    again["events/old.csv"] = make_rows("events", range(2))
    runs = {f"{PERIOD}/{n}.csv": make_rows("usage", range(100, 110 + n)) for n in (1, 2)}
    inbox = put(tmp_path / "inbox", {**facts, **files, **again, **runs})
    take(inbox, hold=HOLD, reject=True)
    retain(tmp_path / "state", 3)
    return tmp_path / "state"


def lose(state: Path, *names: str) -> bytes:
    before = (state / "manifest.json").read_bytes()
    for name in names:
        (state / name).unlink()
    return before


def test_a_lost_manifest_is_refused_and_rebuilt_to_the_byte(
    state: Path, take: Take, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = lose(state, "manifest.json")
    for refused in (lambda: take(tmp_path / "inbox"), Store(state).manifest, lambda: check(state)):
        with pytest.raises(StateError, match="enduse state rebuild"):
            refused()
    assert main(["state", "rebuild", str(state)]) == 0
    assert "as it was" in capsys.readouterr().out
    assert (state / "manifest.json").read_bytes() == before
    assert [f for f in check(state)[1] if f.kind == "damaged"] == []
    assert not take(tmp_path / "inbox", hold=HOLD, reject=True).changed


def test_a_damaged_manifest_is_rebuilt_and_a_whole_one_left_alone(state: Path) -> None:
    before = (state / "manifest.json").read_bytes()
    (state / "manifest.json").write_bytes(before[:-9])
    with pytest.raises(StateError, match="enduse state rebuild"):
        Store(state).manifest()
    made = rebuild(state)
    assert made is not None
    assert made.whole
    assert (state / "manifest.json").read_bytes() == before
    (state / "rest.json").write_bytes(b"{")
    assert rebuild(state) is None
    assert check(state)[1] == []


def test_of_parts_alone_the_same_inputs_count_and_what_is_not_known_is_said(
    state: Path, take: Take, from_state: Callable[..., Any], tmp_path: Path
) -> None:
    shown, before = from_state(), Store(state).manifest()
    lose(state, "manifest.json", "rest.json")
    with pytest.raises(StateError, match="enduse state rebuild"):
        take(tmp_path / "inbox")
    made = rebuild(state)
    assert made is not None
    assert made.unknown
    assert from_state() == shown
    after = Store(state).manifest()
    assert {p.path: p.passed for p in after.parts if not p.retired} == {
        p.path: p.passed for p in before.parts if not p.retired
    }
    assert after.kept == before.kept
    # What retention deleted as a whole does not come back; what was set aside is looked at again.
    done = take(tmp_path / "inbox", hold=HOLD, reject=True)
    assert done.added == done.replaced == ()
    assert [r.path for r in done.rejected] == ["events/bad.csv"]


def test_a_part_that_is_not_whole_is_named_and_left_out_only_when_that_is_accepted(
    state: Path, take: Take, from_state: Callable[..., Any], tmp_path: Path
) -> None:
    lose(state, "manifest.json")
    part = next(p for p in state.glob("parts/*/part.json") if b"events/a.csv" in p.read_bytes())
    victim = next(part.parent.glob("*.parquet"))
    victim.write_bytes(victim.read_bytes()[:-1])
    with pytest.raises(StateError, match=r"1 parts .*events/a\.csv.*--accept-loss"):
        rebuild(state)
    assert not (state / "manifest.json").exists()
    made = rebuild(state, accept_loss=True)
    assert made is not None
    assert made.lost == ["events/a.csv"]
    assert take(tmp_path / "inbox", hold=HOLD, reject=True).added == ("events/a.csv",)


def test_pseudonyms_without_their_manifest_and_what_stands_beside_it_are_refused(
    make_rows: MakeRows, facts: dict[str, str], put: Put, take: Take, tmp_path: Path
) -> None:
    inbox = put(tmp_path / "inbox", {**facts, "usage/a.csv": make_rows("usage", range(3, 30))})
    take(inbox, pseudonym_key=b"a key of sixteen bytes")
    lose(tmp_path / "state", "manifest.json", "rest.json")
    with pytest.raises(StateError, match="pseudonyms"):
        rebuild(tmp_path / "state")


def test_nothing_is_rebuilt_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="no state folder"):
        rebuild(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(StateError, match="nothing to rebuild"):
        rebuild(tmp_path / "empty")


class Dying(Disk):
    """A disk on which the manifest can never be put."""

    def replace(self, source: Path, target: Path) -> None:
        if target.name == "manifest.json":
            raise OSError(28, "No space left on device")
        super().replace(source, target)


def test_a_first_ingest_that_died_goes_on_without_being_asked(
    make_rows: MakeRows, facts: dict[str, str], put: Put, take: Take, tmp_path: Path
) -> None:
    inbox = put(tmp_path / "inbox", {**facts, "usage/a.csv": make_rows("usage", range(3, 30))})
    with pytest.raises(StateError, match="No space left"):
        take(inbox, disk=Dying())
    assert list((tmp_path / "state" / "parts").iterdir())
    assert take(inbox).sequence == 1
    with open_state(tmp_path / "state", max_bad=0.9) as logs:
        assert "usage" in logs
    lose(tmp_path / "state", "manifest.json")
    with pytest.raises(StateError, match="enduse state rebuild"):
        take(inbox)


def test_a_lost_salt_is_no_reason_for_another(state: Path, take: Take, tmp_path: Path) -> None:
    shutil.move(state / "kept" / "salt", tmp_path / "salt")
    with pytest.raises(StateError, match="salt is missing"):
        take(tmp_path / "inbox", hash_key=b"")


def test_the_state_of_these_tests_has_all_that_a_manifest_tells(state: Path) -> None:
    held = Store(state).manifest()
    assert held.rejected
    assert held.copies()
    assert len(held.kept) == 2
    assert {p.path for p in held.parts if p.passed}
    assert {p.path for p in held.parts if p.retired}


def test_of_two_parts_of_one_input_the_later_counts(
    make_rows: MakeRows, facts: dict[str, str], put: Put, take: Take,
    from_state: Callable[..., Any], tmp_path: Path,
) -> None:  # fmt: skip
    inbox = put(tmp_path / "inbox", {**facts, "usage/a.csv": make_rows("usage", range(3, 30))})
    take(inbox)
    with open_state(tmp_path / "state", max_bad=0.9):
        for last in (50, 40, 60):
            # While somebody reads, what was replaced stays.
            take(put(inbox, {"usage/a.csv": make_rows("usage", range(30, last))}))
    shown = from_state()
    lose(tmp_path / "state", "manifest.json", "rest.json")
    rebuild(tmp_path / "state")
    assert from_state() == shown
