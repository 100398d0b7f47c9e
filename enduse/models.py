"""Numbers to scores: the public names of the package ``models``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.account.outlier import OutlierView
from models.account.view import View, ViewMaker
from models.errors import CalibrationRefused, ModelFormatError
from models.estimator import ProxyForest

if TYPE_CHECKING:
    from models.pyod_adapter import ProxyForestOD

__all__ = [
    "CalibrationRefused", "ModelFormatError", "OutlierView", "ProxyForest", "ProxyForestOD", "View",
    "ViewMaker",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import what needs pyod on first use."""
    if name != "ProxyForestOD":
        raise AttributeError(f"module 'enduse.models' has no attribute {name!r}")
    from models.pyod_adapter import ProxyForestOD

    return ProxyForestOD
