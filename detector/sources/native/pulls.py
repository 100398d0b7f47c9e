"""Results of a usage API: what makes one of them the same as in another answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from detector.sources.native.adapter import event_key

_CAPTIONS: Final = ("_name", "_email")
"""Endings of fields that only describe another one, and change without it."""


def pull_keys(source: str, start: object, end: object, results: Iterable[Any]) -> list[int]:
    """Name each result of a bucket, so that a later answer about the same counts in its place.

    A result is told by its bucket and by everything it is grouped by; results of one bucket
    that are alike in all of that are told by their order.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    keys = []
    for result in results:
        group = _grouped_by(result)
        seen[group] += 1
        keys.append(event_key(source, start, end, seen[group], *group))
    return keys


def _grouped_by(result: Any) -> tuple[str, ...]:
    """Return the fields that are no counts, in order; one that is null was not asked for."""
    fields = result.items() if isinstance(result, dict) else ()
    return tuple(
        f"{name}={value}"
        for name, value in sorted(fields)
        if isinstance(value, str | bool) and not name.endswith(_CAPTIONS)
    )
