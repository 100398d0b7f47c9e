"""Runs into the folder of cases as they are published, and what else happens by the clock."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from detector.cases.deciding.claiming import sweep
from detector.cases.record.store import Store
from detector.cases.runs.intake import sync_folder
from detector.errors import EnduseError
from detector.results.published import signature_of
from detector.terminal import safe_text

_LOG: Final = logging.getLogger(__name__)
_SWEEP_SECONDS: Final = 30.0
_SENTENCE: Final = 500


class Feeding:
    """Takes runs in, and ends leases; what fails is told once and tried again."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock
        self._newest: Path | None = None
        self._taken: tuple[Path, object] | None = None
        self._told = ""
        self._swept = -_SWEEP_SECONDS

    def newest(self) -> Path | None:
        """The folder of the newest run there was at the last look."""
        return self._newest

    def look(self, folder: Path) -> None:
        """Do what is due; ``folder`` is that of the newest run."""
        self._newest = folder
        try:
            self._take(folder)
            self._sweep()
        except EnduseError as error:
            self._tell(str(error))
        else:
            self._told = ""

    def _take(self, folder: Path) -> None:
        now = (folder, signature_of(folder))
        if now == self._taken:
            return
        taken = sync_folder(self._store, folder, self._clock())
        self._taken = now
        if not taken.already:
            said = ", ".join(f"{n} {what}" for what, n in sorted(taken.counts.items()) if n)
            _LOG.info(
                "run %d is in the cases: %s", taken.run, said or "nothing changed",
                extra={"event": "cases_taken", "about": {"run": taken.run}},
            )  # fmt: skip

    def _sweep(self) -> None:
        if time.monotonic() - self._swept < _SWEEP_SECONDS:
            return
        self._swept = time.monotonic()
        with self._store.writing(self._clock()) as tx:
            sweep(tx)

    def _tell(self, sentence: str) -> None:
        if sentence != self._told:
            _LOG.warning(
                "the cases are as they were: %s", safe_text(sentence, limit=_SENTENCE),
                extra={"event": "cases_kept"},
            )  # fmt: skip
        self._told = sentence
