"""A small process beside a command, that says at which file the command ended by a signal.

A library that aborts, or the kernel that takes memory back, leaves no time for a last word; which
of a thousand files it was nobody would know. The process is started at the first file.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from detector.at import AT

_WORK: Final = """
import sys
last = ""
for line in sys.stdin:
    last = line.strip()
if last:
    sys.stderr.write(last + "\\n")
"""


class Witness:
    """Is told which file is read, and says so where nobody else can any more."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._at: list[str] = []

    @contextmanager
    def at(self, path: str) -> Iterator[None]:
        """Read the file at ``path`` in this block."""
        self._at.append(path)
        self._say()
        try:
            yield
        finally:
            # Whatever was raised, this process lives and says it itself.
            self._at.pop()
            self._say()

    def end(self) -> None:
        """Let the process go."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
            self._process.wait()

    def _say(self) -> None:
        # One that cannot be started or was killed says nothing; the command goes on.
        with suppress(OSError):
            stream = self._started().stdin
            if stream is not None:
                stream.write(f"{_sentence(self._at[-1]) if self._at else ''}\n")
                stream.flush()

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            # In a session of its own: an interrupt is the command's, which tells of it.
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _WORK],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
                errors="backslashreplace", start_new_session=True,
            )  # fmt: skip
        return self._process


@contextmanager
def witnessed() -> Iterator[None]:
    """Run a command in this block, with a witness of the files that it reads."""
    witness = Witness()
    before = AT.set(witness.at)
    try:
        yield
    finally:
        AT.reset(before)
        witness.end()


def _sentence(path: str) -> str:
    from detector.sources.text import printable

    return (
        f"enduse: it was ended while it read {printable(path)}: a library failed at the file, or "
        "memory ran out; export the file anew, or take it out, and run again"
    )
