"""The lanes that every run asks: each a file or a folder here, and its function in this tuple."""

from __future__ import annotations

from typing import Final

from detector.policy.evidence import lane_e
from detector.policy.lane import Lane
from detector.policy.law import lane_l

LANES: Final[tuple[Lane, ...]] = (lane_l, lane_e)
