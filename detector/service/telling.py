"""What a service passes on: how it does, for its manager, and what its worker prints."""

from __future__ import annotations

import logging
import threading
from typing import IO, Final

from detector.service.api import Shown
from detector.terminal import safe_text

_LOG: Final = logging.getLogger(__name__)
_LINE: Final = 2000


def status_of(shown: Shown) -> str:
    """How the service does, in a line."""
    scores = "no scores yet" if shown.published is None else f"shows run {shown.number}"
    return f"{scores}; failing: {', '.join(shown.failing)}" if shown.failing else scores


def overhear(stream: IO[str] | None) -> None:
    """Pass on, line by line, what a worker and its libraries print, until it ends.

    A panic or a traceback is many lines, and its text may come from a file: here each is one line
    of the journal.
    """
    if stream is not None:
        threading.Thread(target=_pass_on, args=(stream,), name="overhear", daemon=True).start()


def _pass_on(stream: IO[str]) -> None:
    with stream:
        while line := stream.readline(_LINE):
            said = safe_text(line.rstrip(), limit=_LINE)
            if said:
                _LOG.warning("the worker says: %s", said, extra={"event": "worker_says"})
