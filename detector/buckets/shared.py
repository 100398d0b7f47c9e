"""What the driver reads of the rollups: all that the comparison of accounts needs, no more.

Families that read an account's own rows alone (``features.registry.Reach``) are computed in the
account's bucket. Those that compare accounts (a payer's accounts, shared instruments, templates,
links, spells, equal shares) are computed on the driver, which reads a bucket's share after the
other (``PIECEWISE``) and keeps of each what is compared. In what buckets share

* charges for GPUs and tokens, model use, payments, links, labels and identifiers are whole;
* other charges are added up over regions and prices where their payer carries several accounts,
  else over all days inside the window, and before it;
* of events only requests for quota remain, beside one row per account;
* of access, the places of users of models, each by its first and its last day.

What holds for the whole population goes the other way, to every bucket (``features.landmarks``):
as rows of an account that nobody can have (``WITNESS``).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from features.build import REGISTRY
from features.links.kinds import OBSERVED
from features.registry import Reach, Registry
from features.rollups import SHAPES, Parts
from features.structuring import QUOTA
from features.types import ID_BYTES

# Longer than any id may be.
WITNESS: Final = "witness " * (ID_BYTES // 4)
# Kinds of identifier that link accounts or are counted where accounts are compared.
COMPARED: Final = frozenset({*OBSERVED, "client", "end_user", "api_key"})
SHARED: Final = "shared:"
_AS_THEY_ARE: Final = ("model", "templates", "links", "payments")
# Rollups that are not brought together: there is a row for each account and day or identifier.
PIECEWISE: Final = frozenset({*_AS_THEY_ARE, "usage", "distinct"})
# Rollups of which everything is told.
WHOLE: Final = frozenset({*_AS_THEY_ARE, "labels"})


def alone() -> Registry:
    """The families that need no other account."""
    return Registry(tuple(f for f in REGISTRY.families if f.reach is Reach.OWN))


def together() -> Registry:
    """The families that compare accounts."""
    return Registry(tuple(f for f in REGISTRY.families if f.reach is not Reach.OWN))


def carriers(pairs: pl.DataFrame) -> pl.DataFrame:
    """``payer_id`` of those who carry several accounts."""
    counted = pairs.unique().group_by("payer_id").len()
    return counted.filter(pl.col("len") > 1).select("payer_id")


def share(frames: Parts, carrying: pl.DataFrame, window_start: pl.Expr) -> Parts:
    """What a bucket's rollups tell the driver beside ``WHOLE`` ones, in the shapes of rollups."""
    kept = {}
    if "usage" in frames:
        kept["usage"] = _charges(frames["usage"], carrying, window_start)
    if "events" in frames:
        kept["events"] = _requests(frames["events"])
    if "access" in frames:
        kept["access"] = _places(frames["access"], _of_models(frames), window_start)
    if "telemetry" in frames:
        kept["telemetry"] = _metered(frames["telemetry"])
    if "distinct" in frames:
        kept["distinct"] = frames["distinct"].filter(pl.col("kind").is_in(COMPARED))
    return kept


def _charges(usage: pl.DataFrame, carrying: pl.DataFrame, window_start: pl.Expr) -> pl.DataFrame:
    accelerated = pl.col("gpu_model").is_not_null() | (pl.col("token_amount") != 0)
    rest = usage.filter(~accelerated)
    carried = rest.join(carrying, on="payer_id", how="semi")
    lone = rest.join(carrying, on="payer_id", how="anti")
    inside = pl.col("day") >= window_start
    lone = lone.with_columns(day=pl.col("day").max().over("account_id", "payer_id", inside))
    coarse = [
        _without(carried, ("region", "pricing", "charge", "currency")),
        _without(lone, ("service", "region", "pricing", "charge", "currency")),
    ]
    shape = SHAPES["usage"]
    return shape.sort(shape.add_up(pl.concat([usage.filter(accelerated), *coarse])))


def _requests(events: pl.DataFrame) -> pl.DataFrame:
    asked = pl.col("operation") == QUOTA
    rest = events.filter(~asked).with_columns(
        day=pl.col("day").max().over("account_id"), operation=pl.lit("")
    )
    return SHAPES["events"].add_up(pl.concat([events.filter(asked), rest]))


def _of_models(frames: Parts) -> pl.Series:
    """Accounts that used models, by what they called or by what their bills name."""
    called = [frames["model"]["account_id"]] if "model" in frames else []
    if "usage" in frames:
        named = frames["usage"].filter(pl.col("model_hint").is_not_null())
        called.append(named["account_id"])
    return pl.concat([pl.Series("account_id", [], dtype=pl.String), *called]).unique()


def _places(access: pl.DataFrame, users: pl.Series, window_start: pl.Expr) -> pl.DataFrame:
    """Where users of models were seen: of each place the first and the last day of the window."""
    seen = access.filter(
        pl.col("day") >= window_start, pl.col("place").is_not_null(),
        pl.col("account_id").is_in(users.implode()),
    )  # fmt: skip
    first, last = (getattr(pl.col("day"), end)() for end in ("min", "max"))
    ends = seen.filter(
        (pl.col("day") == first.over("account_id", "place"))
        | (pl.col("day") == last.over("account_id", "place"))
    )
    return SHAPES["access"].add_up(_without(ends, ("actor", "network", "asn")))


def _metered(telemetry: pl.DataFrame) -> pl.DataFrame:
    """One row for each account that telemetry names."""
    named = telemetry.filter(pl.col("account_id").is_not_null())
    return named.unique("account_id", keep="first", maintain_order=True)


def _without(frame: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    return frame.with_columns(pl.lit(None, dtype=frame.schema[c]).alias(c) for c in columns)
