"""The first screen of a run, and pages of its first cases, as somebody read and approved them."""

from __future__ import annotations

import io
import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from rich.cells import cell_len
from rich.console import Console

from detector.cli import main
from detector.cli.caserows import case_rows, numbered
from detector.cli.firstscreen import page
from detector.explain import explain
from detector.results import Results
from detector.results.reviewed import read_reviewed

GOLDEN = Path(__file__).parent / "golden"
OUT = Path("out")
WIDTHS = range(50, 161, 10)


@pytest.fixture(scope="module")
def sample(sample_run: Path) -> Results:
    return Results.read(sample_run)


def screen(results: Results, width: int, top: int = 20) -> str:
    return page(results, top, OUT, OUT / "report.html", width)


def explained(results: Results, name: str, width: int) -> str:
    out = io.StringIO()
    Console(file=out, width=width, markup=False, emoji=False).print(explain(results, name))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


@pytest.mark.parametrize("width", [60, 80])
def test_the_first_screen_of_the_sample(
    sample: Results, width: int, as_reviewed: Callable[[str, Path], None]
) -> None:
    as_reviewed(screen(sample, width) + "\n", GOLDEN / f"score_{width}.txt")


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("kind", ["ring", "account"])
def test_the_page_of_the_first_case_of_the_sample(
    sample: Results, kind: str, width: int, as_reviewed: Callable[[str, Path], None]
) -> None:
    keys = [key for _, key in numbered(sample)]
    ring = next(key.ring_id for key in keys if key.ring_id)
    alone = next(key.lead_id for key in keys if key.ring_id is None)
    text = explained(sample, ring if kind == "ring" else alone, width)
    as_reviewed(text, GOLDEN / f"explain_{kind}_{width}.txt")


def folded(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_the_terminal_no_id_is_broken_and_reasons_have_room(
    sample: Results, width: int
) -> None:
    text = screen(sample, width)
    lines = text.splitlines()
    assert max(map(cell_len, lines)) <= width
    for row in case_rows(sample, numbered(sample)):
        if row["queue"] != "policy":
            assert any(row["case"] in line for line in lines)
            assert folded(row["reason"]) in folded(text)
    reasons = [line for line in lines if line.startswith("    ") and not line.strip().isupper()]
    assert max(len(line) - 4 for line in reasons) >= 30
    assert all(key in text for key in ("What was not seen", "What to do next", "queue   cases"))


@pytest.mark.parametrize("width", WIDTHS)
def test_reasons_of_a_case_have_room_at_any_width(sample: Results, width: int) -> None:
    key = next(key for _, key in numbered(sample) if key.ring_id is None)
    lines = explained(sample, key.lead_id, width).splitlines()
    assert max(map(cell_len, lines)) <= width
    head = next(line for line in lines if line.startswith("reason "))
    room = re.match(r"reason *", head)
    assert room
    assert room.end() - 2 >= 30


def test_top_counts_cases_and_what_is_left_is_said(sample: Results) -> None:
    text = screen(sample, 80, top=1)
    assert re.search(r"^ 1  ", text, re.MULTILINE)
    assert not re.search(r"^ 2  ", text, re.MULTILINE)
    left = len([key for _, key in numbered(sample) if key.queue != "policy"]) - 1
    assert f"And {left} more case" in text
    assert "queue   cases" in screen(sample, 80, top=0)


def test_next_steps_name_the_first_case_and_can_be_pasted(sample: Results) -> None:
    first = case_rows(sample, numbered(sample)[:1])[0]["case"]
    text = screen(sample, 60)
    assert f"enduse explain out {first}" in text
    assert f"enduse decide out {first} OUTCOME" in text
    spaced = page(sample, 5, Path("my out"), Path("my out/report.html"), 80)
    assert f"enduse explain 'my out' {first}" in spaced


def test_a_lane_that_did_not_run_clears_nobody(sample: Results) -> None:
    run = sample.run.model_copy(update={"lanes": {"B": True}})
    text = folded(screen(replace(sample, run=run), 80))
    assert "Lane L (law and policy) did not run: its silence clears nobody." in text
    assert "Lane E (outside evidence) did not run" in text
    assert "No table policy_decisions: what it tells was not seen." in text


def renamed(results: Results, account: str, name: str) -> Results:
    scores = results.scores.with_columns(pl.col("account_id").replace(account, name))
    return replace(results, scores=scores)


def test_an_id_too_long_is_shortened_in_the_middle_and_where_the_whole_is_said(
    sample: Results,
) -> None:
    alone = next(key.lead_id for _, key in numbered(sample) if key.ring_id is None)
    guid = "9f8a1c52-73d4-4b6e-9c0d-5e7f8a9b0c1d"
    assert guid in screen(renamed(sample, alone, guid), 60)
    long = "head" + "x" * 300 + "tail"
    text = screen(renamed(sample, alone, long), 80)
    assert max(map(cell_len, text.splitlines())) <= 80
    assert re.search(r"headx+…x+tail", text)
    assert "whole in scores.parquet" in text


def test_a_hostile_id_reaches_the_terminal_harmless(sample: Results) -> None:
    alone = next(key.lead_id for _, key in numbered(sample) if key.ring_id is None)
    text = screen(renamed(sample, alone, "\x1b]0;owned\x07\r\n\u202e[bold]; rm"), 80)
    bad = {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")}
    assert bad <= {"\n"}
    assert "[bold]" in text


def test_other_and_victim_say_why_instead_of_what_is_tied(sample: Results) -> None:
    other = next(row for row in case_rows(sample, numbered(sample)) if row["queue"] == "other")
    assert other["reason"].startswith("In queue other because")


def test_explain_takes_a_ring_and_a_number(
    sample_run: Path, sample: Results, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*words: str) -> tuple[int, str]:
        code = main(["explain", str(sample_run), *words])
        return code, capsys.readouterr().out

    ring = str(numbered(sample)[0][1].ring_id)
    assert said(ring) == said("1") == (0, said(ring)[1])
    assert json.loads(said("1", "--json")[1])["ring"]["ring_id"] == ring
    assert said("no-such")[0] == 2


def test_a_family_that_speaks_without_a_reason_shown_is_named_with_its_rarest_sign(
    sample: Results,
) -> None:
    page = " ".join(explained(sample, "731786258174", 200).split())
    assert "F05 hand-over, F08 workload signature and F07 multi-tenancy speak" in page
    after = page.partition("Without a line above")[2]
    assert "F08 workload signature speaks too. Its rarest sign: " in after
    assert "(so with 1 of " in after


def test_a_page_made_of_the_reviewed_alone_says_the_same_of_them(
    sample: Results, sample_run: Path
) -> None:
    few = read_reviewed(sample_run, ["731786258174"])
    assert few.features.height < sample.features.height
    assert explained(few, "731786258174", 80) == explained(sample, "731786258174", 80)


def test_nothing_stands_below_reasons_that_hold_every_family(sample: Results) -> None:
    queued = sample.scores.filter(pl.col("queue") == "none").sort("rank")
    whole = next(
        row["account_id"] for row in queued.iter_rows(named=True)
        if set(row["speaking"]) <= {reason["family"] for reason in row["reasons"]}
    )  # fmt: skip
    assert "Without a line above" not in explained(sample, whole, 80)


def test_the_first_screen_says_why_its_numbers_leave_some_out(sample: Results) -> None:
    page = screen(sample, 80)
    asked = [number for number, key in numbered(sample) if key.queue == "policy"]
    note = f"# counts all cases; {min(asked)} to {max(asked)} are of queue policy, below."
    assert note in page
    assert "# counts" not in screen(sample, 80, top=2)
