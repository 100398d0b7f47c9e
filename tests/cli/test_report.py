"""``enduse report``: the page of a run, of one case, and of the queue."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Enduse = Callable[..., Any]
CLOSED = "947022661630"


def _ring_of(sample_run: Path, account: str) -> str:
    import polars as pl

    scores = pl.read_parquet(sample_run / "scores.parquet")
    name = scores.filter(pl.col("account_id") == account)["ring_id"][0]
    assert isinstance(name, str)
    return name


def test_the_page_of_a_ring_names_whoever_was_closed_and_why(
    enduse: Enduse, sample_run: Path, tmp_path: Path
) -> None:
    ring = _ring_of(sample_run, CLOSED)
    done = enduse("report", sample_run, "--case", ring)
    assert (done.code, done.out) == (0, f"{ring}.html\n")
    page = (tmp_path / f"{ring}.html").read_text(encoding="utf-8")
    assert page.count("closed on 2026-03-25: fraud") == 1
    assert f"{ring}, 7 accounts</h1>" in page


def test_the_page_of_an_account_goes_where_it_is_asked(
    enduse: Enduse, sample_run: Path, tmp_path: Path
) -> None:
    target = tmp_path / "somewhere.html"
    done = enduse("report", sample_run, "--case", CLOSED, "--out", target, "--json")
    assert json.loads(done.out) == {"report": str(target), "bytes": target.stat().st_size}
    page = target.read_text(encoding="utf-8")
    assert f"Account {CLOSED}, one of the 7 accounts of" in page
    assert "Not in a queue: closed on 2026-03-25: fraud." in page


def test_the_queue_alone_is_written_here(enduse: Enduse, sample_run: Path, tmp_path: Path) -> None:
    assert enduse("report", sample_run, "--queue").out == "queue.html\n"
    assert "<h1>Review queue</h1>" in (tmp_path / "queue.html").read_text(encoding="utf-8")


def test_an_unknown_case_is_refused_and_the_nearest_named(
    enduse: Enduse, sample_run: Path, tmp_path: Path
) -> None:
    done = enduse("report", sample_run, "--case", CLOSED[:-1])
    assert done.code == 2
    assert CLOSED in done.sentence
    assert not list(tmp_path.glob("*.html"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--case", "a", "--queue"), "ask for one of them"),
        (("--out", "x.html"), "always OUT/report.html"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    enduse: Enduse, sample_run: Path, words: tuple[str, ...], said: str
) -> None:
    done = enduse("report", sample_run, *words)
    assert done.code == 2
    assert said in done.sentence


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("acct-01", "acct-01.html"),
        ("../../etc/passwd", "etc-passwd.html"),
        ("\u202e名", "case.html"),
    ],
)
def test_a_file_is_named_by_letters_and_digits_of_the_id_alone(name: str, file: str) -> None:
    from detector.cli.report import _file_name

    assert _file_name(name) == file
