"""What is known beside behaviour: lanes L (law and policy) and E (outside evidence).

The names are imported on first use: who reads a list needs no rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detector.policy.lane import Findings, Known, Lane
    from detector.policy.lanes import LANES

__all__ = ["LANES", "Findings", "Known", "Lane"]


def __getattr__(name: str) -> object:
    """Import the public names on first use."""
    if name not in __all__:
        raise AttributeError(f"module 'detector.policy' has no attribute {name!r}")
    from detector.policy import lane, lanes

    return getattr(lanes if name == "LANES" else lane, name)
