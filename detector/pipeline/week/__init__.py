"""What changed since an earlier run, and what the decisions between the two did.

========= =====================================================================
standing  accounts of both runs side by side, and what became of each
causes    why an account left its queue, and one reason why it entered one
rings     which rings grew, shrank, fell apart or came to be
places    which cases rose and fell
decisions which decisions came between the runs, and who moved with them
said      all of it in sentences
========= =====================================================================

Nothing here reaches a score, a rank or a queue: it reads two finished runs.
"""

from __future__ import annotations

from detector.pipeline.week.comparing import since

__all__ = ["since"]
