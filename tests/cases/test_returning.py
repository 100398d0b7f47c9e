"""An account that an upheld appeal cleared is in no queue until the clearing ends."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from detector import read_logs, score_logs
from detector.cases.contact.appeals import Decision
from detector.cases.contact.suppressors import Suppressor, confirm, propose
from detector.cases.leaving.labels import labels_of, write_labels
from detector.cases.record.moments import text_of
from detector.cases.runs.suppressed import Standing, standing
from detector.results import Results
from detector.results.tables import LINKS_SCHEMA
from tests.cases.planted import ANN, CEM, DIA, Clock, opened, plant
from tests.cases.runs import run, settled, take
from tests.cases.writing import decided, filed, ruled


def _heard(folder: Path, ends: dict[str, datetime], at: datetime) -> pl.DataFrame:
    """The labels that leave when the holders of some accounts were right, each until its end."""
    clock = Clock()
    clock.now = at
    with opened(folder) as store:
        for number, (account, end) in enumerate(ends.items()):
            with store.writing(clock()) as tx:
                plant(tx, f"C-{number}", {account: ("proxy", ())}, typology="T16")
            decided(store, clock, f"C-{number}")
            said = Decision("upheld", "The account was yours, and in order.", until=end)
            appeal = filed(store, clock, account, case=f"C-{number}")
            ruled(store, clock, CEM, appeal, said, f"C-{number}")
        with store.reading() as connection:
            return labels_of(connection, lambda _c, _p: None)


@pytest.mark.long
def test_a_returning_appellant_is_queued_again_when_the_clearing_has_ended(
    sample_run: Path, repository: Path, tmp_path: Path
) -> None:
    """Two accounts of a queue, one whose clearing holds at as-of and one whose has ended."""
    before = pl.read_parquet(sample_run / "scores.parquet")
    as_of = before["as_of"][0]
    alone = before.filter(pl.col("queue") == "proxy").sort("p_value")
    first, second = alone["account_id"].head(2)
    logs = tmp_path / "logs"
    shutil.copytree(repository / "sample_logs", logs)
    earlier = logs / "labels" / "source=earlier"
    earlier.mkdir(parents=True)
    (logs / "labels.jsonl").rename(earlier / "labels.jsonl")
    ends = {first: as_of - timedelta(days=1), second: as_of + timedelta(days=1)}
    rows = _heard(tmp_path / "cases", ends, as_of - timedelta(days=20))
    assert rows.select("account_id", "basis").rows() == [(first, "appeal"), (second, "appeal")]
    write_labels(logs, "labels", rows, DIA)
    after = score_logs(read_logs(logs), lanes=()).scores
    queues = dict(after.select("account_id", pl.col("queue").cast(pl.String)).iter_rows())
    assert (queues[first], queues[second]) == ("proxy", "none")


def test_a_ring_that_shares_a_known_value_and_no_other_opens_no_case(tmp_path: Path) -> None:
    def linked(*shown: tuple[str, str, str]) -> Results:
        rows = [{"account_id": a, "kind": kind, "value": value} for a, kind, value in shown]
        return replace(run(0, "ab", "cd"), links=pl.DataFrame(rows, schema=LINKS_SCHEMA))

    office = Standing((("identifier", ("address", "k1"), None),))
    both = [(account, "address", "k1") for account in "abcd"]
    alone = ("a", "device", "k2")
    for shown, counts in (
        ((*both, alone), {"suppressed": 2}),
        ((*both, alone, ("b", "device", "k2")), {"opened": 1, "suppressed": 1}),
        ((alone,), {"opened": 2}),
    ):
        with opened(tmp_path / str(len(shown))) as store, pytest.MonkeyPatch.context() as patch:
            patch.setattr("detector.cases.runs.taking.standing", lambda *_: office)
            assert take(store, Clock()(), linked(*shown)).counts == counts


def test_a_run_opens_no_case_on_what_is_kept_away(tmp_path: Path) -> None:
    """Each scope in force when a run is taken: an account, of one typology, these together."""
    clock = Clock()
    with opened(tmp_path / "cases") as store:
        first = take(store, clock(), run(0, "a", "b", "cd"))
        assert first.counts == {"opened": 3}
        end = clock.now + timedelta(days=50)
        said = (
            Suppressor("account", ("a",), end, "known"),
            Suppressor("account", ("b",), end, "known", "T16"),
            Suppressor("members", ("c", "d"), end, "one lab"),
        )
        for one in said:
            with store.writing(clock()) as tx:
                number = propose(tx, ANN, one)
            with store.writing(clock()) as tx:
                confirm(tx, DIA, number)
        with store.writing(clock()) as tx:
            held = standing(tx.connection, tx.at)
            assert held.rows == tuple((one.scope, one.subject, one.typology) for one in said)
    with opened(tmp_path / "others") as store:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("detector.cases.runs.taking.standing", lambda *_: held)
            counts = take(store, clock(), run(0, "a", "b", "cd")).counts
            assert counts == {"opened": 1, "suppressed": 2}
            grown = take(store, clock(), run(1, "a", "b", "cde", typology="T16")).counts
        assert grown == {"opened": 1, "seen": 1, "suppressed": 1}
    assert Standing().covers({"a"}, {"a"}, None) is False


def test_a_clearing_that_an_appeal_made_longer_holds_to_its_own_end(tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path / "cases") as store:
        take(store, clock(), run(0, "ab"))
        settled(store, clock(), "C-000001", "cleared", text_of(clock.now + timedelta(days=30)))
        appeal = filed(store, clock, "a", "b", case="C-000001")
        end = clock.now + timedelta(days=90)
        said = Decision("upheld", "You are right.", until=end)
        ruled(store, clock, CEM, appeal, said, "C-000001")
        clock.on(days=60)
        assert take(store, clock(), run(60, "ab")).counts == {"unchanged_cleared": 1}
        clock.on(days=31)
        assert take(store, clock(), run(91, "ab")).counts == {"reopened": 1}
