"""The shape of every rollup: its keys, and how its values add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from features.grouping import group, is_constant, key_hash
from features.ordering import sort_columns, taken
from features.types import DECIMAL, UTC_TIME

_STR: Final = pl.String()
_INT: Final = pl.Int64()
_DAY: Final = pl.Date()
# Telemetry is kept to six places: exact sums of what meters report as floats.
METERED: Final = pl.Decimal(38, 6)
HOUR_BINS: Final = 6
# Most values of one kind that are kept for one account.
MOST_VALUES: Final = 10_000


@dataclass(frozen=True)
class Shape:
    """Key and value columns of one rollup, and how values add up.

    ``dates_accounts``: its times tell when an account was first active.

    Of each ``owner`` (some of the keys) at most ``MOST_VALUES`` rows are kept, the first in the
    order of the keys: which they are depends on no split into parts, and each keeps its exact
    sums, because it is kept in every part that has it.
    """

    keys: Mapping[str, pl.DataType]
    sums: Mapping[str, pl.DataType]
    masks: tuple[str, ...] = ()
    firsts: tuple[str, ...] = ("first",)
    lasts: tuple[str, ...] = ("last",)
    owner: tuple[str, ...] = ()
    dates_accounts: bool = False

    def schema(self) -> pl.Schema:
        """All columns with their types, keys first."""
        masks = {name: pl.Int32() for name in self.masks}
        times = dict.fromkeys((*self.firsts, *self.lasts), UTC_TIME)
        return pl.Schema({**self.keys, **self.sums, **masks, **times})

    def aggregates(self) -> list[pl.Expr]:
        """How the values of one key add up: all of them exact, in any order."""
        return [
            *(pl.col(name).sum() for name in self.sums),
            *(pl.col(name).bitwise_or() for name in self.masks),
            *(pl.col(name).min() for name in self.firsts),
            *(pl.col(name).max() for name in self.lasts),
        ]

    def add_up(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Group by the keys and add up the values; rows come in no order."""
        grouped = group(frame, list(self.keys), self.aggregates()).select(list(self.schema()))
        return self._bounded(grouped.cast(self.schema()))

    def full(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The owners of which as many rows are there as are kept, and maybe more were seen."""
        held = frame.group_by(self.owner).agg(pl.len().alias("rows"))
        return held.filter(pl.col("rows") >= MOST_VALUES).sort(self.owner)

    def _bounded(self, frame: pl.DataFrame) -> pl.DataFrame:
        if not self.owner or frame.height <= MOST_VALUES:
            return frame
        most = frame.group_by(self.owner[0]).len()["len"].max()
        if not isinstance(most, int) or most <= MOST_VALUES:
            return frame
        place = pl.int_range(pl.len()).over(self.owner)
        return self.sort(frame).filter(place < MOST_VALUES)

    def sort(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Rows in the order of their keys."""
        columns = frame.get_columns()
        del frame
        return self.in_order(columns)

    def in_order(self, columns: list[pl.Series]) -> pl.DataFrame:
        """Rows in the order of their keys; ``columns`` is emptied."""
        keys = self.owner or tuple(self.keys)
        return sort_columns(columns, keys, [key for key in self.keys if key not in keys])

    def hashes(self, frame: pl.DataFrame) -> pl.Series:
        """A hash of the keys of each row: where it stands once, so do the keys."""
        telling = [key for key in self.keys if not is_constant(frame[key])]
        hashed = key_hash(telling, seed=0) + pl.zeros(pl.len(), pl.UInt64)
        return frame.select(hashed).to_series()

    def recurs(self, hashes: pl.Series) -> bool:
        """Whether adding rows up makes them half as many, or they are to be bounded."""
        return bool(self.owner) or 2 * hashes.n_unique() <= len(hashes)

    def total(self, columns: list[pl.Series]) -> pl.DataFrame:
        """Each key once, in order; ``columns`` is emptied, so that no two copies are held."""
        hashes = self.hashes(pl.DataFrame(columns))
        if self.recurs(hashes):
            columns = self.add_up(pl.DataFrame(columns)).get_columns()
        elif hashes.n_unique() < len(hashes):
            again = hashes.is_duplicated()
            some = self.add_up(pl.DataFrame(columns).filter(again))
            alone = taken(columns, (~again).arg_true())
            columns = pl.concat([alone, some]).get_columns()
            del alone
        return self.in_order(columns)


SHAPES: Final[Mapping[str, Shape]] = {
    "usage": Shape(
        keys={
            "account_id": _STR, "payer_id": _STR, "day": _DAY, "service": _STR,
            "region": _STR, "pricing": _STR, "charge": _STR, "currency": _STR,
            "gpu_model": _STR, "denominator": _INT, "token_direction": _STR, "model_hint": _STR,
            "idle": pl.Boolean(),
        },
        sums={
            "rows": _INT, "hourly_rows": _INT, "guessed_rows": _INT, "unknown_rows": _INT,
            "unmapped_rows": _INT,
            "gpu_amount": DECIMAL, "token_amount": DECIMAL, "cost": DECIMAL,
            "billed": DECIMAL,
        },
        masks=("hours",),
        dates_accounts=True,
    ),
    "model": Shape(
        keys={"account_id": _STR, "day": _DAY, "model_id": _STR, "region": _STR},
        sums={
            "rows": _INT, "hourly_rows": _INT, "requests": _INT, "input_tokens": _INT,
            "output_tokens": _INT, "cached_tokens": _INT, "cacheable_tokens": _INT,
            "rate_limited_requests": _INT, "refused_requests": _INT, "named_user_requests": _INT,
            **{f"requests_{b}": _INT for b in range(HOUR_BINS)},
        },
        masks=("hours",),
        dates_accounts=True,
    ),
    "lengths": Shape(
        keys={"account_id": _STR, "day": _DAY, "octave": _INT}, sums={"requests": _INT}
    ),
    "templates": Shape(
        keys={"account_id": _STR, "band": _INT, "value": _STR},
        sums={"n": _INT, "requests": _INT},
        owner=("account_id", "band"),
    ),
    "events": Shape(
        keys={"account_id": _STR, "day": _DAY, "operation": _STR},
        sums={"n": _INT, "failures": _INT, "resources": _INT, "with_mfa": _INT, "mfa_known": _INT},
        masks=("hours",),
        dates_accounts=True,
    ),
    "access": Shape(
        keys={
            "account_id": _STR, "day": _DAY, "actor": _STR, "place": _STR,
            "network": _STR, "asn": _INT,
        },
        sums={"n": _INT},
        masks=("hours",),
    ),
    "together": Shape(
        keys={"account_id": _STR, "kind": _STR, "a": _STR, "b": _STR},
        sums={"n": _INT},
        owner=("account_id", "kind"),
    ),
    "distinct": Shape(
        keys={"account_id": _STR, "kind": _STR, "value": _STR},
        sums={"n": _INT},
        owner=("account_id", "kind"),
    ),
    "links": Shape(
        keys={"account_id": _STR, "kind": _STR, "value": _STR},
        sums={"n": _INT},
        owner=("account_id", "kind"),
    ),
    "telemetry": Shape(
        keys={
            "account_id": _STR, "instance_id": _STR, "gpu_uuid": _STR, "hour": UTC_TIME,
            "metric": _STR,
        },
        sums={"n": _INT, "total": METERED, "squares": METERED},
    ),
}  # fmt: skip

# Rollups whose times tell when an account was first active.
DATING: Final = tuple(name for name, shape in SHAPES.items() if shape.dates_accounts)
