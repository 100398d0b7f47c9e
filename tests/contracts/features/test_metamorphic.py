"""The exact metamorphic rules: what lane B must not see cannot move a feature by one bit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.build import REGISTRY, build_features
from features.catalogue import Catalogue

Tables = dict[str, pl.DataFrame]
Logs = Callable[..., Tables]
COUNTRY_COLUMNS = [
    "declared_country", "billing_country", "phone_country", "instrument_country", "src_country",
]  # fmt: skip
ID_COLUMNS = [
    "account_id", "payer_account_id", "organisation_id", "ring_id", "BillingAccountId",
    "SubAccountId", "partner_id",
]  # fmt: skip
TEXT_COLUMNS = ["declared_use", "org_name", "org_address", "email_domain", "note", "reviewer"]
SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in (2, 3))]
BIJECTION = {"AA": "DD", "BB": "AA", "CC": "ZZ", "DD": "BB"}


def values(tables: Tables, as_of: datetime, catalogue: Catalogue) -> pl.DataFrame:
    frame = build_features({n: t.lazy() for n, t in tables.items()}, as_of, catalogue)
    return frame.drop("account_id")


def change(tables: Tables, columns: list[str], how: Callable[[pl.Expr], pl.Expr]) -> Tables:
    changed = {
        name: rows.with_columns(how(pl.col(c)).alias(c) for c in columns if c in rows.columns)
        for name, rows in tables.items()
    }
    assert any(not changed[n].equals(tables[n]) for n in tables)
    return changed


def check(left: pl.DataFrame, right: pl.DataFrame) -> None:
    assert left.select(REGISTRY.names()).height > 3
    assert_frame_equal(left, right, check_exact=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_permuting_country_codes_changes_nothing(
    logs: Logs, as_of: datetime, catalogue: Catalogue, seed: int
) -> None:
    tables = logs(seed)
    moved = change(tables, COUNTRY_COLUMNS, lambda c: c.replace(BIJECTION))
    check(values(tables, as_of, catalogue), values(moved, as_of, catalogue))


@pytest.mark.parametrize("seed", SEEDS)
def test_replacing_names_and_texts_changes_nothing(
    logs: Logs, as_of: datetime, catalogue: Catalogue, seed: int
) -> None:
    tables = logs(seed)
    moved = change(
        tables, TEXT_COLUMNS, lambda c: pl.when(c.is_not_null()).then(pl.lit("Ωmega 株式会社"))
    )
    check(values(tables, as_of, catalogue), values(moved, as_of, catalogue))


@pytest.mark.parametrize("seed", SEEDS)
def test_renaming_ids_with_their_order_kept_changes_nothing(
    logs: Logs, as_of: datetime, catalogue: Catalogue, seed: int
) -> None:
    tables = logs(seed)
    moved = change(tables, ID_COLUMNS, lambda c: pl.lit("x9-") + c + pl.lit("-7"))
    check(values(tables, as_of, catalogue), values(moved, as_of, catalogue))


@pytest.mark.parametrize("seed", SEEDS)
def test_renaming_ids_in_reverse_order_changes_only_the_order_of_rows(
    logs: Logs, as_of: datetime, catalogue: Catalogue, seed: int
) -> None:
    tables = logs(seed)
    ids = sorted(
        {i for t in tables.values() if "account_id" in t.columns for i in t["account_id"] if i}
    )
    back = dict(zip(ids, reversed(ids), strict=True))
    moved = change(
        tables, ["account_id", "payer_account_id", "BillingAccountId", "SubAccountId"],
        lambda c: c.replace(back),
    )  # fmt: skip
    plain = build_features({n: t.lazy() for n, t in tables.items()}, as_of, catalogue)
    turned = build_features({n: t.lazy() for n, t in moved.items()}, as_of, catalogue)
    renamed = turned.with_columns(pl.col("account_id").replace(back)).sort("account_id")
    assert_frame_equal(plain, renamed, check_exact=False, rel_tol=1e-12, abs_tol=1e-12)


@pytest.mark.parametrize(
    "weeks", [53, *(pytest.param(weeks, marks=pytest.mark.long) for weeks in (1, -13))]
)
def test_shifting_every_clock_by_whole_weeks_changes_nothing(
    logs: Logs, as_of: datetime, catalogue: Catalogue, weeks: int
) -> None:
    tables = logs(2)
    shift = timedelta(weeks=weeks)
    moved = {
        name: rows.with_columns(pl.col(pl.Datetime("us", "UTC")) + shift)
        for name, rows in tables.items()
    }
    check(values(tables, as_of, catalogue), values(moved, as_of + shift, catalogue))


def test_swapping_currency_codes_changes_nothing(
    logs: Logs, as_of: datetime, catalogue: Catalogue
) -> None:
    tables = logs(3)
    swap = {"AAA": "ZZZ", "BBB": "CCC"}
    moved = change(tables, ["BillingCurrency", "currency"], lambda c: c.replace(swap))
    check(values(tables, as_of, catalogue), values(moved, as_of, catalogue))


def test_renaming_hashes_changes_nothing(logs: Logs, as_of: datetime, catalogue: Catalogue) -> None:
    tables = logs(3)
    columns = [
        "actor_uid", "credential_uid", "session_uid", "src_ip_hash", "user_agent_hash",
        "tls_fingerprint", "device_hash", "image_hash", "ssh_key_hash", "key_hash",
        "end_user_hash", "client_hash", "value_hash", "instrument_hash",
    ]  # fmt: skip
    moved = change(tables, columns, lambda c: pl.lit("z") + c.str.reverse())
    left, right = values(tables, as_of, catalogue), values(moved, as_of, catalogue)
    assert_frame_equal(left, right, check_exact=False, rel_tol=1e-12, abs_tol=1e-12)


def test_rows_after_as_of_are_invisible(logs: Logs, as_of: datetime, catalogue: Catalogue) -> None:
    tables = logs(1)
    starts = {
        "usage": "ChargePeriodStart", "model_usage": "start", "events": "time",
        "payments": "time", "gpu_telemetry": "time", "account_links": "first_seen",
    }  # fmt: skip
    cut = {n: t.filter(pl.col(starts[n]) < as_of) if n in starts else t for n, t in tables.items()}
    assert cut["usage"].height < tables["usage"].height
    check(values(tables, as_of, catalogue), values(cut, as_of, catalogue))
