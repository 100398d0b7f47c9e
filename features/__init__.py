"""Log rows to numbers: pure functions on Polars frames; no files, no network, no clock.

``build_features`` turns the normalised tables into one row per account; ``REGISTRY`` lists
the features with their reviewer's sentences. ``feature`` and ``outside_scores`` make columns
of your own, ``family_base`` shows the numbers that features read, and ``with_own`` puts own
columns beside those of the registry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from features.build import REGISTRY, build_features
    from features.own import OwnFeature, family_base, feature, outside_scores, with_own
    from features.registry import Registry

__all__ = [
    "REGISTRY", "OwnFeature", "Registry", "build_features", "family_base", "feature",
    "outside_scores", "with_own",
]  # fmt: skip

_HOMES: Final = {
    "REGISTRY": "features.build",
    "build_features": "features.build",
    "OwnFeature": "features.own",
    "family_base": "features.own",
    "feature": "features.own",
    "outside_scores": "features.own",
    "with_own": "features.own",
    "Registry": "features.registry",
}


def __getattr__(name: str) -> Any:
    """Import the public names on first use, so that ``import features`` stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module 'features' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """The public names, imported or not."""
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
