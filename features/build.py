"""Rollups to the feature table: one row per account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

import polars as pl

from features import (
    access,
    budget,
    consistency,
    handover,
    linkage,
    modelapi,
    payer,
    reseller,
    standing,
    structuring,
    synchrony,
    templates,
    tenancy,
    usage,
    workload,
)  # fmt: skip
from features.catalogue import Catalogue
from features.moments import moment
from features.population import Population
from features.registry import Family, Registry, UnknownColumn, check_base
from features.rollups import Rollups, complete, merge, rollup
from features.tables import TABLES
from features.totals import totals

#: All features that ship, in the order of the feature table.
REGISTRY: Final = Registry(
    tuple(
        module.FAMILY
        for module in (
            usage, budget, payer, reseller, handover, access, tenancy, workload, modelapi,
            templates, linkage, synchrony, consistency, structuring, standing,
        )
    )
)  # fmt: skip


def build_features(
    tables: Mapping[str, pl.LazyFrame],
    as_of: datetime | date | str,
    catalogue: Catalogue | None = None,
    registry: Registry = REGISTRY,
) -> pl.DataFrame:
    """Compute the feature table of normalised tables.

    Parameters
    ----------
    tables
        The tables that are present, by contract name, in the columns of ``features.tables``.
        What ``read_logs`` gave, or Polars frames. An absent table gives null features; a
        present one without a row for an account gives zeros.
    as_of
        What is dated at or after it is invisible: a datetime, a date or ISO 8601 text; what
        names no zone is UTC.
    catalogue
        GPU catalogue; the shipped one by default.
    registry
        The families that are computed; all by default. `features.with_own` adds columns of
        your own.

    Returns
    -------
    pl.DataFrame
        ``account_id``, one Float64 column per feature of ``registry`` (null = missing; in the
        unit that the feature names) and the plain totals over all data (GPU-h, TPP-h, tokens),
        sorted by ``account_id``.

    Raises
    ------
    UnknownColumn
        Where a feature of your own reads a column that its family does not have.
    ValueError
        Where ``as_of`` is no time, or another argument is not what it should be.

    Examples
    --------
    >>> from enduse import build_features, read_logs
    >>> from enduse.features import REGISTRY, Registry
    >>> logs = read_logs("sample_logs", as_of="2026-04-09")
    >>> some = {name: logs[name] for name in ("accounts", "payments")}
    >>> table = build_features(some, logs.as_of, registry=Registry((REGISTRY.family("F02"),)))
    >>> table.select("account_id", "f02_round_top_ups").schema
    Schema([('account_id', String), ('f02_round_top_ups', Float64)])
    >>> table.height == table["account_id"].n_unique()
    True
    """
    if not isinstance(registry, Registry):
        raise ValueError(
            f"registry is a {type(registry).__name__}; expected what features.with_own([...]) gives"
        )
    known = catalogue or Catalogue.load()
    return features_of(_population(tables, moment(as_of), known), registry)


def base_of(
    tables: Mapping[str, pl.LazyFrame], as_of: datetime | date | str, family: Family
) -> pl.DataFrame:
    """The numbers that a family's features read; see `features.own.family_base`."""
    population = _population(tables, moment(as_of), Catalogue.load())
    accounts = all_accounts(population)
    base = _base(family, population, accounts)
    return base if family.gaps else _filled(base)


def _population(
    tables: Mapping[str, pl.LazyFrame], as_of: datetime, known: Catalogue
) -> Population:
    lazy = _lazy(tables)
    frames = merge([rollup(name, frame.collect(), as_of, known) for name, frame in lazy.items()])
    return Population.of(complete(frames, lazy, as_of, known))


def _lazy(tables: object) -> Mapping[str, pl.LazyFrame]:
    """The tables, or a refusal of what holds none."""
    if not isinstance(tables, Mapping):
        raise ValueError(
            f"tables is a {type(tables).__name__}; expected what read_logs(path) gives, or a "
            "mapping of table names to Polars frames"
        )
    for name, frame in tables.items():
        if not isinstance(frame, pl.LazyFrame | pl.DataFrame):
            raise ValueError(
                f"the table {str(name)[:60]!r} is a {type(frame).__name__}; expected a Polars "
                "frame as read_logs(path) gives; of other frames score_logs gives the feature "
                "table as results.features"
            )
    return (
        tables
        if not any(isinstance(one, pl.DataFrame) for one in tables.values())
        else {name: frame.lazy() for name, frame in tables.items()}
    )


def feature_table(rollups: Rollups, registry: Registry = REGISTRY) -> pl.DataFrame:
    """The feature table of finished rollups, of all families or some; see ``build_features``."""
    return features_of(Population.of(rollups), registry)


def features_of(population: Population, registry: Registry = REGISTRY) -> pl.DataFrame:
    """The feature table of a population, of all families or some; see ``build_features``."""
    accounts = all_accounts(population)
    table = accounts.hstack(columns_of(population, accounts, registry))
    return table.join(
        totals(population.rollups), on="account_id", how="left", maintain_order="left"
    ).with_columns(
        pl.col(pl.Float64).exclude(registry.names()).fill_null(0.0),
        pl.col(pl.Int64).fill_null(0),
    )


def columns_of(
    population: Population, accounts: pl.DataFrame, registry: Registry = REGISTRY
) -> pl.DataFrame:
    """The features of ``accounts`` (column ``account_id``), in their order."""
    table = accounts
    for family in registry.families:
        table = table.hstack(family_columns(family, population, accounts))
    return table.drop("account_id")


def all_accounts(population: Population) -> pl.DataFrame:
    """Ids of every account seen in any table that exists at as-of, sorted.

    A decision makes no account: it is about one that another table knows.
    """
    tables = [table.population for table in TABLES.values() if table.population]
    # Rows of an account stand together, so that few ids are left where a row follows its like.
    told = pl.col("account_id").ne_missing(pl.col("account_id").shift(1))
    seen = pl.concat(
        [population.rollups[name].select("account_id").filter(told) for name in tables]
    )
    ids = seen.drop_nulls().unique().sort("account_id")
    later = population.future_accounts
    return ids.join(later, on="account_id", how="anti", maintain_order="left")


def family_columns(family: Family, population: Population, accounts: pl.DataFrame) -> pl.DataFrame:
    """The features of one family for ``accounts`` (column ``account_id``), in their order."""
    base = _base(family, population, accounts)
    filled = base if family.gaps else _filled(base)
    _check_columns(family, base)
    missing = pl.lit(None, dtype=pl.Float64)
    columns = filled.select(
        "account_id",
        *(
            (
                _number(f.expression(), gaps=family.gaps)
                if population.rollups.present.issuperset(f.inputs)
                else missing
            ).alias(f.name)
            for f in family.features
        ),
    )
    return columns.drop("account_id")


def _base(family: Family, population: Population, accounts: pl.DataFrame) -> pl.DataFrame:
    own = check_base(family, family.base(population))
    return accounts.join(own, on="account_id", how="left", maintain_order="left")


def _check_columns(family: Family, base: pl.DataFrame) -> None:
    """Refuse a feature that reads what its base does not have; only one's own can."""
    for feature in family.features:
        absent = set(feature.expression().meta.root_names()) - set(base.columns)
        if absent:
            raise UnknownColumn(
                f"feature {feature.name} reads {sorted(absent)[0]!r}, which its base does not "
                f"have; it has {', '.join(sorted(set(base.columns) - {'account_id'}))}"
            )


def _filled(base: pl.DataFrame) -> pl.DataFrame:
    """A base frame where an account without a row has done nothing."""
    return base.with_columns(
        pl.col(pl.Float64, pl.Int64, pl.Int32, pl.UInt32, pl.Decimal).fill_null(0),
        pl.col(pl.Boolean).fill_null(False),
    )


def _number(expression: pl.Expr, *, gaps: bool) -> pl.Expr:
    number = expression.cast(pl.Float64)
    return number.fill_nan(None) if gaps else number.fill_nan(0.0).fill_null(0.0)
