"""Whether a source is a stored state: asked without loading what reads and writes states.

Where none was opened, what opens them was not loaded, and there is none.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detector.pipeline.stored import StoredLogs


def as_stored(source: object) -> StoredLogs | None:
    """The source as the state that it is; None for log folders, frames and clusters."""
    if "detector.pipeline.stored" not in sys.modules:
        return None
    from detector.pipeline.stored import StoredLogs

    return source if isinstance(source, StoredLogs) else None
