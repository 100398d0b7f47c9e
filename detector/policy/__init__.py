"""What is known beside behaviour: lanes L (law and policy) and E (outside evidence)."""

from __future__ import annotations

from typing import Final

from detector.policy.evidence import lane_e
from detector.policy.lane import Findings, Known, Lane
from detector.policy.law import lane_l

#: The lanes that every run asks: each a file or a folder here, and its function in this tuple.
LANES: Final[tuple[Lane, ...]] = (lane_l, lane_e)

__all__ = ["LANES", "Findings", "Known", "Lane"]
