"""One input leaves a state, with a receipt, and does not come back unless it is another."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from detector.cli import main
from detector.errors import StateError
from detector.state import check, forget

Put = Callable[[Path, Mapping[str, str]], Path]
MakeRows = Callable[[str, range], str]
Take = Callable[..., Any]


@pytest.fixture
def files(make_rows: MakeRows, facts: dict[str, str]) -> dict[str, str]:
    rows = {f"usage/{n}.csv": make_rows("usage", range(3, 9 * n)) for n in (1, 2, 3)}
    return {**facts, **rows, "usage/copy.csv": rows["usage/3.csv"]}


def test_what_is_left_is_what_a_reading_without_the_input_shows(
    files: dict[str, str], put: Put, take: Take, from_state: Callable[..., Any],
    from_logs: Callable[..., Any], tmp_path: Path,
) -> None:  # fmt: skip
    inbox, state = put(tmp_path / "inbox", files), tmp_path / "state"
    take(inbox)
    done = forget(state, "usage/2.csv")
    written = json.loads((state / "kept" / done.name).read_bytes())
    assert [(p["path"], p["whole"]) for p in written["parts"]] == [("usage/2.csv", True)]
    assert check(state)[1] == []
    left = {path: text for path, text in files.items() if path != "usage/2.csv"}
    assert from_state() == from_logs(left)
    assert not take(inbox).changed
    other = files["usage/2.csv"] + files["usage/1.csv"].splitlines()[1] + "\n"
    assert take(put(inbox, {"usage/2.csv": other})).added == ()
    assert from_state() == from_logs({**files, "usage/2.csv": other})


def test_the_command_says_what_went_and_what_counts_instead(
    files: dict[str, str], put: Put, take: Take, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    take(put(tmp_path / "inbox", files))
    state = str(tmp_path / "state")
    assert main(["state", "forget", state, "usage/3.csv"]) == 0
    shown = capsys.readouterr()
    assert "kept/forget-00000002.json" in shown.out
    assert "usage/copy.csv has the same content and counts now" in shown.err
    assert main(["state", "forget", state, "usage/3.csv"]) == 1
    assert "deleted before" in capsys.readouterr().err
    assert main(["state", "forget", state, "usage/one.csv"]) == 1
    assert "did you mean" in capsys.readouterr().err


def test_nothing_is_forgotten_where_there_is_no_state(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="nothing was forgotten"):
        forget(tmp_path / "none", "usage/1.csv")
