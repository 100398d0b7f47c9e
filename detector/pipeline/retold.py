"""What several inputs of a state tell of: accounts in more than one, operations told twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from detector.pipeline.rolling import FAR, KEYS, TIMED, held_rows, meets, waiting_rows
from detector.sources import quarantine
from detector.sources.accounts import settle
from detector.sources.keyed import FILE, Keys, settle_waiting
from detector.sources.layout import schema_of
from detector.sources.ledger import TableCounts
from detector.state import Part, Store


class Retold:
    """Says which of the rows of all parts count, and counts the others.

    Attributes
    ----------
    clashes
        Account rows that conflict, as their quarantine; known once accounts were read.
    collapsed
        What these and rows told twice change of the counts of accounts.
    """

    def __init__(self, store: Store, parts: Mapping[str, Sequence[Part]]) -> None:
        self.clashes = quarantine.empty()
        self.collapsed = TableCounts()
        self._store = store
        self._parts = parts
        self._waited: dict[str, pl.DataFrame] = {}
        self._again: dict[str, int] = {}

    def like(self, before: Retold) -> None:
        """Take over which account rows conflict."""
        self.collapsed, self.clashes = before.collapsed, before.clashes

    def waited(self, table: str) -> pl.DataFrame:
        """Rows of a timed table that no other part tells of: they count after all."""
        if table not in self._waited:
            kept, lost = self._settled_waiting(table)
            self._waited[table], self._again[table] = kept, lost
        return self._waited[table]

    def again(self, table: str) -> int:
        """How many rows of a timed table another part tells of, of those asked so far."""
        return self._again.get(table, 0)

    def accounts(self) -> Iterator[pl.DataFrame]:
        """Yield all accounts at once: one row may conflict with one of another file."""
        parts = self._parts["accounts"]
        frames = [
            rows.with_columns(pl.lit(number).alias("_file"))
            for number, part in enumerate(parts)
            for rows in held_rows(self._store, part)
        ]
        if not frames:
            return
        names = [n for n in frames[0].columns if n not in ("_file", "_row")]
        kept, conflicting, collapsed = settle(pl.concat(frames).select(*names, "_file", "_row"))
        gone = conflicting.height + collapsed
        self.collapsed = TableCounts(0, -gone, conflicting.height, 0, collapsed)
        self.clashes = pl.concat(
            [quarantine.empty(), *(_clash(conflicting, n, p) for n, p in enumerate(parts))]
        )
        yield kept.drop("_file", "_row")

    def _settled_waiting(self, table: str) -> tuple[pl.DataFrame, int]:
        frames = [
            rows.with_columns(pl.lit(number, dtype=pl.Int64).alias(FILE))
            for number, part in enumerate(self._parts[table])
            for rows in waiting_rows(self._store, part)
        ]
        if not frames:
            return schema_of(table).to_frame(), 0
        waiting, known = pl.concat(frames), Keys()
        first = waiting.select(TIMED[table].min()).item()
        for part in self._parts[table]:
            # An operation ends at its start or any time later.
            if KEYS in part.files and meets(part, first, FAR):
                known.add(self._store.read(part, KEYS)["_key"].to_numpy())
        kept, lost = settle_waiting(waiting, known)
        return kept.select(list(schema_of(table))), lost.height


def _clash(conflicting: pl.DataFrame, number: int, part: Part) -> pl.DataFrame:
    """Put conflicting account rows into the quarantine of their file."""
    rows = conflicting.filter(pl.col("_file") == number).drop("_file")
    reason = pl.lit("differs from another row of the same account")
    found = rows.select("_row", column=pl.lit("account_id"), reason=reason)
    return quarantine.from_rows("accounts", part.path, rows, found)
