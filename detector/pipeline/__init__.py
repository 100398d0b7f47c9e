"""The main job: a log folder in, a ranked and explained queue out.

The names are imported on first use: who takes logs into a state needs neither models nor rules.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detector.pipeline.doors import Trained, load_model, save_model, score_logs, train_logs

__all__ = ["Trained", "load_model", "save_model", "score_logs", "train_logs"]


def __getattr__(name: str) -> object:
    """Import the public names on first use."""
    if name not in __all__:
        raise AttributeError(f"module 'detector.pipeline' has no attribute {name!r}")
    return getattr(import_module("detector.pipeline.doors"), name)
