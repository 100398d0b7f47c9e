"""How often something may happen: a few times at once, and so many times a second after that."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

_KEYS: Final = 4096

Clock = Callable[[], float]


class Pace:
    """At most ``burst`` times at once for each key, and ``rate`` times a second after that.

    Beyond 4,096 keys the one that was longest unused is forgotten: who changes keys that fast is
    held by a pace that all keys share.
    """

    def __init__(self, burst: int, rate: float, clock: Clock = time.monotonic) -> None:
        self._burst, self._rate, self._clock = burst, rate, clock
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._guard = threading.Lock()

    def take(self, key: str = "") -> bool:
        """Count one; False where it is one too many, and not counted."""
        with self._guard:
            now = self._clock()
            left, at = self._held.pop(key, (float(self._burst), now))
            left = min(float(self._burst), left + (now - at) * self._rate)
            taken = left >= 1
            self._held[key] = (left - 1 if taken else left, now)
            if len(self._held) > _KEYS:
                self._held.popitem(last=False)
            return taken


class Sparingly:
    """Lets a sentence through once in a while, and says how often it was kept back before."""

    def __init__(self, seconds: float = 60.0, clock: Clock = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._next, self._kept_back = float("-inf"), 0
        self._guard = threading.Lock()

    def told(self, sentence: str) -> str | None:
        """The sentence as it is to be told now, or None."""
        with self._guard:
            now = self._clock()
            if now < self._next:
                self._kept_back += 1
                return None
            self._next = now + self._seconds
            kept_back, self._kept_back = self._kept_back, 0
        return f"{sentence} ({kept_back} more since it was last told)" if kept_back else sentence
