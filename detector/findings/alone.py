"""What a value says by itself: of one that is no reason, a run tells no peers."""

from __future__ import annotations

from detector.findings.finding import sentence
from detector.findings.said import SAID
from features.registry import Feature


def said_alone(feature: Feature, value: float | None) -> str:
    """The finding without its peers; what the feature says in general where there is none."""
    finding = SAID.get(feature.name)
    if finding is None or value is None:
        return feature.sentence
    return sentence(finding, feature.unit, feature.direction, value, None)
