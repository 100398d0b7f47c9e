"""From raw parts to rows of the contract, with the bad ones set aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import dataframely as dy
import polars as pl

from detector.sources import quarantine
from detector.sources.convert import REASONS, convert
from detector.sources.layout import REQUIRED, schema_of
from detector.sources.limits import QUARANTINE_ROWS
from detector.sources.meters import tidied
from detector.sources.raw import RawPart
from features.tables import SCHEMAS, TABLES

_SPELLINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "ChargeFrequency": {
        "one-time": "One-Time", "recurring": "Recurring", "usage-based": "Usage-Based",
    },
    "PricingCategory": {
        "standard": "Standard", "on-demand": "Standard", "dynamic": "Dynamic",
        "committed": "Committed", "commitment-based": "Committed", "other": "Other",
    },
}  # fmt: skip
"""FOCUS value lists of text columns: exports spell them differently, some by older names."""


@dataclass(frozen=True)
class Normalised:
    """One part of a table after reading: ``read`` = rows in ``frame`` + ``quarantined``."""

    frame: pl.DataFrame
    quarantine: pl.DataFrame
    rows: pl.Series
    read: int
    quarantined: int
    unmapped: int
    keys: pl.Series | None = None
    order: pl.Series | None = None
    pulled: bool = False
    told: Mapping[str, int] = field(default_factory=dict)


@cache
def _row_schema(table: str) -> type[dy.Schema]:
    """Return the table's schema with a row number, so that bad rows can be found again."""
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


def _checked(rows: pl.DataFrame, table: str) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """Rows that keep all rules, and for the others the first rule that each broke.

    Usually all rows keep all rules, which is told without a look at single rows.
    """
    void = frozenset(s.name for s in rows if s.null_count() == rows.height)
    if rows.select(_all_kept(table, void)).item():
        return rows, None
    result = _row_schema(table).filter(rows)
    return result.result, _broken_rules(result.failure) if len(result.failure) else None


@cache
def _all_kept(table: str, void: frozenset[str]) -> pl.Expr:
    """Whether no row breaks a rule; a rule that gives null is kept.

    Of ``void`` columns, which hold nothing but nulls, only the rule against nulls can break.
    """
    rules = _row_schema(table)._validation_rules(with_cast=False)
    asked = (
        rule.expr.all()
        for name, rule in rules.items()
        if name.partition("|")[0] not in void or name.endswith("|nullability")
    )
    return pl.all_horizontal(pl.lit(value=True), *asked)


def normalise(part: RawPart, table: str, file: str) -> Normalised:
    """Convert and check a part; columns a file lacks are null columns."""
    typed, failed, unmapped = _typed(part, table)
    good_rows = typed.filter(~failed["bad"]) if failed.height else typed
    good, broken = _checked(good_rows, table)
    reasons = [failed.filter("bad").select("_row", "column", "reason")] if failed.height else []
    if broken is not None:
        reasons.append(broken)
    held = quarantine.empty()
    if part.bad:
        held = quarantine.from_records(table, file, part.bad[:QUARANTINE_ROWS])
    if reasons:
        found = pl.concat(reasons).sort("_row").head(QUARANTINE_ROWS)
        raw = part.frame.with_columns(part.rows).filter(
            pl.col("_row").is_in(found["_row"].implode())
        )
        held = pl.concat([held, quarantine.from_rows(table, file, raw, found)]).sort("row")
    return Normalised(
        frame=good.drop("_row"),
        quarantine=held,
        rows=good["_row"],
        read=part.read,
        quarantined=part.read - good.height,
        unmapped=unmapped + _passed_through(good, part.operations),
        keys=part.keys,
        order=part.order,
        pulled=part.pulled,
        told=part.told,
    )


def _passed_through(good: pl.DataFrame, operations: frozenset[str] | None) -> int:
    """Count the rows of a native log whose operation kept its own name."""
    if operations is None:
        return 0
    return good.height - int(good["operation"].is_in(sorted(operations)).sum())


def _typed(part: RawPart, table: str) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Convert all columns; say which rows failed and how many values were unmapped."""
    raw, unmapped = tidied(part.frame, table)
    columns = [part.rows.alias("_row")]
    failures: list[tuple[str, pl.Series, str]] = []
    for name, target in schema_of(table).items():
        if name not in raw.columns:
            continue
        values = _blank(raw[name]) if part.blank is None or name in part.blank else raw[name]
        read = convert(values, target).alias(name)
        lost = read.null_count() - values.null_count()
        if lost and isinstance(target, pl.Enum) and name not in REQUIRED[table]:
            unmapped += lost
        elif lost:
            unread = read.is_null() & values.is_not_null()
            failures.append((name, unread, REASONS[str(target.base_type())]))
        columns.append(_finished(read))
    typed = TABLES[table].tidy(_filled(columns, table))
    return typed, _failed(part.rows, failures), unmapped


def _filled(columns: list[pl.Series], table: str) -> pl.DataFrame:
    """The table with its columns in order, and null columns where a file lacks one."""
    known = pl.DataFrame(columns)
    whole = {
        name: pl.col(name) if name in known.columns else pl.lit(None, dtype=kind).alias(name)
        for name, kind in schema_of(table).items()
    }
    return known.select("_row", *whole.values())


def _blank(values: pl.Series) -> pl.Series:
    """Turn empty and ``NULL`` texts into null (a parser of text has done so already)."""
    if values.dtype != pl.String:
        return values
    blank = (values == "") | (values == "NULL")
    if not blank.any():
        return values
    return values.zip_with(~blank.fill_null(False), pl.Series([None], dtype=pl.String))


def _finished(values: pl.Series) -> pl.Series:
    spelled = _SPELLINGS.get(values.name)
    if spelled is None:
        return values
    if set(values.unique().drop_nulls()).issubset(spelled.values()):
        return values
    return values.str.to_lowercase().replace_strict(spelled, default=values).alias(values.name)


def _failed(rows: pl.Series, failures: list[tuple[str, pl.Series, str]]) -> pl.DataFrame:
    """Return per row whether a conversion failed, and the first column where it did."""
    if not failures:
        return pl.DataFrame()
    column = pl.coalesce(pl.when(pl.lit(mask)).then(pl.lit(name)) for name, mask, _ in failures)
    reason = pl.coalesce(pl.when(pl.lit(mask)).then(pl.lit(why)) for _, mask, why in failures)
    frame = pl.DataFrame({"_row": rows}).with_columns(column=column, reason=reason)
    return frame.with_columns(bad=pl.col("column").is_not_null())


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


def _broken_rules(failure: dy.FailureInfo) -> pl.DataFrame:
    """Return ``_row``, ``column`` and ``reason`` of the first broken rule of each row."""
    details = failure.details()
    known = set(failure.invalid().columns)
    rules = [c for c in details.columns if c not in known]
    first = pl.coalesce(
        pl.when(pl.col(rule) == "invalid").then(pl.lit(rule)) for rule in rules
    ).alias("rule")
    found = details.select("_row", first)
    words = {rule: _sentence(rule) for rule in found["rule"].unique().drop_nulls()}
    return found.select(
        "_row",
        pl.col("rule")
        .replace_strict({r: w[0] for r, w in words.items()}, return_dtype=pl.String)
        .alias("column"),
        pl.col("rule")
        .replace_strict({r: w[1] for r, w in words.items()}, return_dtype=pl.String)
        .alias("reason"),
    )


def _sentence(rule: str) -> tuple[str | None, str]:
    """Put a rule into words: the column it speaks of and what is wrong.

    >>> _sentence("account_id|nullability")
    ('account_id', 'is required and empty')
    >>> _sentence("period_ends_after_it_starts")
    (None, 'breaks the rule: period ends after it starts')
    """
    column, bar, check = rule.partition("|")
    told = (table.sentences[rule] for table in TABLES.values() if rule in table.sentences)
    if not bar:
        if sentence := next(told, None):
            return None, sentence
        return None, f"breaks the rule: {rule.replace('_', ' ')}"
    return column, _RULES.get(check.split("__")[0], f"breaks the rule: {check.replace('_', ' ')}")
