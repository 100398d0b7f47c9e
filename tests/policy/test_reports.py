"""Abuse reports and indicators: what others say of accounts, each source once."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import features
from detector.policy.reports import reported
from features.catalogue import Catalogue
from features.rollups import rollup
from features.tables import TABLES
from tests.policy.leads.world import NOW, account, day, known, write

Said = Callable[..., list[tuple[str, str, str]]]


def report(**told: Any) -> dict[str, Any]:
    return {
        "reported_at": day(0), "source": "desk", "category": "relay", "report_id": "r1",
        "account_id": "a1", "status": "open", "confidence": "high", **told,
    }  # fmt: skip


def by_value(**told: Any) -> dict[str, Any]:
    return report(account_id="", indicator_kind="device", value_hash="v1", **told)


def indicator(**told: Any) -> dict[str, Any]:
    return {
        "source": "partner", "kind": "device", "value_hash": "v1", "valid_from": day(0),
        "valid_to": day(200), "category": "farm", "confidence": "high", "sharing": "amber", **told,
    }  # fmt: skip


def link(name: str = "a1", value: str = "v1", kind: str = "device") -> dict[str, Any]:
    return {"account_id": name, "kind": kind, "value_hash": value, "first_seen": day(-10),
            "last_seen": day(20)}  # fmt: skip


@pytest.fixture
def said(tmp_path: Path) -> Said:
    """What reports and indicators say: account, source and words."""
    number = itertools.count()

    def asking(*, as_of: datetime = NOW, **tables: Any) -> list[tuple[str, str, str]]:
        tables.setdefault("accounts", [account(), account("a2")])
        folder = write(tmp_path / f"logs{next(number)}", tables)
        rows = reported(known(folder, as_of)).rows
        return [(row[0], row[1], row[2]) for row in rows.iter_rows()]

    return asking


def test_a_report_is_told_with_its_strength_day_and_state(said: Said) -> None:
    told = "abuse report (strong) of 2026-03-11: relay, open"
    assert said(abuse_reports=[report()]) == [("a1", "desk", told)]
    assert said(abuse_reports=[report(status="")])[0][2] == told
    for confidence, strength in (("medium", "medium"), ("low", "weak"), ("", "weak")):
        ((_, _, text),) = said(abuse_reports=[report(confidence=confidence)])
        assert f"({strength})" in text


@pytest.mark.parametrize("status", ["rejected", "withdrawn"])
def test_a_report_that_was_rejected_or_withdrawn_says_nothing(said: Said, status: str) -> None:
    assert said(abuse_reports=[report(status=status)]) == []
    later = report(status=status, reported_at=day(3))
    for rows in ([report(), later], [later, report()]):
        assert said(abuse_reports=rows) == []


def test_the_newest_row_of_a_report_counts(said: Said) -> None:
    again = report(status="confirmed", reported_at=day(5))
    gone = report(status="rejected", reported_at=day(2))
    for rows in itertools.permutations([report(), gone, again]):
        ((_, _, text),) = said(abuse_reports=list(rows))
        assert "confirmed" in text
    # A number of another source is another report.
    others = [report(), report(source="other", status="rejected", reported_at=day(3))]
    assert [source for _, source, _ in said(abuse_reports=others)] == ["desk"]


def test_a_later_row_that_tells_the_state_alone_keeps_the_rest(said: Said) -> None:
    later = report(reported_at=day(4), account_id="", status="confirmed", confidence="")
    told = said(abuse_reports=[report(), later])
    assert told == [("a1", "desk", "abuse report (strong) of 2026-03-15: relay, confirmed")]
    gone = report(reported_at=day(6), account_id="", status="withdrawn")
    assert said(abuse_reports=[report(), later, gone]) == []


def test_what_was_withdrawn_after_as_of_still_stands_before(said: Said) -> None:
    later = report(status="withdrawn", reported_at=day(40))
    before = datetime(2026, 4, 20, tzinfo=UTC)
    assert len(said(abuse_reports=[report(), later], as_of=before)) == 1
    assert said(abuse_reports=[report(), later], as_of=datetime(2026, 4, 21, tzinfo=UTC)) == []
    assert said(abuse_reports=[report(reported_at=day(40))], as_of=before) == []


def test_duplicates_of_one_source_count_once(said: Said) -> None:
    rows = [report(report_id=f"r{n}", reported_at=day(n)) for n in range(5)]
    rows += [report(report_id="", reported_at=day(2)), report(report_id="")]
    assert len(said(abuse_reports=rows)) == 1
    assert len(said(abuse_reports=[*rows, report(source="other")])) == 2


def test_reports_without_a_number_are_each_their_own(said: Said) -> None:
    """One that is rejected takes no other one back."""
    rows = [report(report_id=""), report(report_id="", category="farm", status="rejected")]
    assert [text for _, _, text in said(abuse_reports=rows)] == [
        "abuse report (strong) of 2026-03-11: relay, open"
    ]


def test_a_report_of_a_value_is_told_of_all_accounts_that_have_it(said: Said) -> None:
    told = said(abuse_reports=[by_value()], account_links=[link(), link("a2"), link("a2", "v2")])
    assert [name for name, _, _ in told] == ["a1", "a2"]
    assert all("2 accounts share the value" in text for _, _, text in told)
    other = said(abuse_reports=[by_value()], account_links=[link(kind="phone")])
    assert other == []


def test_a_value_that_more_than_fifty_share_tells_little_of_each(said: Said) -> None:
    for number, strength in ((50, "strong"), (51, "weak")):
        names = [f"b{n}" for n in range(number)]
        tables: dict[str, Any] = {
            "accounts": [account(name) for name in names],
            "account_links": [link(name) for name in names],
        }
        for table in ({"abuse_reports": [by_value()]}, {"indicators": [indicator()]}):
            told = said(**tables, **table)
            assert len(told) == number
            assert all(f"({strength})" in text for _, _, text in told)


@pytest.mark.parametrize(
    ("since", "until", "heard"),
    [(0, 60, True), (0, 10, False), (90, 200, False), (0, None, True), (82, None, False)],
)
def test_an_indicator_speaks_while_it_is_valid(
    said: Said, since: int, until: int | None, heard: bool
) -> None:
    one = indicator(valid_from=day(since), valid_to="" if until is None else day(until))
    told = said(indicators=[one], account_links=[link()], as_of=datetime(2026, 5, 1, tzinfo=UTC))
    assert bool(told) is heard


def test_an_indicator_shared_under_red_shows_neither_source_nor_category(said: Said) -> None:
    told = said(indicators=[indicator(sharing="red")], account_links=[link()])
    assert told == [("a1", "indicator (red)", "indicator (strong): device, not shown")]
    for sharing in ("clear", "green", "amber", ""):
        ((_, source, text),) = said(indicators=[indicator(sharing=sharing)], account_links=[link()])
        assert (source, "farm" in text) == ("partner", True)


def test_two_indicators_of_one_source_are_told_once(said: Said) -> None:
    rows = [indicator(), indicator(value_hash="v2"), indicator(confidence="low")]
    told = said(indicators=rows, account_links=[link(), link(value="v2")])
    assert len(told) == 1
    assert "(strong)" in told[0][2]


@pytest.mark.long
def test_the_order_of_rows_changes_nothing(said: Said) -> None:
    reports = [
        report(), report(confidence="low"), report(status="confirmed"), by_value(report_id="r2"),
        by_value(report_id="", confidence="low"), report(report_id="", confidence="medium"),
        report(report_id="", confidence="low", status="confirmed"),
    ]  # fmt: skip
    indicators = [
        indicator(), indicator(confidence="low"), indicator(value_hash="v2", confidence="medium"),
        indicator(sharing="red"), indicator(sharing="red", category="other", confidence="low"),
    ]  # fmt: skip
    links = [link(), link("a2"), link(value="v2")]
    expected = said(abuse_reports=reports, indicators=indicators, account_links=links)
    for seed in range(5):
        mixed = [random.Random(seed).sample(rows, len(rows)) for rows in (reports, indicators)]
        told = said(abuse_reports=mixed[0], indicators=mixed[1], account_links=links[::-1])
        assert told == expected


def test_nothing_of_them_reaches_features_or_models() -> None:
    """They are no labels: no rollup is made of them, and no column reads them."""
    names = ("abuse_reports", "indicators", "tenders")
    for name in names:
        rows = TABLES[name].schema.create_empty()
        parts = rollup(name, rows, NOW, Catalogue.load())
        assert not [part for part in parts if name in part]
    source = Path(features.__file__).parent
    read = [
        path for path in source.rglob("*.py")
        if "tables" not in path.parts
        and any(f'"{name}"' in path.read_text() for name in names)
    ]  # fmt: skip
    assert read == []
