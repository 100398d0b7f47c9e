"""The native logs that are known.

``find`` looks at the first records of a file; the registry below is the whole list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

import polars as pl

from detector.sources.layout import schema_of
from detector.sources.native import (
    anthropic_activity,
    anthropic_usage,
    azure_activity,
    bedrock,
    bods,
    cloudtrail,
    gcp_audit,
    ocds,
    ocsf,
    openai_audit,
    openai_usage,
    prometheus,
)
from detector.sources.native.adapter import (
    FINAL,
    KEY,
    ORDER,
    Adapter,
    Hasher,
    NotCounted,
    Row,
    UnusableRecord,
    UnusableRow,
)  # fmt: skip
from detector.sources.native.documents import Found, document
from detector.sources.native.operations import CONTRACT
from detector.sources.raw import BadRecord, RawPart

ADAPTERS: Final[tuple[Adapter, ...]] = (
    cloudtrail.ADAPTER,
    gcp_audit.ADAPTER,
    azure_activity.ADAPTER,
    ocsf.ADAPTER,
    openai_audit.ADAPTER,
    anthropic_activity.ADAPTER,
    bedrock.ADAPTER,
    openai_usage.ADAPTER,
    anthropic_usage.ADAPTER,
    bods.ADAPTER,
    ocds.ADAPTER,
    prometheus.ADAPTER,
    prometheus.REFUSAL,
)
BATCH: Final = 20_000
"""Rows of one part of a native log."""


def find(table: str, records: list[object]) -> Adapter | None:
    """Return the adapter that knows one of the first records of a file."""
    candidates = [adapter for adapter in ADAPTERS if adapter.table == table]
    for record in records:
        if isinstance(record, dict):
            for adapter in candidates:
                if adapter.recognises(record):
                    return adapter
    return None


def adapt(adapter: Adapter, found: Iterator[Found], hashed: Hasher) -> Iterator[RawPart]:
    """Yield the rows an adapter makes of records; what is not usable is set aside.

    The content of a record that is set aside is withheld: it may hold what people wrote.
    """
    batch = _Batch(adapter, 1)
    beside: frozenset[str] = frozenset()
    for item in adapter.together(found) if adapter.together else found:
        if item.beside is not None:
            beside = item.beside
            continue
        batch.add(item, hashed)
        if batch.size >= BATCH:
            yield batch.part()
            batch = _Batch(adapter, batch.next)
    # Pages appended to each other are whole when the last one says so.
    batch.tell_partial(beside)
    yield batch.part()


def empty_document(head: bytes, table: str) -> bool:
    """Return whether a file (all of it) holds lists without records, and nothing else.

    Such are the lists of any log of the table, and any list that is a document itself.
    """
    paths = tuple(path for a in ADAPTERS if a.table == table for path in a.lists)
    ends = [item.beside is not None for item in document(iter([head]), paths)]
    return bool(ends) and all(ends)


class _Batch:
    """Rows being gathered for one part."""

    def __init__(self, adapter: Adapter, first: int) -> None:
        self._adapter = adapter
        self._columns = tuple(schema_of(adapter.table))
        self._rows: list[Row] = []
        self._numbers: list[int] = []
        self._bad: list[BadRecord] = []
        self._told: Counter[str] = Counter()
        self.next = first

    @property
    def size(self) -> int:
        return len(self._rows) + len(self._bad)

    def add(self, item: Found, hashed: Hasher) -> None:
        number = self.next
        self.next += 1
        if item.record is None:
            self._bad.append(BadRecord(number, item.reason, ""))
            return
        try:
            for row in self._adapter.rows(item.record, hashed):
                self._take(row, number)
        except UnusableRecord as error:
            self._set_aside(number, f"the record is not used: {error}")

    def tell_partial(self, beside: frozenset[str]) -> None:
        """Tell that the last list says, by a key beside it, that there is more."""
        said = [key for key in self._adapter.partial if key in beside]
        if said:
            self._told[
                f"the list says that it is not whole ({', '.join(said)}): ask for the next pages, "
                "or the rest is missing"
            ] = 1

    def _take(self, row: Row | UnusableRow | NotCounted, number: int) -> None:
        if isinstance(row, NotCounted):
            self._told[f"{row.kind} is not counted ({self._adapter.name})"] += 1
        elif isinstance(row, UnusableRow):
            self._set_aside(number, f"a part of the record is not used: {row.reason}")
        else:
            self._rows.append(row)
            self._numbers.append(number)

    def _set_aside(self, number: int, reason: str) -> None:
        self._bad.append(BadRecord(number, f"{reason} ({self._adapter.name})", ""))

    def part(self) -> RawPart:
        frame = pl.DataFrame(
            {c: pl.Series([_text(r.get(c)) for r in self._rows], dtype=pl.String)
             for c in self._columns}
        )  # fmt: skip
        operations = frozenset(CONTRACT) if self._adapter.table == "events" else None
        keys = pl.Series("_key", [r.get(KEY) for r in self._rows], dtype=pl.UInt64)
        keyed = keys.null_count() < len(keys)
        order = [r.get(ORDER, FINAL) for r in self._rows]
        return RawPart(
            frame, pl.Series("_row", self._numbers, dtype=pl.Int64), self._bad, operations,
            keys=keys if keyed else None,
            order=pl.Series("_order", order, dtype=pl.Int64) if keyed else None,
            pulled=self._adapter.pulled,
            told=dict(self._told),
        )  # fmt: skip


def _text(value: object) -> str | None:
    if value is None:
        return None
    return str(value).encode("utf-8", "replace").decode("utf-8")
