"""Log rows to numbers: pure functions on Polars frames; no files, no network, no clock.

``build_features`` turns the normalised tables into one row per account; ``REGISTRY`` lists
the features with their reviewer's sentences.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from features.build import REGISTRY, build_features

__all__ = ["REGISTRY", "build_features"]


def __getattr__(name: str) -> Any:
    # Imported on access, so that `import features` stays light.
    if name in __all__:
        from features import build

        return getattr(build, name)
    raise AttributeError(f"module 'features' has no attribute '{name}'")
