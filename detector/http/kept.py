"""Failures that end a thread or a page, kept and told in one line."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from detector.terminal import safe_text

_SENTENCE: Final = 300


class Kept:
    """The border of a piece of work: what fails in it is kept instead of going on."""

    def __init__(self) -> None:
        self.error: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> bool:
        self.error = error
        return True


class Watched(threading.Thread):
    """A thread that is to run until it is asked to end; whoever waits for it sees how it ended."""

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        super().__init__(target=work, name=name, daemon=True)
        self._kept = Kept()

    def run(self) -> None:
        """Work, and keep what ends it."""
        with self._kept:
            super().run()

    @property
    def error(self) -> BaseException | None:
        """What ended it."""
        return self._kept.error


def told_in_a_line(error: BaseException | None) -> str:
    """Kind, words and place of a failure, safe for a journal."""
    if error is None:
        return "nothing that was told"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {safe_text(error, limit=_SENTENCE)}{place}"
