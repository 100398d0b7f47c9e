"""What a service knows of itself from look to look: what failed, since when, how often."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from detector.exporter import Fault, Watch
from detector.service.reasons import DIED

WORKER: Final = "worker"
# A look that ended there says nothing of the stages after it.
_EARLY: Final = (WORKER, "ingest")


class Health:
    """Kept in memory alone: after a restart a fault that lasts is seen again at the first look."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.started = clock()
        self.ended: dict[str, float] = {}
        self._seconds: dict[str, float] = {}
        self._failed: Counter[str] = Counter()
        self._faults: dict[str, Fault] = {}
        self._deaths = 0

    def take(
        self,
        seconds: Mapping[str, float],
        ended: Mapping[str, float],
        reasons: Mapping[str, str],
    ) -> None:
        """Take in what a look has brought; ``reasons`` has a word for each stage that failed."""
        self._seconds.update(seconds)
        self.ended.update(ended)
        self._failed.update(reasons.keys())
        self._deaths += WORKER in reasons
        now = self._clock()
        begun = {stage: fault.since for stage, fault in self._faults.items()}
        here = {stage: Fault(begun.get(stage, now), word) for stage, word in reasons.items()}
        early = any(stage in reasons for stage in _EARLY)
        self._faults = {**(self._faults if early else {}), **here}
        if WORKER not in reasons:
            self._faults.pop(WORKER, None)

    def watch(self) -> Watch:
        """What the metrics tell."""
        # A service looks at an inbox from the start: 0 says that no look has ended well yet.
        ended = {"ingest": 0.0, **self.ended}
        return Watch(
            dict(self._seconds), ended, self.started, self._deaths,
            {WORKER: 0, "ingest": 0, "score": 0, **self._failed}, dict(self._faults),
        )  # fmt: skip

    def overdue(self, limit: float) -> str | None:
        """Why what is shown is no longer fresh, or None: no look ended well for ``limit`` seconds.

        Counted from the start until one has: a run of before is shown meanwhile.
        """
        # A time ahead of the clock is no fresh one: the clock was set back since.
        age = abs(self._clock() - self.ended.get("ingest", self.started))
        if age <= limit:
            return None
        return f"no look at the inbox ended well for {age:.0f} s, more than {limit:g} s"


def died() -> dict[str, str]:
    """The word for a worker that gave no answer."""
    return {WORKER: DIED}
