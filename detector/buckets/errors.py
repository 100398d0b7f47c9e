"""What an engine says that deals accounts out and cannot go on."""

from __future__ import annotations

from detector.errors import EnduseError


class EngineError(EnduseError):
    """An engine is missing, could not be started, or gave a run up."""
