"""F11, linkage: rare identifiers that accounts share and that no declaration explains.

How evidence is weighed is said in ``features.evidence``.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from features.blocks import Rows, of_each
from features.evidence import accepted, confirmed
from features.expressions import promptness
from features.graph import around, components, returned
from features.links.kinds import KINDS
from features.population import Population
from features.registry import Family, Reach
from features.rollups import Rollups

# One bit for each kind, so that a set of kinds is one number.
_BIT: Final = {kind.name: 1 << place for place, kind in enumerate(KINDS)}


def base(population: Population) -> pl.DataFrame:
    """Unexplained links of each account."""
    rollups, linked = population.rollups, population.pairs
    seeds = confirmed(rollups)
    parts = [
        _kinds(population.edges),
        _shape(linked),
        around(linked, seeds),
        returned(linked, seeds, rollups["accounts"]),
        _fresh(rollups, linked),
    ]
    joined = _ends(linked)
    for part in parts:
        joined = joined.join(part, on="account_id", how="left", maintain_order="left")
    return joined


def _ends(linked: Rows) -> pl.DataFrame:
    return (
        of_each(linked, _ends_of)
        .group_by("account_id")
        .agg(pl.col("bits").max(), pl.col("partners").sum())
        .sort("account_id")
    )


def _ends_of(linked: pl.DataFrame) -> pl.DataFrame:
    rows = linked.lazy()
    ends = pl.concat(
        [rows.select(pl.col(end).alias("account_id"), "bits", tied=accepted()) for end in "ab"]
    )
    return (
        ends.group_by("account_id")
        .agg(
            pl.col("bits").max(),
            pl.col("tied").sum().cast(pl.Int64).alias("partners"),
        )
        .collect(engine="streaming")
    )


def _kinds(rows: Rows) -> pl.DataFrame:
    kinds = pl.col("kind").bitwise_or().bitwise_count_ones().cast(pl.Int64)
    return of_each(rows, _kinds_of).group_by("account_id").agg(kinds.alias("kinds"))


def _kinds_of(rows: pl.DataFrame) -> pl.DataFrame:
    """The kinds of each account as one number."""
    open_rows = rows.lazy().filter(~pl.col("explained") & (pl.col("bits") > 0))
    kind = pl.col("kind").replace_strict(_BIT, return_dtype=pl.Int64)
    return (
        pl.concat([open_rows.select(pl.col(end).alias("account_id"), kind) for end in "ab"])
        .group_by("account_id")
        .agg(pl.col("kind").bitwise_or())
        .collect(engine="streaming")
    )


def _shape(linked: Rows) -> pl.DataFrame:
    """Size of an account's linked group, and how many of its possible pairs are linked."""
    members = components(linked)
    tied = linked.filter(accepted())
    ring = members.rename({"account_id": "a"})
    counted = tied.join(ring, on="a").group_by("component").agg(pl.len().alias("accepted"))
    size = pl.len().over("component").cast(pl.Int64)
    return (
        members.with_columns(members=size)
        .join(counted, on="component", how="left")
        .select(
            "account_id",
            "members",
            density=pl.col("accepted") * 2 / (pl.col("members") * (pl.col("members") - 1)),
        )
    )


def _fresh(rollups: Rollups, linked: Rows) -> pl.DataFrame:
    """How soon the next sign-up of a linked account follows or precedes: 1 / (1 + days)."""
    made = rollups["accounts"].select("account_id", "created_at")
    tied = linked.filter(accepted()).select("a", "b")
    dated = tied.join(made.rename({"account_id": "a", "created_at": "at_a"}), on="a").join(
        made.rename({"account_id": "b", "created_at": "at_b"}), on="b"
    )
    apart = (pl.col("at_a") - pl.col("at_b")).dt.total_seconds().abs() / 86_400.0
    ends = pl.concat([dated.select(pl.col(end).alias("account_id"), days=apart) for end in "ab"])
    return ends.group_by("account_id").agg(
        promptness(pl.col("days").min()).alias("signed_up_together")
    )


FAMILY = Family("F11", base, Reach.EVERYBODY, given=("accounts", "labels"))
_LINKS = ("account_links",)
_SEEDED = ("account_links", "labels")
_RING = ("T03", "T08", "T16")
# Next to nobody is near a confirmed account, and in some populations nobody.
_NEAR = 0.1


@FAMILY.feature(unit="bits", direction=1, inputs=_LINKS, typologies=_RING)
def f11_shared_bits() -> pl.Expr:
    """Weight of rare identifiers shared with one other account, unexplained by a declaration."""
    return pl.col("bits")


@FAMILY.feature(unit="kinds", direction=1, inputs=_LINKS, typologies=_RING)
def f11_shared_kinds() -> pl.Expr:
    """Different kinds of rare identifier shared with accounts of undeclared connection."""
    return pl.col("kinds")


@FAMILY.feature(unit="log(1+accounts)", direction=1, inputs=_LINKS, typologies=("T03", "T04"))
def f11_partners() -> pl.Expr:
    """Accounts that rare identifiers tie to this one without a declaration."""
    return pl.col("partners").log1p()


@FAMILY.feature(unit="log(accounts)", direction=1, inputs=_LINKS, typologies=("T03", "T04"))
def f11_group_size() -> pl.Expr:
    """Size of the undeclared group that rare identifiers tie together."""
    return pl.col("members").clip(lower_bound=1).cast(pl.Float64).log()


@FAMILY.feature(unit="share", direction=1, inputs=_LINKS, typologies=("T03", "T08"), bounds=(0, 1))
def f11_group_density() -> pl.Expr:
    """Share of all pairs in the account's linked group (three or more) that are tied directly."""
    return pl.when(pl.col("members") > 2).then(pl.col("density"))


@FAMILY.feature(
    unit="1/(1+days)", direction=1, inputs=("account_links", "accounts"),
    typologies=("T03", "T16"), bounds=(0, 1),
)  # fmt: skip
def f11_signed_up_together() -> pl.Expr:
    """A linked account of no declared connection signed up at about the same time."""
    return pl.col("signed_up_together")


@FAMILY.feature(
    unit="probability", direction=1, inputs=_SEEDED, typologies=_RING, bounds=(0, 1), spread=_NEAR
)
def f11_near_confirmed() -> pl.Expr:
    """Rare identifiers lead from this account to one confirmed as proxy access."""
    return pl.col("nearness")


@FAMILY.feature(
    unit="share", direction=1, inputs=_SEEDED, typologies=_RING, bounds=(0, 1), spread=_NEAR
)
def f11_suspicion() -> pl.Expr:
    """Suspicion that a confirmed account shares out along rare identifiers."""
    return pl.col("suspicion")


@FAMILY.feature(
    unit="probability", direction=1, inputs=_SEEDED, typologies=("T16",), bounds=(0, 1),
    spread=_NEAR,
)  # fmt: skip
def f11_returned() -> pl.Expr:
    """Opened soon after an account with the same rare identifiers was shut or confirmed."""
    return pl.col("returned")
