"""What a folder of cases adds to a server: its pages, its figures, and what it does with runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from detector.cases.measuring.figures import CaseFigures
from detector.http import Site


@dataclass(frozen=True)
class Beside:
    """A folder of cases beside the pages of a run.

    Attributes
    ----------
    pages
        Of reviewers.
    figures
        Counted anew for each page of metrics.
    look
        Called between two looks with the folder of the newest run: takes it in where it is new,
        ends leases, and says in the log what failed. It never raises for what can be mended.
    """

    pages: Site
    figures: Callable[[], CaseFigures]
    look: Callable[[Path], None]
