"""What features count: the noun, the rollup that counts it, and the log table it stands in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

ALL: Final = pl.lit(value=True)
ROWS: Final = pl.len()


@dataclass(frozen=True, eq=False)
class Subject:
    """A thing that an account has several of; each is itself alone, as expressions compare none.

    Attributes
    ----------
    one, many
        The noun, such as ``payment`` and ``payments``.
    table
        The log table whose rows they are.
    rollup
        The rollup that counts them; None where nothing does. It has a time by ``day``, ``time``
        or ``first`` and ``last``.
    among
        Which of the rollup's rows are meant.
    count
        How many an account's rows stand for, as an aggregation.
    """

    one: str
    many: str
    table: str
    rollup: str | None = None
    among: pl.Expr = ALL
    count: pl.Expr = ROWS


_PAID: Final = pl.col("kind").is_in(["top_up", "invoice"])

PAYMENT: Final = Subject("payment", "payments", "payments", "payments", _PAID)
TOP_UP: Final = Subject("top-up", "top-ups", "payments", "payments", pl.col("kind") == "top_up")

# What ties accounts has no time of its own here: it is told with the rows behind it.
SHARED_IDENTIFIER: Final = Subject("identifier", "identifiers", "account_links")
RECORD: Final = Subject("record", "records", "accounts")
ACCOUNT_OWNER: Final = Subject("owner", "owners", "account_owners")
CHARGE_BESIDE: Final = Subject("charge", "charges", "usage")
CALL_BESIDE: Final = Subject("call", "calls", "model_usage")
