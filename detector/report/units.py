"""Units of the features, by name."""

from __future__ import annotations


def feature_units() -> dict[str, str]:
    """Return the unit of every feature of the registry, such as ``share`` or ``h``."""
    from features.build import REGISTRY

    return {feature.name: feature.unit for feature in REGISTRY}
