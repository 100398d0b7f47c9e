"""Copies made while others write, and put back."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from detector.cases.deciding.judging import comment
from detector.cases.errors import CasesError, DamagedCases, LossRefused, Refused
from detector.cases.keeping.backup import backup, restore
from detector.cases.record.store import Store
from detector.cases.record.verify import verify, verify_folder
from tests.cases.planted import ANN, NOW, RING, Clock, opened, plant


@pytest.fixture
def filled(store: Store, clock: Clock) -> Store:
    with store.writing(clock()) as tx:
        plant(tx, "C-1", RING)
    return store


def say(store: Store, clock: Clock, text: str = "more") -> None:
    with store.writing(clock()) as tx:
        comment(tx, ANN, "C-1", text)


def test_a_copy_is_whole_and_opens_as_it_is(filled: Store, clock: Clock, tmp_path: Path) -> None:
    filled.anchor()
    place, head = backup(filled, clock(), tmp_path / "copy")
    assert verify_folder(place).findings == ()
    assert oct((place / "cases.db").stat().st_mode)[-3:] == "600"
    with Store(place) as copied:
        assert copied.head() == head == filled.head()
    with pytest.raises(Refused, match="there already"):
        backup(filled, clock(), place)


def test_a_copy_is_whole_while_another_writes(filled: Store, clock: Clock, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            say(filled, clock, "x" * 3000)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [backup(filled, clock(), tmp_path / f"copy-{n}") for n in range(3)]
    finally:
        stop.set()
        writer.join()
    for place, head in made:
        found = verify_folder(place)
        assert found.findings == ()
        assert found.events == head.seq


def test_a_copy_goes_into_a_new_folder(filled: Store, clock: Clock, tmp_path: Path) -> None:
    place, head = backup(filled, clock())
    restored = restore(place, tmp_path / "new", NOW)
    assert (restored.head, restored.former, restored.ahead) == (head, None, None)
    with Store(tmp_path / "new") as store:
        assert verify(store).findings == ()


def test_an_older_copy_is_refused_until_the_loss_is_accepted(tmp_path: Path, clock: Clock) -> None:
    folder = tmp_path / "cases"
    with opened(folder) as store:
        with store.writing(clock()) as tx:
            plant(tx, "C-1", RING)
        place, head = backup(store, clock())
        say(store, clock)
        last = store.anchor()
    restored = restore(place, folder, NOW)
    assert restored.ahead == last
    assert restored.head == head
    with pytest.raises(LossRefused, match="accept-loss"):
        Store(folder)
    with Store(folder, accept_loss="the disk died") as store:
        assert store.head().seq == head.seq + 1
        with store.reading() as connection:
            row = connection.execute("SELECT action FROM events ORDER BY seq DESC").fetchone()
    assert row["action"] == "cases.loss_accepted"
    assert restored.former is not None
    assert (restored.former / "cases.db").is_file()


def test_a_damaged_copy_and_a_strange_place_are_refused(
    filled: Store, clock: Clock, tmp_path: Path
) -> None:
    place, _ = backup(filled, clock())
    strange = tmp_path / "strange"
    strange.mkdir()
    (strange / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(Refused, match="no folder of cases"):
        restore(place, strange, NOW)
    with pytest.raises(CasesError, match="no copy"):
        restore(strange, tmp_path / "new", NOW)
    with (place / "cases.db").open("r+b") as stream:
        stream.seek(20_000)
        stream.write(b"\0\1\2\3")
    with pytest.raises(DamagedCases, match="not as it was written"):
        restore(place, tmp_path / "new", NOW)
    assert not (tmp_path / "new").exists()
