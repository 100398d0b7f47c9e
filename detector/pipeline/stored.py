"""The logs as a state holds them: what ``score_logs`` needs, without the rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import polars.selectors as cs

from detector.errors import DataError, StateError
from detector.pipeline.ahead import far_ahead, later, reach
from detector.pipeline.ended import ended_rollups
from detector.pipeline.formats import fingerprint
from detector.pipeline.gating import quarantined
from detector.pipeline.held_lists import HeldPlace
from detector.pipeline.retold import Retold
from detector.pipeline.rolling import TIMED, held_rows, stored_base
from detector.pipeline.sentences import passed, said
from detector.sources import quarantine
from detector.sources.facts import known_by
from detector.sources.ledger import Ahead, TableCounts, gate
from detector.sources.listing import InputFile, Unread
from detector.sources.place import Place
from detector.sources.reading import SLACK, now
from detector.sources.refused import no_as_of
from detector.sources.text import printable
from detector.state import Manifest, Part, Store, add_counts, tables_of
from features.catalogue import Catalogue
from features.rollups import Parts, merge, rollup
from features.tables import REQUIRED_TABLES, SCHEMAS


@contextmanager
def open_state(
    state: Path,
    as_of: datetime | None = None,
    *,
    catalogue: Catalogue | None = None,
    max_bad: float = 0.05,
    clock: datetime | None = None,
    slack: timedelta = SLACK,
) -> Iterator[StoredLogs]:
    """Open a state folder for scoring; its files stay until the block ends.

    Parameters
    ----------
    state
        Folder that ``ingest`` wrote.
    as_of
        The time at which the logs are looked at; default: the latest end of a Usage row that is
        not further past the clock than the slack.
    catalogue
        The one ``ingest`` was given.
    max_bad
        Largest share of a table, 0 to 1, that may be in quarantine.
    clock
        The time of the run; default: now.
    slack
        How far past the clock usage may end and still tell what as-of is.

    Raises
    ------
    DataError
        If a required table is missing, or as-of lies before what the state can show.
    StateError
        If the state is missing, damaged, or was made by another version.
    """
    with Store(state).reading() as manifest:
        yield StoredLogs(
            Store(state), manifest, as_of, catalogue=catalogue or Catalogue.load(),
            max_bad=max_bad, limit=(clock or now()) + slack,
        )  # fmt: skip


class StoredLogs(Mapping[str, pl.LazyFrame]):
    """One whole state, in the shape of ``Logs``. Rows are there of the tables of facts alone."""

    def __init__(
        self,
        store: Store,
        manifest: Manifest,
        as_of: datetime | None,
        *,
        catalogue: Catalogue,
        max_bad: float,
        limit: datetime,
    ) -> None:
        self.manifest = manifest
        self.catalogue = catalogue
        self._store = store
        self._max_bad = max_bad
        self._parts: dict[str, list[Part]] = {}
        live = manifest.live()
        for table in SCHEMAS:
            parts = [p for p in live if p.table == table]
            if parts:
                self._parts[table] = parts
        self._retold = Retold(store, self._parts)
        self._said: list[str] = []
        self._reach, self._later = reach(store, live, limit), later(store, live, limit)
        self._refuse_others_work()
        self.as_of = self._moment(as_of)

    def __getitem__(self, table: str) -> pl.LazyFrame:
        """A table of facts; the rows of the others were not kept."""
        if table not in self._parts:
            raise KeyError(table)
        if table in TIMED:
            raise DataError(f"the state holds rollups of {table}, not its rows")
        return pl.concat(list(self.parts(table))).lazy()

    def __contains__(self, table: object) -> bool:
        """Tell whether a table is present, without reading it."""
        return table in self._parts

    def __iter__(self) -> Iterator[str]:
        """Iterate over the tables that are present, in the contract's order."""
        return iter(self._parts)

    def __len__(self) -> int:
        """Return the number of tables that are present."""
        return len(self._parts)

    @property
    def counts(self) -> Mapping[str, TableCounts]:
        """Records read, kept and set aside, by table."""
        for table in self._parts:
            if table in TIMED:
                self.waited(table)
        copied = self.manifest.copied()
        return {t: self._count(t) + _duplicates(copied.get(t, 0)) for t in self._parts}

    def _count(self, table: str) -> TableCounts:
        """The records of inputs that count; second copies left out."""
        counts = TableCounts(**add_counts(self._parts[table]))
        again = self._retold.again(table)
        counts = counts + TableCounts(ok=-again, duplicate=again)
        # What lay ahead when it was taken in may have come, and the reverse.
        counted = sum(part.ahead for part in self._parts[table])
        waits = self._reach.ahead if table == "usage" else self._later.get(table, Ahead())
        counts = counts + TableCounts(late=waits.rows - counted)
        return counts + self._retold.collapsed if table == "accounts" else counts

    @property
    def quarantine(self) -> pl.DataFrame:
        """The rows set aside, in the order of tables, files and rows."""
        held = [quarantine.empty()]
        for table, parts in self._parts.items():
            for part in parts:
                held += quarantined(self._store, [part])
                if table == "accounts":
                    mine = pl.col("file") == printable(part.path, 500)
                    held.append(self._retold.clashes.filter(mine))
        return pl.concat(held)

    @property
    def inputs(self) -> list[InputFile]:
        """The files that count."""
        return [
            InputFile(p.path, p.table, p.bytes, p.sha256, p.source, p.period, p.counts["read"])
            for parts in self._parts.values()
            for p in parts
        ]

    @property
    def warnings(self) -> list[str]:
        """Sentences about inputs that were passed over."""
        return [*said(self.manifest, self._reach.ahead, self._later), *self._said]

    @property
    def ahead(self) -> Ahead:
        """The Usage rows that lie further ahead than the clock allows."""
        return self._reach.ahead

    @property
    def later(self) -> Mapping[str, Ahead]:
        """The rows of other tables that do, by table."""
        return self._later

    @property
    def far(self) -> Mapping[str, int]:
        """Rows by table that are set aside because they lie too far ahead to be read."""
        return far_ahead(self.manifest.live())

    @property
    def unread(self) -> list[Unread]:
        """The files that were passed over or set aside, and why."""
        aside = self.manifest.aside()
        return [
            *(Unread(printable(a.path), a.reason, a.table, aside=True) for a in aside),
            *passed(self.manifest),
        ]

    @property
    def root(self) -> Path:
        """The state folder."""
        return self._store.root

    @property
    def pseudonymised(self) -> bool:
        """Whether accounts, people and machines stand under keyed pseudonyms."""
        return self.manifest.pseudonyms is not None

    @property
    def lists(self) -> Place | None:
        """Where the restricted-party lists lie, if the state has any."""
        held = self.manifest.lists
        return HeldPlace(self._store, held) if held else None

    def tables(self) -> list[str]:
        """The tables that are present, in the contract's order."""
        return list(self._parts)

    def parts(self, table: str) -> Iterator[pl.DataFrame]:
        """Yield a table of facts as it was known at as-of.

        Raises
        ------
        TooManyBadRows
            If the quarantined share of the table passes ``max_bad``.
        """
        frames = self._retold.accounts() if table == "accounts" else self._rows(table)
        for frame in frames:
            yield known_by(frame, table, self.as_of)
        self._gate(table)

    def rolled(self, table: str, moment: datetime) -> Parts:
        """The merged rollup of a table as of a moment."""
        return merge(self.rollups(table, moment))

    def rollups(self, table: str, moment: datetime) -> Iterator[Parts]:
        """Yield the rollups of a table as of a moment, of one part or some.

        Raises
        ------
        TooManyBadRows
            If the quarantined share of the table passes ``max_bad``.
        """
        if table not in TIMED:
            for rows in self.parts(table):
                yield rollup(table, rows, moment, self.catalogue)
            return
        parts = self._parts[table]
        ended = [part for part in parts if part.covers(moment)]
        yield from ended_rollups(self._store, ended, self._said.append)
        for part in parts:
            if not part.covers(moment):
                yield from self._cut(part, moment)
        waited = self.waited(table)
        if waited.height:
            yield rollup(table, waited, moment, self.catalogue)
        self._gate(table)

    def waited(self, table: str) -> pl.DataFrame:
        """Rows of a timed table that no other part tells of: they count after all."""
        return self._retold.waited(table)

    def live(self, table: str) -> list[Part]:
        """The parts of a table that count."""
        return self._parts.get(table, [])

    def contribution(self, part: Part) -> Parts:
        """The rollups of one part of a timed table as of as-of."""
        return merge(self._cut(part, self.as_of))

    def latest_fact(self, table: str) -> datetime | None:
        """The latest time that any row of a table of facts tells of."""
        latest = [
            column.max() for rows in self._rows(table) for column in rows.select(cs.datetime())
        ]
        return max((moment for moment in latest if isinstance(moment, datetime)), default=None)

    def settle_like(self, before: StoredLogs, table: str) -> None:
        """Take over which account rows conflict, where the parts are those of ``before``."""
        if table == "accounts":
            self._retold.like(before._retold)

    def check(self, table: str) -> None:
        """Refuse a table of which too large a share is in quarantine.

        Raises
        ------
        TooManyBadRows
            If the share passes ``max_bad``.
        """
        self._gate(table)

    def _cut(self, part: Part, moment: datetime) -> Iterable[Parts]:
        if part.covers(moment):
            yield {n: self._store.read(part, f) for n, f in tables_of(part, "all").items()}
            return
        yield stored_base(self._store, part)
        for rows in held_rows(self._store, part):
            yield rollup(part.table, rows, moment, self.catalogue)

    def _rows(self, table: str) -> Iterator[pl.DataFrame]:
        for part in self._parts[table]:
            yield from held_rows(self._store, part)

    def _gate(self, table: str) -> None:
        counts = self._count(table)
        if counts.quarantined > self._max_bad * counts.read:
            held = self.quarantine.filter(pl.col("table") == table)
            gate(table, counts, held, self._max_bad)

    def _refuse_others_work(self) -> None:
        missing = [table for table in REQUIRED_TABLES if table not in self._parts]
        if missing:
            notes = "".join(f" Note: {u.path} {u.reason}." for u in self.unread[:3])
            raise DataError(
                f"the state holds no {' and no '.join(missing)}; "
                f"ingest a log folder that has it: usage and accounts are required.{notes}"
            )
        wanted = fingerprint(self.catalogue)
        old = [p.path for parts in self._parts.values() for p in parts if p.made_by != wanted]
        if old:
            raise StateError(
                f"{len(old)} inputs were rolled up in another format or with another GPU "
                f"catalogue, first {printable(old[0])}; ingest them again, and take out those "
                "whose files have gone with `enduse state forget DIR INPUT`"
            )

    def _moment(self, as_of: datetime | None) -> datetime:
        known = self._reach.latest if as_of is None else None
        if as_of is None and known is None:
            self._gate("usage")
            copied = self.manifest.copied().get("usage", 0)
            ahead = self._reach.ahead.first
            raise no_as_of(
                self._count("usage") + _duplicates(copied), ahead.isoformat() if ahead else None
            )
        moment = as_of or known
        assert moment is not None  # noqa: S101 - narrows the union for the type checker
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        early = [p for parts in self._parts.values() for p in parts if not p.can_cut(moment)]
        if early:
            first = max(p.settled_until or "" for p in early)
            raise DataError(
                f"as-of {moment.isoformat()} lies before {first}, from when on the state holds "
                f"the rows to cut by; {_remedy(as_of)}"
            )
        return moment


def _remedy(as_of: datetime | None) -> str:
    if as_of is not None:
        return "give a later --as-of, or score the log folder itself"
    return (
        "this machine's clock is behind, or was ahead when they were let go: set it, and ingest "
        "the logs again"
    )


def _duplicates(rows: int) -> TableCounts:
    return TableCounts(read=rows, duplicate=rows)


__all__ = ["StoredLogs", "open_state"]
