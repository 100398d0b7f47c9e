"""Ids that do not meet: accounts, machines and decisions that one table names and another lacks.

An id that is spelled in two ways makes two accounts, and neither shows what the other did. What
is found is told, never mended: which spelling is right, only the owner of the data knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from detector.sources import spelling
from detector.sources.text import printable
from features.devices import is_slice, whole
from features.grouping import compact
from features.rollups import Rollups
from features.tables import SEEN_WHOLE, TABLES
from features.tables.accounts import ACCOUNTS
from features.tables.decisions import LABELS, POLICY_DECISIONS
from features.tables.machines import GPU_TELEMETRY, INVENTORY

ID: Final = "account_id"
DEVICE: Final = ("instance_id", "gpu_uuid")
MACHINES: Final = "machines"
"""The machines of telemetry, beside the rollups of an engine that keeps no others."""
NOTICED: Final = 20
"""One id in so many that does not meet is ordinary; more are a warning."""
EXAMPLES: Final = 3
_DECIDED: Final = (LABELS.name, POLICY_DECISIONS.name)


@dataclass(frozen=True)
class Gap:
    """Ids of one table that do not meet those of another.

    Parameters
    ----------
    kind
        ``no_account_row``, ``no_activity``, ``unknown_to_all``, ``no_holder``, ``spelling``,
        ``rewritten`` or ``null_like``.
    table
        The table that names them.
    ids, share
        How many of its distinct ids, and which share of them.
    examples, others
        The first of them, and how other tables write each, where they do.
    sentence
        What was found and what to do.
    warning
        Whether somebody should look.
    """

    kind: str
    table: str
    ids: int
    share: float
    examples: tuple[str, ...]
    others: tuple[str, ...]
    sentence: str
    warning: bool


def find_gaps(
    named: Mapping[str, pl.Series],
    machines: Mapping[str, pl.DataFrame] | None = None,
    *,
    later: pl.Series | None = None,
) -> list[Gap]:
    """Find the ids that do not meet.

    Parameters
    ----------
    named
        The account ids that each table names, each once; nulls are left out.
    machines
        Of telemetry and of the inventory, each combination of ``account_id``, ``instance_id``
        and ``gpu_uuid`` once.
    later
        Accounts that are created after as-of: nothing can have been seen of them.
    """
    met = _Met.of(named)
    found = [
        *_without_row(met), *_without_activity(met, later), *_unknown_to_all(met),
        *_without_holder(machines or {}), *_spelled_otherwise(met), *_nulls(met),
    ]  # fmt: skip
    order = {name: place for place, name in enumerate(TABLES)}
    return sorted(found, key=lambda gap: (not gap.warning, order.get(gap.table, 99), gap.kind))


def in_rollups(rollups: Rollups) -> list[Gap]:
    """Find the ids of a run that do not meet, from what its rows were rolled up to."""
    named = {
        name: _named_in(rollups, table.population or name)
        for name, table in TABLES.items()
        if name in rollups.present and (table.population or table.kept_whole)
    }
    later = rollups["future_accounts"][ID]
    if ACCOUNTS.name in named:
        named[ACCOUNTS.name] = pl.concat([named[ACCOUNTS.name], later])
    seen = {
        table.name: machines(rollups[table.population or table.name])
        for table in (GPU_TELEMETRY, INVENTORY)
        if table.name in rollups.present
    }
    if MACHINES in rollups.frames:
        seen[GPU_TELEMETRY.name] = rollups[MACHINES]
    return find_gaps(named, seen, later=later)


def _named_in(rollups: Rollups, name: str) -> pl.Series:
    ids = (compact(piece[name].select(ID).unique()) for piece in rollups.pieces(name))
    return pl.concat(ids)[ID].unique()


def machines(rows: pl.DataFrame) -> pl.DataFrame:
    """Each account and machine that rows name together, once."""
    return rows.select(ID, *DEVICE).unique()


def in_rows(identities: Mapping[str, pl.DataFrame]) -> list[Gap]:
    """Find the ids that do not meet in what ``identities`` gave of each table."""
    named = {table: rows[ID] for table, rows in identities.items()}
    both = (GPU_TELEMETRY.name, INVENTORY.name)
    return find_gaps(named, {table: identities[table] for table in both if table in identities})


def identities(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The account that each row of a table is about, and its machine; each once."""
    record = TABLES[table]
    if not record.account:
        return pl.DataFrame(schema={ID: pl.String})
    devices = [name for name in DEVICE if name in record.schema.columns()]
    return rows.select(pl.coalesce(record.account).alias(ID), *devices).unique()


def once(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Rows of all parts, each once; memory holds little more than the distinct ones."""
    held: list[pl.DataFrame] = []
    new = old = 0
    for part in parts:
        held.append(part)
        new += part.height
        if new > max(old, 1 << 20):
            held = [pl.concat(held).unique()]
            new, old = 0, held[0].height
    return pl.concat(held).unique() if held else pl.DataFrame(schema={ID: pl.String})


@dataclass(frozen=True)
class _Met:
    """Ids by table; those of accounts are ``known``, and ``strange`` those that are not known.

    Ids are compared by 64-bit hashes, which is several times faster than by their texts.
    """

    ids: Mapping[str, pl.Series]
    known: pl.Series
    strange: Mapping[str, pl.Series]
    nulls: pl.Series

    @classmethod
    def of(cls, named: Mapping[str, pl.Series]) -> _Met:
        ids = {table: found.drop_nulls() for table, found in named.items()}
        ids = {table: found for table, found in ids.items() if len(found)}
        known = ids.get(ACCOUNTS.name, pl.Series(ID, [], dtype=pl.String))
        strange = {t: less(f, known) for t, f in ids.items() if t != ACCOUNTS.name}
        each = [known, *strange.values()]
        nulls = pl.concat([found.filter(spelling.null_like(found)) for found in each]).unique()
        return cls(ids, known, strange, nulls)

    @property
    def all(self) -> pl.Series:
        """Every id, once."""
        return pl.concat([self.known, pl.concat([self.known[:0], *self.strange.values()]).unique()])

    def phantoms(self) -> dict[str, pl.Series]:
        """Ids of decisions that no table but those of decisions names."""
        found = {table: self.strange[table] for table in _DECIDED if table in self.strange}
        for table, other in self.strange.items():
            if table not in _DECIDED:
                found = {name: less(ids, other) for name, ids in found.items()}
        return found


def _without_row(met: _Met) -> Iterator[Gap]:
    """Ids of accounts that have no account record."""
    phantoms = met.phantoms()
    if not len(met.known):
        return
    for table, strange in met.strange.items():
        lacking = less(strange, met.nulls)
        lacking = less(lacking, phantoms[table]) if table in phantoms else lacking
        yield from _gap(
            "no_account_row", table, lacking, len(met.ids[table]),
            "{count} of {total} account id{s} in {table} ({share}) {have} no row in accounts, "
            "{first}; export the records of all accounts, or check how the ids are written",
        )  # fmt: skip


def _without_activity(met: _Met, later: pl.Series | None) -> Iterator[Gap]:
    """Account records of which no table of what happened has a row."""
    busy = [table for table in SEEN_WHOLE if table in met.ids]
    if not len(met.known) or not busy:
        return
    idle = met.known if later is None else less(met.known, later)
    for table in busy:
        idle = less(idle, met.ids[table])
    yield from _gap(
        "no_activity", ACCOUNTS.name, idle, len(met.known),
        "{count} of {total} id{s} in {table} ({share}) {are} named by no row of "
        f"{_listed(busy)}, {{first}}; where they did something, check that the exports cover the "
        "same accounts and write their ids alike",
    )  # fmt: skip


def _unknown_to_all(met: _Met) -> Iterator[Gap]:
    """Decisions about accounts that no other table knows; they make no account."""
    for table, phantoms in met.phantoms().items():
        yield from _gap(
            "unknown_to_all", table, phantoms, len(met.ids[table]),
            "{count} of {total} account id{s} in {table} ({share}) {are} in no other table, "
            "{first}; a decision about such an account has no effect: correct the id",
            always=True,
        )  # fmt: skip


def _without_holder(machines: Mapping[str, pl.DataFrame]) -> Iterator[Gap]:
    """Machines whose meters name no account and that nobody is known to have held."""
    meters = machines.get(GPU_TELEMETRY.name)
    if meters is None:
        return
    rows = meters.with_columns(device=pl.coalesce("gpu_uuid", "instance_id"))
    lost = _unheld(rows.filter(pl.col(ID).is_null()), machines.get(INVENTORY.name))
    yield from _gap(
        "no_holder", GPU_TELEMETRY.name, lost, rows["device"].n_unique(),
        "{count} of {total} machine{s} in {table} ({share}) {have} no account, neither in "
        "the rows nor in inventory, {first}; the meters count for nobody: add rows to "
        "inventory (a GPU cut into slices needs one for each slice, or for its instance)",
    )  # fmt: skip


def _unheld(rows: pl.DataFrame, inventory: pl.DataFrame | None) -> pl.Series:
    """Devices that no row of the inventory names; see ``features.devices`` for slices."""
    if inventory is not None:
        for key in DEVICE:
            rows = rows.join(inventory.select(key).drop_nulls(), on=key, how="anti")
        gpu = whole(pl.col("gpu_uuid"))
        alone = is_slice(pl.col("gpu_uuid")) & (pl.col("gpu_uuid").n_unique().over(gpu) == 1)
        held = gpu.is_in(inventory["gpu_uuid"].drop_nulls().unique().implode())
        rows = rows.filter((~(alone & held)).fill_null(value=True))
    return rows["device"].drop_nulls().unique()


def _spelled_otherwise(met: _Met) -> Iterator[Gap]:
    """Ids that are another one in another spelling, or that a spreadsheet made a number of."""
    twins = spelling.twins(met.all, met.known)
    numbers = spelling.rewritten(met.all, met.known)
    # Told where the account record has another spelling, or where the records have both.
    doubled, stray = twins.filter("known", "both"), twins.filter(~pl.col("known"))
    for table, found in met.ids.items():
        pairs = _of(found, doubled if table == ACCOUNTS.name else stray)
        yield from _gap(
            "spelling", table, pairs["id"], len(found),
            "{count} of {total} account id{s} in {table} ({share}) {are} written otherwise "
            "elsewhere, {first}; each spelling counts as an account of its own: export the ids "
            "as text and in one spelling",
            others=pairs["other"], always=True,
        )  # fmt: skip
        pairs = _of(found, numbers)
        yield from _gap(
            "rewritten", table, pairs["id"], len(found),
            "{count} of {total} account id{s} in {table} ({share}) {look} as if a spreadsheet "
            "had made a number of {them}, {first}; digits are lost: export again and open the "
            "file in no spreadsheet",
            others=pairs["other"], always=True,
        )  # fmt: skip


def _nulls(met: _Met) -> Iterator[Gap]:
    for table, found in met.ids.items():
        pairs = _of(found, met.nulls.to_frame("id"))
        yield from _gap(
            "null_like", table, pairs["id"], len(found),
            "{count} of {total} account id{s} in {table} ({share}) {mean} that there is none, "
            "{first}; all such rows count as one account: leave the field empty, or give the "
            "account",
            always=True,
        )  # fmt: skip


def less(ids: pl.Series, others: pl.Series) -> pl.Series:
    """The ids that are not among others, by their hashes."""
    return ids.filter(~ids.hash().is_in(others.hash().implode()))


def _of(ids: pl.Series, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of which the table has the ``id``; mostly there are none."""
    if rows.is_empty():
        return rows
    return rows.filter(pl.col("id").is_in(ids.filter(ids.is_in(rows["id"].implode())).implode()))


_MANY: Final = {"have": "have", "are": "are", "look": "look", "them": "them", "mean": "mean"}
_ONE: Final = {"have": "has", "are": "is", "look": "looks", "them": "it", "mean": "means"}


def _gap(
    kind: str,
    table: str,
    found: pl.Series,
    total: int,
    sentence: str,
    *,
    others: pl.Series | None = None,
    always: bool = False,
) -> Iterator[Gap]:
    """The gap of these ids, where there are any."""
    count = len(found)
    if not count:
        return
    first = found.to_frame("id") if others is None else pl.DataFrame({"id": found, "other": others})
    first = first.sort("id").head(EXAMPLES)
    examples = tuple(printable(text, 80) for text in first["id"])
    twins = () if others is None else tuple(printable(text or "", 80) for text in first["other"])
    words = {
        "count": f"{count:,}", "total": f"{total:,}", "table": table,
        "s": "" if total == 1 else "s",
        "share": f"{100 * count / total:.3g} %", "first": _first(count, examples, twins),
        **(_ONE if count == 1 else _MANY),
    }  # fmt: skip
    # Ids may hold braces: they are put in, never read as a form.
    told = sentence.format_map(words)
    warns = always or count * NOTICED > total
    return (yield Gap(kind, table, count, round(count / total, 6), examples, twins, told, warns))


def _first(count: int, examples: Sequence[str], twins: Sequence[str]) -> str:
    twin = f" for {twins[0]}" if twins and twins[0] else ""
    return f"{'namely' if count == 1 else 'first'} {examples[0]}{twin}"


def _listed(tables: Sequence[str]) -> str:
    return tables[0] if len(tables) == 1 else f"{', '.join(tables[:-1])} or {tables[-1]}"
