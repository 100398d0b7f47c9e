"""The dirty preset: rows that break rules, appended to the good ones of every table.

The good rows stay as they are, so the books hold; only some conflicting customer records
cost their accounts the record. Late in a table's life come an exact copy of a file under
another name and machines nobody knows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import polars as pl

from detector.simulate.world import World

_SHARE: Final = 0.004
# Small tables get one broken row at least, where that is not too much of them.
_ALWAYS: Final = frozenset({"entity_owners", "partners", "partner_customers", "exceptions"})
_ENOUGH: Final = 24
_Break = Callable[[pl.DataFrame], pl.DataFrame]


def _set(**values: object) -> _Break:
    def broken(frame: pl.DataFrame) -> pl.DataFrame:
        known = {name: value for name, value in values.items() if name in frame.columns}
        columns = [pl.lit(v).cast(frame.schema[n]).alias(n) for n, v in known.items()]
        return frame.with_columns(columns)

    return broken


def _swap(first: str, second: str) -> _Break:
    def broken(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(pl.col(second).alias(first), pl.col(first).alias(second))

    return broken


def _negative(name: str) -> _Break:
    def broken(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns((-pl.col(name).abs() - 1).cast(frame.schema[name]))

    return broken


def _more_cached(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(cached_tokens=pl.col("input_tokens") + 1)


def _unknown_machine(frame: pl.DataFrame) -> pl.DataFrame:
    """A machine of no catalogue: a good row that nothing can be counted from."""
    texts = ("SkuPriceDetails", "SkuMeter", "ResourceType", "ChargeDescription", "SkuId")
    return _set(**dict.fromkeys(texts, "x9z.48xlarge"), ConsumedUnit="Hours")(frame)


_BREAKS: Final[dict[str, tuple[_Break, ...]]] = {
    "usage": (
        _swap("ChargePeriodStart", "ChargePeriodEnd"), _set(ChargeCategory="Useage"),
        _set(BillingAccountId=None), _unknown_machine, _set(ServiceName=None),
    ),
    "accounts": (_set(), _set(declared_country="XX", org_name="Two Of Me"), _set(created_at=None)),
    "account_links": (_swap("first_seen", "last_seen"), _set(kind="fax"), _set(value_hash=None)),
    "payments": (_set(kind="wire"), _set(currency=None), _set(account_id=None)),
    "events": (_set(class_uid=9001), _set(account_id=None), _set(operation=None)),
    "model_usage": (_swap("start", "end"), _negative("requests"), _more_cached),
    "gpu_telemetry": (_set(metric=None), _set(instance_id=None)),
    "labels": (_set(decision="guilty"),),
    "fx": (_negative("rate"),),
    "tenders": (_set(buyer_name=None),),
    "entity_owners": (_set(owner_name=None),), "partners": (_set(name=None),),
    "partner_customers": (_set(end_customer_name=None),), "exceptions": (_set(kind="favour"),),
}  # fmt: skip


class Dirt:
    """Appends broken copies of random rows; the same frames are spoilt the same way."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._parts = 0

    def spoil(self, table: str, frame: pl.DataFrame) -> pl.DataFrame:
        """Return a frame with broken copies of some of its rows at its end."""
        self._parts += 1
        breaks = _BREAKS.get(table, ())
        rng = self._world.streams.of(f"dirt {table}", self._parts)
        parts = [frame]
        for broken in breaks:
            count = min(len(frame), int(rng.poisson(_SHARE * len(frame))))
            if table in _ALWAYS and len(frame) >= _ENOUGH:
                count = max(count, 1)
            rows = np.sort(rng.choice(len(frame), count, replace=False))
            source = _usage_rows(frame) if table == "usage" else frame
            parts.append(broken(source[(rows % max(len(source), 1)).astype(np.uint32)]))
        return pl.concat(parts)


def _usage_rows(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("ChargeCategory") == "Usage")
