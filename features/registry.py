"""The list of features: one catalogue that feeds reasons, docs, checks and metric help.

A feature is a pure function that returns one Polars expression over its family's base
frame (one row per account). The first line of its docstring is the sentence a reviewer
reads. ``direction`` says which side is suspicious: +1 high, -1 low; the other side never
isolates an account.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import KW_ONLY, dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from enum import Enum
from html import escape
from typing import Final

import polars as pl

from features.families import about_family
from features.population import Population
from features.rollups import Rollups

Expression = Callable[[], pl.Expr]
Base = Callable[[Population], pl.DataFrame]

_PACKAGE: Final = __name__.partition(".")[0]

# What no feature of lane B may be named after or read (DOMAIN 4, rule 1). Places may be
# compared for equality by the rollups; their codes never reach a feature.
FORBIDDEN: Final = re.compile(
    r"(?<![a-z])(?:org_name|org_address|owner_name|buyer_name|declared_use$|declared_country|"
    r"billing_country|phone_country|src_country|instrument_country|owner_country|country|"
    r"email_domain|language|locale|script|keyboard|time_?zone|phone_prefix|nationality|"
    r"passport|birth|religion|holiday|school|prompt|currency|clock_hour|weekday)(?![a-z])",
)


class ForbiddenInput(ValueError):
    """A feature names or reads something that lane B must be blind to."""


class UnknownColumn(ValueError):
    """A feature reads a column that its base frame does not have."""


@dataclass(frozen=True, repr=False)
class Feature:
    """One column of the feature table and all that is said about it.

    Parameters
    ----------
    name, family
        The column, and the id of its family.
    unit
        What its values are counted in.
    direction
        The suspicious side: +1 high, -1 low.
    sentence
        What a reviewer reads.
    inputs
        Log tables it needs; where one is absent it is missing.
    typologies
        Typologies that it is a sign of.
    bounds
        The least and the largest value that it can have.
    expression
        Gives the Polars expression over the family's numbers.
    place, both, spread
        As in `Family` and `Family.feature`.
    own
        Whether it does not ship with the package: a model that learnt it scores only where it
        is given again.
    """

    name: str
    family: str
    unit: str
    direction: int
    sentence: str
    inputs: tuple[str, ...]
    typologies: tuple[str, ...]
    bounds: tuple[float, float]
    expression: Expression
    place: bool = False
    both: bool = False
    spread: float = 0.0
    own: bool = False

    @property
    def code(self) -> str:
        """Short code shown beside a reason, such as ``F01-CONTROLLED-SHARE``."""
        rest = self.name.removeprefix(f"{self.family.lower()}_")
        return f"{self.family.upper()}-{rest.replace('_', '-').upper()}"

    def __repr__(self) -> str:
        """One line: its name, family, unit and suspicious side."""
        side = "high" if self.direction > 0 else "low"
        return f"<Feature {self.name}: {self.family}, {self.unit}, suspicious when {side}>"


class Reach(Enum):
    """Whose rows the features of an account are made from.

    Beside these rows every family may read what holds for the whole population
    (``features.landmarks``) and which tables are there. Who is tied to whom is said in
    ``features.ties``.
    """

    OWN = "its own"
    PAYER = "those of all accounts below its payers"
    INSTRUMENT = "those of all accounts that paid with one of its means of payment"
    LINKED = "those of all accounts that it is linked to"
    MOULD = "those of all accounts that use one of its templates"
    MACHINE = "those of all accounts that held one of its machines, and what names no account"
    EVERYBODY = "everybody's"


@dataclass
class Family:
    """A family of features, the base frame they read, and whose rows that is made from.

    Parameters
    ----------
    id
        Such as ``F02``.
    base
        Makes the base frame of a population: ``account_id`` and numbers, one row per account.
    reach
        Whose rows the features of one account are made from. Runs that follow a state compute
        no others anew, and a cluster leaves families that read an account's own rows to the
        account's bucket: too narrow a reach gives wrong features there.
    compared
        The rollup in which accounts are compared, where it is but one: while that is empty,
        an account's own rows are all there is to read.
    nameless
        The rollup whose rows may name no account, and are then whose the inventory says: where
        there are such rows, they are felt by whoever held the machine (``Reach.MACHINE``).
    settled
        The age from which the family takes an identifier for settled.
    paired
        Where it reads linked accounts, the one rollup that it reads of those beyond the group.
    given
        Where it is made from what ties accounts and from these rollups alone: while all of that
        stands, it stands for everybody.
    place
        Whether all it says is about place. A place raises ranks and decides on no queue; a
        feature of another family that is about place says so itself.
    both
        Whether it may speak for an account: only a taught prior reads such a family, to lower
        odds (``models.account.standing``).
    gaps
        Whether an account without a row in the base frame is missing; else it has done nothing.
    features
        Its features, in column order.
    """

    id: str
    base: Base
    reach: Reach
    _: KW_ONLY
    compared: str | None = None
    nameless: str | None = None
    settled: timedelta | None = None
    paired: str | None = None
    given: tuple[str, ...] | None = None
    place: bool = False
    both: bool = False
    gaps: bool = False
    features: list[Feature] = field(default_factory=list)

    def reach_in(self, *moments: Rollups) -> Reach:
        """How far a change of rows from one of these moments to the next can be felt."""
        if self.nameless and any(r[self.nameless]["account_id"].has_nulls() for r in moments):
            return Reach.MACHINE
        if self.compared and all(r[self.compared].is_empty() for r in moments):
            return Reach.OWN
        return self.reach

    def feature(
        self,
        *,
        unit: str,
        direction: int,
        inputs: tuple[str, ...],
        typologies: tuple[str, ...],
        bounds: tuple[float, float] = (0.0, float("inf")),
        place: bool = False,
        spread: float = 0.0,
    ) -> Callable[[Expression], Expression]:
        """Register the decorated function as a feature of this family.

        ``unit`` to ``typologies`` are as in `Feature`.

        ``spread`` is the least that peers are taken to differ by, in its unit. Where nearly all
        or all of them have the same value, how far one stands out says nothing of how much there
        is, and differs from one population to the next; with it, it does not.

        Raises
        ------
        ForbiddenInput
            Where the feature's name or expression touches a forbidden input.
        ValueError
            Where the name does not start with the family's id, the direction is not
            +1 or -1, or the docstring is missing.
        """

        def register(function: Expression) -> Expression:
            name, sentence = function.__name__, sentence_of(function)
            if not name.startswith(self.id.lower() + "_") or direction not in (-1, 1):
                raise ValueError(f"{name}: name it {self.id.lower()}_… with direction +1 or -1")
            refuse_forbidden(name, function())
            self.features.append(
                Feature(
                    name,
                    self.id,
                    unit,
                    direction,
                    sentence,
                    inputs,
                    typologies,
                    bounds,
                    function,
                    place or self.place,
                    self.both,
                    spread,
                    own=function.__module__.partition(".")[0] != _PACKAGE,
                )
            )
            return function

        return register


def sentence_of(function: Expression) -> str:
    """The reviewer's sentence: the first line of the docstring.

    Raises
    ------
    ValueError
        Where there is none.
    """
    sentence = (function.__doc__ or "").strip().partition("\n")[0]
    if not sentence:
        raise ValueError(
            f"{function.__name__} has no docstring; write one: its first line is the sentence "
            "that a reviewer reads"
        )
    return sentence


def refuse_forbidden(name: str, expression: pl.Expr) -> None:
    """Raise ``ForbiddenInput`` where a name or an expression's columns are off limits."""
    for word in (name, *expression.meta.root_names()):
        if found := FORBIDDEN.search(word):
            raise ForbiddenInput(
                f"feature {name} touches '{found.group()}', which lane B must be blind to; "
                "compare places for equality in a rollup or leave the feature out"
            )


def check_base(family: Family, frame: pl.DataFrame) -> pl.DataFrame:
    """Return a family's base frame if all it holds beside ``account_id`` is numbers.

    Texts, codes and dates may be compared inside a family; none may reach an expression.

    Raises
    ------
    ForbiddenInput
        Where a column is a text, a category, a time or named after a forbidden input.
    """
    for name, dtype in frame.schema.items():
        if name == "account_id":
            continue
        if not (dtype.is_numeric() or dtype == pl.Boolean):
            raise ForbiddenInput(
                f"family {family.id} hands on column {name} of type {dtype}; features may read "
                "numbers and flags only: turn it into a comparison, a count or a share"
            )
        if found := FORBIDDEN.search(name):
            raise ForbiddenInput(
                f"family {family.id} hands on column {name}, and lane B must be blind to "
                f"'{found.group()}': compare for equality and name the comparison"
            )
    return frame


@dataclass(frozen=True, repr=False)
class Registry:
    """Features in the order of their columns: it has a length, and names find them.

    Parameters
    ----------
    families
        The families, in order; several may have one id.

    Examples
    --------
    >>> from enduse.features import REGISTRY
    >>> REGISTRY["f02_round_top_ups"]
    <Feature f02_round_top_ups: F02, share, suspicious when high>
    >>> sum(feature.family == "F02" for feature in REGISTRY)
    13
    """

    families: tuple[Family, ...]

    def __iter__(self) -> Iterator[Feature]:
        """All features in column order."""
        return (feature for family in self.families for feature in family.features)

    def __len__(self) -> int:
        """How many features there are."""
        return sum(len(family.features) for family in self.families)

    def __getitem__(self, name: str) -> Feature:
        """A feature by its name.

        Raises
        ------
        KeyError
            Where there is none; names that are like it are said.
        """
        for feature in self:
            if feature.name == name:
                return feature
        near = ", ".join(get_close_matches(name, self.names())) or ", ".join(self.names()[:5])
        raise KeyError(f"no feature '{name}' among {len(self)}; did you mean {near}?")

    def __repr__(self) -> str:
        """One line: how many features there are, and how many of them are one's own."""
        own = sum(feature.own for feature in self)
        families = len({family.id for family in self.families})
        return f"<Registry: {len(self)} features in {families} families, {own} of them your own>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the families, and how many features each has."""
        held = Counter(feature.family for feature in self)
        rows = "".join(
            f"<tr><td>{escape(family)}</td><td>{escape(about_family(family))}</td>"
            f"<td>{count}</td></tr>"
            for family, count in held.items()
        )
        head = "<tr><th>Family</th><th>About</th><th>Features</th></tr>"
        return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"

    def names(self) -> list[str]:
        """Feature names in column order."""
        return [feature.name for feature in self]

    def family(self, name: str) -> Family:
        """A family by its id, such as ``F02``.

        Raises
        ------
        ValueError
            Where there is none.
        """
        for family in self.families:
            if family.id == name:
                return family
        known = ", ".join(dict.fromkeys(family.id for family in self.families))
        raise ValueError(f"there is no family {name!r}; choose one of {known}")

    def plus(self, *families: Family) -> Registry:
        """The same registry with families after its own.

        Raises
        ------
        ValueError
            Where two columns would have one name.
        """
        taken = set(self.names())
        for feature in (feature for family in families for feature in family.features):
            if feature.name in taken:
                raise ValueError(
                    f"there is a feature '{feature.name}' already; give yours another name"
                )
            taken.add(feature.name)
        return Registry((*self.families, *families))
