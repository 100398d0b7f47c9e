"""F04, reseller shape: one account that looks like many customers without saying so."""

from __future__ import annotations

import polars as pl

from features.expressions import share
from features.registry import Family
from features.rollups import Rollups


def base(rollups: Rollups) -> pl.DataFrame:
    """Fan-out and divergence below each payer, and what the account declares."""
    usage = rollups.window("usage")
    edges = usage.select("account_id", "payer_id").unique().sort("account_id", "payer_id")
    facts = rollups["accounts"].select(
        "account_id",
        "organisation_id",
        (
            pl.col("declared_reseller").fill_null(False)
            | pl.col("partner_id").is_not_null()
            | pl.col("customer_class").eq_missing(pl.lit("reseller"))
        ).alias("declares"),
    )
    by_payer = _payers(edges, facts)
    divergence = _divergence(usage)
    own = edges.join(by_payer, on="payer_id", how="left", maintain_order="left")
    own = own.join(divergence, on=["account_id", "payer_id"], how="left", maintain_order="left")
    accounts = own.group_by("account_id", maintain_order=True).agg(
        pl.col("organisations", "siblings").max(),
        pl.col("divergence").max(),
        pl.col("payer_declares").any(),
    )
    users = _users(rollups)
    ids = pl.concat([accounts.select("account_id"), users.select("account_id")]).unique()
    return (
        ids.sort("account_id")
        .join(accounts, on="account_id", how="left", maintain_order="left")
        .join(users, on="account_id", how="left", maintain_order="left")
        .join(facts.select("account_id", "declares"), on="account_id", how="left")
        .sort("account_id")
    )


def _payers(edges: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """For each payer: accounts below it, organisations among them, whether it declares."""
    known = edges.join(facts, on="account_id", how="left", maintain_order="left")
    counted = known.group_by("payer_id").agg(
        pl.len().cast(pl.Int64).alias("siblings"),
        pl.col("organisation_id").drop_nulls().n_unique().cast(pl.Int64).alias("organisations"),
    )
    declares = facts.select(
        pl.col("account_id").alias("payer_id"), pl.col("declares").alias("payer_declares")
    )
    return counted.join(declares, on="payer_id", how="left").sort("payer_id")


def _divergence(usage: pl.DataFrame) -> pl.DataFrame:
    """Total variation distance of an account's service mix from its payer's whole, 0 to 1.

    Only below payers with at least two accounts; counts are charge rows, so that money
    and currency stay out of it.
    """
    keys = ["payer_id", "service"]
    own = usage.group_by("account_id", *keys).agg(pl.col("rows").sum().alias("own"))
    whole = usage.group_by(keys).agg(pl.col("rows").sum().alias("all"))
    counts = usage.group_by("payer_id").agg(
        pl.col("account_id").n_unique().alias("below"), pl.col("rows").sum().alias("payer_rows")
    )
    mine = own.group_by("account_id", "payer_id").agg(pl.col("own").sum().alias("own_rows"))
    joined = (
        own.join(whole, on=keys, nulls_equal=True)
        .join(counts, on="payer_id")
        .join(mine, on=["account_id", "payer_id"])
        .filter(pl.col("below") > 1)
        .sort("account_id", "payer_id", "service", nulls_last=False)
    )
    excess = (pl.col("own") / pl.col("own_rows") - pl.col("all") / pl.col("payer_rows")).clip(
        lower_bound=0.0
    )
    return joined.group_by("account_id", "payer_id", maintain_order=True).agg(
        excess.sum().alias("divergence")
    )


def _users(rollups: Rollups) -> pl.DataFrame:
    """End users, keys and clients behind an account's model use, and requests naming users."""
    kinds = {"end_user": "end_users", "api_key": "keys", "client": "clients"}
    counted = (
        rollups["distinct"]
        .filter(pl.col("kind").is_in(list(kinds)))
        .group_by("account_id")
        .agg(
            (pl.col("kind") == kind).sum().cast(pl.Int64).alias(name)
            for kind, name in kinds.items()
        )
    )
    named = (
        rollups.window("model")
        .group_by("account_id")
        .agg(pl.col("requests").sum(), pl.col("named_user_requests").sum())
    )
    ids = pl.concat([counted.select("account_id"), named.select("account_id")]).unique()
    return (
        ids.sort("account_id")
        .join(counted, on="account_id", how="left", maintain_order="left")
        .join(named, on="account_id", how="left", maintain_order="left")
    )


FAMILY = Family("F04", base)
_ALL = ("usage", "accounts")
_MODEL = ("model_usage", "accounts")


def _undeclared(value: pl.Expr) -> pl.Expr:
    """Observed minus declared: what is said openly counts for nothing."""
    open_about_it = pl.col("declares").fill_null(False) | pl.col("payer_declares").fill_null(False)
    return pl.when(open_about_it).then(0.0).otherwise(value)


@FAMILY.feature(
    unit="log(1+organisations)", direction=1, inputs=_ALL, typologies=("T01", "T04", "T08")
)
def f04_unrelated_siblings() -> pl.Expr:
    """The payer carries accounts of several organisations and declares no resale."""
    return _undeclared((pl.col("organisations") - 1).clip(lower_bound=0).log1p())


@FAMILY.feature(unit="distance", direction=1, inputs=_ALL, typologies=("T01", "T04"), bounds=(0, 1))
def f04_unlike_siblings() -> pl.Expr:
    """The account's service mix differs from its payer's other accounts, without a declaration."""
    return _undeclared(pl.col("divergence"))


@FAMILY.feature(unit="log(1+users)", direction=1, inputs=_MODEL, typologies=("T04", "T05", "T20"))
def f04_undeclared_end_users() -> pl.Expr:
    """Many end users behind an account that declares no resale."""
    return _undeclared(pl.col("end_users").log1p())


@FAMILY.feature(unit="log(users per client)", direction=1, inputs=_MODEL, typologies=("T04",))
def f04_users_per_client() -> pl.Expr:
    """Many end users behind one identical client software."""
    users = pl.col("end_users") / pl.col("clients").clip(lower_bound=1)
    return _undeclared(pl.when(pl.col("clients") > 0).then(users.log1p()))


@FAMILY.feature(unit="log(1+keys)", direction=1, inputs=_MODEL, typologies=("T04", "T17"))
def f04_many_keys() -> pl.Expr:
    """Many API keys in an account that declares no resale."""
    return _undeclared((pl.col("keys") - 1).clip(lower_bound=0).log1p())


@FAMILY.feature(unit="share", direction=1, inputs=_MODEL, typologies=("T01", "T04"), bounds=(0, 1))
def f04_unnamed_users() -> pl.Expr:
    """Share of model requests that do not say for which end user they are made."""
    named = share("named_user_requests", "requests")
    return _undeclared(pl.when(pl.col("requests") > 0).then(1.0 - named))
