"""The rollups of a state's parts, those of days that have ended from one stored sum.

A run reads the sum in place of the parts that are in it, and adds to it what came since. Where an
eighth of what has ended is not in it, the run leaves a new one for the next. Whatever is wrong
with it (missing, damaged, of another version, of other inputs, not to be written) costs reading
the parts, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Final

from detector.errors import StateError
from detector.pipeline.rolling import stored_rollups
from detector.state import Part, Store, tables_of
from detector.state.sums import Input, frames_of, input_of, outdated, sum_of, write_sum
from features.rollups import InOrder, Parts, merge

LEAST: Final = 16
"""Parts that have ended and are worth a sum."""
LOOSE: Final = 8
"""A new sum is made where more than one part in so many is in none, by bytes."""


def ended_rollups(
    store: Store, parts: Sequence[Part], say: Callable[[str], None]
) -> Iterator[Parts]:
    """The rollups of parts of one table that nothing cuts; their keys may recur.

    ``say`` is told where a sum was not what was written.
    """
    ended = [part for part in parts if _has_ended(part)]
    within, frames = _held(store, ended, say)
    loose = [part for part in ended if input_of(part) not in within]
    if len(ended) >= LEAST and loose and _size(loose) * LOOSE >= _size(ended):
        before = [] if frames is None else [frames]
        frames = InOrder(merge([*before, *stored_rollups(store, loose)]))
        _keep(store, ended, frames)
        loose = []
    if frames is not None:
        yield frames
        told = {part.key for part in ended} - {part.key for part in loose}
        parts = [part for part in parts if part.key not in told]
    yield from stored_rollups(store, parts)


def _has_ended(part: Part) -> bool:
    """Whether all rows of a part have been let go: few such parts become others."""
    return part.opens is None and part.horizon is not None and bool(tables_of(part, "all"))


def _size(parts: Sequence[Part]) -> int:
    return sum(part.files[name].bytes for part in parts for name in tables_of(part, "all").values())


def _held(
    store: Store, ended: Sequence[Part], say: Callable[[str], None]
) -> tuple[frozenset[Input], InOrder | None]:
    """The inputs of the sum that is there, and the sum."""
    nothing: tuple[frozenset[Input], None] = frozenset(), None
    if len(ended) < LEAST:
        return nothing
    table, made_by = ended[0].table, ended[0].made_by
    try:
        held = sum_of(store.root, table)
        if held is None or not held.is_of(ended, made_by):
            return nothing
        return held.inputs, InOrder(frames_of(store.root, table, held))
    except StateError as error:
        say(f"{error}; its {len(ended)} inputs were read instead")
    except OSError:
        pass
    return nothing


def _keep(store: Store, ended: Sequence[Part], frames: Parts) -> None:
    """Leave a sum for the next run; a state that is only read keeps none."""
    table, made_by = ended[0].table, ended[0].made_by
    with suppress(OSError, StateError):
        write_sum(store, table, made_by, ended, frames)
        # Its inputs may have been forgotten meanwhile.
        for path in outdated(store.root, store.manifest()):
            if path.name == table:
                store.disk.remove(path)
