"""Rollups that follow a state: what a new file does not touch is not read again.

Parts of a state are added up once. When parts come, the accounts in them are added up anew and
the rows of all others stay. When a part goes (a restated file), or shows more of itself because
as-of has moved on, its accounts are added up again from every part. Sums of rollups are exact
in any order, so the rows are those of a batch; only the order of accounts differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.pipeline.live.cutting import in_order
from detector.pipeline.rolling import TIMED
from detector.pipeline.stored import StoredLogs
from detector.state import Part, tables_of
from features.devices import DEVICE
from features.rollups import InOrder, Parts, Rollups, complete, merge, rollup

Marks = NDArray[np.uint64]
_METERS: Final = "telemetry"
DENSE: Final = 1 / 3
"""Share of rows, of accounts that new parts name, from which all are added up anew."""
MANY: Final = 1 << 16
"""Rows into which few more are put where they belong: fewer are sorted sooner."""


@dataclass(frozen=True)
class Moved:
    """Rollups as of now.

    ``touched`` (column ``account_id``) holds whoever has other rows than the time before;
    None is everybody. ``devices`` (``instance_id``, ``gpu_uuid``) have other meters that name no
    account; None is any.
    """

    rollups: Rollups
    touched: pl.DataFrame | None
    devices: pl.DataFrame | None = None


@dataclass(frozen=True)
class _Seen:
    """A part that was added up: whose rows it held, and its rows while as-of cuts it."""

    marks: Marks
    cut: Parts | None


@dataclass(frozen=True)
class _Waited:
    """Rows that count because no part tells of the same, as if they were a part of their own."""

    rollups: Parts

    def covers(self, as_of: datetime) -> bool:  # noqa: ARG002 - as a part has it
        """They are rolled up anew in each call: nothing of them is still to come."""
        return True


@dataclass(frozen=True)
class _Facts:
    """A table of facts as it was rolled up."""

    parts: tuple[str, ...]
    latest: datetime | None
    frames: Parts


@dataclass
class KeptRollups:
    """Follows one state; each call costs what has changed since the call before."""

    _seen: dict[str, _Seen] = field(default_factory=dict)
    _frames: dict[str, pl.DataFrame] = field(default_factory=dict)
    _facts: dict[str, _Facts] = field(default_factory=dict)
    _logs: StoredLogs | None = None

    def follow(self, logs: StoredLogs) -> Moved:
        """Take in what is new in a state.

        Raises
        ------
        TooManyBadRows
            If the quarantined share of a table passes its limit.
        StateError
            If a part is damaged.
        """
        before, self._logs = self._logs, None
        anew = before is None or _is_another(before, logs)
        if anew:
            self._seen, self._frames, self._facts = {}, {}, {}
        touched = [] if anew else [_nobody()]
        come, again = self._follow_timed(logs)
        touched += [_accounts(come), again]
        touched += self._follow_facts(logs, before)
        for table in logs:
            logs.check(table)
        self._logs = logs
        devices = None if again["account_id"].has_nulls() else _metered(come)
        whole = self._completed(logs)
        return Moved(whole, None if anew else pl.concat(touched).unique(), devices)

    def in_order(self) -> Rollups:
        """The rollups with their rows sorted by their keys, as a batch has them.

        An account's rows stand together and sorted; it is accounts that are out of order.
        """
        assert self._logs is not None  # noqa: S101 - there is an order once there are rows
        for name, frame in self._frames.items():
            self._frames[name] = in_order(name, frame)
        return self._completed(self._logs)

    def _completed(self, logs: StoredLogs) -> Rollups:
        facts = {n: f for kept in self._facts.values() for n, f in kept.frames.items()}
        return complete({**self._frames, **facts}, logs, logs.as_of, logs.catalogue)

    def _follow_timed(self, logs: StoredLogs) -> tuple[list[Parts], pl.DataFrame]:
        """Parts that were added, and the accounts that were added up again from all parts."""
        now: dict[str, Part | _Waited] = {
            _content(part): part for table in TIMED for part in logs.live(table)
        }
        now |= _waited(logs)
        opened = {s: seen.cut for s, seen in self._seen.items() if seen.cut is not None}
        come = {
            key: _contribution(logs, part)
            for key, part in now.items()
            if key not in self._seen or key in opened
        }
        gone = [self._seen[key].marks for key in self._seen if key not in now]
        known = {key: frames for key, frames in come.items() if key not in self._seen}
        changed = [_differing(opened[key], come[key]) for key in come if key in opened]
        again = pl.concat([_nobody(), *self._of(gone), *changed]).unique()
        self._seen = {
            key: _Seen(_marks(come[key]), None if part.covers(logs.as_of) else come[key])
            if key in come
            else self._seen[key]
            for key, part in now.items()
        }
        more = _accounts(known.values()).join(again, on="account_id", how="anti", nulls_equal=True)
        self._add(list(known.values()), more)
        self._add_again(logs, now, come, again)
        return list(known.values()), again

    def _of(self, marks: list[Marks]) -> Iterator[pl.DataFrame]:
        """Accounts whose rows parts held that are no more; one too many does no harm."""
        if not marks:
            return
        wanted = pl.Series(np.unique(np.concatenate(marks)))
        for frame in self._frames.values():
            ids = frame.select("account_id").unique()
            yield ids.filter(_mark().is_in(wanted.implode()))

    def _add(self, known: list[Parts], ids: pl.DataFrame) -> None:
        """Add new parts to the rows of the accounts that they name."""
        if not self._frames:
            self._frames = merge(known)
            return
        if ids.is_empty():
            return
        for name in {name for parts in known for name in parts}:
            before = self._frames.get(name)
            kept, old = _split(before, ids)
            new = [parts[name] for parts in known if name in parts]
            if before is not None and old is not None and old.height > DENSE * before.height:
                # Nearly all rows would be taken out and put in again.
                self._frames |= merge({name: frame} for frame in (before, *new))
                continue
            new = [rows for frame in new if (rows := _split(frame, ids)[1]) is not None]
            base = [] if old is None else [_standing(name, old)]
            grown = merge([*base, *({name: rows} for rows in new)])[name]
            self._frames[name] = grown if kept is None else pl.concat([kept, grown])

    def _add_again(
        self, logs: StoredLogs, now: Mapping[str, Part | _Waited], come: Mapping[str, Parts],
        ids: pl.DataFrame,
    ) -> None:  # fmt: skip
        """Add accounts up from every part, instead of what they had."""
        if ids.is_empty():
            return
        rows = [
            {n: _split(f, ids)[1] for n, f in (come.get(key) or _contribution(logs, part)).items()}
            for key, part in now.items()
        ]
        whole = merge([{n: f for n, f in parts.items() if f is not None} for parts in rows])
        for name, frame in self._frames.items():
            kept, _ = _split(frame, ids)
            found = [f for f in (kept, whole.pop(name, None)) if f is not None]
            self._frames[name] = pl.concat(found)
        self._frames.update(whole)

    def _follow_facts(self, logs: StoredLogs, before: StoredLogs | None) -> list[pl.DataFrame]:
        touched = []
        for table in logs:
            if table in TIMED:
                continue
            parts = tuple(part.key for part in logs.live(table))
            kept = self._facts.get(table)
            if kept and before and kept.parts == parts and _is_past(kept.latest, before.as_of):
                logs.settle_like(before, table)
                continue
            frames = logs.rolled(table, logs.as_of)
            self._facts[table] = _Facts(parts, logs.latest_fact(table), frames)
            if kept:
                touched.append(_differing(kept.frames, frames))
        return touched


def _waited(logs: StoredLogs) -> dict[str, Part | _Waited]:
    """Rows that waited, by what they add up to as of now."""
    found: dict[str, Part | _Waited] = {}
    for table in TIMED:
        rows = logs.waited(table) if table in logs else None
        if rows is not None and rows.height:
            rolled = rollup(table, rows, logs.as_of, logs.catalogue)
            told = [str(f.hash_rows(seed=0).sum()) for f in rolled.values()]
            found[" ".join(["waited", table, *told])] = _Waited(rolled)
    return found


def _contribution(logs: StoredLogs, part: Part | _Waited) -> Parts:
    return part.rollups if isinstance(part, _Waited) else logs.contribution(part)


def _is_another(before: StoredLogs, logs: StoredLogs) -> bool:
    """Whether nothing can be taken over: other tables, another catalogue, an earlier as-of."""
    return (
        list(before) != list(logs)
        or before.catalogue.version != logs.catalogue.version
        or logs.as_of < before.as_of
    )


def _is_past(latest: datetime | None, moment: datetime) -> bool:
    """Whether a table looks the same from any later time: it tells of nothing that is to come."""
    return latest is None or latest < moment


def _content(part: Part) -> str:
    """What tells the rollups of a part apart: letting rows go writes the same files again."""
    files = [part.files[name].sha256 for name in tables_of(part, "all").values()]
    return " ".join([part.table, part.path, *files]) if files else part.key


def _nobody() -> pl.DataFrame:
    return pl.DataFrame(schema={"account_id": pl.String})


def _accounts(parts: Iterable[Parts]) -> pl.DataFrame:
    frames = [frame.select("account_id") for rollups in parts for frame in rollups.values()]
    return pl.concat([_nobody(), *frames]).unique()


def _standing(name: str, rows: pl.DataFrame) -> Parts:
    """Rows that are added to; of many, as those without an account are, not all are sorted."""
    return {name: rows} if rows.height < MANY else InOrder({name: in_order(name, rows)})


def _metered(parts: Iterable[Parts]) -> pl.DataFrame:
    """Devices of meters that name no account."""
    found = [rolled[_METERS] for rolled in parts if _METERS in rolled]
    nameless = [rows.filter(pl.col("account_id").is_null()).select(DEVICE) for rows in found]
    return pl.concat([pl.DataFrame(schema=dict.fromkeys(DEVICE, pl.String)), *nameless]).unique()


def _mark() -> pl.Expr:
    return pl.col("account_id").fill_null("").hash(seed=0)


def _marks(parts: Parts) -> Marks:
    """Whose rows a part holds, in little room: hashes that live in this process only."""
    return _accounts([parts]).select(_mark()).to_series().to_numpy()


def _split(
    frame: pl.DataFrame | None, ids: pl.DataFrame
) -> tuple[pl.DataFrame | None, pl.DataFrame | None]:
    """The rows of other accounts, and those of the named ones."""
    if frame is None:
        return None, None
    named = frame["account_id"].is_in(ids["account_id"].implode(), nulls_equal=True)
    return frame.filter(~named), frame.filter(named)


def _differing(old: Parts, new: Parts) -> pl.DataFrame:
    """Accounts whose rows are not the same in two sets of frames."""
    found = [_nobody()]
    for name in {*old, *new}:
        one, other = old.get(name), new.get(name)
        if one is None or other is None:
            present = one if one is not None else other
            assert present is not None  # noqa: S101 - one of the two names it
            found.append(present.select("account_id"))
        elif not one.equals(other):
            found += _unlike(one, other)
    return pl.concat(found).unique()


def _unlike(one: pl.DataFrame, other: pl.DataFrame) -> list[pl.DataFrame]:
    counted = [frame.group_by(frame.columns).agg(pl.len().alias("_n")) for frame in (one, other)]
    by = counted[0].columns
    return [
        a.join(b, on=by, how="anti", nulls_equal=True).select("account_id")
        for a, b in (counted, counted[::-1])
    ]


__all__ = ["KeptRollups", "Moved"]
