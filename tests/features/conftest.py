"""Small hand-written tables in, feature values out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from typing import Any

import polars as pl
import pytest

from features.build import feature_table
from features.catalogue import Catalogue
from features.registry import Registry
from features.rollups import Rollups, complete, merge, rollup
from features.tables import SCHEMAS

AS_OF = datetime(2026, 3, 2, tzinfo=UTC)
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "usage": {
        "ChargeCategory": "Usage", "ServiceName": "Compute", "ConsumedUnit": "Hours",
        "ConsumedQuantity": 1, "BillingCurrency": "AAA", "EffectiveCost": 1,
    },
    "accounts": {"created_at": datetime(2025, 3, 3, tzinfo=UTC)},
    "events": {"class_uid": 6003, "operation": "DescribeInstances", "status": "success"},
    "model_usage": {
        "model_id": "m", "requests": 10, "input_tokens": 100, "output_tokens": 50,
    },
    "payments": {"kind": "invoice", "amount": 10, "currency": "AAA"},
    "account_links": {
        "kind": "payment", "first_seen": datetime(2026, 1, 5, tzinfo=UTC),
        "last_seen": datetime(2026, 2, 2, tzinfo=UTC),
    },
    "labels": {"decision": "unresolved", "decided_at": datetime(2026, 2, 2, tzinfo=UTC)},
    "account_owners": {},
    "gpu_telemetry": {},
    "inventory": {"valid_from": datetime(2025, 3, 3, tzinfo=UTC)},
}  # fmt: skip


@pytest.fixture(scope="session")
def as_of() -> datetime:
    """A Monday midnight."""
    return AS_OF


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The shipped GPU catalogue."""
    return Catalogue.load()


@pytest.fixture(scope="session")
def table() -> Callable[..., pl.DataFrame]:
    """``table(name, *rows)``: a normalised table; what a row leaves out is a default or null."""

    def make(name: str, *rows: Mapping[str, Any]) -> pl.DataFrame:
        empty = SCHEMAS[name].create_empty()
        columns = {
            column: [_exact({**DEFAULTS[name], **row}.get(column), dtype) for row in rows]
            for column, dtype in empty.schema.items()
        }
        return pl.DataFrame(columns, schema=empty.schema)

    return make


def _exact(value: Any, dtype: pl.DataType) -> Any:
    """Numbers of a money or quantity column as Decimals."""
    if value is None or not isinstance(dtype, pl.Decimal):
        return value
    return Decimal(str(value))


@pytest.fixture(scope="session")
def rolled(catalogue: Catalogue) -> Callable[..., Rollups]:
    """``rolled(usage=…, accounts=…)``: finished rollups of the given tables."""

    def make(as_of: datetime = AS_OF, **tables: pl.DataFrame) -> Rollups:
        parts = [rollup(name, rows, as_of, catalogue) for name, rows in tables.items()]
        return complete(merge(parts), tables, as_of, catalogue)

    return make


@pytest.fixture
def features(
    rolled: Callable[..., Rollups], request: pytest.FixtureRequest
) -> Callable[..., dict[str, dict[str, float | None]]]:
    """``features(usage=…)``: feature values by account id, of the family under test."""
    family = import_module(f"features.{request.path.stem.removeprefix('test_')}").FAMILY

    def make(as_of: datetime = AS_OF, **tables: pl.DataFrame) -> dict[str, dict[str, float | None]]:
        frame = feature_table(rolled(as_of, **tables), Registry((family,)))
        return {row.pop("account_id"): row for row in frame.to_dicts()}

    return make
