"""F03, payer and instrument: who pays, with what, and how often that changes."""

from __future__ import annotations

import polars as pl

from features.expressions import share
from features.population import Population
from features.registry import Family, Reach
from features.rollups import Rollups

# An instrument of more accounts than this is a company card or a voucher series.
MAX_USERS = 64
# Whoever has them may spend them; prepaid and virtual cards are what small firms use as well.
BEARER_INSTRUMENTS = ["crypto", "voucher"]
ANONYMOUS_INSTRUMENTS = ["prepaid_card", "virtual_card", "crypto", "voucher"]


def base(population: Population) -> pl.DataFrame:
    """Instruments and payers of each account that ever paid."""
    rollups = population.rollups
    home = rollups["accounts"].select("account_id", "billing_country")
    rows = rollups.window("payments").join(home, on="account_id", how="left", maintain_order="left")
    paid = pl.col("kind").is_in(["top_up", "invoice"])
    known = pl.col("payer_name_matches").is_not_null()
    # Places are only compared; no code leaves this function.
    placed = pl.col("instrument_country").is_not_null() & pl.col("billing_country").is_not_null()
    elsewhere = placed & (pl.col("instrument_country") != pl.col("billing_country"))
    with_instrument = pl.col("instrument_hash").is_not_null()
    counted = rows.group_by("account_id").agg(
        paid.sum().cast(pl.Int64).alias("paid"),
        (paid & known).sum().cast(pl.Int64).alias("payer_known"),
        (paid & known & ~pl.col("payer_name_matches")).sum().cast(pl.Int64).alias("third_party"),
        (paid & pl.col("instrument_kind").is_in(ANONYMOUS_INSTRUMENTS).fill_null(False))
        .sum()
        .cast(pl.Int64)
        .alias("anonymous"),
        (paid & pl.col("instrument_kind").is_in(BEARER_INSTRUMENTS).fill_null(False))
        .sum()
        .cast(pl.Int64)
        .alias("bearer"),
        (paid & placed).sum().cast(pl.Int64).alias("placed"),
        (paid & elsewhere).sum().cast(pl.Int64).alias("elsewhere"),
        (paid & with_instrument).sum().cast(pl.Int64).alias("by_instrument"),
        pl.col("instrument_hash").filter(paid).n_unique().cast(pl.Int64).alias("instruments"),
    )
    joined = counted
    for part in (_sharing(rollups), _newcomer(rollups)):
        joined = joined.join(part, on="account_id", how="left", maintain_order="left")
    return joined


def _sharing(rollups: Rollups) -> pl.DataFrame:
    """Share of an account's payments made with an instrument that others use too."""
    rows = rollups.window("payments").filter(pl.col("instrument_hash").is_not_null())
    users = rows.group_by("instrument_hash").agg(pl.col("account_id").n_unique().alias("users"))
    joined = rows.join(users, on="instrument_hash", how="left", maintain_order="left")
    return (
        joined.group_by("account_id")
        .agg(
            (pl.col("users") > 1).sum().cast(pl.Int64).alias("shared_payments"),
            pl.len().cast(pl.Int64).alias("instrument_payments"),
            pl.col("users").filter(pl.col("users") > 1).min().alias("fewest_users"),
        )
        .with_columns(
            rarity=pl.when(pl.col("fewest_users") <= MAX_USERS).then(
                1.0 / (pl.col("fewest_users") - 1)
            )
        )
    )


def _newcomer(rollups: Rollups) -> pl.DataFrame:
    """Share of payments after the day on which every earlier instrument was given up.

    Twice the smaller side of the switch, so that half before and half after is 1.
    """
    rows = rollups.window("payments").filter(
        pl.col("kind").is_in(["top_up", "invoice"]) & pl.col("instrument_hash").is_not_null()
    )
    used = rows.group_by("account_id", "instrument_hash").agg(
        pl.col("time").min().alias("first"),
        pl.col("time").max().alias("last"),
        pl.len().cast(pl.Int64).alias("n"),
    )
    return given_up(used, "switch")


def given_up(used: pl.DataFrame, name: str) -> pl.DataFrame:
    """Twice the smaller side of the best moment at which everything earlier was given up.

    Parameters
    ----------
    used
        ``account_id``, ``first``, ``last`` and ``n`` (uses) of each thing that was used.
    name
        Of the column beside ``account_id``: 1 means half before and half after.
    """
    rows = used.sort("account_id", "first", "last", "n")
    before = pl.col("last").cum_max().shift(1).over("account_id")
    earlier = (pl.col("n").cum_sum() - pl.col("n")).over("account_id")
    whole = pl.col("n").sum().over("account_id")
    side = 2.0 * pl.min_horizontal(earlier, whole - earlier) / whole
    marked = rows.with_columns(side=pl.when(before < pl.col("first")).then(side).otherwise(0.0))
    return marked.group_by("account_id").agg(pl.col("side").max().alias(name))


FAMILY = Family("F03", base, Reach.INSTRUMENT)
_PAID = ("payments",)


@FAMILY.feature(unit="share", direction=1, inputs=_PAID, typologies=("T01", "T08"), bounds=(0, 1))
def f03_third_party_payer() -> pl.Expr:
    """Share of payments made by somebody other than the holder."""
    return share("third_party", "payer_known")


@FAMILY.feature(unit="share", direction=1, inputs=_PAID, typologies=("T03", "T11"), bounds=(0, 1))
def f03_anonymous_instruments() -> pl.Expr:
    """Share of payments by prepaid or virtual card, voucher or crypto."""
    return share("anonymous", "paid")


@FAMILY.feature(unit="share", direction=1, inputs=_PAID, typologies=("T03", "T08"), bounds=(0, 1))
def f03_instrument_rotation() -> pl.Expr:
    """How often a payment comes from an instrument not used before."""
    turns = (pl.col("instruments") - 1).clip(lower_bound=0)
    return share(turns, (pl.col("by_instrument") - 1).clip(lower_bound=1))


@FAMILY.feature(unit="share", direction=1, inputs=_PAID, typologies=("T01", "T03"), bounds=(0, 1))
def f03_shared_instrument() -> pl.Expr:
    """Share of payments made with an instrument that other accounts use too."""
    return share("shared_payments", "instrument_payments")


@FAMILY.feature(
    unit="share", direction=1, inputs=("payments", "accounts"), typologies=("T01", "T15"),
    bounds=(0, 1), place=True,
)  # fmt: skip
def f03_instrument_elsewhere() -> pl.Expr:
    """Share of payments whose instrument was issued in another place than is billed."""
    return share("elsewhere", "placed")


@FAMILY.feature(unit="1/users", direction=1, inputs=_PAID, typologies=("T03", "T16"), bounds=(0, 1))
def f03_rare_shared_instrument() -> pl.Expr:
    """A means of payment shared with very few other accounts (1 = with one)."""
    return pl.col("rarity")


@FAMILY.feature(unit="share", direction=1, inputs=_PAID, typologies=("T02", "T08"), bounds=(0, 1))
def f03_new_payer() -> pl.Expr:
    """Every earlier means of payment was given up before the present one appeared."""
    return pl.col("switch")


@FAMILY.feature(unit="share", direction=1, inputs=_PAID, typologies=("T11",), bounds=(0, 1))
def f03_crypto_or_voucher() -> pl.Expr:
    """Share of payments by crypto or voucher."""
    return share("bearer", "paid")
