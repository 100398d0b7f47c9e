"""Signs planted in a small world, many at once, and how far each column moves by each.

Each sign is planted on accounts of its own in one copy of the world; features are computed once
without and a few times with signs, so that a hundred signs take seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Final

import polars as pl

from features.build import REGISTRY, build_features
from features.catalogue import Catalogue
from features.peers import peer_codes
from features.rollups import complete, merge, rollup
from features.tables import SCHEMAS
from lab.signs.sign import ACTS, ANY, CALLS, CONTROLLED, PLAIN, QUIET, Own, Sign

Tables = Mapping[str, pl.DataFrame]
# Fewer peers than this, and everybody is a peer.
FEW: Final = 25
# Of all accounts of a copy no more than this share carry signs.
MOST: Final = 0.45
# Where a sign is planted, this share of the others lie farther out beforehand.
ORDINARY: Final = 0.3
_WHOSE: Final = pl.coalesce("SubAccountId", "BillingAccountId")


@dataclass(frozen=True)
class Seen:
    """What a column makes of a sign: the share of peers at least as far out, before and after."""

    before: float
    after: float


@dataclass(frozen=True)
class World:
    """A small world: its tables, its truth, and the features of everybody as it is."""

    tables: Tables
    truth: pl.DataFrame
    as_of: datetime
    catalogue: Catalogue
    features: pl.DataFrame
    workload: Mapping[str, int]

    @classmethod
    def of(cls, tables: Tables, truth: pl.DataFrame, as_of: datetime) -> World:
        """Compute the features of a world."""
        known = Catalogue.load()
        features = _features(tables, as_of, known)
        parts = [rollup(name, rows, as_of, known) for name, rows in tables.items()]
        codes = peer_codes(complete(merge(parts), tables, as_of, known), features)
        workload = dict(zip(codes["account_id"], codes["workload"], strict=True))
        return cls(tables, truth, as_of, known, features, workload)

    def carries(self, sign: Sign) -> bool:
        """Whether it has the tables that carry a sign."""
        return set(sign.tables) <= set(self.tables)


def seen(world: World, signs: Sequence[Sign]) -> dict[str, dict[str, Seen]]:
    """What the columns that are to see each sign make of it, by the sign's id.

    Signs are left out that the world's tables do not carry, or for which it has too few ordinary
    accounts.
    """
    waiting = [sign for sign in signs if world.carries(sign)]
    found: dict[str, dict[str, Seen]] = {}
    while cast := _cast(world, waiting):
        planted = _features(_planted(world, cast), world.as_of, world.catalogue)
        codes = _peers(world, cast)
        for sign, accounts in cast.items():
            found[sign.id] = _looked(world, planted, sign, accounts[-1], codes)
        waiting = [sign for sign in waiting if sign not in cast]
    return found


def ordinary(world: World) -> dict[str, list[str]]:
    """Innocent accounts that declare nothing, by what signs are planted on; in a fixed order."""
    declared = pl.any_horizontal(
        pl.col("partner_id").is_not_null(),
        pl.col("organisation_id").is_not_null() & (pl.len().over("organisation_id") > 1),
        pl.col("declared_reseller").fill_null(False),
        pl.col("customer_class").is_in(["reseller", "education", "government"]).fill_null(False),
        pl.col("closed_at").is_not_null(),
    )  # fmt: skip
    innocent = world.truth.filter(pl.col("role") == "benign").select("account_id")
    known = world.tables["accounts"].filter(~declared).join(innocent, on="account_id", how="semi")
    counted = known.select("account_id").join(_counts(world), on="account_id").fill_null(0)
    rows = counted.join(world.features, on="account_id").sort("account_id").sample(
        fraction=1.0, shuffle=True, seed=3
    )  # fmt: skip
    gpu, charges = pl.col("f01_controlled_spend_share"), pl.col("charges") >= 30
    which = {
        ANY: pl.lit(True), PLAIN: (gpu == 0) & charges,
        QUIET: (gpu == 0) & (pl.col("calls") == 0) & charges,
        CONTROLLED: (gpu >= 0.3) & charges, CALLS: pl.col("calls") >= 100,
        ACTS: pl.col("acts") >= 20,
    }  # fmt: skip
    return {kind: rows.filter(wanted)["account_id"].to_list() for kind, wanted in which.items()}


def _counts(world: World) -> pl.DataFrame:
    """Charges, model calls and events of each account; only of those who alone pay for it."""
    usage = world.tables["usage"]
    alone = usage.group_by("BillingAccountId").agg(_WHOSE.n_unique().alias("below"))
    single = usage.join(alone.filter(pl.col("below") == 1), on="BillingAccountId", how="semi")
    counted = single.group_by(_WHOSE.alias("account_id")).agg(pl.len().alias("charges"))
    for table, name in (("model_usage", "calls"), ("events", "acts")):
        rows = world.tables.get(table, SCHEMAS[table].create_empty())
        more = rows.group_by("account_id").agg(pl.len().alias(name))
        counted = counted.join(more, on="account_id", how="left")
    return counted


def _cast(world: World, signs: Sequence[Sign]) -> dict[Sign, list[str]]:
    """Accounts for as many of the signs as there are enough; each account once."""
    free = ordinary(world)
    inner = _inner(world)
    taken: set[str] = set()
    most = MOST * world.features.height
    cast: dict[Sign, list[str]] = {}
    for sign in sorted(signs, key=lambda sign: sign.on == ANY):
        able = [account for account in free[sign.on] if account not in taken]
        some = [account for account in able if account in inner(sign)] or able
        some = (some if len(some) >= sign.accounts else able)[: sign.accounts]
        if len(some) == sign.accounts and (not cast or len(taken) + len(some) <= most):
            cast[sign] = some
            taken.update(some)
    return cast


def _inner(world: World) -> Callable[[Sign], set[str]]:
    """Accounts that lie outside by none of the columns that are to see a sign."""

    @cache
    def of(column: str) -> set[str]:
        values = world.features[column] * REGISTRY[column].direction
        beyond = values.rank("min", descending=True) / len(values)
        # As many share the smallest value as are ordinary by it.
        inside = (beyond > ORDINARY) | (values == values.min())
        return set(world.features.filter(inside)["account_id"])

    def inner(sign: Sign) -> set[str]:
        known = [c for c in sign.seen_by if world.features[c].null_count() == 0]
        return set.intersection(*map(of, known)) if known else set()

    return inner


def _planted(world: World, cast: Mapping[Sign, Sequence[str]]) -> dict[str, pl.DataFrame]:
    """The world's tables with the signs in the rows of their accounts."""
    taken = [account for accounts in cast.values() for account in accounts]
    parts = {name: _split(name, rows, taken) for name, rows in world.tables.items()}
    moved: dict[str, list[pl.DataFrame]] = {name: [rest] for name, (rest, _) in parts.items()}
    for sign, accounts in cast.items():
        for n, account in enumerate(accounts):
            own = _own(account, world.as_of, {name: of[account] for name, (_, of) in parts.items()})
            for name, rows in sign.plant(own, n).tables.items():
                moved[name].append(rows)
    return {name: pl.concat(rows) for name, rows in moved.items()}


def _split(
    name: str, rows: pl.DataFrame, taken: Sequence[str]
) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """The rows of everybody else, and those of each of some accounts."""
    if name != "usage" and "account_id" not in rows.columns:
        return rows, dict.fromkeys(taken, rows.clear())
    whose = _WHOSE if name == "usage" else pl.col("account_id")
    mine = rows.filter(whose.is_in(taken))
    of = {account: mine.filter(whose == account) for account in taken}
    return rows.filter(~whose.is_in(taken).fill_null(False)), of


def _own(account: str, as_of: datetime, tables: Tables) -> Own:
    usage = tables["usage"]
    currency = usage["BillingCurrency"].drop_nulls().mode().sort()
    payer = usage["BillingAccountId"].drop_nulls().head(1)
    return Own(
        account, as_of, tables, payer.item() if len(payer) else account,
        currency[0] if len(currency) else "USD",
    )  # fmt: skip


def _features(tables: Tables, as_of: datetime, known: Catalogue) -> pl.DataFrame:
    lazy = {name: rows.lazy() for name, rows in tables.items()}
    return build_features(lazy, as_of, known)


def _peers(world: World, cast: Mapping[Sign, Sequence[str]]) -> pl.DataFrame:
    """Everybody who carries no sign, as the world is, with the kind of work."""
    taken = {account for accounts in cast.values() for account in accounts}
    kept = world.features.filter(~pl.col("account_id").is_in(taken))
    return kept.with_columns(workload=pl.col("account_id").replace_strict(world.workload))


def _looked(
    world: World, planted: pl.DataFrame, sign: Sign, account: str, peers: pl.DataFrame
) -> dict[str, Seen]:
    mine = peers.filter(pl.col("workload") == world.workload[account])
    compared = mine if mine.height >= FEW else peers
    value = partial(_value, account)
    return {
        name: Seen(
            _tail(compared[name], value(world.features, name)),
            _tail(compared[name], value(planted, name)),
        )
        for name in sign.seen_by
        if set(REGISTRY[name].inputs) <= set(world.tables)
    }


def _value(account: str, features: pl.DataFrame, name: str) -> float:
    sign = REGISTRY[name].direction
    return sign * float(features.filter(pl.col("account_id") == account)[name].item())


def _tail(peers: pl.Series, value: float) -> float:
    direction = REGISTRY[peers.name].direction
    # The same value with another last bit is the same value.
    beyond = direction * peers >= value - 1e-9
    return int(beyond.sum()) / len(peers)
