"""Who shares what with an account: the linked accounts of a reason, and the identifiers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from detector.evidence.reading import ACCOUNT, Reader
from detector.findings.company import linked_to
from features.evidence import MAX_DEGREE, sightings
from features.links.kinds import OBSERVED, WORDS
from features.observed import EVENT_IDENTIFIERS, MODEL_IDENTIFIERS
from features.population import Population
from features.rollups import Rollups, rollup

SHARED: Final = "shared"
"""The column that says what is shared, by its kind."""
#: Reasons that lead over an account in between.
_FAR: Final = ("f11_near_confirmed", "f11_suspicion")
_TEMPLATE: Final = "template"
# Columns of each table that hold identifiers, with their kind; None: another column tells.
COLUMNS: Final[Mapping[str, Mapping[str, str | None]]] = {
    "account_links": {"value_hash": None},
    "payments": {"instrument_hash": "payment"},
    "events": {c: OBSERVED[s] for s, c in EVENT_IDENTIFIERS.items() if s in OBSERVED},
    "model_usage": {c: OBSERVED[s] for s, c in MODEL_IDENTIFIERS.items() if s in OBSERVED},
}


@dataclass(frozen=True)
class Linked:
    """Linked accounts of a reason, and ``kind``, ``value``, ``holders`` of what they share."""

    others: list[str]
    shared: pl.DataFrame


def linked(reader: Reader, account: str, feature: str, value: float) -> Linked:
    """Find them as the run did, from the rows of those alone who share anything."""
    company = {account}
    for _ in range(2 if feature in _FAR else 1):
        company |= _sharing(reader, company)
    mine = pl.col(ACCOUNT).is_in(pl.Series(sorted(company)).implode())
    population = Population.of(reader.rollups([*COLUMNS, "usage"], mine))
    others = linked_to(population, account, feature, value)
    both = pl.Series([account, *others]).implode()
    kept = population.edges.filter(
        ~pl.col("explained"), pl.col("bits") > 0.0,
        pl.col("a").is_in(both), pl.col("b").is_in(both),
    )  # fmt: skip
    return Linked(others, kept.select("kind", "value", "holders").unique().sort("kind", "value"))


def _sharing(reader: Reader, ids: set[str]) -> set[str]:
    """Accounts that hold an identifier of some accounts that few hold."""
    mine = pl.col(ACCOUNT).is_in(pl.Series(sorted(ids)).implode())
    own = sightings(reader.rollups(list(COLUMNS), mine)).select("kind", "value").unique()
    among = {table: _holding(table, own["value"]) for table in COLUMNS}
    seen = sightings(_with_templates(reader, reader.rollups(list(COLUMNS), among), own))
    held = seen.join(own, on=["kind", "value"], how="semi").select("kind", "value", "account_id")
    few = held.unique().filter(pl.len().over("kind", "value") <= MAX_DEGREE)
    return set(few["account_id"])


def _holding(table: str, values: pl.Series) -> pl.Expr:
    """Whether a row shows one of some values."""
    shown = [pl.col(column).is_in(values.implode()) for column in COLUMNS[table]]
    return pl.any_horizontal(shown).fill_null(value=False)


def _with_templates(reader: Reader, rollups: Rollups, own: pl.DataFrame) -> Rollups:
    """The same with everybody's templates: which are alike is known of their bands alone."""
    if not own["kind"].eq(_TEMPLATE).any():
        return rollups
    wanted = own.filter(pl.col("kind") == _TEMPLATE)["value"]
    alike = pl.format("{}:{}", "band", "value").is_in(wanted.implode())
    parts = (
        rollup("model_usage", part, reader.as_of, reader.logs.catalogue)["templates"].filter(alike)
        for part in reader.logs.parts("model_usage")
    )
    empty = rollups["templates"].clear()
    return replace(rollups, frames={**rollups.frames, "templates": pl.concat([empty, *parts])})


def rows_sharing(reader: Reader, table: str, account: str, found: Linked) -> pl.DataFrame:
    """Rows of a table that show what is shared, of the account and of the linked ones."""
    values = found.shared["value"]
    rows = reader.rows(table, [account, *found.others], _holding(table, values), window=False)
    return rows.filter(_kind(table, found.shared).is_not_null()).with_columns(
        _kind(table, found.shared).alias(SHARED)
    )


def _kind(table: str, shared: pl.DataFrame) -> pl.Expr:
    """What a row shows of the shared identifiers: the words of each kind."""
    words = []
    for column, kind in COLUMNS[table].items():
        if kind is None:
            pairs = pl.concat_str("kind", column, separator="\n")
            known = shared.select(pl.concat_str("kind", "value", separator="\n")).to_series()
            told = pl.col("kind").cast(pl.String).replace_strict(WORDS, default=pl.col("kind"))
            words.append(pl.when(pairs.is_in(known.implode())).then(told))
        else:
            values = shared.filter(pl.col("kind") == kind)["value"]
            words.append(pl.when(pl.col(column).is_in(values.implode())).then(pl.lit(WORDS[kind])))
    joined = pl.concat_str(words, separator=", ", ignore_nulls=True)
    return pl.when(joined != "").then(joined)
