"""What a sign is, and the rows of one account that it is planted in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import polars as pl

from features.tables import SCHEMAS, TABLES

Row = Mapping[str, Any]
# Which accounts a sign is planted on; see ``lab.signs.trial.ordinary``.
ANY: Final = "any"
PLAIN: Final = "uses no controlled GPUs"
QUIET: Final = "uses neither controlled GPUs nor models"
CONTROLLED: Final = "lives on controlled GPUs"
CALLS: Final = "calls models"
ACTS: Final = "has many events"


@dataclass(frozen=True)
class Own:
    """The rows of one account in every table of a world, and the account's place there.

    Nothing is changed in place: each method returns the account with some rows changed.
    """

    id: str
    as_of: datetime
    tables: Mapping[str, pl.DataFrame]
    payer: str
    currency: str

    def day(self, before: int, hour: int = 0) -> datetime:
        """A time ``before`` whole days before the last midnight."""
        midnight = self.as_of.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - timedelta(days=before) + timedelta(hours=hour)

    def with_rows(self, table: str, rows: pl.DataFrame) -> Own:
        """These rows of a table in place of the account's own."""
        return replace(self, tables={**self.tables, table: rows})

    def keep(self, table: str, which: pl.Expr) -> Own:
        """Some of its rows of a table alone."""
        return self.with_rows(table, self.tables[table].filter(which))

    def change(self, table: str, **columns: pl.Expr) -> Own:
        """Its rows of a table with some columns changed."""
        schema = self.tables[table].schema
        new = [value.cast(schema[name]).alias(name) for name, value in columns.items()]
        return self.with_rows(table, self.tables[table].with_columns(new))

    def add(self, table: str, *rows: Row) -> Own:
        """Further rows of a table; what a row leaves out is null."""
        empty = SCHEMAS[table].create_empty()
        whose = {} if table == "usage" else {"account_id": self.id}
        columns = {
            name: [_exact({**whose, **row}.get(name), dtype) for row in rows]
            for name, dtype in empty.schema.items()
        }
        made = pl.DataFrame(columns, schema=empty.schema)
        return self.with_rows(table, pl.concat([self.tables[table], made]))

    def silent_before(self, moment: datetime) -> Own:
        """Without any row of what happened before a time."""
        starts = {
            "usage": "ChargePeriodStart", "events": "time", "model_usage": "start",
            "payments": "time", "gpu_telemetry": "time",
        }  # fmt: skip
        cut = {t: self.tables[t].filter(pl.col(c) >= moment) for t, c in starts.items()
               if t in self.tables}  # fmt: skip
        return replace(self, tables={**self.tables, **cut})

    def silent_from(self, moment: datetime) -> Own:
        """Without any charge or call from a time on."""
        ends = {"usage": "ChargePeriodEnd", "model_usage": "end"}
        cut = {t: self.tables[t].filter(pl.col(c) <= moment) for t, c in ends.items()
               if t in self.tables}  # fmt: skip
        return replace(self, tables={**self.tables, **cut})

    @property
    def spent(self) -> Decimal:
        """What its charges for use come to in its currency."""
        used = self.tables["usage"].filter(
            (pl.col("ChargeCategory") == "Usage") & (pl.col("BillingCurrency") == self.currency)
        )
        cost = pl.coalesce("EffectiveCost", "BilledCost", "ListCost")
        return Decimal(used.select(cost.sum()).item() or 0)


Plant = Callable[[Own, int], Own]
"""The sign in the rows of the n-th of the accounts that it takes."""


@dataclass(frozen=True)
class Sign:
    """One sign of the description of the domain, alone.

    Parameters
    ----------
    id
        Typology or family, what kind of sign, and a name: ``T01-B-one-off-budget``.
    words
        What it says, as in the description of the domain.
    tables
        The tables that carry it; worlds without one of them are not asked.
    seen_by
        The columns that are to see it, each in one make of worlds at least.
    plant
        Puts it into the rows of an account.
    on
        Which ordinary accounts show it.
    accounts
        How many accounts it takes; the last is looked at.
    common
        Whether many innocents show it as well: alone it moves its column, and lies out among
        peers in few makes of worlds.
    """

    id: str
    words: str
    tables: tuple[str, ...]
    seen_by: tuple[str, ...]
    plant: Plant
    on: str = ANY
    accounts: int = 1
    common: bool = False

    def __post_init__(self) -> None:
        """Refuse tables that are not of the contract."""
        unknown = set(self.tables) - set(TABLES)
        if unknown:
            raise ValueError(f"{self.id}: no table of the contract is named {sorted(unknown)}")


def _exact(value: Any, dtype: pl.DataType) -> Any:
    """Numbers of a money or quantity column as Decimals."""
    if value is None or not isinstance(dtype, pl.Decimal):
        return value
    return round(Decimal(str(value)), 6)
