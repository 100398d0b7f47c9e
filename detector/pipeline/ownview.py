"""What a caller hands over as a view of its own."""

from __future__ import annotations

from detector.errors import UsageError
from models.account.outlier import OutlierView
from models.account.view import VIEWS, ViewMaker


def own_view(view: object) -> ViewMaker:
    """A maker of views, or a refusal of what makes none.

    Raises
    ------
    UsageError
        Where it makes none, such as a detector by itself.
    """
    if view is not OutlierView and isinstance(view, ViewMaker) and view.kind:
        return view
    told = f"the class {view.__name__}" if isinstance(view, type) else f"a {type(view).__name__}"
    raise UsageError(
        f"view is {told}, which makes no views; expected {', '.join(map(repr, VIEWS))}, "
        "OutlierView(detector), or a class in the manner of models.ViewMaker"
    )
