"""Which columns of a file are read, and under which names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import polars as pl

from detector.errors import DataError
from detector.sources.limits import SHOWN_COLUMNS
from detector.sources.text import printable
from features.tables import SCHEMAS, SKU_COLUMNS

REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "usage": (
        "ChargePeriodStart", "ChargePeriodEnd", "BillingAccountId", "ChargeCategory",
        "ServiceName", "ConsumedQuantity", "ConsumedUnit",
    ),
    "accounts": ("account_id", "created_at"),
    "account_links": ("account_id", "kind", "value_hash", "first_seen", "last_seen"),
    "account_owners": ("account_id", "owner_name", "share_min", "share_max"),
    "payments": ("time", "account_id", "kind", "amount", "currency"),
    "events": ("time", "account_id", "class_uid", "operation"),
    "model_usage": (
        "start", "end", "account_id", "model_id", "requests", "input_tokens", "output_tokens",
    ),
    "gpu_telemetry": ("time", "metric", "value"),
    "inventory": ("account_id", "valid_from"),
    "labels": ("account_id", "decision", "decided_at"),
    "fx": ("date", "currency", "rate"),
    "tenders": ("published_at", "buyer_name"),
}  # fmt: skip
"""Columns a file must have (contract, section 1)."""

ONE_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "usage": SKU_COLUMNS,
    "gpu_telemetry": ("instance_id", "gpu_uuid"),
    "inventory": ("instance_id", "gpu_uuid"),
}
"""Columns of which a file must have at least one."""

FALLBACKS: Final[Mapping[str, Mapping[str, str]]] = {
    "usage": {"ServiceProviderName": "ProviderName"},
}
"""Older names of columns, asked only where the new name is missing."""

KINDS: Final[Mapping[str, str]] = {"usage": "a FOCUS export"}


@dataclass(frozen=True)
class Layout:
    """The columns of one table, as asked of one file."""

    table: str
    file: str

    def select(self, found: Sequence[str]) -> dict[str, str]:
        """Return {name in the file: name in the contract} for the columns to read.

        Names are compared exactly, else without regard to case.

        Raises
        ------
        DataError
            If a required column is missing; names the file, what is missing, what was found.
        """
        folded = {name.casefold(): name for name in reversed(found)}
        exact = set(found)
        chosen: dict[str, str] = {}
        for column in SCHEMAS[self.table].column_names():
            names = (column, FALLBACKS.get(self.table, {}).get(column, column))
            present = (n if n in exact else folded.get(n.casefold()) for n in names)
            name = next((n for n in present if n is not None and n not in chosen), None)
            if name is not None:
                chosen[name] = column
        self._require(set(chosen.values()), found)
        return chosen

    def _require(self, got: set[str], found: Sequence[str]) -> None:
        missing = [c for c in REQUIRED[self.table] if c not in got]
        alternatives = ONE_OF.get(self.table, ())
        if alternatives and not got.intersection(alternatives):
            missing.append("one of " + ", ".join(alternatives))
        if not missing:
            return
        shown = ", ".join(printable(c, 60) for c in found[:SHOWN_COLUMNS]) or "no column"
        more = f" and {len(found) - SHOWN_COLUMNS} more" if len(found) > SHOWN_COLUMNS else ""
        kind = KINDS.get(self.table, f"a table of {self.table}")
        raise DataError(
            f"{printable(self.file)} is not {kind}: it lacks the column"
            f"{'s' if len(missing) > 1 else ''} {', '.join(missing)}; found {shown}{more}"
        )


@cache
def schema_of(table: str) -> pl.Schema:
    """Return the columns and types of a normalised table."""
    return pl.Schema({name: column.dtype for name, column in SCHEMAS[table].columns().items()})
