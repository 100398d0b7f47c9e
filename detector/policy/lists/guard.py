"""Whether a list shrank more than lists do: a download that was cut, or another file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from detector.terminal import safe_text

MOST_LOST_IN_100: Final = 20


def shrunk(before: Mapping[str, int], now: Mapping[str, int]) -> list[str]:
    """In words, each list that vanished or lost more than a fifth of its entries.

    >>> shrunk({"EL": 100, "DPL": 10, "UVL": 1}, {"EL": 79, "DPL": 8})
    ['EL fell from 100 to 79', 'UVL vanished (1 before)']
    """
    said = []
    for name, number in sorted(before.items()):
        left = now.get(name, 0)
        shown = safe_text(name, limit=60)
        if number and not left:
            said.append(f"{shown} vanished ({number} before)")
        elif 100 * (number - left) > MOST_LOST_IN_100 * number:
            said.append(f"{shown} fell from {number} to {left}")
    return said
