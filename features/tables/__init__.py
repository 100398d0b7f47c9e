"""The normalised tables of the data contract, one record a table.

A table that reaches a feature has exactly the columns of its schema: what an export lacks is a
null column. Times are UTC with microseconds; money and quantities are ``Decimal(38, 15)``; ids
are strings. The schemas name what a *row* must satisfy; a row that does not is put into the
quarantine by the reader (``detector.sources``), never dropped.

What is known of a table stands in its record alone; whoever needs a fact of all tables asks
``TABLES`` for it, through ``Facts``, when it is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, Generic, TypeVar

from features.links.kinds import LINK_KINDS
from features.tables import columns
from features.tables.accounts import (
    ACCOUNTS,
    CLOSE_REASONS,
    CUSTOMER_CLASSES,
    KYC_STATUSES,
    USE_CLASSES,
)
from features.tables.columns import Kind, Privacy, UnclassedColumn
from features.tables.decisions import BASES, DECISIONS, LABELS, POLICY_DECISIONS
from features.tables.events import ASN_CLASSES, EVENTS
from features.tables.identifiers import ACCOUNT_LINKS, INDICATOR_KINDS, INDICATORS
from features.tables.known import Known
from features.tables.machines import GPU_TELEMETRY, INVENTORY
from features.tables.model_usage import MODEL_USAGE
from features.tables.outside import ABUSE_REPORTS, TENDERS
from features.tables.owners import ACCOUNT_OWNERS, ENTITY_OWNERS
from features.tables.partners import EXCEPTION_KINDS, EXCEPTIONS, PARTNER_CUSTOMERS, PARTNERS
from features.tables.payments import FX, INSTRUMENT_KINDS, PAYMENT_KINDS, PAYMENTS
from features.tables.table import Table
from features.tables.usage import CHARGE_CATEGORIES, SKU_COLUMNS, USAGE
from features.types import DECIMAL, DECIMAL_LIMIT, ID_BYTES, TEXT_BYTES, UTC_TIME

T = TypeVar("T")

TABLES: Final[dict[str, Table]] = {
    table.name: table
    for table in (
        USAGE, ACCOUNTS, ACCOUNT_LINKS, ACCOUNT_OWNERS, ENTITY_OWNERS, PARTNERS,
        PARTNER_CUSTOMERS, EXCEPTIONS, PAYMENTS, EVENTS, MODEL_USAGE, GPU_TELEMETRY, INVENTORY,
        LABELS, FX, TENDERS, ABUSE_REPORTS, INDICATORS, POLICY_DECISIONS,
    )
}  # fmt: skip
"""All tables, in the contract's order."""


class Facts(Mapping[str, T], Generic[T]):
    """One fact of every table that has it, by the table's name; asked when it is needed."""

    def __init__(self, fact: Callable[[Table], T | None]) -> None:
        self._fact = fact

    def __getitem__(self, name: str) -> T:
        """The fact of a table."""
        fact = self._fact(TABLES[name])
        if fact is None:
            raise KeyError(name)
        return fact

    def __iter__(self) -> Iterator[str]:
        """Names of the tables that have it, in the contract's order."""
        return (name for name, table in TABLES.items() if self._fact(table) is not None)

    def __len__(self) -> int:
        """How many tables have it."""
        return sum(1 for _ in self)


SCHEMAS: Final = Facts(lambda table: table.schema)
# Tables whose rows are rolled up and let go, with the time from which a row is seen whole.
SEEN_WHOLE: Final = Facts(lambda table: table.seen_whole)
REQUIRED_TABLES: Final = tuple(name for name, table in TABLES.items() if table.needed)


def names(of: Callable[[Table], bool]) -> tuple[str, ...]:
    """Names of the tables of which something holds, in the contract's order."""
    return tuple(name for name, table in TABLES.items() if of(table))


def lessons() -> tuple[tuple[str, ...], ...]:
    """The tables that a prior is taught to do without, lesson by lesson."""
    numbers = sorted(set(Facts(lambda table: table.lesson).values()))
    return tuple(_of_lesson(number) for number in numbers)


def _of_lesson(number: int) -> tuple[str, ...]:
    return names(lambda table: table.lesson == number)


def kinds(table: str) -> Mapping[str, Kind]:
    """What each column of a table holds."""
    return {n: columns.kind_of(c) for n, c in TABLES[table].schema.columns().items()}


def privacy(table: str) -> Mapping[str, Privacy]:
    """What a state under pseudonyms does with each column of a table.

    Raises
    ------
    UnclassedColumn
        Where nobody said so of one.
    """
    return {n: columns.privacy_of(c) for n, c in TABLES[table].schema.columns().items()}


def happened(table: str) -> tuple[str, ...]:
    """The columns that hold times of what happened, which must be plausible ones."""
    every = TABLES[table].schema.columns().items()
    return tuple(name for name, column in every if columns.happened(column))


__all__ = [
    "ASN_CLASSES", "BASES", "CHARGE_CATEGORIES", "CLOSE_REASONS", "CUSTOMER_CLASSES", "DECIMAL",
    "DECIMAL_LIMIT", "DECISIONS", "EXCEPTION_KINDS", "ID_BYTES", "INDICATOR_KINDS",
    "INSTRUMENT_KINDS", "KYC_STATUSES", "LINK_KINDS", "PAYMENT_KINDS", "REQUIRED_TABLES",
    "SCHEMAS", "SEEN_WHOLE", "SKU_COLUMNS", "TABLES", "TEXT_BYTES", "USE_CLASSES", "UTC_TIME",
    "Facts", "Known", "Table", "UnclassedColumn", "happened", "kinds", "lessons", "names",
    "privacy",
]  # fmt: skip
