"""Evidence between accounts: bits, declarations, fading, paths and hubs."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.build import feature_table, features_of
from features.evidence import ACCEPT, AGREEMENT, accepted, confirmed, evidence_path, pairs
from features.linkage import FAMILY
from features.links.kinds import LINK_KINDS, OWNED_KINDS
from features.population import Population
from features.registry import Registry
from features.rollups import Rollups

Table = Callable[..., pl.DataFrame]
Rolled = Callable[..., Rollups]
LINKED = Registry((FAMILY,))
DAY = datetime(2026, 1, 5, tzinfo=UTC)


def link(account: str, value: str, kind: str = "payment", **more: object) -> dict[str, object]:
    return {"account_id": account, "kind": kind, "value_hash": value, **more}


def crowd(table: Table, number: int = 100, **facts: dict[str, object]) -> pl.DataFrame:
    """Accounts ``n000`` … that make the population, and ``a`` and ``b`` with their facts."""
    rows = [{"account_id": f"n{k:03}"} for k in range(number - 2)]
    return table("accounts", *rows, *({"account_id": i, **facts.get(i, {})} for i in "ab"))


def test_bits_are_the_log_of_agreement_over_chance(rolled: Rolled, table: Table) -> None:
    links = table("account_links", link("a", "x"), link("b", "x"))
    linked = Population.of(rolled(account_links=links, accounts=crowd(table)))
    edge = linked.edges.row(0, named=True)
    assert edge["holders"] == 2
    assert edge["bits"] == pytest.approx(5.643856189774724)  # log2(0.5 * 100)
    pair = pairs(linked.edges, 100).row(0, named=True)
    assert pair["posterior"] == pytest.approx(50 / (50 + 10))


def test_kinds_add_up_and_values_of_one_kind_do_not(rolled: Rolled, table: Table) -> None:
    links = table(
        "account_links", *(link(i, v) for i in "ab" for v in ("x", "y")),
        *(link(i, "t", "tax_id") for i in "ab"),
    )  # fmt: skip
    linked = Population.of(rolled(account_links=links, accounts=crowd(table)))
    assert linked.edges["kind"].to_list() == ["payment", "tax_id"]
    assert linked.pairs["bits"].item() == pytest.approx(2 * 5.643856189774724)


@pytest.mark.parametrize("facts", [
    {"a": {"organisation_id": "o"}, "b": {"organisation_id": "o"}},
    {"a": {"payer_account_id": "p"}, "b": {"payer_account_id": "p"}},
    {"a": {"declared_reseller": True}},
    {"b": {"declared_reseller": True}},
])  # fmt: skip
def test_a_declaration_explains_a_link(
    rolled: Rolled, table: Table, facts: dict[str, dict[str, object]]
) -> None:
    links = table("account_links", link("a", "x"), link("b", "x"))
    linked = Population.of(rolled(account_links=links, accounts=crowd(table, **facts)))
    assert linked.edges["explained"].to_list() == [True]
    assert linked.pairs.is_empty()
    assert evidence_path(linked.edges, linked.rollups, "a").is_empty()


def test_any_common_payer_explains_whichever_comes_first(rolled: Rolled, table: Table) -> None:
    def charge(account: str, payer: str) -> dict[str, object]:
        return {"SubAccountId": account, "BillingAccountId": payer, "ChargePeriodStart": DAY,
                "ChargePeriodEnd": DAY + timedelta(hours=1)}  # fmt: skip

    usage = table("usage", charge("a", "p1"), charge("a", "p9"), charge("b", "p9"))
    links = table("account_links", link("a", "x"), link("b", "x"))
    linked = Population.of(rolled(account_links=links, accounts=crowd(table), usage=usage))
    assert linked.edges["explained"].to_list() == [True]


def test_customers_of_one_partner_need_more_and_are_not_absolved(
    rolled: Rolled, table: Table
) -> None:
    def tied(*kinds: str, **facts: object) -> tuple[float, bool]:
        links = table("account_links", *(link(i, "x", kind) for kind in kinds for i in "ab"))
        accounts = crowd(table, 1000, a=facts, b=facts)
        pair = Population.of(rolled(account_links=links, accounts=accounts)).pairs
        return pair["bits"].item(), pair.select(accepted()).item()

    alone, shared = tied("payment"), tied("payment", partner_id="p")
    assert shared[0] == pytest.approx(alone[0] / 2)
    assert (alone[1], shared[1]) == (True, False)
    assert tied("payment", "tax_id", partner_id="p")[1]


def ties(rolled: Rolled, table: Table, *kinds: str) -> pl.DataFrame:
    """The pair of two accounts of four thousand that share an identifier of each kind."""
    links = table("account_links", *(link(i, "x", kind) for kind in kinds for i in "ab"))
    linked = Population.of(rolled(account_links=links, accounts=crowd(table, 4000)))
    return linked.pairs.with_columns(tied=accepted())


@pytest.mark.parametrize("kind", LINK_KINDS)
def test_one_kind_ties_only_if_its_owner_alone_can_present_it(
    rolled: Rolled, table: Table, kind: str
) -> None:
    pair = ties(rolled, table, kind)
    assert pair["tied"].item() == (kind in OWNED_KINDS)
    # What ties nobody still weighs.
    assert pair["bits"].item() > 8


@pytest.mark.parametrize(("kinds", "tied"), [
    (("device", "ip"), False), (("device", "phone"), True), (("form_text", "image"), True),
    (("ip", "address"), True),
])  # fmt: skip
def test_two_kinds_tie_unless_they_come_from_one_thing(
    rolled: Rolled, table: Table, kinds: tuple[str, str], tied: bool
) -> None:
    assert ties(rolled, table, *kinds)["tied"].item() == tied


def event(account: str, agent: str) -> dict[str, object]:
    return {"time": DAY, "account_id": account, "class_uid": 6003, "operation": "o",
            "user_agent_hash": agent}  # fmt: skip


def call(account: str, client: str, **more: object) -> dict[str, object]:
    return {"start": DAY, "end": DAY + timedelta(hours=1), "account_id": account, "model_id": "m",
            "requests": 1, "input_tokens": 1, "output_tokens": 1, "client_hash": client,
            **more}  # fmt: skip


@pytest.mark.parametrize(("others", "joined"), [(9, True), (10, False)])
def test_a_user_agent_is_an_accounts_own_from_a_tenth_of_its_events(
    rolled: Rolled, table: Table, others: int, joined: bool
) -> None:
    rows = [*(event("a", "own") for _ in range(others)), event("a", "x"), event("b", "x")]
    links = table("account_links", *(link(i, "x", "form_text") for i in "ab"))
    events = table("events", *rows)
    linked = Population.of(rolled(account_links=links, events=events, accounts=crowd(table)))
    assert linked.edges["kind"].to_list() == [*(["agent"] * joined), "form_text"]
    assert linked.pairs["firm"].item() == joined


def test_client_software_counts_beside_another_thing_only(rolled: Rolled, table: Table) -> None:
    def pair(
        sketch: list[int] | None, *links: dict[str, object], number: int = 1000
    ) -> pl.DataFrame:
        calls = table("model_usage", *(call(i, "c", template_sketch=sketch) for i in "ab"))
        linked = table("account_links", *links)
        accounts = crowd(table, number)
        rollups = rolled(model_usage=calls, account_links=linked, accounts=accounts)
        return Population.of(rollups).pairs

    assert pair(None).is_empty()
    # A referral of sixty in five hundred is nothing to stand beside.
    crowded = [link(i, "x", "referral") for i in ("a", "b", *(f"n{k:03}" for k in range(58)))]
    assert pair(None, *crowded, number=500).filter(pl.col("bits") > 0).is_empty()
    # A program brings its own prompts.
    assert pair(list(range(32)))["firm"].to_list() == [False]
    assert pair(None, *(link(i, "x", "phone") for i in "ab"))["firm"].to_list() == [True]


def test_evidence_fades_with_the_time_between_two_uses(rolled: Rolled, table: Table) -> None:
    def bits(days: int) -> float:
        later = {"first_seen": DAY + timedelta(days=days), "last_seen": DAY + timedelta(days=days)}
        links = table(
            "account_links", link("a", "x", "ip", last_seen=DAY), link("b", "x", "ip", **later)
        )
        edges = Population.of(rolled(account_links=links, accounts=crowd(table))).edges
        return float(edges["bits"].item())

    assert bits(7) == pytest.approx(bits(0) / 2)
    assert bits(14) == pytest.approx(bits(0) / 4)


def test_a_hub_links_nobody_and_moves_nobody(rolled: Rolled, table: Table) -> None:
    accounts = crowd(table, 300)
    rare = [link("a", "x"), link("b", "x")]
    hub = [link(f"n{k:03}", "nat", "ip") for k in range(100)] + [link("a", "nat", "ip")]
    without = rolled(account_links=table("account_links", *rare), accounts=accounts)
    with_hub = rolled(account_links=table("account_links", *rare, *hub), accounts=accounts)
    assert_frame_equal(feature_table(without, LINKED), feature_table(with_hub, LINKED))


@pytest.mark.parametrize(("holders", "tied"), [(64, True), (65, False)])
def test_a_team_may_be_large_and_a_crowd_is_none(
    rolled: Rolled, table: Table, holders: int, tied: bool
) -> None:
    links = table("account_links", *(link(f"n{k:03}", "x") for k in range(holders)))
    linked = Population.of(rolled(account_links=links, accounts=crowd(table, 1000)))
    assert linked.edges.height == (holders * (holders - 1) // 2 if tied else 0)


# From what one holder alone has to what many are handed.
WORTH = [
    ["payment", "tax_id"],
    ["access_key", "device", "phone", "ssh_key"],
    ["email", "form_text", "image"],
    ["address"],
    ["ip", "referral"],
]


def test_what_many_are_handed_weighs_less_than_what_one_holder_has(
    rolled: Rolled, table: Table
) -> None:
    kinds = [kind for alike in WORTH for kind in alike]
    links = table("account_links", *(link(f"{end}{kind}", "x", kind) for kind in kinds
                                     for end in "ab"))  # fmt: skip
    edges = Population.of(rolled(account_links=links, accounts=crowd(table))).edges
    bits = dict(edges.select("kind", "bits").iter_rows())
    assert set(bits) == set(kinds)
    for more, less in itertools.pairwise(WORTH):
        assert min(bits[kind] for kind in more) > max(bits[kind] for kind in less)


@pytest.mark.parametrize(("kind", "joined"), [("payment", True), ("address", False)])
def test_four_of_one_card_are_a_group_and_four_of_one_house_are_none(
    rolled: Rolled, table: Table, kind: str, joined: bool
) -> None:
    links = table("account_links", *(link(f"n{k:03}", "x", kind) for k in range(4)))
    linked = Population.of(rolled(account_links=links, accounts=crowd(table)))
    assert linked.pairs.height == 6
    assert ((linked.pairs["posterior"] >= ACCEPT) == joined).all()


def test_every_linked_account_has_a_path_and_without_it_no_link(
    rolled: Rolled, table: Table
) -> None:
    rows = [link("a", "x"), link("b", "x"), link("b", "y", "tax_id"), link("n001", "y", "tax_id"),
            link("n001", "z", "phone"), link("n002", "z", "phone")]  # fmt: skip
    accounts = crowd(table)
    linked = Population.of(rolled(account_links=table("account_links", *rows), accounts=accounts))
    values = features_of(linked, LINKED)
    names = LINKED.names()
    for row in values.iter_rows(named=True):
        path = evidence_path(linked.edges, linked.rollups, row["account_id"])
        assert path.is_empty() == all(not row[n] for n in names)
    fewer = table("account_links", *rows[2:])
    cut = feature_table(rolled(account_links=fewer, accounts=accounts), LINKED)
    alone = cut.filter(pl.col("account_id") == "a").row(0, named=True)
    assert all(not alone[n] for n in names)


def test_the_path_names_the_evidence(rolled: Rolled, table: Table) -> None:
    links = table("account_links", link("a", "x"), link("b", "x"))
    labels = table("labels", {"account_id": "b", "decision": "confirmed_proxy", "decided_at": DAY})
    linked = Population.of(rolled(account_links=links, accounts=crowd(table), labels=labels))
    (step,) = evidence_path(linked.edges, linked.rollups, "a").to_dicts()
    assert (step["other"], step["kind"], step["value"]) == ("b", "payment", "x")
    assert step["other_confirmed"]


def test_confirmed_accounts_and_who_is_not_any_more(rolled: Rolled, table: Table) -> None:
    def label(account: str, decision: str, day: int = 0) -> dict[str, object]:
        return {"account_id": account, "decision": decision, "decided_at": DAY + timedelta(day)}

    labels = table("labels", label("a", "confirmed_proxy"), label("b", "confirmed_proxy"),
                   label("b", "cleared", 3), label("c", "confirmed_victim"),
                   label("e", "confirmed_proxy"), label("e", "unresolved", 5))  # fmt: skip
    shut = {"closed_at": DAY, "close_reason": "policy"}
    accounts = table("accounts", {"account_id": "d", **shut},
                     {"account_id": "f", **shut, "appeal_upheld_at": DAY},
                     {"account_id": "g", "closed_at": DAY, "close_reason": "customer"})  # fmt: skip
    found = confirmed(rolled(labels=labels, accounts=accounts))
    assert found["account_id"].to_list() == ["a", "d", "e"]


def test_all_kinds_of_the_linkage_table_have_a_weight() -> None:
    from features.evidence import HALF_LIFE_DAYS
    from features.tables import LINK_KINDS

    assert set(AGREEMENT) == set(HALF_LIFE_DAYS)
    assert set(LINK_KINDS) <= set(AGREEMENT)
    assert all(0 < m < 1 for m in AGREEMENT.values())
