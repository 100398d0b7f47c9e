"""Rules about ownership, as they come to an account."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import polars as pl
import pytest

from tests.policy.law.world import (
    LISTED,
    Asking,
    account,
    holds,
    hours,
    owns,
    queued,
    said,
    tokens,
)

IN_FORCE = {"EAR-50": "in_force"}
CN = {"owner_hq_country": "CN"}


def test_owners_restrict_an_account_through_companies(ask: Asking) -> None:
    """The forms of FAQ 401, bands, a minority and an unknown share, on accounts."""
    names = ["quarters", "band", "unknown", "minority", "none", "under"]
    found = ask(
        supposing=IN_FORCE,
        accounts=[account(name) for name in names],
        usage=[hours(name) for name in names],
        account_owners=[
            holds("quarters", "Astra One", "0.25"), holds("quarters", "Boreal One", "0.25"),
            holds("band", LISTED, "0.25", "0.5", **CN),
            holds("unknown", LISTED, "", "", **CN),
            holds("minority", LISTED, "0.12", **CN),
            holds("none", "Astra Two", "1"),
            holds("under", LISTED, "0.4999999999", **CN),
        ],
        entity_owners=[
            owns(LISTED, "Astra One", "0.5", **CN), owns(LISTED, "Boreal One", "0.5", **CN),
            owns(LISTED, "Astra Two", "0", **CN),
        ],
    )  # fmt: skip
    assert said(found, "EAR-50") == {
        "quarters": "match", "band": "inquire", "unknown": "inquire", "minority": "inquire",
        "none": "clear", "under": "inquire",
    }  # fmt: skip
    rows = {row["account_id"]: row for row in found.policy.to_dicts() if row["rule"] == "EAR-50"}
    assert "Astra One 25 % + Boreal One 25 % -> quarters" in rows["quarters"]["evidence"]
    assert rows["quarters"]["party"] == LISTED
    assert rows["quarters"]["entry_key"]
    assert rows["minority"]["strength"] == "weak"
    assert {"quarters", "band", "unknown"} <= queued(found)


def test_the_owners_of_the_company_that_holds_an_account_are_its_owners(ask: Asking) -> None:
    found = ask(
        supposing=IN_FORCE,
        accounts=[account("a", org_name="Celdon  WORKS"), account("b")],
        usage=[hours("a"), hours("b")],
        entity_owners=[owns(LISTED, "Celdon Works", "0.6", **CN)],
    )
    assert said(found, "EAR-50") == {"a": "match", "b": "unknown"}


def test_a_rule_that_nobody_verified_never_says_match(ask: Asking) -> None:
    told = {
        "accounts": [account("a")], "usage": [hours("a", day="2026-11-08")],
        "account_owners": [holds("a", LISTED, "0.6", **CN)],
    }  # fmt: skip
    states = [
        (datetime(2026, 11, 9, 12, tzinfo=UTC), "suspended"),
        (datetime(2026, 11, 10, 3, tzinfo=UTC), "suspended"),
        (datetime(2026, 11, 10, 12, tzinfo=UTC), "status not verified since 2026-11-10"),
    ]
    for moment, note in states:
        found = ask(as_of=moment, **told)
        (row,) = found.policy.filter(pl.col("rule") == "EAR-50").to_dicts()
        assert row["outcome"] == "inquire"
        assert note in row["note"]


@pytest.mark.parametrize(
    ("day", "owner", "expected"),
    [
        (4, holds("a", "Lindor Group", "1", **CN), "clear"),
        (5, holds("a", "Lindor Group", "1", **CN), "match"),
        (5, holds("a", "Lindor Group", "0.5", **CN), "inquire"),
        (5, holds("a", "Lindor Group", "0.5001", **CN), "match"),
        (5, holds("a", "Lindor Group", "", "", **CN), "inquire"),
        (5, holds("a", "Somebody", "1", owner_kind="person", owner_country="CN"), "clear"),
        (5, holds("a", "Lindor Group", "1", owner_hq_country="DE"), "clear"),
        (5, holds("a", "Lindor Group", "1"), "unknown"),
    ],
    ids=["before", "whole", "half", "more", "unknown", "person", "served", "no seat"],
)
def test_ownership_from_places_that_are_not_served(
    ask: Asking, day: int, owner: dict[str, str], expected: str
) -> None:
    found = ask(
        as_of=datetime(2025, 9, day, 12, tzinfo=UTC),
        accounts=[account("a"), account("other")],
        usage=[hours("a", "t3.large", "2025-09-01"), hours("Bystander", "t3.large", "2025-09-01")],
        model_usage=[{**tokens("a"), "start": "2025-09-01T00:00:00Z",
                      "end": "2025-09-01T01:00:00Z"}],
        account_owners=[owner, {**owner, "account_id": "other"}],
    )  # fmt: skip
    # Whoever does not use the model is not asked.
    assert said(found, "ANT-OWNERSHIP") == {"a": expected}


def test_where_no_owner_was_told_nothing_is_clear_and_nobody_is_queued(ask: Asking) -> None:
    found = ask(accounts=[account("a")], usage=[hours("a")], model_usage=[tokens("a")])
    assert said(found, "ANT-OWNERSHIP") == {"a": "unknown"}
    assert not queued(found)


def test_a_parent_without_a_share_is_an_owner_whose_share_is_unknown(ask: Asking) -> None:
    found = ask(
        accounts=[account("a", ultimate_parent_name="Mirfonda", ultimate_parent_hq_country="CN")],
        model_usage=[tokens("a")],
    )
    assert said(found, "ANT-OWNERSHIP") == {"a": "inquire"}


def test_an_owner_by_name_alone_asks_weakly(ask: Asking) -> None:
    """The listed party is in another country than the owner: perhaps somebody else."""
    found = ask(
        supposing=IN_FORCE,
        accounts=[account("a")],
        usage=[hours("a")],
        account_owners=[holds("a", LISTED, "1", owner_hq_country="DE")],
    )
    assert said(found, "EAR-50") == {"a": "inquire"}
    assert "a" not in queued(found)


def test_red_flags_ask_at_most(ask: Asking) -> None:
    found = ask(
        accounts=[account("a"), account("b", partner_id="p"), account("c", partner_id="p")],
        usage=[hours("a"), hours("b"), hours("c")],
        account_owners=[holds("a", LISTED, "", "", **CN)],
        partner_customers=[
            {"partner_id": "p", "end_customer_name": "Dovrin", "account_id": "c"}
        ],
    )  # fmt: skip
    assert said(found, "RF-29") == {"a": "inquire"}
    assert said(found, "RF-21") == {"b": "inquire"}
    assert set(found.policy.filter(pl.col("rule") == "RF-21")["strength"]) == {"weak"}


def test_an_owner_of_a_listed_party_is_a_red_flag(ask: Asking) -> None:
    found = ask(
        accounts=[account("a")],
        usage=[hours("a")],
        account_owners=[holds("a", "Vesna Korol", "1", owner_kind="person")],
        entity_owners=[owns("Vesna Korol", LISTED, "0.3", owner_kind="person"),
                       owns(LISTED, "Astra", "0.1", **CN)],
    )  # fmt: skip
    assert said(found, "RF-24") == {"a": "inquire"}
    assert not queued(found)


def test_evidence_that_is_cut_still_says_how_much_and_on_which_list(ask: Asking) -> None:
    name = "Interminably Called Holding Company Number {} of the Northern Provinces"
    chain = [LISTED, *(name.format(number) for number in range(5))]
    found = ask(
        accounts=[account("a")], usage=[hours("a")], account_owners=[holds("a", chain[-1], "0.6")],
        entity_owners=[owns(*pair, "0.6") for pair in pairwise(chain)],
        supposing={"EAR-50": "in_force"},
    )  # fmt: skip
    (row,) = found.policy.filter(pl.col("rule") == "EAR-50", pl.col("account_id") == "a").to_dicts()
    assert row["evidence"].startswith("... ")
    assert row["evidence"].endswith(f"{LISTED} on EL")
    assert "60.0 % of >= 50 %" in row["evidence"]
    assert len(row["evidence"]) <= 300
