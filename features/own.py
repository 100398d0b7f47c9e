"""Columns of one's own beside those that ship: features, and scores that were made elsewhere.

Nothing is registered for the session: what is made here is handed to whoever computes
(``build_features``, ``train_logs``, ``score_logs``). All of it speaks as one family, X01, so
that own columns alone never make two families agree about an account.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from inspect import signature
from typing import Final

import polars as pl

from features.build import REGISTRY, base_of
from features.families import OWN_FAMILY
from features.frames import as_frame
from features.registry import (
    Expression,
    Family,
    Feature,
    Reach,
    Registry,
    refuse_forbidden,
    sentence_of,
)
from features.tables import TABLES
from features.totals import TOTAL_COLUMNS

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_KEY: Final = "account_id"


@dataclass(frozen=True, repr=False)
class OwnFeature:
    """A feature of one's own, made by `feature`.

    Parameters
    ----------
    feature
        The column: name, unit, side, sentence and expression.
    base
        Id of the family whose numbers it reads, such as ``"F02"``.
    """

    feature: Feature
    base: str

    def __repr__(self) -> str:
        """One line: the feature, and what it reads."""
        return f"{repr(self.feature)[:-1]}, reads the numbers of {self.base}>"


def feature(
    *,
    base: str,
    unit: str,
    direction: int,
    inputs: tuple[str, ...],
    typologies: tuple[str, ...] = (),
    place: bool = False,
    spread: float = 0.0,
) -> Callable[[Expression], OwnFeature]:
    """Make a function that returns a Polars expression a feature of your own.

    Hand it to ``train_logs`` and ``score_logs`` as ``features=[...]``, or to ``build_features``
    as ``registry=with_own([...])``: nothing else is changed.

    Parameters
    ----------
    base
        Id of the family whose numbers the expression reads, one row per account; `family_base`
        shows them.
    unit
        What a value is counted in, such as ``"share"``, ``"days"`` or ``"USD"``.
    direction
        Which side is suspicious: +1 high, -1 low. The other side never counts.
    inputs
        Log tables it needs; where one is absent the feature is missing, not zero.
    typologies
        Typologies that it is a sign of, such as ``("T01",)``; none names no typology.
    place
        Whether it says where somebody is: a place raises ranks and opens no case.
    spread
        The least that peers are taken to differ by, in ``unit``.

    Returns
    -------
    Callable
        A decorator: of a function without arguments it makes an `OwnFeature`.

    Raises
    ------
    ForbiddenInput
        Where it is named after or reads what lane B must be blind to, such as a country.
    ValueError
        Where the name, direction, base, a table or a typology is none, or the docstring,
        whose first line reviewers read, is missing.

    Examples
    --------
    >>> import polars as pl
    >>> from features import feature
    >>> @feature(base="F02", unit="payments", direction=1, inputs=("payments",))
    ... def paid_invoices() -> pl.Expr:
    ...     '''Is billed often for what it uses.'''
    ...     return pl.col("invoices")
    >>> paid_invoices
    <Feature paid_invoices: X01, payments, suspicious when high, reads the numbers of F02>
    """

    def register(function: Expression) -> OwnFeature:
        name = function.__name__
        _check(name, direction, inputs, typologies)
        REGISTRY.family(base)
        sentence = sentence_of(function)
        refuse_forbidden(name, _expression(function))
        made = Feature(
            name, OWN_FAMILY, unit, direction, sentence, tuple(inputs), tuple(typologies),
            (float("-inf"), float("inf")), function, place, spread=spread, own=True,
        )  # fmt: skip
        return OwnFeature(made, base)

    return register


def outside_scores(
    scores: object,
    *,
    unit: str = "points",
    direction: int = 1,
    sentences: Mapping[str, str] | None = None,
) -> Family:
    """Columns that were computed elsewhere, for ``outside=`` of ``train_logs`` and ``score_logs``.

    Parameters
    ----------
    scores
        A Polars or pandas frame with ``account_id`` and a column of numbers for each score.
        An account that it does not hold, and a null or NaN, is missing: not zero.
    unit
        What the values are counted in.
    direction
        Which side is suspicious: +1 high, -1 low. Scores of different sides are given apart:
        ``outside=[outside_scores(a), outside_scores(b, direction=-1)]``.
    sentences
        By column, what a reviewer reads; default: that the score is high, or low.

    Returns
    -------
    Family
        One column a score, all of family X01.

    Raises
    ------
    ForbiddenInput
        Where a column is named after what lane B must be blind to, or holds texts or dates.
    ValueError
        Where ``account_id`` or a score is missing, or an account stands there twice.

    Examples
    --------
    >>> import polars as pl
    >>> from features import outside_scores
    >>> fraud = pl.DataFrame({"account_id": ["a-1", "a-2"], "fraud_score": [0.1, 0.9]})
    >>> outside_scores(fraud).features
    [<Feature fraud_score: X01, points, suspicious when high>]
    """
    frame = as_frame(scores, "outside scores")
    names = [name for name in frame.columns if name != _KEY]
    for name in names:
        _check(name, direction, (), ())
        refuse_forbidden(name, pl.col(name))
    side = "high" if direction > 0 else "low"
    said = {name: f"The outside score '{name}' is {side}." for name in names} | dict(
        sentences or {}
    )
    if strangers := sorted(set(said) - set(names)):
        raise ValueError(f"there is no outside score '{strangers[0]}' to say a sentence of")
    features = [
        Feature(
            name, OWN_FAMILY, unit, direction, said[name], (), (),
            (float("-inf"), float("inf")), _column(name), own=True,
        )
        for name in names
    ]  # fmt: skip
    return Family(OWN_FAMILY, lambda _: frame, Reach.OWN, gaps=True, features=features)


def with_own(
    features: Iterable[OwnFeature] = (),
    outside: Iterable[Family] = (),
    registry: Registry = REGISTRY,
) -> Registry:
    """The registry with columns of one's own after those that ship.

    Parameters
    ----------
    features
        What `feature` made.
    outside
        What `outside_scores` made.
    registry
        The columns before them.

    Returns
    -------
    Registry
        All columns; own ones are of family X01.

    Raises
    ------
    ValueError
        Where two columns would have one name.

    Examples
    --------
    >>> import polars as pl
    >>> from enduse.features import feature, with_own
    >>> @feature(base="F02", unit="payments", direction=1, inputs=("payments",))
    ... def paid_invoices() -> pl.Expr:
    ...     '''Is billed often for what it uses.'''
    ...     return pl.col("invoices")
    >>> with_own([paid_invoices])["paid_invoices"]
    <Feature paid_invoices: X01, payments, suspicious when high>
    """
    by_base: dict[str, list[Feature]] = {}
    for one in features:
        by_base.setdefault(one.base, []).append(one.feature)
    computed = []
    for base, mine in by_base.items():
        shipped = registry.family(base)
        computed.append(Family(OWN_FAMILY, shipped.base, shipped.reach, features=mine))
    return registry.plus(*computed, *outside)


def family_base(
    tables: Mapping[str, pl.LazyFrame], as_of: datetime | date | str, family: str
) -> pl.DataFrame:
    """The numbers that features of a family read: ``account_id`` and a column for each.

    Parameters
    ----------
    tables
        As ``build_features`` takes them: what ``read_logs`` gave.
    as_of
        What is dated at or after it is invisible.
    family
        Id of a family, such as ``"F02"``.

    Returns
    -------
    pl.DataFrame
        One row per account, sorted by ``account_id``; an account without a row has done nothing
        (0), or is missing (null) where the family says so. ``docs/features.md`` says what the
        features make of them, the family's module in ``features/`` what each is counted in.

    Raises
    ------
    ValueError
        Where there is no such family, or ``as_of`` is no time.

    Examples
    --------
    >>> from enduse import read_logs
    >>> from enduse.features import family_base
    >>> logs = read_logs("sample_logs", as_of="2026-04-09")
    >>> some = {name: logs[name] for name in ("accounts", "payments")}
    >>> family_base(some, logs.as_of, "F02").columns[:4]
    ['account_id', 'top_ups', 'round_top_ups', 'invoices']
    """
    return base_of(tables, as_of, REGISTRY.family(family))


def _check(name: str, direction: int, inputs: tuple[str, ...], typologies: tuple[str, ...]) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{name[:80]!r} cannot name a column of your own: a letter, then letters, digits and "
            "_, all lower case, at most 63; rename it"
        )
    if name in TOTAL_COLUMNS or name in REGISTRY.names():
        raise ValueError(f"there is a column '{name}' already; give yours another name")
    if direction not in (-1, 1):
        raise ValueError(
            f"{name}: direction is {direction!r}; expected +1 where high is suspicious, or -1"
        )
    if isinstance(inputs, str) or (absent := sorted(set(inputs) - set(TABLES))):
        found = inputs if isinstance(inputs, str) else absent[0]
        raise ValueError(
            f"{name}: inputs names {found!r}; expected a tuple of log tables among "
            f"{', '.join(TABLES)}"
        )
    known = sorted({one for feature in REGISTRY for one in feature.typologies})
    if absent := sorted(set(typologies) - set(known)):
        raise ValueError(
            f"{name}: there is no typology {absent[0]!r}; known are {', '.join(known)}"
        )


def _expression(function: Expression) -> pl.Expr:
    """What a feature's function returns, or a refusal of what is none."""
    wanted = "return an expression, such as pl.col('top_ups') / pl.col('active_days')"
    if taken := list(signature(function).parameters):
        raise ValueError(
            f"{function.__name__} takes {', '.join(taken)[:80]}; expected a function without "
            f"arguments: {wanted}"
        )
    expression: object = function()
    if not isinstance(expression, pl.Expr):
        raise ValueError(
            f"{function.__name__} returns a {type(expression).__name__}, no Polars expression; "
            f"{wanted}"
        )
    return expression


def _column(name: str) -> Expression:
    return lambda: pl.col(name)
