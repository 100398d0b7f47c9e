"""What a worker was doing, beside reading a file, when it ended: it does not end there for ever.

What is begun is written beside the state, and taken away when it came to an end, well or not. A
worker that starts and finds it knows that another ended there. After the second end at a stage
without a good one between, the stage is tried ever less often, and at once where what it works on
is another; every other stage goes on meanwhile. Nothing here is synced: what a power cut takes is
the memory of one death.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from detector.errors import EnduseError
from detector.sources.text import printable
from detector.state.contents import DOING, FALLS, READING

MANY: Final = 2
"""Ends at one stage from which on it is tried less often."""
FIRST_PAUSE: Final = 30.0
LONGEST_PAUSE: Final = 300.0


class Fell(EnduseError):
    """A stage is not tried now: workers ended there."""


@dataclass(frozen=True)
class Fall:
    """Ends of workers at a stage.

    ``doing`` says in words what was done, ``of`` tells the same work from another; ``at`` is when
    the last end was seen (Unix time).
    """

    stage: str
    doing: str
    of: str
    times: int = 1
    at: float = 0.0

    @property
    def pause(self) -> float:
        """Seconds from the last end to the next try.

        >>> [Fall("score", "scored state 3", "", times).pause for times in (1, 2, 3, 9)]
        [0.0, 30.0, 60.0, 300.0]
        """
        if self.times < MANY:
            return 0.0
        doublings = min(self.times - MANY, 10)
        return float(min(FIRST_PAUSE * 2**doublings, LONGEST_PAUSE))

    @property
    def sentence(self) -> str:
        """What happened, and when it is tried again; it stays the same until the next end."""
        return (
            f"the worker ended {self.times} times in a row while it {self.doing}; that is tried "
            f"again {self.pause:g} s after the last end, or when what it works on has changed; "
            "give it more memory, or see what the journal says of these ends"
        )


class Falls:
    """The memory of one state, read when a worker starts; before that of files (``deaths``)."""

    def __init__(self, state: Path, clock: Callable[[], float] = time.time) -> None:
        self._state, self._clock = state, clock
        self._falls = {fall.stage: fall for fall in _read(state / FALLS)}
        died = _now(state)
        if died is not None:
            before = self._falls.get(died.stage)
            times = 1 if before is None else before.times + 1
            self._falls[died.stage] = replace(died, times=times, at=clock())
            self._keep()
        forget_stage(state)
        self._here: Fall | None = None

    def many(self) -> list[Fall]:
        """The stages at which workers ended again and again."""
        return [fall for _, fall in sorted(self._falls.items()) if fall.times >= MANY]

    @contextmanager
    def doing(self, stage: str, doing: str, of: str) -> Iterator[None]:
        """Do the work of a stage in this block.

        Raises
        ------
        Fell
            If workers ended at this very work, and it is not yet time to try it again.
        """
        fall = self._falls.get(stage)
        if fall is not None and fall.of == of and 0 <= self._clock() - fall.at < fall.pause:
            raise Fell(fall.sentence)
        self._here = Fall(stage, doing, of)
        self._write(self._here)
        try:
            yield
        finally:
            # Whatever was raised, this process lives.
            self._here = None
            forget_stage(self._state)

    def at(self, doing: str) -> None:
        """Say what is being done from here on, within the stage."""
        if self._here is not None:
            self._write(replace(self._here, doing=doing))

    def acquit(self, stage: str) -> None:
        """Forget the ends at a stage that came to its end."""
        if self._falls.pop(stage, None) is not None:
            self._keep()

    def refuse(self, stage: str) -> None:
        """Say of a stage that passed, but not yet where workers ended, that it is not well.

        Raises
        ------
        Fell
            If workers ended there again and again.
        """
        fall = self._falls.get(stage)
        if fall is not None and fall.times >= MANY:
            raise Fell(fall.sentence)

    def _write(self, fall: Fall) -> None:
        # A full disk stops no stage that has nothing to write: it costs the memory of a death.
        with suppress(OSError):
            (self._state / DOING).write_text(json.dumps([asdict(fall)]))

    def _keep(self) -> None:
        staged = self._state / f"{FALLS}.new"
        with suppress(OSError):
            staged.write_text(json.dumps([asdict(fall) for fall in self._falls.values()]))
            staged.replace(self._state / FALLS)


def was_doing(state: Path) -> str | None:
    """What a worker that ended just now was doing, where it was at no file."""
    died = _now(state)
    return None if died is None else printable(died.doing)


def forget_stage(state: Path) -> None:
    """Take away what is being done: nobody died at it."""
    with suppress(OSError):
        (state / DOING).unlink()


def _now(state: Path) -> Fall | None:
    """What is being done; an end at a file is that file's."""
    return None if (state / READING).exists() else next(iter(_read(state / DOING)), None)


def _read(path: Path) -> list[Fall]:
    """What was written; nothing where it was cut off, which costs one death more."""
    try:
        held: list[dict[str, Any]] = json.loads(path.read_text())
        return [_sound(Fall(**fall)) for fall in held]
    except (OSError, ValueError, TypeError, RecursionError):
        return []


def _sound(fall: Fall) -> Fall:
    texts, times = (fall.stage, fall.doing, fall.of), int(fall.times)
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("a stage is named by texts")
    return replace(fall, times=times, at=float(fall.at))
