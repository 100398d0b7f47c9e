"""Folders of runs are taken whole or not at all; accounts of no queue are drawn by the week."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from detector.cases.record.snapshots import opened, thawed
from detector.cases.record.store import SYSTEM, Store
from detector.cases.record.verify import verify
from detector.cases.runs.draws import drawn, key_of
from detector.cases.runs.intake import sync_folder
from detector.cases.runs.sampling import draws
from detector.cases.settings import Settings, read_settings
from detector.errors import DataError
from tests.cases.runs import cases, run, take

KEY = bytes(32)


def published(folder: Path, results) -> Path:
    results.write(folder)
    return folder


def test_a_folder_is_taken_once_and_pages_do_without_it(store, clock, tmp_path) -> None:
    out = published(tmp_path / "out", run(0, "abc", "x", others=5))
    taken = sync_folder(store, out, clock())
    assert taken.counts["opened"] == 2
    assert sync_folder(store, out, clock()).already
    for path in out.iterdir():
        path.unlink()
    ring = cases(store, now="abc")[0]
    with store.reading() as connection:
        told = thawed(opened(connection, ring["snapshot"]), opened(connection, ring["sealed"]))
    assert [row["account_id"] for row in told.members] == ["a", "b", "c"]
    assert verify(store).findings == ()


@pytest.mark.parametrize("name", ["scores", "rings", "timelines", "policy"])
def test_a_run_that_cannot_be_read_is_refused_whole(store, clock, tmp_path, name) -> None:
    out = published(tmp_path / "out", run(0, "abc", "x"))
    (out / f"{name}.parquet").write_bytes(b"PAR1 no table")
    with pytest.raises(DataError):
        sync_folder(store, out, clock())
    assert cases(store) == []
    with store.reading() as connection:
        assert connection.execute("SELECT count(*) FROM runs").fetchone()[0] == 0


def test_a_run_without_its_record_is_refused(store, clock, tmp_path) -> None:
    out = published(tmp_path / "out", run(0, "abc"))
    (out / "run.json").write_text("{}")
    with pytest.raises(DataError, match="damaged"):
        sync_folder(store, out, clock())


def test_five_accounts_of_no_queue_are_drawn_a_week_with_their_chance(
    store, clock, tmp_path
) -> None:
    with store.writing(clock()) as tx:
        assert read_settings(tx.connection).explore_share * 50 == 5
    out = published(tmp_path / "one", run(0, "abc", "x", others=96))
    assert sync_folder(store, out, clock()).counts["samples"] == 5
    found = cases(store, kind="sample")
    assert {(row["queue"], row["in_queue"], row["size"]) for row in found} == {("sample", 1, 1)}
    # Of a hundred accounts five have p <= .05, and four of these are in cases.
    assert sorted((row["stratum"], row["weight"]) for row in found) == [
        ("near", 1.0), *[("rest", 95 / 4)] * 4,
    ]  # fmt: skip
    again = published(tmp_path / "two", run(1, "abc", "x", others=96))
    assert "samples" not in sync_folder(store, again, clock()).counts
    assert {row["in_queue"] for row in cases(store, kind="sample")} == {1}
    third = published(tmp_path / "three", run(7, "abc", "x", others=96))
    assert sync_folder(store, third, clock()).counts["samples"] == 5
    assert len({row["lead_account"] for row in cases(store, kind="sample")}) == 10


def test_a_draw_is_of_the_week_and_the_key_and_not_of_the_order(store, clock) -> None:
    some = run(0, "abc", others=200)
    settings = Settings(explore_share=0.2)
    first = draws(some, KEY, settings, set())
    mixed = pl.concat([some.scores[100:], some.scores[:100]])
    assert draws(replace(some, scores=mixed), KEY, settings, set()) == first
    assert draws(some, b"other" * 6, settings, set()) != first
    assert draws(run(7, "abc", others=200), KEY, settings, set()) != first
    assert not {one.account_id for one in first} & {"a"}
    for one in first:
        assert one.weight == 1 / one.chance
        assert 0 < one.chance <= 1


def test_each_account_of_a_stratum_is_drawn_as_often_as_its_chance_says() -> None:
    some = run(0, "abc", others=50)
    hits = [one for n in range(200) for one in draws(some, bytes([n]) * 32, Settings(), set())
            if one.stratum == "rest"]  # fmt: skip
    counts = pl.Series([one.account_id for one in hits]).value_counts()["count"]
    chance = {one.chance for one in hits}
    assert len(chance) == 1
    assert len(hits) == 200 * round(chance.pop() * len(counts))
    assert counts.max() < 2 * counts.mean()


def test_a_draw_is_a_number_below_one_and_its_key_is_drawn_once(store, clock) -> None:
    with store.writing(clock()) as tx:
        key = key_of(tx)
        assert key_of(tx) == key
        assert len(key) == 32
    assert 0 <= drawn(KEY, "qa", "C-000001") < 1
    assert drawn(KEY, "a", "b") != drawn(KEY, "ab", "")


def test_cases_that_a_second_person_looks_at_are_drawn_when_they_are_opened(store, clock) -> None:
    with store.writing(clock()) as tx:
        tx.record("settings.changed", SYSTEM, "system",
                  put=[("settings", {"name": "second_share", "value": "0.5"})])  # fmt: skip
    take(store, clock(), run(0, *(chr(code) for code in range(97, 97 + 26))))
    share = [row["qa_drawn"] for row in cases(store)]
    assert 2 < sum(share) < 24


def test_scores_of_another_model_are_not_compared(store, clock) -> None:
    take(store, clock(), run(0, "a", "x", scores={"a": 0.5}))
    take(store, clock(), run(1, "a", "x", scores={"a": 0.6}))
    take(store, clock(), run(2, "a", "x", scores={"a": 0.9}, model="m2"))
    take(store, clock(), run(3, "a", "x", scores={"a": 0.8}, model="m2"))
    with store.reading() as connection:
        rows = connection.execute(
            "SELECT change FROM case_runs JOIN cases USING (case_id) WHERE lead_account = 'a' "
            "ORDER BY run")  # fmt: skip
        assert [row["change"] for row in rows] == ["new", "risen", None, "fallen"]


def test_a_run_is_told_in_one_row(store, clock) -> None:
    take(store, clock(), run(0, "abc", others=4))
    with store.reading() as connection:
        [row] = connection.execute("SELECT * FROM runs").fetchall()
    assert (row["run"], row["model_id"], row["accounts"]) == (1, "m1", 7)
    assert json.loads(row["counts"]) == {"counts": {"opened": 1}, "opened": {"proxy": 1}}


def test_lane_l_opens_a_case_in_its_own_order(store: Store, clock) -> None:
    law = [{"account_id": account, "rule": "CSL-EL", "outcome": outcome, "strength": "strong",
            "queues": True} for account, outcome in (("x", "inquire"), ("y", "match"))]  # fmt: skip
    queue = {"x": "policy", "y": "policy"}
    take(store, clock(), run(0, "x", "y", "abc", queue=queue, policy=law))
    found = {row["now"]: (row["queue"], row["rank"]) for row in cases(store)}
    assert found == {"y": ("policy", 1), "x": ("policy", 2), "abc": ("proxy", 3)}
