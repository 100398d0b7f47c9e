"""Log rows to numbers: the public names of the package ``features``."""

from __future__ import annotations

from features.build import REGISTRY, build_features
from features.own import OwnFeature, family_base, feature, outside_scores, with_own
from features.registry import Registry

__all__ = [
    "REGISTRY", "OwnFeature", "Registry", "build_features", "family_base", "feature",
    "outside_scores", "with_own",
]  # fmt: skip
