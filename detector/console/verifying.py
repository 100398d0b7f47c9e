"""The folder verified while pages go on: one verification at a time, in a process of its own.

It takes a minute where there are a million events, so no request waits for it, and another process
does it: the pages of everybody would stand still beside so much counting.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from detector.cases.errors import CasesError
from detector.cases.record.anchors import Anchor
from detector.cases.record.moments import text_of
from detector.cases.record.store import Store
from detector.cases.record.verify import Finding, Verdict

_SECONDS: Final = 3600.0
_FOUND: Final = 5
_SENTENCE: Final = 300
Run = Callable[[Path], Mapping[str, Any]]


@dataclass(frozen=True)
class Looked:
    """A verification: who asked for it and when, and what it found; no verdict while it goes on."""

    person: str
    at: str
    ended: str = ""
    verdict: Verdict | None = None
    failed: str = ""


def run_apart(folder: Path) -> Mapping[str, Any]:
    """Verify a folder by the command, which says what it found, and notes where that is nothing.

    Raises
    ------
    CasesError
        Where the command does not end as it should.
    """
    words = [sys.executable, "-m", "detector", "cases", "verify", "--json", "--cases", str(folder)]
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=_SECONDS, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode not in (0, _FOUND):
            raise CasesError(f"enduse cases verify ended with {done.returncode}: "
                             f"{done.stderr.strip()[-_SENTENCE:]}")  # fmt: skip
        told: Mapping[str, Any] = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise CasesError(f"enduse cases verify could not be run: {error}") from error
    return told


class Verifier:
    """Verifies the folder in the background, and holds what came of it."""

    def __init__(self, store: Store, clock: Callable[[], datetime], run: Run = run_apart) -> None:
        self._store, self._clock, self._run = store, clock, run
        self._turn = threading.Lock()
        self._thread: threading.Thread | None = None
        self.last: Looked | None = None

    @property
    def running(self) -> bool:
        """Whether one goes on now."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, person: str) -> bool:
        """Begin a verification; whether one began: not while another goes on."""
        with self._turn:
            if self.running:
                return False
            looked = Looked(person, text_of(self._clock()))
            self.last = looked
            self._thread = threading.Thread(target=self._look, args=(looked,), daemon=True)
            self._thread.start()
            return True

    def wait(self, seconds: float) -> None:
        """Wait for what goes on."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _look(self, looked: Looked) -> None:
        verdict, failed = None, ""
        try:
            verdict = _verdict(self._run(self._store.folder))
        except CasesError as error:
            failed = str(error)
        self.last = Looked(looked.person, looked.at, text_of(self._clock()), verdict, failed)


def _verdict(told: Mapping[str, Any]) -> Verdict:
    findings = tuple(
        Finding(one["kind"], one["where"], one["sentence"]) for one in told["findings"]
    )
    return Verdict(told["events"], told["head"], told["anchors"], findings)


def last_anchor(anchors: list[Anchor]) -> Anchor | None:
    """The last head that was kept."""
    return anchors[-1] if anchors else None
