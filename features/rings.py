"""Rings: connected groups of accounts, their shape and the evidence that holds them together."""

from __future__ import annotations

from typing import Final

import polars as pl

from features.blocks import Rows, of_each
from features.coincidences import coincidences
from features.evidence import accepted, confirmed
from features.graph import around, components
from features.links.kinds import HOME_KINDS, TOOL_KINDS
from features.partners import PAIR_COLUMNS
from features.population import Population
from features.rollups import Rollups

# Above this a group is drawn and scored by its best pairs alone.
MAX_EDGES: Final = 400
EDGE = pl.Struct({"a": pl.String(), "b": pl.String(), "kind": pl.String(), "weight": pl.Float64()})


def ring_table(population: Population, totals: pl.DataFrame) -> pl.DataFrame:
    """One row per ring, in the order of its smallest account id.

    Parameters
    ----------
    population
        Accounts and what links them.
    totals
        ``account_id``, ``tpp_hours``, ``controlled_gpu_hours``, ``input_tokens``,
        ``output_tokens``.

    Returns
    -------
    pl.DataFrame
        ``component`` (smallest account id), ``account_ids``, ``size``, ``kinds`` (identifier
        kinds, each counted by the share of members it touches), of them ``tool_kinds`` and
        ``home_kinds``, ``identifiers`` (distinct shared values), ``access_share`` and
        ``controlled_share`` (members that reach controlled GPUs or models, or the former),
        ``bits`` (mean over members of the best pair's bits), ``prior_bits``, ``density``
        (accepted pairs of all possible), ``signup_days`` (median distance of sign-ups from
        their median, days), ``evenness`` (1 = equal shares of compute or tokens),
        ``tpp_hours``, ``tokens``, ``moves_together``, ``conserved``, ``takes_turns``,
        ``succession``, ``failover`` (0 to 1: the mean over members of each one's best
        partner, see ``features.partners``), ``instrument_share`` (members tied by a means of
        payment), ``partner_share`` (members that are customers of the partner most of them have
        in common), ``near_confirmed`` (how near members are to confirmed accounts, 0 to 1: the
        median of those that are not confirmed themselves, 1 where all are), ``confirmed``
        (members confirmed themselves), ``edges`` (list of a, b, kind, weight in bits;
        coincidences among them).
    """
    rollups = population.rollups
    accounts = max(rollups["accounts"].height, 2)
    linked = population.pairs.filter(accepted())
    members = components(linked)
    kept = _kept_edges(population.edges, linked, members)
    moves = population.moves.join(linked, on=["a", "b"], how="semi")
    frames = [
        _sizes(members), _evidence(kept, members), _bits(linked, members),
        _signups(members, rollups), _activity(members, totals), _moves(members, moves),
        _payers(members, kept), _partners(members, rollups["accounts"]),
        _bad_neighbours(members, population), _drawn(_with_coincidences(kept, population)),
    ]  # fmt: skip
    joined = frames[0]
    for frame in frames[1:]:
        joined = joined.join(frame, on="component", how="left", maintain_order="left")
    possible = pl.col("size") * (pl.col("size") - 1) / 2
    return joined.with_columns(
        density=pl.col("accepted") / possible,
        prior_bits=(pl.lit(accounts) / 10.0).log(2.0),
    ).drop("accepted")


def _sizes(members: pl.DataFrame) -> pl.DataFrame:
    return (
        members.sort("component", "account_id")
        .group_by("component", maintain_order=True)
        .agg(pl.col("account_id").alias("account_ids"), pl.len().cast(pl.Int64).alias("size"))
    )


def _kept_edges(edge_rows: Rows, linked: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Edge rows of accepted pairs, with their ring."""
    tied = linked.select("a", "b")
    rows = of_each(edge_rows, lambda block: block.join(tied, on=["a", "b"], how="semi"))
    ring = members.rename({"account_id": "a"})
    return rows.join(ring, on="a", how="left").sort("component", "a", "b", "kind")


def _evidence(kept: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Independent kinds and distinct identifiers; a kind counts by the members it touches."""
    touched = pl.concat(
        [kept.select("component", "kind", pl.col(end).alias("account_id")) for end in "ab"]
    )
    sizes = members.group_by("component").agg(pl.len().alias("size"))
    part = pl.col("touched") / pl.col("size")
    coverage = (
        touched.group_by("component", "kind")
        .agg(pl.col("account_id").n_unique().alias("touched"))
        .join(sizes, on="component")
        .sort("component", "kind")
        .group_by("component", maintain_order=True)
        .agg(
            part.sum().alias("kinds"),
            part.filter(pl.col("kind").is_in(TOOL_KINDS)).sum().alias("tool_kinds"),
            part.filter(pl.col("kind").is_in(HOME_KINDS)).sum().alias("home_kinds"),
        )
    )
    counted = kept.group_by("component").agg(
        pl.struct("kind", "value").n_unique().cast(pl.Int64).alias("identifiers")
    )
    return coverage.join(counted, on="component", how="left", maintain_order="left")


def _bits(linked: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    ends = pl.concat([linked.select(pl.col(end).alias("account_id"), "bits") for end in "ab"])
    best = ends.group_by("account_id").agg(pl.col("bits").max(), pl.len().alias("pairs"))
    return (
        members.join(best, on="account_id", how="left")
        .sort("component", "account_id")
        .group_by("component", maintain_order=True)
        .agg(pl.col("bits").mean(), (pl.col("pairs").sum() / 2).alias("accepted"))
    )


def _signups(members: pl.DataFrame, rollups: Rollups) -> pl.DataFrame:
    made = rollups["accounts"].select("account_id", "created_at")
    dated = members.join(made, on="account_id", how="left").sort("component", "account_id")
    day = pl.col("created_at").dt.epoch("s") / 86_400.0
    away = (day - day.median().over("component")).abs()
    return (
        dated.with_columns(away=away)
        .group_by("component", maintain_order=True)
        .agg(pl.col("away").median().alias("signup_days"))
    )


def _activity(members: pl.DataFrame, totals: pl.DataFrame) -> pl.DataFrame:
    """Compute and tokens in total, and how equally the members share them."""
    counted = totals.select(
        "account_id",
        "tpp_hours",
        controlled=pl.col("controlled_gpu_hours") > 0,
        tokens=pl.col("input_tokens") + pl.col("output_tokens"),
    )
    rows = members.join(counted, on="account_id", how="left").with_columns(
        pl.col("tpp_hours").fill_null(0.0),
        pl.col("tokens").fill_null(0),
        pl.col("controlled").fill_null(False),
    )
    reached = pl.col("controlled") | (pl.col("tokens") > 0)

    def even(column: str) -> pl.Expr:
        value = pl.col(column).cast(pl.Float64)
        return (value.sum() ** 2 / (value**2).sum() / pl.len()).fill_nan(0.0)

    return (
        rows.sort("component", "account_id")
        .group_by("component", maintain_order=True)
        .agg(
            pl.max_horizontal(even("tpp_hours"), even("tokens")).alias("evenness"),
            pl.col("tpp_hours").sum(),
            pl.col("tokens").sum().cast(pl.Int64),
            (reached.sum() / pl.len()).alias("access_share"),
            (pl.col("controlled").sum() / pl.len()).alias("controlled_share"),
        )
    )


def _moves(members: pl.DataFrame, moves: pl.DataFrame) -> pl.DataFrame:
    """How members move together or in turns: the mean of each one's best partner in the ring."""
    ends = pl.concat([moves.select(pl.col(end).alias("account_id"), *PAIR_COLUMNS) for end in "ab"])
    best = ends.group_by("account_id").agg(pl.col(PAIR_COLUMNS).max())
    return (
        members.join(best, on="account_id", how="left")
        .sort("component", "account_id")
        .group_by("component", maintain_order=True)
        .agg(pl.col(PAIR_COLUMNS).fill_null(0.0).mean())
    )


def _payers(members: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """Share of members that a common means of payment ties to another one."""
    paid = kept.filter(pl.col("kind") == "payment")
    tied = pl.concat([paid.select(pl.col(end).alias("account_id")) for end in "ab"]).unique()
    return (
        members.join(tied.with_columns(tied=pl.lit(1.0)), on="account_id", how="left")
        .group_by("component")
        .agg(pl.col("tied").fill_null(0.0).sum() / pl.len())
        .rename({"tied": "instrument_share"})
    )


def _partners(members: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Share of members that are customers of one partner, the one with most; alone is none."""
    named = records.filter(pl.col("partner_id").is_not_null()).select("account_id", "partner_id")
    counted = members.join(named, on="account_id").group_by("component", "partner_id").len("alike")
    most = counted.group_by("component").agg(pl.col("alike").max())
    several = pl.when(pl.col("alike") > 1).then("alike").otherwise(0)
    return (
        members.group_by("component")
        .len("size")
        .join(most, on="component", how="left")
        .select("component", partner_share=several / pl.col("size"))
    )


def _bad_neighbours(members: pl.DataFrame, population: Population) -> pl.DataFrame:
    """How near half of the open members are to confirmed accounts, and confirmed members."""
    seeds = confirmed(population.rollups)
    near = around(population.pairs, seeds)
    known = pl.col("account_id").is_in(seeds["account_id"].implode())
    return (
        members.join(near, on="account_id", how="left")
        .with_columns(known=known)
        .sort("component", "account_id")
        .group_by("component", maintain_order=True)
        .agg(
            pl.col("nearness")
            .fill_null(0.0)
            .filter(~pl.col("known"))
            .median()
            .fill_null(1.0)
            .alias("near_confirmed"),
            pl.col("known").sum().cast(pl.Int64).alias("confirmed"),
        )
    )


def _with_coincidences(kept: pl.DataFrame, population: Population) -> pl.DataFrame:
    """Edges, and the coincidences that stand beside them."""
    found = coincidences(population.moves, population.rollups["accounts"])
    tied = kept.select("a", "b", "component").unique()
    beside = found.join(tied, on=["a", "b"])
    columns = ["component", "a", "b", "kind", "bits"]
    return pl.concat([kept.select(columns), beside.select(columns)])


def _drawn(kept: pl.DataFrame) -> pl.DataFrame:
    """The strongest edges of each ring, as the report and ``rings.parquet`` show them."""
    return (
        kept.sort(
            ["component", "bits", "a", "b", "kind"], descending=[False, True, False, False, False]
        )
        .group_by("component", maintain_order=True)
        .head(MAX_EDGES)
        .with_columns(edge=pl.struct("a", "b", "kind", pl.col("bits").alias("weight")))
        .group_by("component", maintain_order=True)
        .agg(pl.col("edge").alias("edges"))
    )
