"""How many examples a slow law sees."""

from __future__ import annotations

from hypothesis import settings

#: What the profile ``quick`` gives a law that asks for nothing.
QUICK = 10


def examples(whole: int) -> int:
    """So many; of a law that takes its time, a fifth where the profile is the quick one."""
    return whole if settings.default.max_examples > QUICK else max(2, whole // 5)
