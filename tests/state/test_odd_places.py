"""What stands in an inbox and is no file that can be read: named, and every other file is taken."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from detector.errors import DataError
from detector.sources import read_logs
from detector.sources.discover import Hashes
from detector.sources.listing import MAX_FOLDERS
from detector.sources.place import Entry, LocalPlace
from detector.state import Store

MakeRows = Callable[[str, range], str]
GOOD = {"usage/good.csv", "accounts.csv"}


@pytest.fixture
def logs(tmp_path: Path, make_rows: MakeRows, facts: dict[str, str]) -> Path:
    folder = tmp_path / "logs"
    (folder / "usage").mkdir(parents=True)
    (folder / "usage" / "good.csv").write_text(make_rows("usage", range(20)))
    (folder / "accounts.csv").write_text(facts["accounts.csv"])
    return folder


def aside(state: Path) -> dict[str, str]:
    return {found.path: found.reason for found in Store(state).manifest().aside()}


def taken(done: Any, logs: Path) -> dict[str, str]:
    """What was named beside the good files, all of which were taken; alike in batch and live."""
    assert set(done.added) >= GOOD
    state = aside(logs.parent / "state")
    batch = {u.path: u.reason for u in read_logs(logs, max_bad=0.9).unread if u.aside}
    assert batch == state
    assert {f"{path} was set aside: {why}" for path, why in state.items()} <= set(done.warnings)
    assert {file.path for file in done.aside} == set(state)
    return state


@pytest.fixture
def sealed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """``sealed(path)``: neither listed nor opened from now on (root would be let in anywhere)."""
    paths: set[str] = set()
    entries, sha256 = LocalPlace.entries, LocalPlace.sha256

    def refused(found: Callable[[LocalPlace, str], Any]) -> Callable[[LocalPlace, str], Any]:
        def asked(self: LocalPlace, path: str) -> Any:
            if path in paths:
                raise PermissionError(13, "Permission denied", path)
            return found(self, path)

        return asked

    monkeypatch.setattr(LocalPlace, "entries", refused(entries))
    monkeypatch.setattr(LocalPlace, "sha256", refused(sha256))
    return paths.add


def test_a_file_that_may_not_be_opened(
    logs: Path, take: Callable[..., Any], sealed: Callable[[str], None]
) -> None:
    (logs / "usage" / "b.csv").write_text("x")
    sealed("usage/b.csv")
    assert taken(take(logs, reject=True), logs) == {
        "usage/b.csv": "cannot be opened: Permission denied"
    }
    assert not take(logs, reject=True).changed, "what is said once is no other state"


def test_a_folder_that_may_not_be_listed(
    logs: Path, take: Callable[..., Any], sealed: Callable[[str], None]
) -> None:
    (logs / "usage" / "closed").mkdir()
    sealed("usage/closed")
    assert taken(take(logs, reject=True), logs) == {
        "usage/closed": "cannot be listed (Permission denied): nothing below it is read"
    }


def test_a_folder_that_may_be_listed_and_not_searched(
    logs: Path, take: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (logs / "usage" / "closed").mkdir()

    class Closed:
        name = "b.csv"

        def stat(self, *, follow_symlinks: bool) -> os.stat_result:
            raise PermissionError(13, "Permission denied", str(follow_symlinks))

    class Names(list[Any]):
        def __enter__(self) -> Names:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    sound = os.scandir
    monkeypatch.setattr(
        os, "scandir", lambda p: Names([Closed()]) if str(p).endswith("closed") else sound(p)
    )
    found = taken(take(logs, reject=True), logs)
    assert list(found) == ["usage/closed/b.csv"]
    assert "may be listed and not entered" in found["usage/closed/b.csv"]


def test_an_inbox_that_may_not_be_listed_is_said_to_be_one(
    logs: Path, take: Callable[..., Any], sealed: Callable[[str], None]
) -> None:
    sealed("")
    with pytest.raises(DataError, match=r"log folder .* cannot be listed \(Permission denied\)"):
        take(logs, reject=True)


def test_a_delivery_waits_for_its_file_that_may_not_be_opened(
    logs: Path, make_rows: MakeRows, take: Callable[..., Any], sealed: Callable[[str], None]
) -> None:
    folder = logs / "usage" / "source=x" / "period=1"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text(make_rows("usage", range(100, 110)))
    (folder / "b.csv").write_text(make_rows("usage", range(110, 120)))
    sealed("usage/source=x/period=1/b.csv")
    done = take(logs, reject=True)
    assert list(taken(done, logs)) == ["usage/source=x/period=1/b.csv"]
    assert "usage/source=x/period=1/a.csv" not in done.added


@pytest.fixture
def odd_names(logs: Path) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch, socket.socket(socket.AF_UNIX) as listening:
        patch.chdir(logs)
        os.mkfifo("usage/pipe.csv")
        listening.bind("usage/socket.csv")
        Path("usage/link.csv").symlink_to("good.csv")
        Path("usage/lost+found").mkdir()
        Path("usage/lost+found/#12.csv").write_text("x")
        os.makedirs(b"usage/caf\xe9")
        Path(os.fsdecode(b"usage/caf\xe9/a.csv")).write_text("x")
        Path(os.fsdecode(b"usage/caf\xe9.csv")).write_text("x")
        Path("labels.csv").mkdir()
        yield logs


def test_what_is_no_file_or_has_no_name(odd_names: Path, take: Callable[..., Any]) -> None:
    done = take(odd_names, reject=True)
    assert taken(done, odd_names) == {
        r"usage/caf\udce9": "has a name that is not UTF-8",
        r"usage/caf\udce9.csv": "has a name that is not UTF-8",
        "labels.csv": "is a folder with the name of a file; name it labels",
    }
    passed = [w for w in done.warnings if w.endswith("it was passed over")]
    assert sorted(w.split(" ")[0] for w in passed) == [
        "usage/link.csv", "usage/lost+found", "usage/pipe.csv", "usage/socket.csv",
    ]  # fmt: skip


def test_folders_in_each_other_without_end(
    logs: Path, make_rows: MakeRows, take: Callable[..., Any]
) -> None:
    deep = logs / "usage" / "/".join("d" * (MAX_FOLDERS - 1))
    deep.mkdir(parents=True)
    (deep / "a.csv").write_text(make_rows("usage", range(100, 110)))
    (deep / "e" / "f").mkdir(parents=True)
    (deep / "e" / "b.csv").write_text("x")
    done = take(logs, reject=True)
    assert any(path.endswith("/a.csv") for path in done.added)
    assert list(taken(done, logs).values()) == [f"lies more than {MAX_FOLDERS} folders deep"]


def test_a_hole_is_looked_at_before_it_is_hashed(logs: Path, take: Callable[..., Any]) -> None:
    with (logs / "usage" / "hole.csv").open("wb") as file:
        file.write(b"x")
        file.truncate(1 << 40)
    found = taken(take(logs, reject=True), logs)
    assert found["usage/hole.csv"].startswith("is a hole of 1048576 MiB with ")


def test_a_pipe_in_the_place_of_a_listed_file_is_not_waited_for(
    logs: Path, take: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (logs / "usage" / "b.csv").write_text("x")
    of = Hashes.of

    def swapped(self: Hashes, place: LocalPlace, file: Any) -> str:
        if file.path == "usage/b.csv":
            (logs / "usage" / "b.csv").unlink(missing_ok=True)
            os.mkfifo(logs / "usage" / "b.csv")
        return of(self, place, file)

    monkeypatch.setattr(Hashes, "of", swapped)
    done = take(logs, reject=True)
    assert set(done.added) == GOOD
    assert [(f.path, f.reason) for f in done.aside] == [
        ("usage/b.csv", "is not a regular file any more")
    ]


def test_a_file_that_goes_while_others_are_hashed_is_no_failure(
    logs: Path, take: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = LocalPlace.entries

    def listed(self: LocalPlace, folder: str) -> list[Entry]:
        found = entries(self, folder)
        if folder == "usage":
            (logs / "usage" / "b.csv").unlink()
        return found

    (logs / "usage" / "b.csv").write_text("x")
    monkeypatch.setattr(LocalPlace, "entries", listed)
    done = take(logs, reject=True)
    assert set(done.added) == GOOD
    assert done.aside == ()
