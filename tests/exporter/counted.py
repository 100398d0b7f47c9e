"""Figures of a folder of cases in which everything was counted."""

from __future__ import annotations

from detector.cases.measuring.figures import CaseFigures
from detector.cases.measuring.quality import ALARMS

FIGURES = CaseFigures(
    cases={("proxy", "new"): 41, ("proxy", "closed"): 7, ("victim", "second"): 1},
    oldest={"proxy": 1_780_000_000.0},
    judgements={("1", "confirmed_proxy"): 6, ("2", "confirmed_proxy"): 5, ("1", "cleared"): 3},
    seconds=(0, 1, 2, 5, 9, 13, 14, 14, 14),
    seconds_sum=3600.5,
    shares={"tool": 0.75, "second": 0.9, "override": 0.25, "changed": 0.125, "golden": 0.9},
    alarms={name: int(name == "fast") for name in ALARMS},
    appeals={"filed": 2},
    letters={("rfi", "draft"): 1, ("rfi", "sent"): 4},
    suppressed=3,
    events=321,
    verified=1_780_000_500.0,
    anchored=1_780_000_400.0,
)
