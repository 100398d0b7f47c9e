"""Numbers to scores. NumPy arrays in, arrays out; knows nothing of clouds.

The meaning of every score, stated once: *raw*, *evidence* and *statistic* are larger for what
is more suspicious; a *p-value* or *tail* is smaller for it. Only `ProxyForest.score_samples`
keeps scikit-learn's sign, larger = more normal.

`import models` loads NumPy alone; `ProxyForest` needs scikit-learn and is imported when it is
asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.errors import CalibrationRefused, ModelFormatError

if TYPE_CHECKING:
    from models.estimator import ProxyForest
    from models.pyod_adapter import ProxyForestOD

__all__ = ["CalibrationRefused", "ModelFormatError", "ProxyForest", "ProxyForestOD"]

_LAZY = {"ProxyForest": "models.estimator", "ProxyForestOD": "models.pyod_adapter"}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'models' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LAZY[name]), name)
