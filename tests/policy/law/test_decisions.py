"""Decisions: by the party and the content, with an end."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from detector.policy.law.judging import again
from detector.policy.packs import load_packs
from tests.policy.law.world import ENTITY_LIST, LISTED, MANIFEST, Asking, account, queued

PARTIES = [account(name, org_name=LISTED, declared_country="CN") for name in ("a", "b")]


def key_of(ask: Asking, **told: Any) -> str:
    found = ask(accounts=PARTIES, **told)
    return str(found.policy.filter(pl.col("rule") == "CSL-EL")["entry_key"][0])


def decided(key: str, decision: str = "false_match", **told: Any) -> dict[str, Any]:
    return {
        "decided_at": "2026-03-01T00:00:00Z", "decision": decision, "party_name": LISTED.lower(),
        "entry_key": key, **told,
    }  # fmt: skip


def test_a_decision_takes_the_pair_out_of_the_queue_and_stays_in_sight(ask: Asking) -> None:
    key = key_of(ask)
    found = ask(accounts=PARTIES, policy_decisions=[decided(key)])
    assert not queued(found)
    row = found.policy.filter(pl.col("rule") == "CSL-EL").row(0, named=True)
    assert (row["decision"], row["outcome"]) == ("false_match", "match")
    assert row["decided_until"].isoformat() == "2027-03-01T00:00:00+00:00"
    assert found.told is not None
    assert found.told.silenced == 2


def test_a_decision_about_one_account_or_one_rule_reaches_no_other(ask: Asking) -> None:
    key = key_of(ask)
    found = ask(accounts=PARTIES, policy_decisions=[decided(key, account_id="a")])
    assert queued(found) == {"b"}
    found = ask(accounts=PARTIES, policy_decisions=[decided(key, rule="CSL-UVL")])
    assert queued(found) == {"a", "b"}


@pytest.mark.long
def test_a_decision_ends_and_later_ones_are_not_known_yet(ask: Asking) -> None:
    key = key_of(ask)
    for told in (
        {"expires_at": "2026-03-09T00:00:00Z"},
        {"decided_at": "2025-02-01T00:00:00Z"},
        {"decided_at": "2026-03-11T00:00:00Z"},
    ):
        found = ask(accounts=PARTIES, policy_decisions=[{**decided(key), **told}])
        assert queued(found) == {"a", "b"}, told


def test_judged_of_a_later_day_a_decision_that_has_ended_silences_nobody(ask: Asking) -> None:
    ends = decided(key_of(ask), expires_at="2026-03-12T00:00:00Z")
    policy = ask(accounts=PARTIES, policy_decisions=[ends]).policy
    for day, silenced in ((date(2026, 3, 11), True), (date(2026, 3, 12), False)):
        judged = again(policy, load_packs(None), day).filter(pl.col("rule") == "CSL-EL")
        assert judged["decision"].is_not_null().all() is silenced
        assert judged["queues"].any() is not silenced


def test_the_newest_decision_counts(ask: Asking) -> None:
    key = key_of(ask)
    later = {"decided_at": "2026-03-05T00:00:00Z"}
    found = ask(
        accounts=PARTIES, policy_decisions=[decided(key), {**decided(key, "true_match"), **later}]
    )
    assert queued(found) == {"a", "b"}


def test_a_decision_survives_a_new_id_and_falls_with_new_content(ask: Asking) -> None:
    key = key_of(ask)
    head, rest = ENTITY_LIST.split("\n", 1)
    lines = [f"{line},{place}" for place, line in enumerate(rest.splitlines())]
    with_ids = "\n".join([f"{head},id", *lines])
    found = ask(
        accounts=PARTIES, policy_decisions=[decided(key)],
        lists={"ours.csv": with_ids, "manifest.toml": MANIFEST},
    )  # fmt: skip
    assert not queued(found)
    changed = ENTITY_LIST.replace(f"{LISTED},EL,CN,", f"{LISTED},EL,CN,Zarkov Bureau")
    found = ask(
        accounts=PARTIES, policy_decisions=[decided(key)],
        lists={"ours.csv": changed, "manifest.toml": MANIFEST},
    )  # fmt: skip
    assert queued(found) == {"a", "b"}


def test_an_owner_that_is_no_match_restricts_nobody(ask: Asking) -> None:
    from tests.policy.law.world import holds, hours

    told: dict[str, Any] = {
        "supposing": {"EAR-50": "in_force"}, "accounts": [account("a")], "usage": [hours("a")],
        "account_owners": [holds("a", LISTED, "1", owner_hq_country="CN")],
    }  # fmt: skip
    found = ask(**told)
    (row,) = found.policy.filter(pl.col("rule") == "EAR-50").to_dicts()
    assert row["outcome"] == "match"
    found = ask(**told, policy_decisions=[decided(row["entry_key"])])
    (row,) = found.policy.filter(pl.col("rule") == "EAR-50").to_dicts()
    assert row["outcome"] == "clear"
