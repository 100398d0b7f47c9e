"""F10, template overlap: prompts made from one mould, by MinHash sketches made upstream.

No text is ever read. Alike sketches share a band of two values (``features.observed``).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from features.declared import declarations, undeclared
from features.evidence import MAX_DEGREE
from features.explained import Declared
from features.expressions import ratio, share
from features.grouping import compact, in_blocks, is_among, key_hash, recurring
from features.population import Population
from features.registry import Family, Reach
from features.rollups import Rollups

# Below this many sketched calls, a share says nothing.
ENOUGH_ROWS: Final = 5
MOULD: Final = ["band", "value"]
"""What tells one template from another."""


def base(population: Population) -> pl.DataFrame:
    """Variety of an account's templates and how many of them others use too."""
    rollups = population.rollups
    within = rollups.of_pieces(lambda piece: _within(piece.window("templates")), "templates")
    clients = rollups.of_pieces(_clients, "distinct")
    joined = within.sort("account_id")
    for part in (_across(population), clients, declarations(rollups)):
        joined = joined.join(part, on="account_id", how="left", maintain_order="left")
    return joined


def _within(rows: pl.DataFrame) -> pl.DataFrame:
    """Requests by band value; the band in which an account is most varied counts."""
    by_band = (
        rows.sort("account_id", "band", "requests")
        .group_by("account_id", "band", maintain_order=True)
        .agg(
            share(pl.col("requests").max(), pl.col("requests").sum()).alias("main"),
            pl.col("n").sum().alias("sketched"),
            _same_mould().alias("repeats"),
        )
    )
    return by_band.group_by("account_id").agg(
        pl.col("main").max().alias("main_mould"),
        pl.col("sketched").max(),
        pl.col("repeats").max(),
    )


def _same_mould() -> pl.Expr:
    """Aggregation: Simpson's chance that two different rows share a value, whatever their number.

    ``sum n (n - 1) / (N (N - 1))`` (Simpson, 1949, doi:10.1038/163688a0).
    """
    n = pl.col("n").cast(pl.Float64)
    return ratio((n * (n - 1.0)).sum(), n.sum() * (n.sum() - 1.0)).clip(0.0, 1.0)


def _across(population: Population) -> pl.DataFrame:
    """Requests with templates that accounts of no declared connection use too.

    Returns
    -------
    pl.DataFrame
        ``account_id``, ``common_share`` and ``alike``, the number of those accounts.
    """
    shared, total = _shared(population.rollups)
    touched, pairs = _undeclared(shared, population)
    common = shared.join(touched, on=["account_id", *MOULD], how="semi")
    best = (
        common.group_by("account_id", "band")
        .agg(pl.col("requests").sum().alias("common"))
        .join(total, on=["account_id", "band"])
        .group_by("account_id")
        .agg(share("common", "all").max().alias("common_share"))
    )
    ends = pl.concat([pairs.select(pl.col(end).alias("account_id")) for end in "ab"])
    counted = ends.group_by("account_id").agg(pl.len().cast(pl.Int64).alias("alike"))
    return best.join(counted, on="account_id", how="left")


def _shared(rollups: Rollups) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of templates that a few accounts use, and all requests of these accounts by band."""
    mould = key_hash(MOULD, seed=0).alias("mould")
    again = recurring(
        p.window("templates").select(mould)["mould"] for p in rollups.pieces("templates")
    )
    rows, totals = [], []
    for piece in rollups.pieces("templates"):
        own = piece.window("templates").select("account_id", *MOULD, "requests")
        twice = own.filter(is_among(own.select(mould)["mould"], again))
        users = own.join(twice.select("account_id").unique(), on="account_id", how="semi")
        by_band = users.group_by("account_id", "band")
        totals.append(compact(by_band.agg(pl.col("requests").sum().alias("all"))))
        rows.append(compact(twice))
    # Where two hashes are alike by chance, a row too many is here, and has one holder.
    twice = pl.concat(rows)
    holders = twice.group_by(MOULD).agg(pl.len().alias("holders"))
    few = holders.filter(pl.col("holders").is_between(2, MAX_DEGREE))
    return twice.join(few, on=MOULD).sort(MOULD), pl.concat(totals)


def _undeclared(shared: pl.DataFrame, population: Population) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Who uses a template that an account of no declared connection uses too, and these pairs.

    Returns
    -------
    tuple
        ``account_id``, ``band``, ``value``; and ``a`` < ``b``, each pair once.
    """
    declared = Declared.of(population.rollups["accounts"], population.payers)
    touched, found = [], []
    for block in in_blocks(shared, MOULD, pl.col("holders")):
        rows = block.select("account_id", *MOULD)
        pairs = (
            rows.join(rows, on=MOULD, suffix="_b")
            .filter(pl.col("account_id") < pl.col("account_id_b"))
            .rename({"account_id": "a", "account_id_b": "b"})
        )
        ends = pairs.select("a", "b").unique()
        ends = ends.join(declared.explaining(ends), on=["a", "b"], how="anti")
        told = pairs.join(ends, on=["a", "b"], how="semi")
        both = [told.select(pl.col(end).alias("account_id"), *MOULD) for end in "ab"]
        touched.append(pl.concat(both).unique())
        found.append(ends)
    return pl.concat(touched), pl.concat(found).unique()


def _clients(rollups: Rollups) -> pl.DataFrame:
    """Share of calls by the main client software."""
    rows = rollups.window("distinct", rows=pl.col("kind") == "client")
    return rows.group_by("account_id").agg(
        share(pl.col("n").max(), pl.col("n").sum()).alias("main_client")
    )


FAMILY = Family("F10", base, Reach.MOULD, compared="templates")
_MODEL = ("model_usage",)


@FAMILY.feature(unit="share", direction=1, inputs=_MODEL, typologies=("T06",), bounds=(0, 1))
def f10_one_mould() -> pl.Expr:
    """Share of model calls made from one single prompt template."""
    return pl.when(pl.col("sketched") >= ENOUGH_ROWS).then(pl.col("main_mould"))


@FAMILY.feature(unit="probability", direction=1, inputs=_MODEL, typologies=("T06",), bounds=(0, 1))
def f10_few_moulds() -> pl.Expr:
    """How likely two calls picked at random are made from the same template."""
    return pl.when(pl.col("sketched") >= ENOUGH_ROWS).then(pl.col("repeats"))


@FAMILY.feature(unit="share", direction=1, inputs=_MODEL, typologies=("T03", "T06"), bounds=(0, 1))
def f10_common_moulds() -> pl.Expr:
    """Share of model calls whose template accounts of no declared connection use too."""
    return pl.col("common_share")


@FAMILY.feature(unit="log(1+accounts)", direction=1, inputs=_MODEL, typologies=("T03", "T06"))
def f10_accounts_alike() -> pl.Expr:
    """Accounts of no declared connection that use the same rare templates."""
    return pl.col("alike").log1p()


@FAMILY.feature(
    unit="share", direction=1, inputs=("model_usage", "accounts"), typologies=("T04",),
    bounds=(0, 1),
)  # fmt: skip
def f10_one_client_many_minds() -> pl.Expr:
    """One identical client software, yet templates as varied as from many strangers."""
    varied = 1.0 - pl.col("repeats")
    paradox = pl.when(pl.col("sketched") >= ENOUGH_ROWS).then(varied * pl.col("main_client"))
    return undeclared(paradox, "declares")
