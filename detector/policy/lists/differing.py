"""What changed between two versions of lists: what was taken off as well as what was added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import polars as pl

from detector.policy.lists.entry import plain

CHANGES: Final[dict[str, pl.DataType]] = {
    "change": pl.String(),
    "source": pl.String(),
    "name": pl.String(),
    "what": pl.String(),
    "entry_key": pl.String(),
    "old_key": pl.String(),
}
"""``change`` is added, removed or changed; ``what`` names the columns that differ."""

_SAME: Final = ("entry_key", "from", "until")
_COMPARED: Final = ("name", "aliases", "weak_aliases", "addresses", "from", "until")
Entry = Mapping[str, Any]


def changes(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """The entries that were added, removed or changed, by list and name.

    Entries are compared by what they say and when they hold, so that an id that is new alone is
    no change. One that says something else under the id or the name that it had is changed.
    """
    gone = _only_in(old, new)
    come = _only_in(new, old)
    by_id: dict[Any, list[Entry]] = {}
    for entry in come:
        for handle in _handles(entry):
            by_id.setdefault(handle, []).append(entry)
    taken: set[int] = set()
    rows = [_paired(entry, by_id, taken) for entry in gone]
    rows += [_row("added", entry, None) for entry in come if id(entry) not in taken]
    found = pl.DataFrame(rows, schema=CHANGES)
    return found.sort("source", "name", "change", "entry_key", "old_key")


def _only_in(left: pl.DataFrame, right: pl.DataFrame) -> Sequence[Entry]:
    rows = left.join(right, on=list(_SAME), how="anti", nulls_equal=True, maintain_order="left")
    return rows.to_dicts()


def _handles(entry: Entry) -> Iterator[tuple[str, str, str]]:
    """By what an entry may be found again, the publisher's id before the name."""
    if entry["entry_id"] is not None:
        yield "id", entry["source"], entry["entry_id"]
    yield "name", entry["source"], plain(entry["name"])


def _paired(entry: Entry, come: Mapping[Any, list[Entry]], taken: set[int]) -> dict[str, Any]:
    for handle in _handles(entry):
        other = next((e for e in come.get(handle, ()) if id(e) not in taken), None)
        if other is not None:
            taken.add(id(other))
            return _row("changed", other, entry)
    return _row("removed", entry, entry)


def _row(change: str, entry: Entry, old: Entry | None) -> dict[str, Any]:
    differ = [name for name in _COMPARED if old is not None and old[name] != entry[name]]
    return {
        "change": change,
        "source": entry["source"],
        "name": entry["name"],
        "what": ", ".join(differ),
        "entry_key": None if change == "removed" else entry["entry_key"],
        "old_key": None if old is None else old["entry_key"],
    }


def tally(found: pl.DataFrame) -> dict[str, dict[str, int]]:
    """How many entries of each list were added, removed and changed."""
    out: dict[str, dict[str, int]] = {}
    for source, change, number in found.group_by("source", "change").len().sort("source").rows():
        out.setdefault(source, {"added": 0, "removed": 0, "changed": 0})[change] = number
    return out
