"""Finds proxy access to export-controlled GPUs and frontier models in a provider's own records.

Everything public under one name, also in a project that has a ``models.py`` or ``features.py`` of
its own:

>>> import enduse
>>> enduse.read_logs("sample_logs")
<Logs sample_logs: usage, accounts, ...>

``enduse.score_logs(logs)`` then ranks and explains every account.

``enduse.features`` makes features, ``enduse.models`` has the forest and the views of your own;
``detector``, ``features`` and ``models`` are the same packages under their own names. Names are
imported on first use, so that ``import enduse`` stays light.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from enduse._beside import share_names

if TYPE_CHECKING:
    from detector import (
        Results,
        __version__,
        load_model,
        read_logs,
        save_model,
        score_logs,
        train_logs,
    )
    from detector.errors import EnduseError
    from features.build import build_features
    from features.own import feature, outside_scores
    from models.account.outlier import OutlierView
    from models.estimator import ProxyForest

__all__ = [
    "EnduseError", "OutlierView", "ProxyForest", "Results", "__version__", "build_features",
    "feature", "load_model", "outside_scores", "read_logs", "save_model", "score_logs",
    "train_logs",
]  # fmt: skip

_HOMES: Final = {
    "EnduseError": "detector.errors",
    "OutlierView": "models.account.outlier",
    "ProxyForest": "models.estimator",
    "Results": "detector.results",
    "__version__": "detector",
    "build_features": "features.build",
    "feature": "features.own",
    "features": "enduse.features",
    "load_model": "detector.pipeline",
    "models": "enduse.models",
    "outside_scores": "features.own",
    "read_logs": "detector.sources",
    "save_model": "detector.pipeline",
    "score_logs": "detector.pipeline",
    "train_logs": "detector.pipeline",
}

share_names()


def __getattr__(name: str) -> Any:
    """Import the public names on first use."""
    if name not in _HOMES:
        # With name and obj, Python asks whether a public name was meant.
        ours = sys.modules[__name__]
        raise AttributeError(f"module 'enduse' has no attribute {name!r}", name=name, obj=ours)
    from importlib import import_module

    home = import_module(_HOMES[name])
    return home if _HOMES[name] == f"enduse.{name}" else getattr(home, name)


def __dir__() -> list[str]:
    """The public names, imported or not."""
    dunder = (name for name in globals() if name.startswith("__"))
    return sorted({*__all__, "features", "models", *dunder})
