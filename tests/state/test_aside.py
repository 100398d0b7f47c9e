"""What stands aside is shown wherever one looks, and read again when it changes or is wanted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detector.cli import main
from detector.errors import UsageError
from detector.state import Store, retry

MakeRows = Callable[[str, range], str]
Capture = pytest.CaptureFixture[str]
BAD = "usage/bad.csv"


@pytest.fixture
def logs(tmp_path: Path, make_rows: MakeRows, facts: dict[str, str]) -> Path:
    folder = tmp_path / "logs"
    (folder / "usage").mkdir(parents=True)
    (folder / "usage" / "good.csv").write_text(make_rows("usage", range(20)))
    (folder / "usage" / "bad.csv").write_text("what,is\nthis,file\n")
    (folder / "usage" / "worse.csv").write_text("nobody,knows\n1,2\n")
    (folder / "accounts.csv").write_text(facts["accounts.csv"])
    return folder


def aside(state: Path) -> list[str]:
    return [r.path for r in Store(state).manifest().aside()]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were read, in their order."""
    from detector.pipeline import making

    sound, seen = making.make_part, []

    def noted(making: Any, file: Any, *rest: Any) -> Any:
        seen.append(file.path)
        return sound(making, file, *rest)

    monkeypatch.setattr(making, "make_part", noted)
    return seen


def test_check_names_what_stands_aside_and_finds_nothing_damaged(
    logs: Path, take: Callable[..., Any], tmp_path: Path, capsys: Capture
) -> None:
    take(logs, reject=True)
    state = str(tmp_path / "state")
    assert main(["state", "check", state]) == 0
    said = capsys.readouterr().out
    assert "whole" in said
    assert BAD in said
    assert "state retry" in said
    assert main(["state", "check", state, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(f["table"], f["path"]) for f in found["aside"]] == [
        ("usage", "usage/worse.csv"), ("usage", BAD),
    ]  # fmt: skip
    assert found["findings"] == []


def test_what_stands_aside_is_read_again_when_it_is_asked_for_and_once(
    logs: Path, take: Callable[..., Any], tmp_path: Path, read: list[str], capsys: Capture
) -> None:
    state = tmp_path / "state"
    take(logs, reject=True)
    read.clear()
    take(logs, reject=True)
    assert read == []
    assert main(["state", "retry", str(state), BAD]) == 0
    assert "1 file is read again" in capsys.readouterr().out
    assert aside(state) == ["usage/worse.csv", BAD], "it stands aside until it was read"
    take(logs, reject=True)
    assert read == [BAD]
    take(logs, reject=True)
    assert read == [BAD]
    assert main(["state", "retry", str(state), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"wanted": [BAD, "usage/worse.csv"]}
    take(logs, reject=True)
    assert sorted(read[1:]) == [BAD, "usage/worse.csv"]
    assert sorted(aside(state)) == [BAD, "usage/worse.csv"]


def test_two_wishes_before_one_ingest_are_both_heard(
    logs: Path, take: Callable[..., Any], tmp_path: Path, read: list[str]
) -> None:
    take(logs, reject=True)
    read.clear()
    assert retry(tmp_path / "state", BAD) == (BAD,)
    assert retry(tmp_path / "state", "usage/worse.csv") == ("usage/worse.csv",)
    take(logs, reject=True)
    assert sorted(read) == [BAD, "usage/worse.csv"]


def test_asking_for_what_does_not_stand_aside_is_wrong_usage(
    logs: Path, take: Callable[..., Any], tmp_path: Path, capsys: Capture
) -> None:
    take(logs, reject=True)
    with pytest.raises(UsageError, match="does not stand aside"):
        retry(tmp_path / "state", "usage/good.csv")
    assert main(["state", "retry", str(tmp_path / "state"), "nothing"]) == 2
    assert main(["state", "retry", str(tmp_path / "nowhere")]) == 1
    (tmp_path / "state" / ".retry.json").write_text("[")
    capsys.readouterr()
    assert main(["state", "retry", str(tmp_path / "state"), BAD]) == 1
    assert "delete it" in capsys.readouterr().err


def test_one_that_changes_is_read_again_and_one_that_goes_stands_aside_no_more(
    logs: Path, take: Callable[..., Any], tmp_path: Path, make_rows: MakeRows
) -> None:
    state = tmp_path / "state"
    take(logs, reject=True)
    (logs / BAD).write_text(make_rows("usage", range(100, 120)))
    (logs / "usage" / "worse.csv").unlink()
    done = take(logs, reject=True)
    assert done.added == (BAD,)
    assert done.changed
    assert aside(state) == []
    assert done.aside == ()
