"""``enduse leads``: what is shown of public notices, in what order, and when there are none."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detector import Results, read_logs, score_logs, train_logs
from detector.policy import LANES
from detector.results.runparts import RunEvidence
from tests.policy.noticed import BUYER, noticed

Enduse = Callable[..., Any]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("noticed")
    logs = read_logs(noticed(folder / "logs"))
    score_logs(logs, train_logs(logs), lanes=LANES).write(folder / "out")
    return folder / "out"


def notices(done: Any) -> list[str]:
    """Notices of the rows of a JSON answer."""
    assert done.code == 0
    return [row["notice"] for row in json.loads(done.out)["rows"]]


def changed(out: Path, target: Path, evidence: RunEvidence | None, **told: Any) -> Path:
    """The run as if lane E had read other things."""
    held = Results.read(out)
    run = held.run.model_copy(update={"evidence": evidence})
    leads = held.leads.clear() if "rows" not in told else told["rows"]
    Results(held.scores, held.rings, held.features, held.quarantine, held.timelines, run,
            leads=leads).write(target)  # fmt: skip
    return target


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ["t1"]),
        (["--unattached"], ["t2"]),
        (["--all"], ["t1", "t6", "t3", "t4"]),
        (["--unattached", "--all"], ["t2", "t5", "t3", "t4"]),
    ],
)
def test_which_rows_are_shown(
    enduse: Enduse, out: Path, words: Sequence[str], expected: list[str]
) -> None:
    assert notices(enduse("leads", out, *words, "--json")) == expected


def test_the_table_says_what_agrees_and_what_speaks_against(enduse: Enduse, out: Path) -> None:
    done = enduse("leads", out)
    said = " ".join(done.out.split())
    for words in ("t1 2026-03-01 quell strong", f"{BUYER} (match)", "N K T A", "account made",
                  "1 notice of no account: enduse leads OUT --unattached", "N name, K keyword",
                  "never a verdict; nothing was done"):  # fmt: skip
        assert words in said
    assert "not read: exceptions: no exception was sent" in done.err


def test_notices_of_no_account_say_what_they_are_about(enduse: Enduse, out: Path) -> None:
    said = " ".join(enduse("leads", out, "--unattached").out.split())
    assert "Canary Lowland Bureau (not found)" in said
    assert "about claude; no account is near" in said
    assert "nothing is to be done" in said


def test_what_went_nowhere_says_why_and_is_shown_by_all_alone(enduse: Enduse, out: Path) -> None:
    said = enduse("leads", out, "--all").out
    for words in ("cancelled", "did not proceed", "declared reseller"):
        assert words in said
        assert words not in enduse("leads", out).out


def test_rows_beyond_the_top_are_counted(enduse: Enduse, out: Path) -> None:
    said = enduse("leads", out, "--all", "--top", 1).out
    assert "t6" not in said
    assert "3 more rows; --top 4 prints all" in said


def test_the_answer_as_json_has_what_was_read(enduse: Enduse, out: Path) -> None:
    told = json.loads(enduse("leads", out, "--json").out)
    assert told["ran"] is True
    assert told["evidence"]["notices"] == 6
    assert told["rows"][0]["amount"] == "24"
    assert [part["code"] for part in told["rows"][0]["parts"]] == list("NKTAQH")


def test_where_lane_e_did_not_run_that_is_said(enduse: Enduse, out: Path, tmp_path: Path) -> None:
    done = enduse("leads", changed(out, tmp_path / "silent", None))
    assert done.code == 0
    assert done.out.startswith("Lane E did not run")
    assert "clears nobody" in done.out


@pytest.mark.parametrize(
    ("read", "words", "sentence"),
    [
        (0, [], "No notice was read."),
        (
            3,
            [],
            "3 notices read; none that stands speaks of an account by more than a name. --all",
        ),
        (1, ["--unattached"], "1 notice read; none is of no account and about chips"),
    ],
)
def test_where_nothing_is_there_that_is_said(
    enduse: Enduse, out: Path, tmp_path: Path, read: int, words: list[str], sentence: str
) -> None:
    told = RunEvidence(notices=read, not_read={"tenders": "no notice was sent"} if not read else {})
    done = enduse("leads", changed(out, tmp_path / "none", told), *words)
    assert done.code == 0
    assert sentence in done.out
    assert ("not read: tenders" in done.err) == (not read)


def test_a_notice_that_came_true_says_so(enduse: Enduse, out: Path, tmp_path: Path) -> None:
    held = pl.read_parquet(out / "leads.parquet").with_columns(
        evidence=pl.lit("confirmed; ") + pl.col("evidence")
    )
    told = changed(out, tmp_path / "true", RunEvidence(notices=6), rows=held)
    assert "quell confirmed strong" in " ".join(enduse("leads", told).out.split())
    said = " ".join(enduse("explain", told, "quell").out.split())
    assert "confirmed strong lead, notice t1" in said
    assert "then ask the holder for whom it buys" in said


def test_hostile_names_reach_no_terminal_raw(enduse: Enduse, out: Path, tmp_path: Path) -> None:
    evil = "\x1b[2J\u202eevil\r\n[bold]"
    texts = ("notice", "buyer", "supplier", "party", "role", "currency", "evidence")
    held = pl.read_parquet(out / "leads.parquet").with_columns(
        *(pl.lit(evil).alias(name) for name in texts), against=pl.lit([evil] * 3)
    )
    told = RunEvidence(notices=6, not_read={evil: evil})
    poisoned = changed(out, tmp_path / "evil", told, rows=held)
    for words in ([], ["--unattached"], ["--all"], ["--json"]):
        done = enduse("leads", poisoned, *words)
        assert done.code == 0
        assert not {"\x1b", "\u202e", "\r"} & set(done.out + done.err)


def test_a_folder_that_is_no_run_is_refused(enduse: Enduse, tmp_path: Path) -> None:
    done = enduse("leads", tmp_path)
    assert done.code == 3
    assert "is not a results folder" in done.sentence


def test_on_a_narrow_terminal_no_word_is_broken(
    enduse: Enduse, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []
    for columns in ("60", "80", "200"):
        monkeypatch.setenv("COLUMNS", columns)
        text = enduse("leads", out).out
        told.append(set(text.replace(":", " ").split()))
    assert BUYER.split()[0] in told[0]
    assert told[0] == told[1]
    assert told[2] - {"─"} <= told[0] | {w for w in told[2] if set(w) <= set("─ ")}
