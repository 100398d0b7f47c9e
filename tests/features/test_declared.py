"""What an account says openly of itself, and what that explains."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from features.declared import declarations
from features.rollups import Rollups

Table = Callable[..., pl.DataFrame]
Rolled = Callable[..., Rollups]


def said(rolled: Rolled, table: Table, **facts: object) -> tuple[bool, bool]:
    """Whether an account with these facts resells, and whether it serves many people."""
    accounts = table("accounts", {"account_id": "a", **facts})
    return declarations(rolled(accounts=accounts)).select("declares", "many_people").row(0)


@pytest.mark.parametrize("kind", ["education", "government"])
def test_a_school_or_an_office_serves_many_people_and_resells_nothing(
    rolled: Rolled, table: Table, kind: str
) -> None:
    assert said(rolled, table, customer_class=kind) == (False, True)


@pytest.mark.parametrize("kind", ["individual", "startup", "business", "enterprise", None])
def test_nobody_else_serves_many_people_by_nature(
    rolled: Rolled, table: Table, kind: str | None
) -> None:
    assert said(rolled, table, customer_class=kind) == (False, False)


@pytest.mark.parametrize("fact", [
    {"customer_class": "reseller"}, {"declared_reseller": True}, {"partner_id": "x"},
])  # fmt: skip
def test_whoever_resells_serves_many_people(
    rolled: Rolled, table: Table, fact: dict[str, object]
) -> None:
    assert said(rolled, table, **fact) == (True, True)
    assert said(rolled, table, **{**fact, "customer_class": "reseller"}) == (True, True)


def test_a_denied_resale_declares_nothing(rolled: Rolled, table: Table) -> None:
    assert said(rolled, table, declared_reseller=False) == (False, False)
