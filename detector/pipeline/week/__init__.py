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

from detector.results import Results
from features.population import Population


def since(before: Results, now: Results, population: Population) -> Results:
    """A run with what changed since an earlier one."""
    from detector.pipeline.week.comparing import since_that

    return since_that(before, now, population)
