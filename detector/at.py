"""At which file a process is, for whoever tells of it when the process itself no longer can."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from typing import Final

At = Callable[[str], AbstractContextManager[None]]
AT: Final[ContextVar[At]] = ContextVar("AT", default=lambda _path: nullcontext())
"""Entered around the reading of each file, by its path; whoever runs a command may set it."""
