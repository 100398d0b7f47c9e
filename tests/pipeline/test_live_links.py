"""What ties accounts is the same after any change of rows as if everybody were tied anew."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from detector.pipeline.live import features as live
from detector.pipeline.live.links import Links, follow_links
from detector.pipeline.live.rollups import Moved
from features import evidence
from features.catalogue import Catalogue
from features.evidence import accepted
from features.graph import components
from features.partners import seen_by_linked
from features.population import Population
from features.rollups import Rollups, complete, merge, rollup
from features.tables import SCHEMAS
from features.ties import unlike
from tests.examples import examples

AS_OF = datetime(2026, 3, 10, 12, tzinfo=UTC)
CATALOGUE = Catalogue.load()
SOME = 8
# An example ties everybody three times.
EXAMPLES = examples(20)
Row = dict[str, Any]


def ago(days: float) -> datetime:
    return AS_OF - timedelta(days=days)


@dataclass(frozen=True)
class Account:
    """What one account shows, does and declares; None is on no record."""

    links: frozenset[tuple[str, int, int]]
    agents: frozenset[tuple[int, int]]
    cards: frozenset[int]
    moulds: frozenset[int]
    work: tuple[int, ...]
    payer: int
    record: tuple[int | None, int | None, bool] | None
    decision: str | None

    def rows(self, name: str) -> dict[str, list[Row]]:
        """Its rows of each table."""
        organisation, partner, resells = self.record or (None, None, False)
        told = {"account_id": name, "decision": self.decision, "decided_at": ago(3)}
        return {
            "accounts": [] if self.record is None else [
                {"account_id": name, "created_at": ago(90), "partner_id": code("p", partner),
                 "organisation_id": code("o", organisation), "declared_reseller": resells}],
            "account_links": [
                {"account_id": name, "kind": kind, "value_hash": str(value), "first_seen": ago(60),
                 "last_seen": ago(day)} for kind, value, day in self.links],
            "events": [
                {"time": ago(day), "account_id": name, "class_uid": 6003, "operation": "o",
                 "user_agent_hash": str(agent)} for agent, day in self.agents],
            "payments": [
                {"time": ago(4), "account_id": name, "kind": "top_up", "amount": 1234,
                 "currency": "AAA", "instrument_hash": str(card), "instrument_kind": "card"}
                for card in self.cards],
            "model_usage": [
                {"start": ago(day + 1), "end": ago(day + 0.9), "account_id": name, "model_id": "m",
                 "requests": requests, "input_tokens": 1, "output_tokens": 1,
                 "template_sketch": [mould] * 32}
                for mould in self.moulds for day, requests in enumerate(self.work)],
            "usage": [
                {"ChargePeriodStart": ago(5), "ChargePeriodEnd": ago(4), "SubAccountId": name,
                 "BillingAccountId": f"a{self.payer}", "ChargeCategory": "Usage",
                 "ServiceName": "Compute", "ConsumedQuantity": 1, "ConsumedUnit": "Hours",
                 "ResourceType": "p5.48xlarge", "EffectiveCost": 5, "BillingCurrency": "AAA"}],
            "labels": [] if self.decision is None else [
                told if self.decision != "appeal"
                else {**told, "decision": "cleared", "basis": "appeal"}],
        }  # fmt: skip


def code(letter: str, number: int | None) -> str | None:
    return None if number is None else f"{letter}{number}"


FEW = st.integers(0, 2)
MAYBE = st.none() | st.none() | FEW
DAY = st.sampled_from([1, 20, 40])
ACCOUNTS = st.builds(
    Account,
    st.frozensets(st.tuples(st.sampled_from(["tax_id", "form_text", "phone"]), FEW, DAY),
                  max_size=3),
    st.frozensets(st.tuples(FEW, DAY), max_size=3),
    st.frozensets(FEW, max_size=1),
    st.frozensets(FEW, min_size=1, max_size=1),
    st.lists(st.integers(1, 9), min_size=8, max_size=8).map(tuple),
    st.integers(0, SOME - 1),
    st.none() | st.tuples(MAYBE, MAYBE, st.sampled_from([False, False, True])),
    st.sampled_from([None, None, "confirmed_proxy", "appeal"]),
)  # fmt: skip

# What changes of an account: one thing, or all.
PARTS = st.sampled_from(
    [
        *((f.name,) for f in fields(Account)),
        *[("decision",), ("work",), ("payer",), ("record",)] * 2,
    ]
)


def rolled(accounts: dict[str, Account]) -> Rollups:
    tables: dict[str, list[Row]] = {}
    for name, account in accounts.items():
        for table, rows in account.rows(name).items():
            tables.setdefault(table, []).extend(rows)
    parts = [
        rollup(table, pl.DataFrame(rows, schema=SCHEMAS[table].create_empty().schema), AS_OF,
               CATALOGUE)
        for table, rows in tables.items()
    ]  # fmt: skip
    return complete(merge(parts), tables, AS_OF, CATALOGUE)


Changes = list[tuple[int, tuple[str, ...], Account]]
BEFORE = st.lists(ACCOUNTS, min_size=SOME, max_size=SOME)
CHANGES = st.lists(st.tuples(st.integers(0, SOME), PARTS, ACCOUNTS), min_size=1, max_size=2)


def moments(
    before: list[Account], changes: Changes
) -> tuple[dict[str, Account], dict[str, Account], pl.DataFrame]:
    """All accounts before and after the changes, and whom these touch."""
    then = {f"a{number}": account for number, account in enumerate(before)}
    later, names = dict(then), [f"a{number}" for number, _, _ in changes]
    for name, (_, parts, other) in zip(names, changes, strict=True):
        own = {part: getattr(other, part) for part in parts}
        later[name] = replace(later[name], **own) if name in later else other
    return then, later, pl.DataFrame({"account_id": names}).unique()


@settings(max_examples=EXAMPLES)
@given(before=BEFORE, changes=CHANGES)
def test_links_that_follow_are_those_of_all_tied_anew(
    before: list[Account], changes: Changes
) -> None:
    then, later, touched = moments(before, changes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evidence, "MAX_DEGREE", 3)
        now = rolled(later)
        kept = Links.of(rolled(then))
        links, relinked = follow_links(kept, now, touched)
        anew = Population.of(now)
        # What is kept serves the next hour as well.
        again, _ = follow_links(links, rolled(then), touched)
    for found, wanted in ((links.population, anew), (again.population, kept.population)):
        for frame in ("edges", "pairs", "moves"):
            assert_frame_equal(getattr(found, frame), getattr(wanted, frame), check_exact=True)
    assert ends_of(kept.population, anew) <= {*relinked["account_id"]}


@pytest.mark.long
@settings(max_examples=EXAMPLES)
@given(before=BEFORE, changes=CHANGES)
def test_features_that_follow_are_those_of_all_computed_anew(
    before: list[Account], changes: Changes
) -> None:
    """All families are computed three times: seconds for a few examples."""
    then, later, touched = moments(before, changes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live, "DENSE", 2.0)
        now = rolled(later)
        followed = live.follow(live.numbers(rolled(then)), Moved(now, touched))
        anew = live.numbers(now)
    if followed is not None:
        assert followed.numbers.ids.equals(anew.ids)
        assert np.array_equal(followed.numbers.values, anew.values, equal_nan=True)


def test_what_the_other_of_a_pair_paid_is_read_though_it_is_in_no_group() -> None:
    def account(number: int, agents: frozenset[tuple[int, int]] = frozenset()) -> Account:
        text = frozenset({("form_text", 0, 1)} if number < 2 else ())
        card = frozenset({number})
        return Account(text, agents, card, frozenset(), (), number, (None, None, False), None)

    then = {f"a{number}": account(number) for number in range(SOME)}
    kept = live.numbers(rolled(then))
    now = rolled(then | {"a0": account(0, frozenset({(0, 1)}))})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live, "DENSE", 2.0)
        followed = live.follow(kept, Moved(now, pl.DataFrame({"account_id": ["a0"]})))
    assert followed is not None
    assert components(followed.numbers.population.pairs).is_empty()
    table, anew = followed.numbers.table, live.numbers(now).table
    assert table["f14_siblings_pay_alike"].to_list()[:3] == [1.0, 1.0, 0.0]
    assert table.equals(anew)


def ends_of(before: Population, now: Population) -> set[str]:
    """Ends of the pairs that are not what families of linked accounts saw of them."""
    frames = [
        frame
        for population in (before, now)
        for frame in (
            population.pairs.filter(accepted()).select("a", "b"),
            seen_by_linked(population.moves),
        )
    ]
    moved = [unlike(old, new) for old, new in zip(frames[:2], frames[2:], strict=True)]
    return {end for pairs in moved for column in "ab" for end in pairs[column]}
