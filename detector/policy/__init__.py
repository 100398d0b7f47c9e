"""What is known beside behaviour: lanes L (law and policy) and E (outside evidence)."""

from __future__ import annotations

from detector.policy.lane import Findings, Known, Lane

__all__ = ["Findings", "Known", "Lane"]
