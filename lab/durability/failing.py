"""A disk that is full, or fails, at every call that writes, syncs, or changes a name, in turn.

Run as ``python -m lab.durability.failing FOLDER LIBRARY EVERY STORY …`` under ``LD_PRELOAD`` of
``lab/cases/failing.c``, which sees the calls of every library: see `told_of`.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path
from typing import Any, Final

from detector.errors import EnduseError
from lab.cases.failing import loaded, preloaded
from lab.durability.stories import STORIES, Story, copied, differing

_MOST: Final = 1000
_CODES: Final = {"disk full": errno.ENOSPC, "disk fails": errno.EIO}


def told_of(work: Path, *, every: int = 1, only: tuple[str, ...] = tuple(STORIES)) -> Any:
    """Fail each so many calls of each story; what came of it, by story and kind of failure."""
    return preloaded("lab.durability.failing", work, str(every), *only)


def _series(story: Story, work: Path, code: int, library: Any, every: int) -> dict[str, Any]:
    """Fail one call after another until a run makes no more of them."""
    world = work / "world"
    old = story.seen(copied(work / "before", world))
    story.ready(world)()
    new, clean = story.seen(world), story.kept(world)
    told: dict[str, Any] = {"calls": 0, "refused": 0, "done": 0, "faults": []}
    for number in range(1, _MOST, every):
        go = story.ready(copied(work / "before", world))
        error: Exception | None = None
        library.fail_at(number, code, 0)
        try:
            go()
        except Exception as caught:  # noqa: BLE001 - its kind is judged
            error = caught
        made = library.calls_made()
        library.fail_at(0, 0, 0)
        if made < number:
            break
        told["calls"] += 1
        told["done" if error is None else "refused"] += 1
        found = [*_said(error, code, world), *_left(story, world, (old, new), clean, error)]
        told["faults"] += [f"call {number}: {one}" for one in found]
    return told


def _said(error: Exception | None, code: int, world: Path) -> list[str]:
    """What is wrong with the error: it has a sentence, names a file and says what failed."""
    if error is None:
        return []
    said = str(error)
    if not isinstance(error, EnduseError | OSError) or os.strerror(code) not in said:
        return [f"no clean error: {type(error).__name__}: {said}"]
    # The folder of the work is named by every sentence; beside it the very file.
    return [] if said.count(str(world)) > 1 - isinstance(error, OSError) else [f"no file: {said}"]


def _left(
    story: Story, world: Path, states: tuple[str, str], clean: dict[str, str],
    error: Exception | None,
) -> list[str]:  # fmt: skip
    """What is wrong with what is there, and with what comes of doing it again."""
    try:
        seen = story.seen(world)
        if seen not in (states if error else states[1:]):
            return ["what is left is neither the old nor the new"]
        story.ready(world)()
        if story.seen(world) != states[1]:
            return ["done again it is another"]
        kept = story.kept(world)
        if story.same_bytes and seen != states[1] and kept != clean:
            return [f"done again it leaves other files: {differing(kept, clean)}"]
    except Exception as wrong:  # noqa: BLE001 - whatever a reader meets is told
        return [f"{type(wrong).__name__}: {wrong}"]
    return []


def main() -> None:
    """Fail the calls, and print what came of it as JSON."""
    work, library, every = Path(sys.argv[1]), loaded(sys.argv[2]), int(sys.argv[3])
    library.count_names(1)
    told = {}
    for name in sys.argv[4:]:
        place = work / name.replace(" ", "-")
        (place / "before").mkdir(parents=True)
        STORIES[name].make(place / "before")
        for word, code in _CODES.items():
            told[f"{name}, {word}"] = _series(STORIES[name], place, code, library, every)
    sys.stdout.write(f"{json.dumps(told)}\n")


if __name__ == "__main__":
    main()
