"""What features count: the noun, the rollup that counts it, and the log table it stands in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from features.budget import is_round
from features.handover import CHANGES, LOGGING_OFF, RECON
from features.structuring import QUOTA
from features.tenancy import KEY_CHANGES
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
TOKENS: Final = _mass("tokens", "usage", "usage", pl.col("token_amount") != 0)

# What ties accounts has no time of its own here: it is told with the rows behind it.
SHARED_IDENTIFIER: Final = Subject("identifier", "identifiers", "account_links")
RECORD: Final = Subject("record", "records", "accounts")
ACCOUNT_OWNER: Final = Subject("owner", "owners", "account_owners")
CHARGE_BESIDE: Final = Subject("charge", "charges", "usage")
CALL_BESIDE: Final = Subject("call", "calls", "model_usage")

# Of charges, access, model calls and what is named in them.
_KNOWN_NETWORK: Final = pl.col("network").is_not_null() & (pl.col("network") != "unknown")
_PLACED: Final = pl.col("place").is_not_null()
_NUMBERED: Final = pl.col("asn").is_not_null()
_FROM: Final = pl.col("day").filter(_NUMBERED).min().over("account_id")
_TO: Final = pl.col("day").filter(_NUMBERED).max().over("account_id")
_LATER: Final = (pl.col("day") - _FROM).dt.total_days() * 2 > (_TO - _FROM).dt.total_days()
_REQUESTS: Final = pl.col("requests").sum()


def _operations(*names: str) -> pl.Expr:
    return pl.col("operation").is_in(list(names))


def _of_kind(*names: str) -> pl.Expr:
    return pl.col("kind").is_in(list(names))


CHARGE: Final = Subject("charge", "charges", "usage", "usage", count=pl.col("rows").sum())
USAGE_CHARGE: Final = Subject(
    "charge", "charges", "usage", "usage", pl.col("charge") == "Usage", pl.col("rows").sum()
)
EVENT: Final = Subject("event", "events", "events", "events", count=pl.col("n").sum())
HOLDER_CHANGE: Final = Subject(
    "change", "changes", "events", "events", _operations(*CHANGES), pl.col("n").sum()
)
MODEL_PROBE: Final = Subject(
    "look-up", "look-ups", "events", "events", _operations(*RECON), pl.col("n").sum()
)
RECORDS_OFF: Final = Subject(
    "change", "changes", "events", "events", _operations(LOGGING_OFF), pl.col("n").sum()
)
KEY_CHANGE: Final = Subject(
    "key change", "key changes", "events", "events", _operations(*KEY_CHANGES), pl.col("n").sum()
)
LOGIN: Final = Subject(
    "console log-in", "console log-ins", "events", "events", _operations("ConsoleLogin"),
    pl.col("n").sum(),
)  # fmt: skip
FACTORED_LOGIN: Final = Subject(
    "console log-in with factors on record", "console log-ins with factors on record",
    "events", "events", _operations("ConsoleLogin") & (pl.col("mfa_known") > 0),
    pl.col("mfa_known").sum(),
)  # fmt: skip
PEOPLES_EVENT: Final = Subject(
    "event by a person", "events by people", "events", "distinct", _of_kind("actor"),
    pl.col("n").sum(),
)  # fmt: skip
TRACED_ACCESS: Final = Subject(
    "access event with a known network", "access events with a known network",
    "events", "access", _KNOWN_NETWORK, pl.col("n").sum(),
)  # fmt: skip
PLACED_ACCESS: Final = Subject(
    "access event with a known place", "access events with a known place",
    "events", "access", _PLACED, pl.col("n").sum(),
)  # fmt: skip
PLACED_DAY: Final = Subject(
    "day with access from a known place", "days with access from a known place",
    "events", "access", _PLACED, pl.col("day").n_unique(),
)  # fmt: skip
LATER_ACCESS: Final = Subject(
    "access event in the second half of its time", "access events in the second half of its time",
    "events", "access", _NUMBERED & _LATER, pl.col("n").sum(),
)  # fmt: skip
FINGERPRINT: Final = Subject(
    "event with a TLS fingerprint", "events with TLS fingerprints", "events", "together",
    _of_kind("agent-tls"), pl.col("n").sum(),
)  # fmt: skip
PERSONS_DEVICE: Final = Subject(
    "event on a person's device", "events on people's devices", "events", "together",
    _of_kind("actor-device"), pl.col("n").sum(),
)  # fmt: skip
SSH_KEY: Final = Subject("SSH key", "SSH keys", "events", "distinct", _of_kind("ssh_key"))
IMAGE: Final = Subject(
    "machine image", "machine images", "events", "distinct", _of_kind("image")
)  # fmt: skip
#: Which of them have lived long enough to be judged depends on as-of, so that nothing counts them.
SETTLED_SSH_KEY: Final = Subject(
    "SSH key first seen over a day ago", "SSH keys first seen over a day ago", "events"
)
API_KEY: Final = Subject("API key", "API keys", "model_usage", "distinct", _of_kind("api_key"))
SETTLED_API_KEY: Final = Subject(
    "API key first seen over three days ago", "API keys first seen over three days ago",
    "model_usage",
)  # fmt: skip
END_USER: Final = Subject("end user", "end users", "model_usage", "distinct", _of_kind("end_user"))
#: Seen for years where only their change is recent, so that their time says nothing.
LASTING_IDENTIFIER: Final = Subject("identifier", "identifiers", "account_links")
SIGN_UP: Final = Subject("record", "records", "accounts")
MODEL_CALL: Final = Subject(
    "model call", "model calls", "model_usage", "model", pl.col("requests") > 0, _REQUESTS
)
TRIED_CALL: Final = Subject(
    "attempted model call", "attempted model calls", "model_usage", "model",
    count=_REQUESTS + pl.col("rate_limited_requests").sum(),
)  # fmt: skip
HOURLY_DAY: Final = Subject(
    "day with hourly records of model calls", "days with hourly records of model calls",
    "model_usage", "model", pl.col("hourly_rows") > 0, pl.col("day").n_unique(),
)  # fmt: skip
TOKEN: Final = Subject(
    "token", "tokens", "model_usage", "model",
    count=pl.col("input_tokens").sum() + pl.col("output_tokens").sum(),
)  # fmt: skip
CACHEABLE_TOKEN: Final = Subject(
    "input token with cache figures", "input tokens with cache figures", "model_usage", "model",
    pl.col("cacheable_tokens") > 0, pl.col("cacheable_tokens").sum(),
)  # fmt: skip
#: A sketch is cut into bands that are counted each; the one that tells most differs.
SKETCHED_CALL: Final = Subject(
    "model call with a template", "model calls with a template", "model_usage"
)
