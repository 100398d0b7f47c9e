"""Which parties stand on lists, by their names alone.

A company that bears the name of an organisation, or a strong alias of one, is listed. What else
is called alike (a person, a weak alias, a ship) may be.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import polars as pl

from detector.policy.lists import in_force
from detector.policy.owners.parties import folded


@dataclass(frozen=True)
class Listed:
    """Parties that are surely listed, and that may be; ``rows`` say by what name and list."""

    sure: frozenset[str]
    perhaps: frozenset[str]
    rows: pl.DataFrame


def called(parties: pl.DataFrame, names: Collection[str]) -> Listed:
    """Parties of some names (``parties.named``), all of them surely listed."""
    wanted = pl.DataFrame({"listed": sorted(set(names))}, schema={"listed": pl.String()})
    found = _alike(parties, wanted.with_columns(source=pl.lit("named"), sure=pl.lit(value=True)))
    return _listed(found)


def on_lists(parties: pl.DataFrame, entries: pl.DataFrame, as_of: date) -> Listed:
    """Parties whose name current entries bear.

    Parameters
    ----------
    parties
        As ``parties.named`` gives them.
    entries
        Entries of lists: ``name``, ``aliases``, ``weak_aliases``, ``kind``, ``source``, ``from``
        and ``until``, the last day.
    as_of
        The day.
    """
    now = entries.filter(in_force(as_of))
    company = pl.col("kind").is_in(["organisation", "unknown"])
    if "mapped" in entries.columns:
        # A list that no rule knows asks a question at most.
        company &= pl.col("mapped")
    strong = now.select("source", sure=company, listed=pl.concat_list("name", "aliases"))
    weak = now.select("source", sure=pl.lit(value=False), listed="weak_aliases")
    names = pl.concat([strong, weak]).explode("listed").drop_nulls("listed")
    found = _alike(parties, names.select("listed", "source", "sure"))
    person = pl.col("kind") == "person"
    return _listed(found.with_columns(sure=pl.col("sure") & ~person))


def _alike(parties: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    keyed = names.with_columns(key=folded(pl.col("listed"))).drop("listed")
    return parties.with_columns(key=folded(pl.col("name"))).join(keyed, on="key")


def _listed(found: pl.DataFrame) -> Listed:
    rows = (
        found.group_by("party", "name", "kind", "source")
        .agg(pl.col("sure").any())
        .sort("party", "source")
    )
    sure = frozenset(rows.filter("sure")["party"].to_list())
    return Listed(sure, frozenset(rows["party"].to_list()) - sure, rows)
