"""The rules of a table: which cells and rows break them, and the words for it.

A broken cell of an optional column costs the cell; of a required column, the row.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final

import dataframely as dy
import polars as pl

from detector.sources.layout import REQUIRED
from detector.sources.nested import nulled
from features.tables import SCHEMAS, TABLES

_SHOWN_CHARS: Final = 200
_PLANS: Final = 256
"""Combinations of columns of which the question to all rows is kept: a format has few."""
_MOST_SLIPS: Final = 50
_LONGEST: Final = 100
_ALIKE: Final = 0.8
_CLASSES: Final = "3001, 3002, 6003"


@cache
def optional(table: str) -> frozenset[str]:
    """Return the columns of which a value that cannot be read costs no more than itself."""
    columns = SCHEMAS[table].columns()
    return frozenset(
        name for name, column in columns.items() if column.nullable and name not in REQUIRED[table]
    )


@cache
def row_schema(table: str) -> type[dy.Schema]:
    """Return the table's schema with a row's place, so that bad rows can be found again."""
    members: dict[str, object] = {"row_number": dy.Int64(alias="_row")}
    if table == "usage":
        members["only_corrections_are_negative"] = dy.rule()(_reversal_or_positive)
    return type(f"Numbered{table}", (SCHEMAS[table],), members)


def _reversal_or_positive(cls: type[dy.Schema]) -> pl.Expr:  # noqa: ARG001 - dataframely's form
    """A quantity below zero is a Correction or a reversal, for which money went back too.

    Real exports reverse usage without ChargeClass Correction (12 of the 1,000 rows of the
    FOCUS sample): all their costs are negative. Negative hours at a price are an error.
    """
    costs = [pl.col(c) for c in ("EffectiveCost", "BilledCost", "ListCost")]
    return (
        pl.col("ChargeClass").eq_missing(pl.lit("Correction"))
        | (pl.col("ChargeCategory") != "Usage")
        | pl.col("ConsumedQuantity").is_null()
        | (pl.col("ConsumedQuantity") >= 0)
        | pl.any_horizontal(cost < 0 for cost in costs).fill_null(value=False)
        & ~pl.any_horizontal(cost > 0 for cost in costs).fill_null(value=False)
    )


def check(
    rows: pl.DataFrame, table: str, short: frozenset[str] = frozenset()
) -> tuple[pl.DataFrame, pl.DataFrame | None, int]:
    """Check typed rows, which have their place as ``_row``.

    Usually all rows keep all rules, which is told without a look at single rows. Of ``short``
    columns all texts are known to be as long as the rules allow.

    Returns
    -------
    good, broken, nulled
        The rows that keep all rules; of the others ``_row``, ``column`` and ``reason`` of the
        first rule that each broke; how many optional cells were nulled.
    """
    if _keeps_all(rows, table, short):
        return rows, None, 0
    rows, nulled = _without_broken_cells(rows, table)
    if nulled and _keeps_all(rows, table, short):
        return rows, None, nulled
    result = row_schema(table).filter(rows)
    broken = _broken_rules(result.failure, table) if len(result.failure) else None
    return result.result, broken, nulled


def _keeps_all(rows: pl.DataFrame, table: str, short: frozenset[str]) -> bool:
    nulls = {values.name: count for values in rows if (count := values.null_count())}
    if not _whole(table).isdisjoint(nulls):
        return False
    void = frozenset(name for name, count in nulls.items() if count == rows.height)
    return bool(rows.select(_all_kept(table, void, short)).item())


@cache
def _whole(table: str) -> frozenset[str]:
    """The columns of which no value may be null."""
    rules = row_schema(table)._validation_rules(with_cast=False)
    named = (name.partition("|") for name in rules)
    return frozenset(column for column, _, rule in named if rule == "nullability")


@lru_cache(_PLANS)
def _all_kept(table: str, void: frozenset[str], short: frozenset[str]) -> pl.Expr:
    """Whether no row breaks a rule other than that against nulls; a rule that gives null is kept.

    ``void`` columns hold nothing but nulls.
    """
    rules = row_schema(table)._validation_rules(with_cast=False)
    asked = (
        rule.expr.all()
        for name, rule in rules.items()
        if _may_break(*name.partition("|")[::2], void, short)
    )
    return pl.all_horizontal(pl.lit(value=True), *asked)


def _may_break(column: str, rule: str, void: frozenset[str], short: frozenset[str]) -> bool:
    if column in void or rule == "nullability":
        return False
    return column not in short or rule not in ("min_length", "max_length")


def _without_broken_cells(rows: pl.DataFrame, table: str) -> tuple[pl.DataFrame, int]:
    """Null the optional cells that break a rule; how many."""
    kept = rows.select(_kept_cells(table))
    broken = {values.name: int((~values).sum()) for values in kept}
    columns = [nulled(rows[name], kept[name]) for name, count in broken.items() if count]
    return rows.with_columns(columns), sum(broken.values())


@cache
def _kept_cells(table: str) -> list[pl.Expr]:
    rules = row_schema(table)._validation_rules(with_cast=False)
    asked: dict[str, list[pl.Expr]] = {}
    for name, rule in rules.items():
        column = name.partition("|")[0]
        if column in optional(table):
            asked.setdefault(column, []).append(rule.expr.fill_null(value=True))
    return [pl.all_horizontal(kept).alias(column) for column, kept in asked.items()]


_RULES: Final[Mapping[str, str]] = {
    "nullability": "is required and empty",
    "min_length": "is empty",
    "max_length": "is too long",
    "min": "is below the least allowed value",
    "max": "is above the greatest allowed value",
    "min_exclusive": "is at or below the least allowed value",
    "max_exclusive": "is at or above the greatest allowed value",
    "check": "is not one of the known values",
    "inf": "is infinite",
    "nan": "is not a number",
}


def _broken_rules(failure: dy.FailureInfo, table: str) -> pl.DataFrame:
    """Return ``_row``, ``column`` and ``reason`` of the first broken rule of each row."""
    details = failure.details()
    known = set(failure.invalid().columns)
    rules = [c for c in details.columns if c not in known]
    first = pl.coalesce(
        pl.when(pl.col(rule) == "invalid").then(pl.lit(rule)) for rule in rules
    ).alias("rule")
    found = details.select("_row", first)
    words = {rule: sentence(rule, table) for rule in found["rule"].unique().drop_nulls()}
    columns = {rule: column for rule, (column, _) in words.items()}
    reasons = {rule: reason for rule, (_, reason) in words.items()}
    return found.select(
        "_row",
        pl.col("rule").replace_strict(columns, return_dtype=pl.String).alias("column"),
        pl.col("rule").replace_strict(reasons, return_dtype=pl.String).alias("reason"),
    )


def sentence(rule: str, table: str) -> tuple[str | None, str]:
    """Put a rule into words: the column it speaks of and what is wrong.

    >>> sentence("account_id|nullability", "accounts")
    ('account_id', 'is required and empty')
    >>> sentence("class_uid|check__is_in", "events")
    ('class_uid', 'is not one of 3001, 3002, 6003')
    >>> sentence("period_ends_after_it_starts", "usage")
    (None, 'breaks the rule: period ends after it starts')
    """
    column, bar, asked = rule.partition("|")
    if not bar:
        if rule in TABLES[table].sentences:
            return None, TABLES[table].sentences[rule]
        return None, f"breaks the rule: {rule.replace('_', ' ')}"
    if (table, column) == ("events", "class_uid") and asked.startswith("check"):
        return column, f"is not one of {_CLASSES}"
    return column, _RULES.get(asked.split("__")[0], f"breaks the rule: {asked.replace('_', ' ')}")


def not_one_of(values: pl.Series, lost: pl.Series, known: pl.Enum) -> pl.Series:
    """Say of each lost value what is known, and which of these is spelled most like it.

    The value itself stays out of the sentence: it may be anything, and a state may hide it.
    """
    said = one_of(known)
    if values.dtype != pl.String:  # bytes need be no text, and nothing else is spelled
        return pl.Series([said]).new_from_index(0, len(values))
    slips = values.filter(lost).unique().sort().head(_MOST_SLIPS)
    near = {
        slip: f"{said}; spelled most like {found}"
        for slip in slips
        if (found := _nearest(slip, known))
    }
    return values.replace_strict(near, default=said, return_dtype=pl.String)


def _nearest(slip: str, known: pl.Enum) -> str | None:
    """The known value that differs from it by a letter or two, by case, or by what joins words.

    >>> _nearest("Confirmed proxy", pl.Enum(["confirmed_proxy", "cleared"]))
    'confirmed_proxy'
    """
    words = {_plain(value): value for value in known.categories}
    found = difflib.get_close_matches(_plain(slip), words, n=1, cutoff=_ALIKE)
    return words[found[0]] if found else None


def _plain(value: str) -> str:
    return value[:_LONGEST].strip().casefold().replace(" ", "_").replace("-", "_")


def one_of(known: pl.Enum) -> str:
    """List the known values of an enumeration.

    >>> one_of(pl.Enum(["cleared", "unresolved"]))
    'is not one of cleared, unresolved'
    """
    values = list(known.categories)
    shown = ", ".join(values)
    while len(shown) > _SHOWN_CHARS:
        values.pop()
        shown = ", ".join(values) + " …"
    return f"is not one of {shown}"
