"""Who shares what with an account: the linked accounts of a reason, and the identifiers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from detector.evidence.reading import ACCOUNT, Reader
from detector.findings.company import linked_to
from features.evidence import MAX_DEGREE, sightings
from features.links.kinds import MAIN_SHARE, OBSERVED, WORDS
from features.observed import BAND_WIDTH, BANDS, EVENT_IDENTIFIERS, MODEL_IDENTIFIERS
from features.population import Population
from features.rollups import Rollups, rollup

SHARED: Final = "shared"
"""The column that says what is shared: its kind and value."""
#: Reasons that lead over an account in between.
_FAR: Final = ("f11_near_confirmed", "f11_suspicion")
_TEMPLATE: Final = "template"
_VALUE: Final = ["kind", "value"]
# Columns of each table that hold identifiers, with their kind; None: another column tells.
COLUMNS: Final[Mapping[str, Mapping[str, str | None]]] = (
    {"account_links": {"value_hash": None}}
    | {"payments": {"instrument_hash": "payment"}}
    | {"events": {c: OBSERVED[s] for s, c in EVENT_IDENTIFIERS.items() if s in OBSERVED}}
    | {"model_usage": {c: OBSERVED[s] for s, c in MODEL_IDENTIFIERS.items() if s in OBSERVED}}
)


@dataclass(frozen=True)
class Linked:
    """Linked accounts of a reason, and ``kind``, ``value``, ``holders`` of what they share."""

    others: list[str]
    shared: pl.DataFrame


def linked(reader: Reader, account: str, feature: str, value: float) -> Linked:
    """Find them as the run did, from the rows of those alone who share anything."""
    near = _sharing(reader, {account})
    if feature in _FAR:
        near = _sharing(reader, near.ids)
    mine = pl.col(ACCOUNT).is_in(pl.Series(sorted(near.ids)).implode())
    rollups = _without(reader.rollups([*COLUMNS, "usage"], mine), near.common)
    population = Population.of(rollups)
    others = linked_to(population, account, feature, value)
    both = pl.Series([account, *others]).implode()
    ends = [pl.col(end).is_in(both) for end in "ab"]
    # Over an account in between, what ties that one to the last is a part of it.
    own = ends if feature in _FAR else [*ends, pl.any_horizontal(pl.col("a", "b") == account)]
    kept = population.edges.filter(~pl.col("explained"), pl.col("bits") > 0.0, *own)
    return Linked(others, kept.select("kind", "value", "holders").unique().sort("kind", "value"))


@dataclass(frozen=True)
class _Near:
    """Some accounts and who shares with them what few hold; what many hold is ``common``."""

    ids: set[str]
    common: pl.DataFrame


def _sharing(reader: Reader, ids: set[str]) -> _Near:
    mine = pl.col(ACCOUNT).is_in(pl.Series(sorted(ids)).implode())
    own = sightings(reader.rollups(list(COLUMNS), mine)).select(_VALUE).unique()
    among = {table: _holding(table, own["value"]) for table in COLUMNS}
    seen = sightings(_with_templates(reader, reader.rollups(list(COLUMNS), among), own))
    weighed = pl.col("kind").is_in(list(MAIN_SHARE))
    held = pl.concat(
        [
            seen.filter(~weighed).select(*_VALUE, "account_id"),
            *(_mainly(reader, table, column, kind)
              for table, columns in COLUMNS.items() for column, kind in columns.items()
              if kind in MAIN_SHARE),
        ]
    ).join(own, on=_VALUE, how="semi").unique()  # fmt: skip
    few = pl.len().over(_VALUE) <= MAX_DEGREE
    return _Near(
        ids | set(held.filter(few)["account_id"]), held.filter(~few).select(_VALUE).unique()
    )


def _mainly(reader: Reader, table: str, column: str, kind: str) -> pl.DataFrame:
    """Whose own each value of a kind is of which an account must show a part of all."""
    keys = ["account_id", column]
    parts = [
        part.filter(pl.col(column).is_not_null()).group_by(keys).len("n")
        for part in (reader.logs.parts(table) if reader.has(table) else ())
    ]
    if not parts:
        return pl.DataFrame(schema=dict.fromkeys([*_VALUE, "account_id"], pl.String))
    counted = pl.concat(parts).group_by(keys).agg(pl.col("n").sum())
    own = pl.col("n") >= MAIN_SHARE[kind] * pl.col("n").sum().over("account_id")
    return counted.filter(own).select(
        pl.lit(kind).alias("kind"), pl.col(column).alias("value"), "account_id"
    )


def _without(rollups: Rollups, common: pl.DataFrame) -> Rollups:
    """The rollups without the identifiers that link nobody: of these not all rows are here."""
    seen_as = {kind: name for name, kind in OBSERVED.items()}
    names = pl.concat(
        [common, common.with_columns(pl.col("kind").replace(seen_as))]
    ).unique()  # fmt: skip
    band = pl.format("{}:{}", "band", "value")
    paid = common.filter(pl.col("kind") == "payment")["value"].implode()
    alike = common.filter(pl.col("kind") == _TEMPLATE)["value"].implode()
    unpaid = pl.col("instrument_hash").is_in(paid).fill_null(value=False)
    kept = {
        "links": rollups["links"].join(common, on=_VALUE, how="anti"),
        "distinct": rollups["distinct"].join(names, on=_VALUE, how="anti"),
        "templates": rollups["templates"].filter(~band.is_in(alike)),
        "payments": rollups["payments"].filter(~unpaid),
    }
    return replace(rollups, frames={**rollups.frames, **kept})


def _bands() -> list[pl.Expr]:
    """The values of a row's sketch by which templates are compared."""
    sketch, width = pl.col("template_sketch"), BAND_WIDTH
    parts = [
        [
            sketch.list.get(at, null_on_oob=True).cast(pl.String)
            for at in range(k * width, (k + 1) * width)
        ]
        for k in range(BANDS)
    ]
    return [
        pl.concat_str(pl.lit(f"{k}:"), pl.concat_str(part, separator="."))
        for k, part in enumerate(parts)
    ]


def _holding(table: str, values: pl.Series) -> pl.Expr:
    """Whether a row shows one of some values."""
    named = [pl.col(column) for column in COLUMNS[table]]
    bands = _bands() if table == "model_usage" else []
    shown = [one.is_in(values.implode()) for one in (*named, *bands)]
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
    holding = _holding(table, found.shared["value"])
    rows = reader.rows(table, [account, *found.others], holding, window=False)
    return rows.with_columns(_shared(table, found.shared).alias(SHARED)).filter(
        pl.col(SHARED).is_not_null()
    )


def _shared(table: str, shared: pl.DataFrame) -> pl.Expr:
    """What a row shows of the shared identifiers: each kind and its value."""
    words = []
    for column, kind in COLUMNS[table].items():
        named = pl.col("kind").cast(pl.String) if kind is None else pl.lit(kind)
        pair = pl.concat_str(named, column, separator="\n")
        known = shared.select(pl.concat_str(_VALUE, separator="\n")).to_series()
        told = pl.concat_str(named.replace(WORDS), column, separator=" ")
        words.append(pl.when(pair.is_in(known.implode())).then(told))
    if table == "model_usage":
        bands = shared.filter(pl.col("kind") == _TEMPLATE)["value"].implode()
        alike = pl.any_horizontal(one.is_in(bands) for one in _bands()).fill_null(value=False)
        words.append(pl.when(alike).then(pl.lit(WORDS[_TEMPLATE])))
    joined = pl.concat_str(words, separator=", ", ignore_nulls=True)
    return pl.when(joined != "").then(joined)
