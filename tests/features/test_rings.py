"""Rings: what ties a household and what ties one operator."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from features.links.kinds import LINK_KINDS
from features.population import Population
from features.rings import ring_table
from features.rollups import Rollups
from features.totals import totals

Table = Callable[..., pl.DataFrame]
Rolled = Callable[..., Rollups]
# Flatmates, couples and colleagues share these as well.
AT_HOME = {"address", "device", "ip", "payment", "phone", "referral"}


def ring(rolled: Rolled, table: Table, *kinds: str) -> dict[str, object]:
    """The ring of two accounts in a thousand that share an identifier of each kind."""
    rows = ({"account_id": i, "kind": kind, "value_hash": "x"} for i in "ab" for kind in kinds)
    people = ({"account_id": f"n{k:03}"} for k in range(998))
    accounts = table("accounts", *people, *({"account_id": i} for i in "ab"))
    rollups = rolled(accounts=accounts, account_links=table("account_links", *rows))
    found = ring_table(Population.of(rollups), totals(rollups))
    return found.row(0, named=True)


@pytest.mark.parametrize("kind", LINK_KINDS)
def test_an_identifier_is_an_operators_unless_households_share_it(
    rolled: Rolled, table: Table, kind: str
) -> None:
    # A network address alone is too little for a ring.
    shared = {kind, "tax_id"}
    found = ring(rolled, table, *shared)
    at_home = len(shared & AT_HOME)
    assert (found["home_kinds"], found["tool_kinds"]) == (at_home, len(shared) - at_home)


def test_kinds_at_home_and_of_an_operator_are_counted_apart(rolled: Rolled, table: Table) -> None:
    found = ring(rolled, table, "phone", "address", "ssh_key")
    assert (found["kinds"], found["tool_kinds"], found["home_kinds"]) == (3.0, 1.0, 2.0)
    assert found["account_ids"] == ["a", "b"]
    assert found["instrument_share"] == 0.0
    assert ring(rolled, table, "payment")["instrument_share"] == 1.0


def test_the_share_of_the_partner_most_members_have_in_common(rolled: Rolled, table: Table) -> None:
    def share(*partners: str | None) -> float:
        members = [f"m{k}" for k in range(len(partners))]
        rows = ({"account_id": i, "kind": kind, "value_hash": "x"}
                for i in members for kind in ("tax_id", "payment"))  # fmt: skip
        accounts = table(
            "accounts", *({"account_id": f"n{k:03}"} for k in range(998)),
            *({"account_id": i, "partner_id": p} for i, p in zip(members, partners, strict=True)),
        )  # fmt: skip
        rollups = rolled(accounts=accounts, account_links=table("account_links", *rows))
        found = ring_table(Population.of(rollups), totals(rollups))
        return float(found["partner_share"].item())

    assert share("p", "p", "q", None) == 0.5
    assert share("p", "q", None) == 0.0
    assert share("p", "p") == 1.0


@pytest.mark.parametrize(("members", "near"), [("abc", 0.4), ("abcdefghij", 0.0)])
def test_a_ring_is_near_a_confirmed_account_where_half_of_its_open_members_are(
    rolled: Rolled, table: Table, members: str, near: float
) -> None:
    """A chain whose first account is confirmed: of ten members two are within reach of it."""
    rows = (
        {"account_id": i, "kind": kind, "value_hash": members[k : k + 2]}
        for k in range(len(members) - 1) for i in members[k : k + 2]
        for kind in ("payment", "tax_id")
    )  # fmt: skip
    people = [{"account_id": f"n{k:03}"} for k in range(98)] + [{"account_id": i} for i in members]
    rollups = rolled(
        accounts=table("accounts", *people), account_links=table("account_links", *rows),
        labels=table("labels", {"account_id": "a", "decision": "confirmed_proxy"}),
    )  # fmt: skip
    found = ring_table(Population.of(rollups), totals(rollups)).row(0, named=True)
    assert (found["size"], found["confirmed"]) == (len(members), 1)
    assert found["near_confirmed"] >= near
    assert (found["near_confirmed"] == 0.0) == (near == 0.0)
