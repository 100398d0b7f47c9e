"""The rows of each table behind a reason, and what is to be said of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from detector.evidence.asked import Asked
from detector.evidence.linked import COLUMNS, SHARED, Linked, linked, rows_sharing
from detector.evidence.reading import ACCOUNT, Reader, times, when
from detector.findings.charges import with_kinds
from detector.findings.company import RULES
from detector.findings.finding import Finding
from detector.findings.said import SAID
from detector.findings.subjects import ALL, RECORD, SHARED_IDENTIFIER, WHOLE_BILL, Subject
from detector.sources import Source
from detector.words import listing, percent, plural, visible
from features.build import REGISTRY
from features.registry import Reach
from features.tables import TABLES

_OWN: Final = "own_"
_RECORDS: Final = "accounts"
_SAME: Final = 1e-6
_CHARGED: Final = "usage"
_SPENT: Final = ("ServiceName", "EffectiveCost", "BillingCurrency")
GPU: Final = "gpu_model"
"""The column that says which GPU a charge is for."""


@dataclass(frozen=True)
class Shown:
    """Rows of one table: all that show the reason, the newest first.

    ``of`` is how many rows the account has there in the window; None where rows of others are
    among them. ``columns`` are those to look at, ``what`` the
    things that ``of`` counts where they are not all of the account's rows.
    """

    table: str
    rows: pl.DataFrame
    of: int | None
    columns: tuple[str, ...]
    what: Subject | None = None


@dataclass(frozen=True)
class Evidence:
    """What stands behind a reason; ``start`` is None where rows of all time are."""

    asked: Asked
    start: datetime | None
    tables: tuple[Shown, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


def evidence(asked: Asked, logs: Source) -> Evidence:
    """Find the rows behind a reason in the logs of its run.

    Raises
    ------
    DataError
        Where the logs cannot be read.
    """
    reader = Reader(logs, asked.run.as_of)
    finding = SAID.get(asked.feature.name)
    found = None
    if asked.feature.name in RULES:
        found = linked(reader, asked.account, asked.feature.name, asked.value or 0.0)
    tables = tuple(_tables(reader, asked, finding, found))
    notes = [*_linked_notes(found), *_notes(asked, finding, tables)]
    warnings = [*_other_inputs(asked, logs), *_missing(reader, asked, tables)]
    start = None if _by_identifier(finding) else reader.start
    return Evidence(asked, start, tables, tuple(notes), tuple(warnings))


def _tables(
    reader: Reader, asked: Asked, finding: Finding | None, found: Linked | None
) -> Iterator[Shown]:
    if found is not None and _by_identifier(finding):
        yield from _shared(reader, asked.account, found)
        return
    accounts = [asked.account, *(found.others if found else ())]
    for table in _names(asked, finding):
        if reader.has(table):
            yield _of_table(reader, table, accounts, _of_the_table(table, finding))
    compared = _compared(finding)
    if compared and reader.has(_RECORDS):
        # No more of the record than that: it names the holder.
        record = reader.rows(_RECORDS, [asked.account], window=False).select(ACCOUNT, *compared)
        yield Shown(_RECORDS, record, None, compared)


def _compared(finding: Finding | None) -> tuple[str, ...]:
    """Columns of the account's record with which its rows are compared."""
    if finding is None or finding.rows is None:
        return ()
    roots = dict.fromkeys(finding.rows().meta.root_names())
    return tuple(name.removeprefix(_OWN) for name in roots if name.startswith(_OWN))


def _by_identifier(finding: Finding | None) -> bool:
    """Whether what shows it is what accounts share; that is compared over all time."""
    return finding is not None and finding.subject is SHARED_IDENTIFIER


def _names(asked: Asked, finding: Finding | None) -> Iterable[str]:
    """The tables behind a reason: that of its subject, else those that its feature reads."""
    if finding is not None and finding.subject is not None:
        # Of a record beside spending both are shown.
        billed = finding.subject is RECORD and _CHARGED in asked.feature.inputs
        return (finding.subject.table, *([_CHARGED] if billed else ()))
    inputs = asked.feature.inputs
    # A record stands beside what is counted; alone it is what is shown.
    return tuple(t for t in inputs if t != "accounts") or inputs


def _of_the_table(table: str, finding: Finding | None) -> Finding | None:
    """What is asked of a table's rows: of charges beside a record, which are controlled."""
    if table == _CHARGED and finding is not None and finding.subject is RECORD:
        return Finding(finding.said, WHOLE_BILL, _controlled, _SPENT)
    return finding


def _controlled() -> pl.Expr:
    """Of ``detector.findings.charges.ADDED``."""
    return pl.col("controlled")


def _shared(reader: Reader, account: str, found: Linked) -> Iterator[Shown]:
    for table in COLUMNS:
        if reader.has(table):
            rows = rows_sharing(reader, table, account, found)
            if rows.height:
                yield Shown(table, rows, None, (ACCOUNT, SHARED, *when(table)))


def _of_table(reader: Reader, table: str, accounts: list[str], finding: Finding | None) -> Shown:
    timed = bool(times(table))
    every = reader.rows(table, accounts, window=timed)
    if table == _CHARGED:
        every = with_kinds(every, reader.logs.catalogue)
    rows, what = every, None
    if finding is not None and finding.rows is not None:
        rows = _with_own(reader, every, accounts[0]).filter(finding.rows()).select(every.columns)
        if finding.subject and _is_among(table, finding.subject, every.columns):
            every, what = every.filter(finding.subject.among), finding.subject
    shows = finding.shows if finding is not None else ()
    named = shows or _required(table)
    whose = (ACCOUNT,) if len(accounts) > 1 else ()
    gpu = (GPU,) if table == _CHARGED and rows[GPU].is_not_null().any() else ()
    columns = dict.fromkeys((*whose, *when(table), *named, *gpu))
    of = every.height if len(accounts) == 1 else None
    return Shown(table, rows, of, tuple(c for c in columns if c in rows.columns), what)


def _is_among(table: str, subject: Subject, columns: Sequence[str]) -> bool:
    """Whether which rows are counted can be told of the table's own rows, as of the rollup's."""
    if subject.table != table or subject.among is ALL:
        return False
    # A rollup that is kept whole has the table's own rows; of others the names must be the same.
    named = subject.rollup == table and set(subject.among.meta.root_names()) <= set(columns)
    return TABLES[table].kept_whole or named


def _required(table: str) -> tuple[str, ...]:
    """The columns that every row of a table has, but its account and its times."""
    known = {*TABLES[table].account, *times(table)}
    return tuple(column for column in TABLES[table].required if column not in known)


def _with_own(reader: Reader, rows: pl.DataFrame, account: str) -> pl.DataFrame:
    """Rows beside the account's record, its columns with a prefix."""
    record = reader.rows("accounts", [account], window=False).drop(ACCOUNT).head(1)
    own = record.rename(lambda name: f"{_OWN}{name}")
    return rows.join(own, how="cross") if own.height else rows.with_columns(
        pl.lit(None, dtype=dtype).alias(name) for name, dtype in own.schema.items()
    )  # fmt: skip


def _linked_notes(found: Linked | None) -> Iterator[str]:
    if found is None:
        return
    if not found.others:
        yield "No linked account was found behind it in these logs."
        return
    names = [visible(other, 40) for other in found.others]
    yield f"Rows of the account and of {plural(len(names), 'linked account')}: {listing(names)}."


def _notes(asked: Asked, finding: Finding | None, tables: tuple[Shown, ...]) -> Iterator[str]:
    """How the value comes out of the rows."""
    if _by_identifier(finding):
        return
    seen = {one.table for one in tables}
    more = [TABLES[name].title for name in asked.feature.inputs if name not in seen]
    if finding is not None and more and asked.feature.name not in RULES:
        yield f"The value depends on its {listing(more)} too."
    plain = False
    for shown in tables:
        if shown.of and times(shown.table):
            part = shown.rows.height / shown.of
            plain |= _is_share(finding) and abs(part - (asked.value or 0.0)) < _SAME
            of = _of_the_table(shown.table, finding)
            yield _counted(shown, asked.value, of, plain=plain)
    reach = next(f.reach for f in REGISTRY.families if f.id == asked.feature.family)
    if reach is not Reach.OWN and asked.feature.name not in RULES and not plain:
        yield f"Its family compares accounts and may read {reach.value} too; rows here are its own."


def _is_share(finding: Finding | None) -> bool:
    return finding is not None and finding.rows is not None and "{share}" in finding.said


def _counted(shown: Shown, value: float | None, finding: Finding | None, *, plain: bool) -> str:
    """How many of the account's rows show it, and whether that is the value."""
    count, of = shown.rows.height, shown.of or 0
    one, many = f"row of {shown.table}", f"rows of {shown.table}"
    if shown.what is not None and not shown.what.mass:
        one, many = shown.what.one, shown.what.many
    whole = f"only {one}" if of == 1 else f"{of:,} {many}"
    if finding is None or finding.rows is None:
        return f"The value is made of {'its' if of == 1 else 'all its'} {whole} in the window."
    some = "All" if count == of else f"{count:,} of" if count else "None of"
    told = f"{'Its' if count == of == 1 else f'{some} its'} {whole} in the window"
    told += " shows it" if count == 1 else " show it"
    if plain:
        return f"{told}: {percent(count / of)}, the value."
    if _is_share(finding):
        return (
            f"{told}; the value ({percent(value)}) weighs them, or leaves some of the others out, "
            "so it is not the plain share."
        )
    return f"{told}."


def _other_inputs(asked: Asked, logs: Source) -> Iterator[str]:
    """Whether these are the files that were scored."""
    scored = {file.sha256 for file in asked.run.inputs}
    here = {file.sha256 for file in logs.inputs}
    gone, new = len(scored - here), len(here - scored)
    if gone or new:
        yield (
            f"LOGS are not the inputs of this run: {plural(gone, 'file')} of the run not found, "
            f"{plural(new, 'other file')} here; rows may not be those that were scored"
        )


def _missing(reader: Reader, asked: Asked, tables: tuple[Shown, ...]) -> Iterator[str]:
    absent = [name for name in asked.feature.inputs if not reader.has(name)]
    if absent:
        yield f"LOGS hold no {listing(absent)}, which this reason reads"
    if not any(shown.rows.height or shown.of for shown in tables) and not reader.rows(
        "accounts", [asked.account], window=False
    ).height:  # fmt: skip
        yield (
            f"LOGS do not name account {visible(asked.account, 60)}: give the folder that was "
            "scored or ingested; ids of a state under pseudonyms stand in no log"
        )
