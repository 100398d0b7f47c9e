"""Columns by what they hold, each with a word on privacy.

A maker's first argument says what a state kept under pseudonyms does with the column: ``KEEP``
it, ``HIDE`` it behind a keyed pseudonym, or ``DROP`` it. There is no default: whoever adds a
column has to say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

import dataframely as dy
import polars as pl

from features.types import DECIMAL, DECIMAL_LIMIT, ID_BYTES, SHARE, TEXT_BYTES

Kind = Literal[
    "id", "person", "text", "place", "money", "count", "number", "flag", "time", "choice"
]
Privacy = Literal["keep", "hide", "drop"]
KEEP: Final = "keep"
HIDE: Final = "hide"
DROP: Final = "drop"
_PRIVACY: Final = (KEEP, HIDE, DROP)


class UnclassedColumn(LookupError):
    """A column of which nobody said whether it may be stored."""


def kind_of(column: dy.Column) -> Kind:
    """What a column holds."""
    kind: Kind = _said(column)["kind"]
    return kind


def privacy_of(column: dy.Column) -> Privacy:
    """What a state under pseudonyms does with a column.

    Raises
    ------
    UnclassedColumn
        Where nobody said so.
    """
    privacy: Privacy = _said(column)["privacy"]
    return privacy


def happened(column: dy.Column) -> bool:
    """Whether a column holds times of what happened: those must be plausible."""
    return bool(_said(column).get("happened", False))


def _said(column: dy.Column) -> dict[str, Any]:
    said = column.metadata or {}
    if said.get("privacy") not in _PRIVACY or "kind" not in said:
        raise UnclassedColumn(
            f"nobody said whether the column '{column.name}' may be stored; "
            "make it with features.tables.columns"
        )
    return said


def _about(kind: Kind, privacy: Privacy, **more: bool) -> dict[str, Any]:
    return {"kind": kind, "privacy": privacy, **more}


def _words(kind: Kind, privacy: Privacy, nullable: bool, limit: int) -> dy.String:
    return dy.String(
        nullable=nullable, min_length=None if nullable else 1, max_length=limit,
        metadata=_about(kind, privacy),
    )  # fmt: skip


def identifier(privacy: Privacy, *, nullable: bool = False) -> dy.String:
    """An id or a keyed hash of one."""
    return dy.String(
        nullable=nullable, min_length=1, max_length=ID_BYTES, metadata=_about("id", privacy)
    )


def foreign_id(privacy: Privacy) -> dy.String:
    """An id of another system, as long as a text may be; may be missing."""
    return _words("id", privacy, nullable=True, limit=TEXT_BYTES)


def person(privacy: Privacy, *, nullable: bool = True, limit: int = TEXT_BYTES) -> dy.String:
    """The name of a person or a company, or where they live."""
    return _words("person", privacy, nullable, limit)


def text(privacy: Privacy, *, nullable: bool = True, limit: int = TEXT_BYTES) -> dy.String:
    """Words: a code, a description, free text."""
    return _words("text", privacy, nullable, limit)


def place(privacy: Privacy) -> dy.String:
    """A country or a region; may be missing."""
    return _words("place", privacy, nullable=True, limit=TEXT_BYTES)


def choice(privacy: Privacy, values: Sequence[str], *, nullable: bool = True) -> dy.Enum:
    """One of some values."""
    return dy.Enum(list(values), nullable=nullable, metadata=_about("choice", privacy))


def flag(privacy: Privacy) -> dy.Bool:
    """True, false or unknown."""
    return dy.Bool(nullable=True, metadata=_about("flag", privacy))


def moment(
    privacy: Privacy, *, nullable: bool = False, happened: bool = False, alias: str | None = None
) -> dy.Datetime:
    """A time in UTC; ``happened`` where it is one of a thing that happened.

    ``alias`` is its name where that is a word of the language.
    """
    about = _about("time", privacy, happened=happened)
    return dy.Datetime(time_zone="UTC", nullable=nullable, metadata=about, alias=alias)


def day(privacy: Privacy) -> dy.Date:
    """A date."""
    return dy.Date(metadata=_about("time", privacy))


def money(privacy: Privacy, *, nullable: bool = True) -> dy.Decimal:
    """An amount of money."""
    return _decimal("money", privacy, nullable)


def quantity(privacy: Privacy) -> dy.Decimal:
    """An exact amount of something that is no money; may be missing."""
    return _decimal("number", privacy, nullable=True)


def _decimal(kind: Kind, privacy: Privacy, nullable: bool) -> dy.Decimal:
    return dy.Decimal(
        DECIMAL.precision, DECIMAL.scale, nullable=nullable,
        min_exclusive=-DECIMAL_LIMIT, max_exclusive=DECIMAL_LIMIT, metadata=_about(kind, privacy),
    )  # fmt: skip


def share(privacy: Privacy) -> dy.Decimal:
    """A part of a whole, 0 to 1 (``features.tables.shares`` checks the 1); may be unknown."""
    return dy.Decimal(
        SHARE.precision, SHARE.scale, nullable=True, min=0, metadata=_about("number", privacy)
    )


def count(privacy: Privacy, *, nullable: bool = False) -> dy.Int64:
    """How many."""
    return dy.Int64(
        nullable=nullable, min=0, max_exclusive=10**15, metadata=_about("count", privacy)
    )


def code(
    privacy: Privacy, *, nullable: bool = False, least: int | None = None,
    check: Callable[[pl.Expr], pl.Expr] | None = None,
) -> dy.Int64:  # fmt: skip
    """A whole number that counts nothing."""
    return dy.Int64(nullable=nullable, min=least, check=check, metadata=_about("number", privacy))


def number(privacy: Privacy, *, nullable: bool = False, above: float | None = None) -> dy.Float64:
    """A finite number as meters report it."""
    return dy.Float64(
        nullable=nullable, min_exclusive=above, allow_inf=False, allow_nan=False,
        metadata=_about("number", privacy),
    )  # fmt: skip


def sketch(privacy: Privacy, length: int) -> dy.List:
    """A MinHash sketch; may be missing."""
    return dy.List(
        dy.UInt64(), nullable=True, min_length=length, max_length=length,
        metadata=_about("number", privacy),
    )  # fmt: skip
