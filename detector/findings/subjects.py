"""What features count: the noun, the rollup that counts it, and the log table it stands in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from features.budget import is_round
from features.structuring import QUOTA
from features.usage import ASKING, START
from features.workload import IMPORTS

ALL: Final = pl.lit(value=True)
ROWS: Final = pl.len()


@dataclass(frozen=True, eq=False)
class Subject:
    """A thing that an account has several of; each is itself alone, as expressions compare none.

    Attributes
    ----------
    one, many
        The noun, such as ``payment`` and ``payments``. Where both are the same it is a mass
        ("bill for use", "metered GPU-hours"), of which no number is told.
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

    @property
    def mass(self) -> bool:
        """Whether no number of it is told."""
        return self.one == self.many


def _mass(noun: str, table: str, rollup: str, among: pl.Expr = ALL) -> Subject:
    return Subject(noun, noun, table, rollup, among)


_KIND: Final = pl.col("kind")
_PAID: Final = _KIND.is_in(["top_up", "invoice"])
_TOP_UP: Final = _KIND == "top_up"
_POSITIVE: Final = pl.col("amount") > 0

PAYMENT: Final = Subject("payment", "payments", "payments", "payments", _PAID)
POSITIVE_PAYMENT: Final = Subject("payment", "payments", "payments", "payments", _PAID & _POSITIVE)
TOP_UP: Final = Subject("top-up", "top-ups", "payments", "payments", _TOP_UP)
POSITIVE_TOP_UP: Final = Subject("top-up", "top-ups", "payments", "payments", _TOP_UP & _POSITIVE)
ODD_PAYMENT: Final = Subject(
    "payment of an odd amount", "payments of odd amounts", "payments", "payments",
    _PAID & _POSITIVE & ~is_round(pl.col("amount")),
)  # fmt: skip
PAYMENT_OF_KNOWN_PAYER: Final = Subject(
    "payment with a known payer", "payments with a known payer", "payments", "payments",
    _PAID & pl.col("payer_name_matches").is_not_null(),
)  # fmt: skip
PAYMENT_OF_KNOWN_PLACE: Final = Subject(
    "payment with a known place of issue", "payments with a known place of issue", "payments",
    "payments", _PAID & pl.col("instrument_country").is_not_null(),
)  # fmt: skip
BY_INSTRUMENT: Final = Subject(
    "payment with a named instrument", "payments with a named instrument", "payments",
    "payments", pl.col("instrument_hash").is_not_null(),
)  # fmt: skip
LATER_PAYMENT: Final = Subject(
    "payment after the first", "payments after the first", "payments", "payments",
    _PAID & BY_INSTRUMENT.among, (ROWS.cast(pl.Int64) - 1).clip(lower_bound=1),
)  # fmt: skip
FUNDING: Final = _mass("funding", "payments", "payments", _PAID | (_KIND == "promo_credit"))
PREPAID_MONEY: Final = _mass("prepaid money", "payments", "payments", _TOP_UP)

_CHARGED: Final = pl.col("charge") == "Usage"
_HELD: Final = pl.col("gpu_model").is_not_null()
_RUN: Final = _HELD & ~pl.col("idle")
BILL: Final = _mass("bill for use", "usage", "usage", _CHARGED)
WHOLE_BILL: Final = _mass("bill", "usage", "usage", _CHARGED | (pl.col("charge") == "Purchase"))
GPU_CHARGES: Final = _mass("charges for export-controlled GPUs", "usage", "usage", _RUN)
GPU_COMPUTE: Final = _mass("compute on export-controlled GPUs", "usage", "usage", _RUN)
GPU_CAPACITY: Final = _mass("capacity of one GPU model", "usage", "usage", _HELD)
GPU_HOUR: Final = Subject(
    "GPU-hour", "GPU-hours", "usage", "usage", _RUN,
    (pl.col("gpu_amount").cast(pl.Float64) / pl.col("denominator")).sum().round(),
)  # fmt: skip
CLOCK_HOUR: Final = Subject(
    "hour", "hours", "usage", "usage", _RUN & (pl.col("hourly_rows") > 0),
    pl.col("day").n_unique().cast(pl.Int64) * 24,
)  # fmt: skip
METERED_HOURS: Final = _mass("metered GPU-hours", "gpu_telemetry", "telemetry")

_OPERATION: Final = pl.col("operation")
ASKED: Final = Subject(
    "request", "requests", "events", "events", _OPERATION.is_in(ASKING), pl.col("n").sum()
)
QUOTA_REQUEST: Final = Subject(
    "request for more quota", "requests for more quota", "events", "events",
    _OPERATION == QUOTA, pl.col("n").sum(),
)  # fmt: skip
MACHINE_START: Final = Subject(
    "start", "starts", "events", "events", _OPERATION == START, pl.col("n").sum()
)
DISK_IMPORT: Final = Subject(
    "import", "imports", "events", "events", _OPERATION.is_in(IMPORTS), pl.col("n").sum()
)
MODEL_DAY: Final = Subject(
    "other day with model use", "other days with model use", "model_usage", "model",
    pl.col("input_tokens") + pl.col("output_tokens") > 0,
    pl.col("day").n_unique().cast(pl.Int64) - 1,
)  # fmt: skip
TOKENS: Final = _mass("tokens", "model_usage", "model")
LINKS: Final = _mass("shared identifiers", "account_links", "links")

# What ties accounts has no time of its own here: it is told with the rows behind it.
SHARED_IDENTIFIER: Final = Subject("identifier", "identifiers", "account_links")
RECORD: Final = Subject("record", "records", "accounts")
ACCOUNT_OWNER: Final = Subject("owner", "owners", "account_owners")
CHARGE_BESIDE: Final = Subject("charge", "charges", "usage")
CALL_BESIDE: Final = Subject("call", "calls", "model_usage")
