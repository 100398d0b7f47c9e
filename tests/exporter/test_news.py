"""Who is new in a queue is told by id: neither a dip, nor a restart, nor another count is news."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest

from detector.exporter.news import FORGOTTEN_AFTER, Newest, News, known, news_of, remember
from detector.results import Run
from detector.results.published import Published

DAY = 86_400.0
Row = tuple[str, str, str | None, str | None]
ALONE: Row = ("lone", "proxy", None, None)
SCHEMA = dict.fromkeys(("account_id", "queue", "ring_id", "change"), pl.String)


def run_of(at: float, *rows: Row) -> Published:
    queue = pl.DataFrame([ALONE, *rows], schema=SCHEMA, orient="row")
    return Published(Path(), Run.told({}), at, (0, 0, 0), None, queue)


def ring(name: str, members: Sequence[str], change: str | None = None) -> list[Row]:
    return [(member, "proxy", name, change) for member in members]


def victim(account: str, change: str | None = None) -> Row:
    return account, "victim", None, change


def newest(news: News) -> Mapping[str, Newest]:
    return news.newest


def test_the_first_run_tells_of_all_its_rings_and_victims() -> None:
    news = news_of(run_of(5.0, *ring("r1", "ab"), *ring("r2", "cd"), victim("v")))
    assert newest(news) == {"proxy": Newest(5.0, 2), "victim": Newest(5.0, 1)}


def test_a_run_with_nobody_tells_of_nobody() -> None:
    assert newest(news_of(run_of(5.0))) == {"proxy": Newest(), "victim": Newest()}


def test_who_goes_and_comes_back_is_no_news() -> None:
    news = news_of(run_of(5.0, *ring("r1", "ab"), *ring("r2", "cd"), victim("v")))
    news = news_of(run_of(6.0, *ring("r1", "ab")), news)
    news = news_of(run_of(7.0, *ring("r1", "ab"), *ring("r2", "cd"), victim("v")), news)
    assert newest(news) == {"proxy": Newest(5.0, 2), "victim": Newest(5.0, 1)}


def test_one_that_goes_as_another_comes_is_news_though_the_count_stays() -> None:
    news = news_of(run_of(5.0, *ring("r1", "ab"), victim("v")))
    news = news_of(run_of(6.0, *ring("r2", "cd"), victim("w")), news)
    assert newest(news) == {"proxy": Newest(6.0, 1), "victim": Newest(6.0, 1)}


@pytest.mark.parametrize(
    ("name", "members", "at"),
    [("r1", "axyz", 5.0), ("r9", "abz", 5.0), ("r9", "abyz", 6.0), ("r9", "axyz", 6.0)],
    ids=["the id stays", "most members stay", "half are others", "most are others"],
)
def test_a_ring_is_known_by_its_id_or_by_most_of_its_members(
    name: str, members: str, at: float
) -> None:
    news = news_of(run_of(5.0, *ring("r1", "abc")))
    assert newest(news_of(run_of(6.0, *ring(name, members)), news))["proxy"].at == at


def test_who_comes_back_after_a_month_is_news_again() -> None:
    news = news_of(run_of(0.0, victim("v")))
    news = news_of(run_of(FORGOTTEN_AFTER, victim("v")), news)
    assert newest(news)["victim"] == Newest(0.0, 1)
    news = news_of(run_of(2 * FORGOTTEN_AFTER + 1), news)
    assert newest(news)["victim"] == Newest(0.0, 1)
    later = 2 * FORGOTTEN_AFTER + DAY
    assert newest(news_of(run_of(later, victim("v")), news))["victim"] == Newest(later, 1)


def test_without_a_memory_a_run_compared_with_an_earlier_one_tells_what_stood() -> None:
    rows = [*ring("r1", "ab", "risen"), *ring("r2", "cd", "new"), victim("v", "entered")]
    news = news_of(run_of(5.0, *rows, victim("w", "stayed")))
    assert newest(news) == {"proxy": Newest(5.0, 1), "victim": Newest(5.0, 1)}


def test_a_queue_that_cannot_be_read_changes_no_memory() -> None:
    news = news_of(run_of(5.0, victim("v")))
    damaged = Published(Path(), Run.told({}), 6.0, (0, 0, 0), None, None)
    assert news_of(damaged, news) is news


def test_a_memory_is_read_as_it_was_written_and_names_nobody(tmp_path: Path) -> None:
    news = news_of(run_of(5.0, *ring("ring-of-mine", ["acme", "zenith"]), victim("holder")))
    path = tmp_path / "memory"
    assert remember(news, path)
    assert known(path) == news
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text()
    assert not [n for n in ("ring-of-mine", "acme", "zenith", "holder") if n in text]
    assert [p.name for p in tmp_path.iterdir()] == ["memory"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"salt": "zz"}', "[" * 100_000])
def test_a_damaged_memory_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "memory").write_text(text)
    assert known(tmp_path / "memory") is None
    assert known(tmp_path / "missing") is None


def test_a_memory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    assert not remember(News(), tmp_path / "no folder" / "memory")
    held = json.dumps({"salt": "00", "seen": {}, "members": {}, "newest": {"proxy": [1.0]}})
    (tmp_path / "half").write_text(held)
    assert known(tmp_path / "half") is None
