"""Which file a worker was reading when it ended, so that one file cannot end it for ever.

Before each file its name is written beside the state, and taken away after it. A worker that
starts and finds one knows that another ended there: the file is a suspect. A suspect is tried
in a process of its own before it is read again; where that ends too, the file is set aside.
Nothing here is synced: what a power cut takes is the memory of one death.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from detector.errors import Unreadable
from detector.service.limits import limited
from detector.sources.listing import Listed
from detector.sources.text import printable
from detector.state.contents import READING, SUSPECTS

MOST_DEATHS: Final = 3
"""Deaths at one file that read well each time it was tried alone."""
_RETRY: Final = "export it anew, or have it read again with `enduse state retry`"

Try = Callable[[Listed], str | None]
"""Reads a file in a process of its own; how that ended, None where it came to its end."""


@dataclass(frozen=True, order=True)
class Suspect:
    """A file at which a worker ended, by its content; ``times`` counts how often."""

    table: str
    path: str
    sha256: str
    times: int = 1


class Deaths:
    """The memory of one state, read when a worker starts."""

    def __init__(self, state: Path, try_alone: Try) -> None:
        self._state, self._try_alone = state, try_alone
        self._suspects = {_key(s): s for s in _read(state / SUSPECTS)}
        for died in _read(state / READING):
            times = self._suspects[_key(died)].times + 1 if _key(died) in self._suspects else 1
            self._suspects[_key(died)] = Suspect(*_key(died), times)
            self._keep()
        forget(state)

    @property
    def suspects(self) -> list[Suspect]:
        """The files at which a worker ended, and which were neither read nor set aside since."""
        return sorted(self._suspects.values())

    @contextmanager
    def reading(self, file: Listed, sha256: str) -> Iterator[None]:
        """Read a file in this block, within its limits; a suspect only after it was tried alone.

        Raises
        ------
        Unreadable
            If the process that tried it ended as well.
        """
        here = Suspect(file.table, file.path, sha256)
        suspect = self._suspects.get(_key(here))
        if suspect is not None:
            self._refuse(suspect, file)
        (self._state / READING).write_text(json.dumps([asdict(here)]))
        try:
            with limited(file.mark[1]):
                yield
        finally:
            # Whatever was raised, this process lives.
            forget(self._state)
        self._acquit(here)

    def _refuse(self, suspect: Suspect, file: Listed) -> None:
        how = self._try_alone(file)
        if how is None and suspect.times < MOST_DEATHS:
            return
        self._acquit(suspect)
        name = printable(file.path)
        if how is None:
            raise Unreadable(
                f"{name}: the process that read it ended, {suspect.times} times; {_RETRY}"
            )
        raise Unreadable(f"{name}: the process that read it ended, twice, now {how}; {_RETRY}")

    def _acquit(self, suspect: Suspect) -> None:
        if self._suspects.pop(_key(suspect), None) is not None:
            self._keep()

    def _keep(self) -> None:
        staged = self._state / f"{SUSPECTS}.new"
        staged.write_text(json.dumps([asdict(s) for s in self.suspects]))
        staged.replace(self._state / SUSPECTS)


def forget(state: Path) -> None:
    """Take the name of the file away that is being read: nobody died at it."""
    with suppress(OSError):
        (state / READING).unlink()


def _key(suspect: Suspect) -> tuple[str, str, str]:
    return suspect.table, suspect.path, suspect.sha256


def _read(path: Path) -> list[Suspect]:
    """What was written; nothing where it was cut off, which costs one death more."""
    try:
        held: list[dict[str, Any]] = json.loads(path.read_text())
        return [Suspect(**suspect) for suspect in held]
    except (OSError, ValueError, TypeError, RecursionError):
        return []
