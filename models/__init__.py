"""Numbers to scores. NumPy arrays in, arrays out; knows nothing of clouds.

The meaning of every score, stated once: *raw*, *evidence* and *statistic* are larger for what
is more suspicious; a *p-value* or *tail* is smaller for it. Only `ProxyForest.score_samples`
keeps scikit-learn's sign, larger = more normal.

``import models`` loads NumPy alone; `ProxyForest` needs scikit-learn and is imported when it is
asked for. `OutlierView` makes a view of any outlier detector; `View` and `ViewMaker` say what
one is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from models.errors import CalibrationRefused, ModelFormatError

if TYPE_CHECKING:
    from models.account.outlier import OutlierView
    from models.account.view import View, ViewMaker
    from models.estimator import ProxyForest
    from models.pyod_adapter import ProxyForestOD

__all__ = [
    "CalibrationRefused", "ModelFormatError", "OutlierView", "ProxyForest", "ProxyForestOD", "View",
    "ViewMaker",
]  # fmt: skip

_LAZY: Final = {
    "OutlierView": "models.account.outlier",
    "ProxyForest": "models.estimator",
    "ProxyForestOD": "models.pyod_adapter",
    "View": "models.account.view",
    "ViewMaker": "models.account.view",
}


def __getattr__(name: str) -> Any:
    """Import the names that need more than NumPy on first use."""
    if name not in _LAZY:
        raise AttributeError(f"module 'models' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LAZY[name]), name)


def __dir__() -> list[str]:
    """The public names, imported or not."""
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
