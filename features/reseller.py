"""F04, reseller shape: one account that looks like many customers without saying so."""

from __future__ import annotations

import polars as pl

from features.declared import declarations, undeclared
from features.expressions import left_sum, portion, share
from features.grouping import group
from features.population import Population
from features.registry import Family, Reach
from features.rollups import Rollups


def base(population: Population) -> pl.DataFrame:
    """Fan-out and divergence below each payer, and what the account declares."""
    rollups = population.rollups
    edges = rollups.of_pieces(
        lambda piece: piece.window("usage", "account_id", "payer_id").unique(), "usage"
    ).sort("account_id", "payer_id")
    facts = (
        rollups["accounts"]
        .select("account_id", "organisation_id")
        .join(declarations(rollups), on="account_id", how="left", maintain_order="left")
    )
    by_payer = _payers(edges, facts)
    shared = edges.group_by("payer_id").len().filter(pl.col("len") > 1).select("payer_id")
    divergence = _divergence(rollups, shared).join(
        _clocks(rollups, shared), on=["account_id", "payer_id"], how="full", coalesce=True
    )
    own = edges.join(by_payer, on="payer_id", how="left", maintain_order="left")
    own = own.join(divergence, on=["account_id", "payer_id"], how="left", maintain_order="left")
    accounts = own.group_by("account_id", maintain_order=True).agg(
        pl.col("organisations", "siblings").max(),
        pl.col("divergence", "clock_divergence").max(),
        pl.col("payer_declares").any(),
        pl.col("one_organisation").all(),
    )
    users = _users(rollups)
    ids = pl.concat([accounts.select("account_id"), users.select("account_id")]).unique()
    return (
        ids.sort("account_id")
        .join(accounts, on="account_id", how="left", maintain_order="left")
        .join(users, on="account_id", how="left", maintain_order="left")
        .join(facts.select("account_id", "declares", "many_people"), on="account_id", how="left")
        .sort("account_id")
    )


def _payers(edges: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """For each payer: accounts below it, organisations among them, whether it declares."""
    known = edges.join(facts, on="account_id", how="left", maintain_order="left")
    counted = (
        known.group_by("payer_id")
        .agg(
            pl.len().cast(pl.Int64).alias("siblings"),
            pl.col("organisation_id").drop_nulls().n_unique().cast(pl.Int64).alias("organisations"),
            pl.col("organisation_id").is_null().any().alias("strangers"),
        )
        .with_columns(one_organisation=(pl.col("organisations") == 1) & ~pl.col("strangers"))
    )
    declares = facts.select(
        pl.col("account_id").alias("payer_id"), pl.col("declares").alias("payer_declares")
    )
    return counted.join(declares, on="payer_id", how="left").sort("payer_id")


def _divergence(rollups: Rollups, shared: pl.DataFrame) -> pl.DataFrame:
    """Total variation distance of an account's service mix from its payer's whole, 0 to 1.

    Only below payers with at least two accounts (``shared``); counts are charge rows, so that
    money and currency stay out of it.
    """
    keys = ["payer_id", "service"]
    rows = [pl.col("rows").sum().alias("own")]
    own = rollups.of_pieces(
        lambda piece: group(_below(piece, shared), ["account_id", *keys], rows), "usage"
    )
    whole = own.group_by(keys).agg(pl.col("own").sum().alias("all"))
    counts = own.group_by("payer_id").agg(
        pl.col("account_id").n_unique().alias("below"), pl.col("own").sum().alias("payer_rows")
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


def _below(rollups: Rollups, payers: pl.DataFrame) -> pl.DataFrame:
    """Charges in the window that some payers carry."""
    columns = ["account_id", "payer_id", "day", "service", "rows", "hours", "hourly_rows"]
    return rollups.window("usage", *columns).join(payers, on="payer_id", how="semi")


def _clocks(rollups: Rollups, shared: pl.DataFrame) -> pl.DataFrame:
    """Jensen-Shannon divergence (bits, 0 to 1) of an account's hours from its payer's others.

    Lin (1991, doi:10.1109/18.61115). Hours are those of the day in which charges by the
    hour fall; only accounts with at least 24 such hours below payers with at least two.
    """
    keys, names = ["account_id", "payer_id"], [f"h{h}" for h in range(24)]
    hours = rollups.of_pieces(lambda piece: _hours(_below(piece, shared), names), "usage")
    own = hours.with_columns(mine=pl.sum_horizontal(names)).filter(pl.col("mine") >= 24).sort(keys)
    whole = own.group_by("payer_id").agg(
        *(pl.col(n).sum().alias(f"all_{n}") for n in names), pl.len().alias("below")
    )
    joined = own.join(whole, on="payer_id", how="left", maintain_order="left").with_columns(
        rest=pl.sum_horizontal([f"all_{n}" for n in names]) - pl.col("mine")
    )
    rest = pl.col("rest")
    terms = [
        _divergence_term(pl.col(n) / pl.col("mine"), (pl.col(f"all_{n}") - pl.col(n)) / rest)
        for n in names
    ]
    return joined.filter((pl.col("below") > 1) & (rest > 0)).select(
        *keys, clock_divergence=left_sum(terms).clip(0.0, 1.0)
    )


def _hours(usage: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """``names``: on how many days each hour had a charge by the hour, by account and payer."""
    keys = ["account_id", "payer_id"]
    needed = usage.select(*keys, "day", "hours", "hourly_rows")
    hourly = needed.filter(pl.col("hourly_rows") > 0)
    daily = group(hourly, [*keys, "day"], [pl.col("hours").bitwise_or()])
    bits = [
        ((pl.col("hours") // 2**h) % 2).cast(pl.Int64).alias(name) for h, name in enumerate(names)
    ]
    return daily.with_columns(bits).group_by(keys).agg(pl.col(names).sum())


def _divergence_term(p: pl.Expr, q: pl.Expr) -> pl.Expr:
    middle = (p + q) / 2.0

    def part(x: pl.Expr) -> pl.Expr:
        return pl.when(x > 0).then(x * (x / middle).log(2.0)).otherwise(0.0)

    return (part(p) + part(q)) / 2.0


def _users(rollups: Rollups) -> pl.DataFrame:
    """End users, keys and clients behind an account's model use, and requests naming users."""
    return rollups.of_pieces(_users_of, "distinct", "model")


def _users_of(rollups: Rollups) -> pl.DataFrame:
    kinds = {"end_user": "end_users", "api_key": "keys", "client": "clients"}
    counted = (
        rollups.window("distinct")
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


FAMILY = Family("F04", base, Reach.PAYER)
_ALL = ("usage", "accounts")
_MODEL = ("model_usage", "accounts")
_OPEN = ("declares", "payer_declares")


def _quiet(value: pl.Expr) -> pl.Expr:
    """Observed minus declared: what the account or its payer says openly counts for nothing."""
    return undeclared(value, *_OPEN)


@FAMILY.feature(
    unit="log(1+organisations)", direction=1, inputs=_ALL, typologies=("T01", "T04", "T08")
)
def f04_unrelated_siblings() -> pl.Expr:
    """The payer carries accounts of several organisations and declares no resale."""
    return _quiet((pl.col("organisations") - 1).clip(lower_bound=0).log1p())


@FAMILY.feature(unit="distance", direction=1, inputs=_ALL, typologies=("T01", "T04"), bounds=(0, 1))
def f04_unlike_siblings() -> pl.Expr:
    """The account's service mix differs from its payer's other accounts, without a declaration."""
    return undeclared(pl.col("divergence"), *_OPEN, "one_organisation")


@FAMILY.feature(unit="log(1+users)", direction=1, inputs=_MODEL, typologies=("T04", "T05", "T20"))
def f04_undeclared_end_users() -> pl.Expr:
    """Many end users behind an account that declares no resale."""
    return _quiet(pl.col("end_users").log1p())


@FAMILY.feature(unit="log(1+users per client)", direction=1, inputs=_MODEL, typologies=("T04",))
def f04_users_per_client() -> pl.Expr:
    """Many end users behind one identical client software."""
    users = pl.col("end_users") / pl.col("clients").clip(lower_bound=1)
    return _quiet(pl.when(pl.col("clients") > 0).then(users.log1p()))


@FAMILY.feature(unit="log(1+keys)", direction=1, inputs=_MODEL, typologies=("T04", "T17"))
def f04_many_keys() -> pl.Expr:
    """Many API keys in an account that declares no resale."""
    return _quiet((pl.col("keys") - 1).clip(lower_bound=0).log1p())


@FAMILY.feature(unit="share", direction=1, inputs=_MODEL, typologies=("T01", "T04"), bounds=(0, 1))
def f04_unnamed_users() -> pl.Expr:
    """Share of model requests that do not say for which end user they are made."""
    named = share("named_user_requests", "requests")
    return _quiet(pl.when(pl.col("requests") > 0).then(1.0 - named))


@FAMILY.feature(unit="bits", direction=1, inputs=_ALL, typologies=("T01", "T17"), bounds=(0, 1))
def f04_unlike_clocks() -> pl.Expr:
    """Works at other hours than its payer's other accounts, without a declaration."""
    return undeclared(pl.col("clock_divergence"), *_OPEN, "one_organisation")


@FAMILY.feature(unit="log(1+accounts)", direction=1, inputs=_ALL, typologies=("T01", "T17"))
def f04_undeclared_fan_out() -> pl.Expr:
    """The payer carries many accounts that name no common organisation and declares no resale."""
    siblings = (pl.col("siblings") - 1).clip(lower_bound=0).log1p()
    return undeclared(siblings, *_OPEN, "one_organisation")


@FAMILY.feature(
    unit="signs", direction=1, inputs=("usage", "accounts", "model_usage"),
    typologies=("T01", "T04"), bounds=(0, 4),
)  # fmt: skip
def f04_reseller_undeclared() -> pl.Expr:
    """Observed minus declared resale: strangers below one payer, end users, keys, unlike use."""
    signs = [
        portion(pl.col("organisations") - 1, 2.0),
        portion("end_users", 50.0),
        portion(pl.col("keys") - 1, 10.0),
        pl.col("divergence").fill_null(0.0).clip(0.0, 1.0),
    ]
    return undeclared(left_sum(signs), *_OPEN, "one_organisation")
