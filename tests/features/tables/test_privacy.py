"""Nobody adds a column without saying whether it may be stored."""

from __future__ import annotations

import inspect

import dataframely as dy
import polars as pl
import pytest

from detector.state import hide
from features.tables import SCHEMAS, TABLES, Table, UnclassedColumn, columns, kinds, privacy

KEY = b"sixteen bytes or more"
# Written by people about people: a state under pseudonyms never holds it.
FREE_TEXT = {
    "usage": ["Tags"],
    "accounts": ["declared_use"],
    "account_owners": ["source"],
    "entity_owners": ["source"],
    "partner_customers": ["stated_use"],
    "labels": ["note"],
    "policy_decisions": ["reason"],
    "tenders": ["title", "text", "url", "supplier_names", "disposition_source"],
}
NAMES = {
    "accounts": [
        "org_name", "org_address", "local_name", "ultimate_parent_name", "email_domain",
        "account_id", "payer_account_id", "organisation_id", "partner_id",
    ],
    "account_owners": ["account_id", "owner_name"],
    "entity_owners": ["owned_name", "owner_name", "owned_id", "owner_id"],
    "partners": ["partner_id", "name", "rep_id"],
    "partner_customers": ["partner_id", "end_customer_name", "account_id"],
    "exceptions": ["account_id", "partner_id", "rep_id"],
    "events": ["account_id", "actor_uid", "credential_uid", "session_uid"],
    "gpu_telemetry": ["account_id", "instance_id", "gpu_uuid"],
    "labels": ["account_id", "reviewer", "ring_id"],
    "policy_decisions": ["account_id", "party_name", "entry_key", "reviewer"],
    "tenders": ["buyer_name", "supplier_name", "notice_id"],
    "abuse_reports": ["account_id", "report_id"],
    "usage": ["BillingAccountId", "SubAccountId", "ResourceId", "CapacityReservationId"],
}  # fmt: skip


def frame(table: str, **values: str) -> pl.DataFrame:
    """One row of a table, null but for some columns."""
    empty = SCHEMAS[table].create_empty()
    row = {name: values.get(name) for name in empty.columns}
    return pl.DataFrame([row], schema=empty.schema)


@pytest.mark.parametrize("table", TABLES)
def test_every_column_has_a_class(table: str) -> None:
    assert set(privacy(table).values()) <= {"keep", "hide", "drop"}
    assert set(privacy(table)) == set(kinds(table)) == set(SCHEMAS[table].column_names())


@pytest.mark.parametrize("table", TABLES)
def test_what_names_a_person_is_never_kept(table: str) -> None:
    kept = [n for n, kind in kinds(table).items() if kind == "person"
            and privacy(table)[n] == "keep"]  # fmt: skip
    assert kept == []


@pytest.mark.parametrize("table", TABLES)
def test_what_names_an_account_or_a_device_is_hidden(table: str) -> None:
    ends = ("account_id", "accountid", "instance_id", "partner_id")
    ids = [n for n in SCHEMAS[table].column_names() if n.lower().endswith(ends)]
    assert {n: privacy(table)[n] for n in ids} == dict.fromkeys(ids, "hide")


@pytest.mark.parametrize("table", TABLES)
def test_hidden_columns_are_texts_and_dropped_ones_may_be_null(table: str) -> None:
    for name, column in SCHEMAS[table].columns().items():
        if privacy(table)[name] == "hide":
            assert column.dtype == pl.String, name
        if privacy(table)[name] == "drop":
            assert column.nullable, name


@pytest.mark.parametrize(("table", "column"), [(t, c) for t in FREE_TEXT for c in FREE_TEXT[t]])
def test_free_text_is_dropped_under_pseudonyms(table: str, column: str) -> None:
    assert hide(frame(table, **{column: "told in confidence"}), table, KEY)[column].item() is None


@pytest.mark.parametrize(("table", "column"), [(t, c) for t in NAMES for c in NAMES[t]])
def test_names_and_ids_have_the_same_pseudonym_everywhere(table: str, column: str) -> None:
    shown = hide(frame(table, **{column: "Vantorre"}), table, KEY)[column].item()
    account = hide(frame("accounts", account_id="Vantorre"), "accounts", KEY)["account_id"].item()
    assert shown == account != "Vantorre"


def test_a_column_that_nobody_classed_is_an_error_and_not_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Careless(dy.Schema):
        account_id = columns.identifier(columns.HIDE)
        remark = dy.String(nullable=True)

    monkeypatch.setitem(TABLES, "careless", Table("careless", Careless, "", ("account_id",)))
    with pytest.raises(UnclassedColumn, match="remark"):
        privacy("careless")
    with pytest.raises(UnclassedColumn, match="remark"):
        hide(frame("careless", account_id="a"), "careless", KEY)


def test_a_column_that_the_record_does_not_know_is_an_error() -> None:
    with pytest.raises(UnclassedColumn, match="nickname"):
        hide(frame("labels").with_columns(nickname=pl.lit("x")), "labels", KEY)


@pytest.mark.parametrize(
    "maker",
    [f for n, f in inspect.getmembers(columns, inspect.isfunction)
     if f.__module__ == columns.__name__ and "privacy" in inspect.signature(f).parameters
     and not n.startswith("_")],
)  # fmt: skip
def test_no_maker_of_columns_has_a_default_for_privacy(maker: object) -> None:
    assert callable(maker)
    parameter = inspect.signature(maker).parameters["privacy"]
    assert parameter.default is inspect.Parameter.empty
