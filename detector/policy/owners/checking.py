"""What owner rows hold before anybody is listed: bounds, loops, contradictions, unknown shares."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from detector.policy.owners.graph import graph_of
from detector.policy.owners.loops import circular
from detector.policy.owners.parties import ambiguous, named
from detector.policy.owners.shares import WHOLE, linked


@dataclass(frozen=True)
class Checked:
    """What was found in owner rows.

    Attributes
    ----------
    companies
        A row for each party that is owned, by party: ``party``, ``name``, ``owners`` (how many),
        ``least`` and ``most`` (units that all of them hold, as told), ``unknown`` (how many
        shares), ``refused`` (the shares contradict each other).
    loops
        Names of parties that own parts of each other.
    unknown
        Pairs ``owned_name``, ``owner_name`` of which nothing is told of the share.
    ambiguous
        Names that stand for several ids, and somewhere alone.
    """

    companies: pl.DataFrame
    loops: list[list[str]]
    unknown: pl.DataFrame
    ambiguous: list[str]


def check(rows: pl.DataFrame) -> Checked:
    """Look at rows of ``parties.with_parties`` that hold at as-of."""
    names = named(rows).select("party", "name")
    links = linked(rows)
    companies = (
        links.group_by(party="owned")
        .agg(
            owners=pl.len(),
            least=pl.col("told").sum(),
            most=pl.col("high").sum().clip(0, WHOLE),
            unknown=(pl.col("unknown") & ~pl.col("refused")).sum(),
            refused=pl.col("refused").any(),
        )
        .join(names, on="party", how="left")
        .sort("party")
    )
    graph = graph_of(rows)
    called = names["name"].to_list()
    loops = [[called[party] for party in loop] for loop in circular(graph)]
    return Checked(companies, loops, _unknown(links, names), ambiguous(rows))


def _unknown(links: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    pairs = links.filter(pl.col("unknown") & ~pl.col("refused"))
    for end in ("owned", "owner"):
        pairs = pairs.join(names.rename({"party": end, "name": f"{end}_name"}), on=end)
    return pairs.sort("owned", "owner").select("owned_name", "owner_name")
